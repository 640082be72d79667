import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointError } from '../checkpoint-error.js';
import { SMALL_TOKENISER, trainSmallTokeniser, type SmallTokeniser } from '../testing/small-tokeniser.js';
import { codebookUsage } from './codebook-usage.js';
import { loadPoseTokeniser, savePoseTokeniser } from './pose-tokeniser-checkpoint.js';
import { parsePoseTokeniserConfig, PoseTokeniserError } from './pose-tokeniser-config.js';
import { createPoseTokeniserParameters } from './pose-tokeniser-parameters.js';
import { createPoseTokeniser } from './pose-tokeniser.js';

let small: SmallTokeniser;

trackTensorLeaks({ beforeAll, afterAll });
beforeAll(async () => {
  await useBackend('wasm');
  small = trainSmallTokeniser(1);
});

describe('a trained tokeniser', () => {
  it('has learned: the decoded poses explain most of the variance', () => {
    const last = small.steps.slice(-20);
    const error = last.reduce((sum, { relativeSquaredError }) => sum + relativeSquaredError, 0) / last.length;
    expect(error).toBeLessThan(0.1);
    expect(last.every(({ isQuantised }) => isQuantised)).toBe(true);
  });

  it('uses its codebooks', () => {
    const usage = codebookUsage(small.tokeniser.encodePoses(small.poses6d), SMALL_TOKENISER);
    expect(usage[0]?.perplexity).toBeGreaterThan(6);
  });

  it('is the same, bit for bit, from the same seed, and another from another', () => {
    const codesOf = ({ tokeniser }: SmallTokeniser) => tokeniser.encodePoses(small.poses6d);
    const [again, other] = [trainSmallTokeniser(1), trainSmallTokeniser(2)];
    expect(codesOf(again)).toEqual(codesOf(small));
    expect(again.steps).toEqual(small.steps);
    expect(codesOf(other)).not.toEqual(codesOf(small));
  });

  it('refuses codes and poses that are none', () => {
    const { tokeniser } = small;
    expect(() => tokeniser.decodeCodes([0, 0, 16])).toThrow(PoseTokeniserError);
    expect(() => tokeniser.decodeCodes([0, 0])).toThrow(/3 codes a pose/);
    expect(() => tokeniser.decodeCodes([0, 0, 0], 4)).toThrow(/\[1, 3\]/);
    expect(() => tokeniser.encodePoses(new Float32Array(11))).toThrow(PoseTokeniserError);
    expect(() => tokeniser.encodePoses(new Float32Array(12).fill(NaN))).toThrow(/finite/);
  });
});

describe('parsePoseTokeniserConfig', () => {
  it.each([
    [{ levelCount: 0 }, /levelCount/],
    [{ codebookSize: 1 }, /codebookSize/],
    [{ poseSize: 143 }, /multiple of 6/],
    [7, /object/],
  ])('refuses %j', (value, message) => {
    expect(() => parsePoseTokeniserConfig(value)).toThrow(message);
  });
});

describe('a checkpoint', () => {
  it('gives back the same tokeniser, and a damaged one is refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pose-tokeniser-'));
    const config = SMALL_TOKENISER;
    const parameters = createPoseTokeniserParameters({
      config,
      random: createRandom(3),
      poses6d: small.poses6d,
    });
    const pose = small.poses6d.subarray(0, 12);
    await savePoseTokeniser(folder, { config, parameters });
    const loaded = await loadPoseTokeniser(folder);
    expect(loaded.config).toEqual(config);
    expect(createPoseTokeniser(loaded).latentErrors(pose)).toEqual(
      createPoseTokeniser({ config, parameters }).latentErrors(pose),
    );
    loaded.parameters.dispose();
    parameters.dispose();

    const path = join(folder, 'pose-tokeniser.json');
    const text = await readFile(path, 'utf8');
    for (const [from, to] of [
      ['"levelCount": 3', '"levelCount": 4'],
      ['"sha256": "', '"sha256": "0'],
      ['pose-rft-pose-tokeniser', 'another'],
    ] as const) {
      await writeFile(path, text.replace(from, to));
      await expect(loadPoseTokeniser(folder)).rejects.toThrow(CheckpointError);
    }
    await rm(folder, { recursive: true });
  });
});
