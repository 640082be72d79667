import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { clippedObjective, groupAdvantages, hyGrpoObjective, type AdvantageOptions } from './index.js';
import { advantageLaws, objectiveLaws, surrogateLaws } from './laws.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

describe.each<AdvantageOptions>([
  { scale: 'group-std' },
  { scale: 'group-std', standardDeviation: 'sample' },
  { scale: 'mean-only' },
  { scale: 'batch-std' },
  { scale: 'mean-only', baseline: 'leave-one-out' },
  { scale: 'group-std', baseline: 'leave-one-out', standardDeviation: 'sample' },
])('advantages with %j', (options) => {
  const laws = advantageLaws(
    (rewards, groupSize) => groupAdvantages(rewards, { groupSize, ...options }).values,
  );
  for (const law of laws) test(law.name, () => law.check());
});

describe('the objective', () => {
  for (const law of objectiveLaws(hyGrpoObjective, { runs: 20 })) test(law.name, () => law.check());
});

describe('the clipped surrogate', () => {
  for (const law of surrogateLaws(clippedObjective)) test(law.name, () => law.check());
});
