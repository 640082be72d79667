import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';
import { tensorDataFromFloat32 } from '@pose-rft/tensor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TrainingState } from '../index.js';
import { fileCheckpoints, listCheckpoints } from '../node.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hygrpo-run-file-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const state: TrainingState = {
  iteration: 3,
  parameters: { weight: tensorDataFromFloat32('F32', [2], Float32Array.of(1, -2)) },
  optimizer: {
    step: 5,
    moments: { weight: { m: Float32Array.of(1, 2), v: Float32Array.of(3, 4), step: 5 } },
  },
  random: createRandom(4).state(),
  prompts: { taken: 7 },
  klCoefficients: { arm: 0.25, point: 0 },
  earlyStop: { best: -1.5, sinceBest: 2 },
  config: { iterations: 9 },
};

const folder = (): string => join(root, 'iteration-0000003');

test('a state comes back as it was saved, the newest of as many as are kept', async () => {
  const store = fileCheckpoints(root, { keep: 2 });
  expect(await store.load()).toBeUndefined();
  await store.save(state);
  expect(await store.load()).toEqual(state);
  const fresh = {
    ...state,
    iteration: 4,
    earlyStop: { best: null, sinceBest: 0 },
    prompts: null,
    config: null,
  };
  await store.save(fresh);
  expect(await store.load()).toEqual(fresh);
  await store.save({ ...state, iteration: 5 });
  expect((await listCheckpoints(root)).map(({ iteration }) => iteration)).toEqual([4, 5]);
  expect(await readFile(join(root, 'iteration-0000005', 'run.json'), 'utf8')).toMatch(
    /^\{\n {2}"iteration": 5,\n/,
  );
});

/** Writes another `run.json`, and its sum. */
async function tamper(text: string): Promise<void> {
  await writeFile(join(folder(), 'run.json'), text);
  const path = join(folder(), 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as { files: Record<string, unknown> };
  const sha256 = createHash('sha256').update(text).digest('hex');
  manifest.files['run.json'] = { bytes: Buffer.byteLength(text), sha256 };
  await writeFile(path, JSON.stringify(manifest));
}

describe('a run file that something else wrote is refused, by what is wrong in it', () => {
  const { parameters: _parameters, optimizer: _optimizer, ...run } = state;
  const count = (field: string): string => `an integer >= 0 as "${field}"`;

  test.each<[string, unknown, string, string]>([
    ['no best', { ...run, earlyStop: { sinceBest: 0 } }, 'a number or null as "best"', 'none'],
    ['a list for the early stop', { ...run, earlyStop: [] }, 'a number or null as "best"', 'none'],
    ['words for a best', { ...run, earlyStop: { best: 'x' } }, 'a number or null as "best"', '"x"'],
    ['no measurements', { ...run, earlyStop: { best: 1 } }, count('sinceBest'), 'none'],
    ['half a measurement', { ...run, earlyStop: { best: 1, sinceBest: 0.5 } }, count('sinceBest'), '0.5'],
    ['a negative iteration', { ...run, iteration: -1 }, count('iteration'), '-1'],
    ['words for an iteration', { ...run, iteration: '3' }, count('iteration'), '"3"'],
    [
      'words for a coefficient',
      { ...run, klCoefficients: { arm: 0.1, point: 'x' } },
      'a number as "klCoefficients.point"',
      '"x"',
    ],
    [
      'null for a coefficient',
      { ...run, klCoefficients: { arm: null } },
      'a number as "klCoefficients.arm"',
      'null',
    ],
    ['no stream', { ...run, random: undefined }, 'the state of a random stream as "random"', 'none'],
    ['a seed for a stream', { ...run, random: 7 }, 'the state of a random stream as "random"', '7'],
    ['a list', [run], 'a number or null as "best"', 'none'],
    ['null', null, 'a number or null as "best"', 'none'],
  ])('%s', async (_, json, expected, found) => {
    const store = fileCheckpoints(root);
    await store.save(state);
    await tamper(JSON.stringify(json));
    const path = join(folder(), 'run.json');
    await expect(store.load()).rejects.toMatchObject({
      name: 'TrainingCheckpointError',
      path,
      expected,
      found,
      message: `${path}: expected ${expected}, found ${found}; it was written by something else: remove ${folder()}`,
    });
  });

  test.each([
    ['', 'nothing'],
    ['{"iteration"', '"{\\"iteration\\""'],
    ['x'.repeat(99), `"${'x'.repeat(40)}"`],
  ])('no JSON: %j', async (text, found) => {
    const store = fileCheckpoints(root);
    await store.save(state);
    await tamper(text);
    await expect(store.load()).rejects.toMatchObject({ expected: 'JSON', found });
  });

  test('and what it need not have is null, or nothing', async () => {
    const store = fileCheckpoints(root);
    await store.save(state);
    const { prompts: _prompts, config: _config, klCoefficients: _coefficients, ...least } = run;
    await tamper(JSON.stringify(least));
    expect(await store.load()).toEqual({ ...state, prompts: null, config: null, klCoefficients: {} });
  });
});
