import { ones, tensor1d, useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readLogProbs } from './read-log-probs.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

test('scores become data with their structure, and leave no tensor behind', () => {
  const offsets = Int32Array.of(0, 1, 2);
  const candidates = Int32Array.of(1);
  const read = readLogProbs(() => ({
    logProbs: {
      answer: { kind: 'sequence', values: tensor1d([-1, -2]), offsets },
      pose: { kind: 'nested', values: ones([1, 2, 3]), candidates, groups: 3 },
    },
  }));
  expect(read).toEqual({
    answer: { kind: 'sequence', values: Float32Array.of(-1, -2), offsets },
    pose: { kind: 'nested', values: new Float32Array(6).fill(1), candidates, groups: 3 },
  });
});
