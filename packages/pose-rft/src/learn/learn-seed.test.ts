import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METRIC_NAMES } from '../evaluation/metrics.js';
import { loadPoseModel } from '../model/pose-model-checkpoint.js';
import { learnSeed, type LearnSeedOptions } from './learn-seed.js';
import { learningTable, type LearningRecord } from './learning-table.js';
import { MissingStartError, type LearningMethodName } from './methods.js';

let folder: string;
let lines: string[] = [];
let records: LearningRecord[];

async function learn(
  methods: readonly LearningMethodName[],
  options: Partial<LearnSeedOptions> = {},
): Promise<LearningRecord[]> {
  lines = [];
  const found: LearningRecord[] = [];
  for await (const record of learnSeed({
    seed: 1,
    methods,
    cpuSecondsPerMethod: 0.3,
    pretrainingSteps: 3,
    samples: 64,
    split: 'validation',
    promptCount: 8,
    folder,
    log: (line) => lines.push(line),
    ...options,
  }))
    found.push(record);
  return found;
}

beforeAll(async () => {
  await useBackend('wasm');
  folder = await mkdtemp(join(tmpdir(), 'pose-rft-learn-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
trackTensorLeaks({ beforeAll, afterAll });
beforeAll(async () => {
  records = await learn(['sft', 'sft-joint-loss', 'grpo-text', 'joint-loss-then-hygrpo']);
});

describe('learnSeed', () => {
  it('gives a record of every method, in order, with every metric', () => {
    expect(records.map(({ method }) => method)).toEqual([
      'sft',
      'sft-joint-loss',
      'grpo-text',
      'joint-loss-then-hygrpo',
    ]);
    for (const { metrics, seed, split } of records) {
      expect(Object.keys(metrics)).toEqual(METRIC_NAMES);
      expect(metrics.formatRate).toBeGreaterThanOrEqual(0);
      expect([seed, split]).toEqual([1, 'validation']);
    }
    expect(learningTable(records).split('\n')).toHaveLength(2 + 4 + 2);
  });

  it('gives each method its CPU time, and the converged model none', () => {
    const [sft, ...others] = records;
    expect(sft?.steps).toBe(0);
    for (const { steps, cpuSeconds } of others) {
      expect(steps).toBeGreaterThan(0);
      expect(cpuSeconds).toBeGreaterThanOrEqual(0.3);
    }
  });

  it('controls for sigma exactly where a method is reinforcement', () => {
    expect(records.map(({ sigmaMatchedStart }) => sigmaMatchedStart !== undefined)).toEqual([
      false,
      false,
      true,
      true,
    ]);
    const [sft, , text] = records;
    // The mean pose and the texts of the start do not depend on sigma; samples do.
    expect(text?.sigmaMatchedStart?.mpjpeMean).toBe(sft?.metrics.mpjpeMean);
    expect(text?.sigmaMatchedStart?.formatRate).toBe(sft?.metrics.formatRate);
  });

  it('keeps the models, and starts from the kept supervised one the next time', async () => {
    expect((await readdir(folder)).sort()).toEqual([
      'grpo-text-seed-1',
      'joint-loss-then-hygrpo-seed-1',
      'sft-joint-loss-seed-1',
      'sft-seed-1-3-steps',
    ]);
    const weights = join(folder, 'sft-seed-1-3-steps', 'model.safetensors');
    const { mtimeMs } = await stat(weights);
    const again = await learn(['sft'], { cpuSecondsPerMethod: 0.1 });
    expect((await stat(weights)).mtimeMs).toBe(mtimeMs);
    expect(lines.some((line) => line.includes('supervised training'))).toBe(false);
    expect(again[0]?.metrics).toEqual(records[0]?.metrics);
    const tuned = await loadPoseModel(join(folder, 'grpo-text-seed-1'));
    expect(tuned.parameters.parameterCount).toBeGreaterThan(100_000);
    tuned.dispose();
  });

  it('runs again only what an earlier run has not found, and starts from its models', async () => {
    const weights = join(folder, 'sft-joint-loss-seed-1', 'model.safetensors');
    const { mtimeMs } = await stat(weights);
    const again = await learn(['sft', 'sft-joint-loss', 'joint-loss-continued'], { done: records });
    expect((await stat(weights)).mtimeMs).toBe(mtimeMs);
    expect(again.slice(0, 2)).toEqual(records.slice(0, 2));
    expect(again[2]?.method).toBe('joint-loss-continued');
    expect(again[2]?.steps).toBeGreaterThan(0);
    await rm(join(folder, 'joint-loss-continued-seed-1'), { recursive: true });
  });

  it('refuses a method whose start does not run before it', async () => {
    await expect(learn(['sft', 'joint-loss-then-hygrpo'])).rejects.toThrow(/name sft-joint-loss first/);
    await expect(learn(['joint-loss-continued', 'sft-joint-loss'])).rejects.toThrow(MissingStartError);
  });

  it('disposes its models when the caller stops listening', async () => {
    for await (const record of learnSeed({
      seed: 1,
      methods: ['sft', 'sft-continued'],
      cpuSecondsPerMethod: 0.1,
      pretrainingSteps: 3,
      samples: 64,
      split: 'validation',
      promptCount: 2,
      folder,
      log: () => {},
    })) {
      expect(record.method).toBe('sft');
      break;
    }
  });
});
