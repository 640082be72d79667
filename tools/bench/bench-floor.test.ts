import { describe, expect, test } from 'vitest';
import { floorSeconds, parameterCount, residentBytes, taskCost } from './bench-floor.js';
import { benchRows } from './bench-rows.js';

const tiny = {
  hiddenSize: 2,
  layerCount: 1,
  headCount: 1,
  intermediateSize: 3,
  vocabularySize: 5,
  threads: 1,
} as const;
const layerNumbers = 4 * 2 * 2 + 3 * 2 * 3;
const numbers = layerNumbers + 2 * 5 * 2;

test('parameters are the four projections, the gated block, embeddings and head', () => {
  expect(parameterCount(tiny)).toBe(numbers);
  expect(parameterCount({ ...tiny, layerCount: 3 })).toBe(3 * layerNumbers + 20);
});

describe('a supervised step', () => {
  const cost = taskCost({ ...tiny, kind: 'sft', sequences: 2, promptTokens: 1, answerTokens: 2, seconds: 1 });

  test('is three forward passes of products, attention over earlier rows and scored logits', () => {
    const products = 2 * 6 * layerNumbers;
    const attention = 4 * 2 * (2 * (1 + 2 + 3));
    const logits = 2 * 4 * 2 * 5;
    expect(cost.operations).toBe(3 * (products + attention + logits));
  });

  test('moves weights thrice, and gradients, moments and weights of the optimiser', () => {
    expect(cost.bytes).toBe(4 * (3 + 7) * numbers);
  });
});

test('a second answer of a prompt adds its own rows, not the prompt again', () => {
  const iteration = {
    ...tiny,
    kind: 'iteration',
    prompts: 1,
    promptTokens: 1000,
    newTokens: 1,
    iterations: 1,
  } as const;
  const [one, two] = [1, 2].map((candidates) => taskCost({ ...iteration, candidates }).operations);
  expect((two ?? 0) / (one ?? 1)).toBeLessThan(1.01);
  expect(
    residentBytes({ ...iteration, candidates: 2 }) - residentBytes({ ...iteration, candidates: 1 }),
  ).toBe(4 * (6 * 2 + 2 * 3));
});

test('the slower of arithmetic and memory counts', () => {
  const cost = { operations: 100, bytes: 10 };
  expect(floorSeconds(cost, { operationsPerSecond: 50, bytesPerSecond: 1 })).toBe(10);
  expect(floorSeconds(cost, { operationsPerSecond: 5, bytesPerSecond: 1 })).toBe(20);
});

test('the full run has every row of the short one, and every row a cost and a target', () => {
  const groupsOf = (length: 'short' | 'full'): string[] => benchRows(length).map(({ title }) => title);
  expect(groupsOf('full')).toEqual(expect.arrayContaining(groupsOf('short')));
  for (const { task, targets } of benchRows('full')) {
    expect(taskCost(task).operations).toBeGreaterThan(0);
    expect(Object.keys(targets).length).toBeGreaterThan(0);
  }
});
