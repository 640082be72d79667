import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { distributionLaws } from '../laws.js';
import {
  betaSubject,
  independentJointSubject,
  jointSubject,
  squashedGaussianSubject,
  transformedSubject,
} from '../testing/distribution-subjects.js';

beforeAll(async () => {
  await useBackend('wasm');
});
trackTensorLeaks({ beforeAll, afterAll });

describe('squashed Gaussians', () => {
  for (const law of distributionLaws(squashedGaussianSubject, { runs: 3, draws: 1000 }))
    test(law.name, () => law.check());
});

describe('beta distributions', () => {
  for (const law of distributionLaws(betaSubject, { runs: 3, draws: 1000 }))
    test(law.name, () => law.check());
});

describe('transformed distributions', () => {
  for (const law of distributionLaws(transformedSubject, { runs: 3, draws: 1000 }))
    test(law.name, () => law.check());
});

describe('joints of independent parts', () => {
  for (const law of distributionLaws(independentJointSubject, { runs: 3, draws: 1000 }))
    test(law.name, () => law.check());
});

describe('conditional joints', () => {
  for (const law of distributionLaws(jointSubject, { runs: 3, draws: 1000 }))
    test(law.name, () => law.check());
});
