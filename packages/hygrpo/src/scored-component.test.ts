import { tensor2d, tidy, useBackend, zeros } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scoredComponent } from './scored-component.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

test('what a policy gives beside the parameters does not change the kind of distribution', () => {
  tidy(() => {
    const gaussian = {
      kind: 'diagonal',
      mean: tensor2d([[0, 1]]),
      logStandardDeviation: tensor2d([[0, 0]]),
    };
    const logProbs = {
      kind: 'nested',
      values: zeros([1, 1, 1]),
      candidates: Int32Array.of(0),
      groups: 1,
    } as const;
    const scores = { logProbs: { pose: logProbs }, gaussians: { pose: gaussian } };
    expect(scoredComponent(scores, 'pose', 'the policy').distribution?.kind).toBe('gaussian');
  });
});
