import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { distributionLaws } from '../laws.js';
import {
  choleskyGaussianSubject,
  diagonalGaussianSubject,
  gaussianMixtureSubject,
  lowRankGaussianSubject,
  rotationGaussianSubject,
} from '../testing/distribution-subjects.js';

beforeAll(async () => {
  await useBackend('wasm');
});
trackTensorLeaks({ beforeAll, afterAll });

describe('diagonal Gaussians', () => {
  for (const law of distributionLaws(diagonalGaussianSubject, { runs: 3, draws: 1000 }))
    test(law.name, () => law.check());
});

describe('Gaussians with a full covariance', () => {
  for (const law of distributionLaws(choleskyGaussianSubject, { runs: 3, draws: 1000 }))
    test(law.name, () => law.check());
});

describe('Gaussians with a low-rank covariance', () => {
  for (const law of distributionLaws(lowRankGaussianSubject, { runs: 3, draws: 1000 }))
    test(law.name, () => law.check());
});

describe('mixtures of Gaussians', () => {
  for (const law of distributionLaws(gaussianMixtureSubject, { runs: 3, draws: 1000 }))
    test(law.name, () => law.check());
});

describe('Gaussians on rotations', () => {
  for (const law of distributionLaws(rotationGaussianSubject, { runs: 3, draws: 1000 }))
    test(law.name, () => law.check());
});
