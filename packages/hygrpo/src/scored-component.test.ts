import { tensor2d, tidy, useBackend, zeros } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exactKl, scoredComponent } from './scored-component.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

it('knows a distribution by where it stands in the scores, whatever else a policy says of it', () => {
  tidy(() => {
    const values = zeros([1, 1, 1]);
    const candidates = Int32Array.of(0);
    const logProbs = { pose: { kind: 'nested', values, candidates, groups: 1 } } as const;
    const pose = { mean: tensor2d([[1]]), logStandardDeviation: tensor2d([[0]]), kind: 'diagonal' };
    const { distribution } = scoredComponent({ logProbs, gaussians: { pose } }, 'pose', 'the policy');
    if (distribution === undefined) throw new Error('no distribution');
    expect(exactKl(distribution, distribution).dataSync()[0]).toBe(0);
  });
});
