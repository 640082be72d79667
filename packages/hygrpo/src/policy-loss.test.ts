import { expect, test } from 'vitest';
import { explicitLoss, type PolicyLoss } from './index.js';

test.each<[PolicyLoss, string, string, object, string, string]>([
  [
    { kind: 'hygrpo' },
    'token',
    'group',
    { low: 0.2, high: 0.2 },
    'sequence-mean-token-mean',
    'sequence-mean-token-sum',
  ],
  [
    { kind: 'grpo' },
    'token',
    'group',
    { low: 0.2, high: 0.2 },
    'sequence-mean-token-mean',
    'sequence-mean-token-mean',
  ],
  [
    { kind: 'dr_grpo', maxLength: 9 },
    'token',
    'group',
    { low: 0.2, high: 0.2 },
    'sequence-mean-token-sum-over',
    'sequence-mean-token-sum-over',
  ],
  [{ kind: 'dapo' }, 'token', 'group', { low: 0.2, high: 0.28 }, 'token-mean', 'token-mean'],
  [{ kind: 'bnpo' }, 'token', 'group', { low: 0.2, high: 0.2 }, 'token-mean', 'token-mean'],
  [
    { kind: 'gspo' },
    'mean',
    'mean',
    { low: 3e-4, high: 4e-4 },
    'sequence-mean-token-mean',
    'sequence-mean-token-mean',
  ],
  [{ kind: 'cispo' }, 'token', 'group', { low: 1, high: 4 }, 'token-mean', 'token-mean'],
])('%j is spelled out', (loss, sequenceRatio, nestedRatio, clipEpsilon, sequenceKind, nestedKind) => {
  const surrogate = loss.kind === 'cispo' ? 'weighted-log-prob' : 'clipped';
  expect(explicitLoss(loss, 'sequence')).toMatchObject({
    surrogate,
    ratio: sequenceRatio,
    clipEpsilon,
    aggregation: { kind: sequenceKind },
  });
  expect(explicitLoss(loss, 'nested')).toMatchObject({
    surrogate,
    ratio: nestedRatio,
    clipEpsilon,
    aggregation: { kind: nestedKind },
  });
});

test('the constant of Dr. GRPO and the parts of BNPO are in the aggregation', () => {
  expect(explicitLoss({ kind: 'dr_grpo', maxLength: 9 }, 'sequence').aggregation).toEqual({
    kind: 'sequence-mean-token-sum-over',
    length: 9,
  });
  expect(explicitLoss({ kind: 'bnpo' }, 'sequence').aggregation).toEqual({
    kind: 'token-mean',
    over: 'part',
  });
});

test('what is chosen beside the name holds', () => {
  const overrides = {
    ratio: 'sum',
    clipEpsilon: { low: 0.1, high: 0.3, dual: 2 },
    aggregation: { kind: 'token-sum' },
  } as const;
  expect(explicitLoss({ kind: 'cispo' }, 'sequence', overrides)).toEqual({
    surrogate: 'weighted-log-prob',
    ...overrides,
  });
});
