import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { distributionLaws } from '../laws.js';
import {
  autoregressiveSubject,
  bernoulliSubject,
  categoricalSubject,
  multiCategoricalSubject,
  tokenSequenceSubject,
  topKSubject,
} from '../testing/distribution-subjects.js';

beforeAll(async () => {
  await useBackend('wasm');
});
trackTensorLeaks({ beforeAll, afterAll });

describe('categorical distributions', () => {
  for (const law of distributionLaws(categoricalSubject, { runs: 3, draws: 1000 }))
    test(law.name, () => law.check());
});

describe('categorical distributions with top-k', () => {
  for (const law of distributionLaws(topKSubject, { runs: 3, draws: 1000 }))
    test(law.name, () => law.check());
});

describe('several categories', () => {
  for (const law of distributionLaws(multiCategoricalSubject, { runs: 3, draws: 1000 }))
    test(law.name, () => law.check());
});

describe('flags', () => {
  for (const law of distributionLaws(bernoulliSubject, { runs: 3, draws: 1000 }))
    test(law.name, () => law.check());
});

describe('token sequences', () => {
  for (const law of distributionLaws(tokenSequenceSubject, { runs: 3, draws: 1000 }))
    test(law.name, () => law.check());
});

describe('autoregressive token sequences', () => {
  for (const law of distributionLaws(autoregressiveSubject, { runs: 3, draws: 1000 }))
    test(law.name, () => law.check());
});
