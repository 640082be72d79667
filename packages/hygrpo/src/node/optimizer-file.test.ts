import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensorDataFromFloat32, writeSafetensors } from '@pose-rft/tensor';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readOptimizerFile, writeOptimizerFile } from '../node.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hygrpo-optimizer-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('a state without a parameter, or a step, comes back', async () => {
  const path = join(root, 'optimizer.safetensors');
  await writeOptimizerFile(path, { step: 0, moments: {} });
  expect(await readOptimizerFile(path)).toEqual({ step: 0, moments: {} });
  const bias = { m: new Float32Array(0), v: new Float32Array(0), step: 0 };
  await writeOptimizerFile(path, { step: 1, moments: { bias } });
  expect(await readOptimizerFile(path)).toEqual({ step: 1, moments: { bias } });
});

const noSteps = 'the number of steps of each parameter as "steps" in its metadata';
const numberOf = (field: string): string => `a number of steps as "${field}" in its metadata`;

test.each<[Record<string, string>, string, string]>([
  [{}, numberOf('step'), 'none'],
  [{ step: '-1' }, numberOf('step'), '"-1"'],
  [{ step: '1.5' }, numberOf('step'), '"1.5"'],
  [{ step: 'x' }, numberOf('step'), '"x"'],
  [{ step: '1' }, noSteps, 'none'],
  [{ step: '1', steps: '' }, noSteps, '""'],
  [{ step: '1', steps: '7' }, noSteps, '"7"'],
  [{ step: '1', steps: 'null' }, noSteps, '"null"'],
  [{ step: '1', steps: '[1]' }, noSteps, '"[1]"'],
  [{ step: '1', steps: '{"weight":"x"}' }, numberOf('steps.weight'), '"x"'],
  [{ step: '1', steps: '{"weight":-1}' }, numberOf('steps.weight'), '"-1"'],
])('the metadata %j are refused', async (metadata, expected, found) => {
  const path = join(root, 'optimizer.safetensors');
  const moment = tensorDataFromFloat32('F32', [1], Float32Array.of(1));
  await writeSafetensors(path, { 'm/weight': moment, 'v/weight': moment }, metadata);
  await expect(readOptimizerFile(path)).rejects.toMatchObject({
    name: 'TrainingCheckpointError',
    path,
    expected,
    found,
    message: `${path}: expected ${expected}, found ${found}; take the file that the optimiser was saved to`,
  });
});
