import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPoseModel, type PoseModel } from '../model/pose-model.js';
import {
  loadRunCheckpoint,
  removeRunCheckpoints,
  RunCheckpointError,
  saveRunCheckpoint,
  type RunCheckpoint,
  type RunSettings,
} from './run-checkpoint.js';

const settings: RunSettings = {
  method: 'hygrpo',
  seed: 3,
  iterations: 40,
  evaluationPrompts: 8,
  trainingSamples: 60,
  start: '/somewhere/else',
};
const optimizer = {
  step: 4,
  moments: { weight: { m: Float32Array.of(1, 2), v: Float32Array.of(3, 4), step: 4 } },
};

let model: PoseModel;
beforeAll(async () => {
  await useBackend('wasm');
});
trackTensorLeaks({ beforeAll, afterAll });
beforeAll(() => {
  model = createPoseModel({ random: createRandom(1), meanPose6d: new Float32Array(144).fill(0.5) });
});
afterAll(() => model.dispose());

let outputFolder: string;
beforeEach(async () => {
  outputFolder = await mkdtemp(join(tmpdir(), 'pose-rft-checkpoint-'));
});
afterEach(() => rm(outputFolder, { recursive: true, force: true }));

const names = async (): Promise<string[]> => (await readdir(join(outputFolder, 'checkpoints'))).sort();
const fileOf = (iteration: string, ...path: string[]): string =>
  join(outputFolder, 'checkpoints', `iteration-${iteration}`, ...path);

function save(iteration: number): Promise<void> {
  const curves: RunCheckpoint['curves'] = { grad_norm: [0.5, null] };
  return saveRunCheckpoint(outputFolder, {
    settings,
    iteration,
    curves,
    trainingSeconds: 2.5,
    model,
    optimizer,
  });
}

describe('a run checkpoint', () => {
  it('is read back as it was written', async () => {
    await save(7);
    const { model: loaded, ...rest } = await loadRunCheckpoint(outputFolder);
    expect(rest).toEqual({
      settings,
      iteration: 7,
      curves: { grad_norm: [0.5, null] },
      trainingSeconds: 2.5,
      optimizer,
    });
    for (const name of model.parameters.names)
      expect(loaded.parameters.get(name).dataSync()).toEqual(model.parameters.get(name).dataSync());
    loaded.dispose();
  });

  it('is the newest, by number, and the one before it is kept', async () => {
    for (const iteration of [2, 9, 10]) await save(iteration);
    expect(await names()).toEqual(['iteration-0000009', 'iteration-0000010']);
    const { iteration, model: loaded } = await loadRunCheckpoint(outputFolder);
    expect(iteration).toBe(10);
    loaded.dispose();
  });

  it('is never one that a crash left half-written; the next save clears that away, and nothing else', async () => {
    await save(2);
    const halfWritten = join(outputFolder, 'checkpoints', 'iteration-0000050.4711.tmp');
    await mkdir(halfWritten);
    await writeFile(join(halfWritten, 'run.json'), '{');
    await writeFile(join(outputFolder, 'checkpoints', 'my notes.txt'), '');
    const { iteration, model: loaded } = await loadRunCheckpoint(outputFolder);
    expect(iteration).toBe(2);
    loaded.dispose();
    await save(3);
    expect(await names()).toEqual(['iteration-0000002', 'iteration-0000003', 'my notes.txt']);
  });

  it('can be written again over itself', async () => {
    await save(5);
    await save(5);
    expect(await names()).toEqual(['iteration-0000005']);
  });

  it('that is not there is an error with the way out', async () => {
    for (const prepare of [async () => {}, () => save(1).then(() => removeRunCheckpoints(outputFolder))]) {
      await prepare();
      await expect(loadRunCheckpoint(outputFolder)).rejects.toThrow(RunCheckpointError);
      await expect(loadRunCheckpoint(outputFolder)).rejects.toThrow(/leave --resume out.*--out DIR/);
    }
  });
});

describe('a damaged run checkpoint', () => {
  async function rewriteRun(change: (run: Record<string, unknown>) => unknown): Promise<void> {
    const path = fileOf('0000007', 'run.json');
    const run = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    const text = JSON.stringify(change(run));
    await writeFile(path, text);
    // As if it had been written so: the sums are right.
    const manifestPath = fileOf('0000007', 'manifest.json');
    const manifest = JSON.parse(await readFile(manifestPath, 'utf8')) as { files: Record<string, unknown> };
    const sha256 = createHash('sha256').update(text).digest('hex');
    manifest.files['run.json'] = { bytes: Buffer.byteLength(text), sha256 };
    await writeFile(manifestPath, JSON.stringify(manifest));
  }

  it.each<[string, (run: Record<string, unknown>) => unknown, RegExp]>([
    ['another version', (run) => ({ ...run, version: 1 }), /expected version 2, found 1/],
    ['no version', ({ version: _, ...run }) => run, /expected version 2, found undefined/],
    ['a list', (run) => [run], /expected version 2/],
    ['null', () => null, /expected version 2/],
    [
      'an unknown method',
      (run) => ({ ...run, settings: { ...settings, method: 'toString' } }),
      /name of a method/,
    ],
    ['a negative count', (run) => ({ ...run, iteration: -1 }), /a number as "iteration", found -1/],
    ['a text for a number', (run) => ({ ...run, settings: { ...settings, seed: '3' } }), /"seed", found "3"/],
    [
      'a number for a folder',
      (run) => ({ ...run, settings: { ...settings, start: 3 } }),
      /a folder as "start"/,
    ],
    ['no iteration', ({ iteration: _, ...run }) => run, /a number as "iteration", found undefined/],
  ])('with %s is refused, naming file, fault and way out', async (_, change, message) => {
    await save(7);
    await rewriteRun(change);
    const loading = loadRunCheckpoint(outputFolder);
    await expect(loading).rejects.toThrow(RunCheckpointError);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toThrow(/run\.json: .*without --resume/);
  });

  it('of which run.json is cut off or missing is refused; without its folder the one before goes on', async () => {
    await save(6);
    await save(7);
    await truncate(fileOf('0000007', 'run.json'), 20);
    await expect(loadRunCheckpoint(outputFolder)).rejects.toThrow(/run\.json: expected \d+ bytes, found 20/);
    await rm(fileOf('0000007', 'run.json'));
    const loading = loadRunCheckpoint(outputFolder);
    await expect(loading).rejects.toThrow(RunCheckpointError);
    await expect(loading).rejects.toThrow(
      /expected a file of \d+ bytes, found none.*remove .*iteration-0000007 to continue.*without --resume/,
    );
    await rm(fileOf('0000007'), { recursive: true });
    const { iteration, model: loaded } = await loadRunCheckpoint(outputFolder);
    expect(iteration).toBe(6);
    loaded.dispose();
  });

  it('of which the weights or moments are cut off is refused, and leaves no tensor behind', async () => {
    await save(7);
    await truncate(fileOf('0000007', 'model', 'model.safetensors'), 5000);
    await expect(loadRunCheckpoint(outputFolder)).rejects.toThrow(/model\.safetensors: expected \d+ bytes/);
    await save(7);
    await truncate(fileOf('0000007', 'optimizer.safetensors'), 100);
    const loading = loadRunCheckpoint(outputFolder);
    await expect(loading).rejects.toThrow(RunCheckpointError);
    await expect(loading).rejects.toThrow(/optimizer\.safetensors: expected \d+ bytes, found 100/);
  });
});
