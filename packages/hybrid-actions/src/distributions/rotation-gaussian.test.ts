import { createRandom } from '@pose-rft/random';
import { tensor2d, tidy, useBackend, type Tensor2D } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRotationGaussian } from '../index.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

const IDENTITY = [1, 0, 0, 0, 1, 0];

/** The other expansion of the heat kernel, by characters: slow for small spreads, and shares no code. */
function characterExpansion(angle: number, deviation: number): number {
  let total = 0;
  for (let l = 0; l < 400; l++)
    total +=
      (2 * l + 1) *
      Math.exp(-0.5 * l * (l + 1) * deviation ** 2) *
      (Math.sin((l + 0.5) * angle) / Math.sin(0.5 * angle));
  return total / (8 * Math.PI ** 2);
}

/** A turn about the third axis. */
const turned = (angle: number): Tensor2D =>
  tensor2d([[Math.cos(angle), Math.sin(angle), 0, -Math.sin(angle), Math.cos(angle), 0]]);

const around = (mean: readonly number[], deviation: number) =>
  createRotationGaussian({
    mean: tensor2d([[...mean]]),
    logStandardDeviation: tensor2d([[Math.log(deviation)]]),
  });

describe('the density', () => {
  test.each([0.1, 0.3, 0.8, 1.5, 3])(
    'is that of the character expansion, at a deviation of %d',
    (deviation) => {
      tidy(() => {
        for (const angle of [0.05, 0.2, 0.7, 1.5, 2.6, 3.1]) {
          const expected = characterExpansion(angle, deviation);
          if (expected < 1e-9) continue; // the expansion itself has lost its digits there
          const [found = NaN] = around(IDENTITY, deviation).logProb(turned(angle)).dataSync();
          expect(Math.abs(found - Math.log(expected)), `at ${angle}`).toBeLessThan(2e-4);
        }
      });
    },
  );

  test('is uniform over the group for a wide spread, and Gaussian for a narrow one', () => {
    tidy(() => {
      const [wide] = around(IDENTITY, 3.1).logProb(turned(1)).dataSync();
      expect(wide).toBeCloseTo(-Math.log(8 * Math.PI ** 2), 2);
      const [narrow] = around(IDENTITY, 0.01).logProb(turned(0.01)).dataSync();
      expect(narrow).toBeCloseTo(-0.5 - 1.5 * Math.log(2 * Math.PI) - 3 * Math.log(0.01), 2);
    });
  });

  test('does not depend on which 6D numbers stand for a rotation', () => {
    tidy(() => {
      const plain = around(IDENTITY, 0.4).logProb(turned(0.5)).dataSync()[0] ?? NaN;
      const scaled = around([3, 0, 0, -2, 5, 0], 0.4).logProb(turned(0.5)).dataSync()[0];
      expect(scaled).toBeCloseTo(plain, 4);
    });
  });
});

test('draws have orthonormal columns, whatever the mean', () => {
  tidy(() => {
    const drawn = around([0.2, 0.5, -1, 1, 0.3, 0.1], 0.5).sample(createRandom(1)).dataSync<'float32'>();
    const [ax = 0, ay = 0, az = 0, bx = 0, by = 0, bz = 0] = drawn;
    expect(Math.hypot(ax, ay, az)).toBeCloseTo(1, 5);
    expect(Math.hypot(bx, by, bz)).toBeCloseTo(1, 5);
    expect(ax * bx + ay * by + az * bz).toBeCloseTo(0, 5);
  });
});

test('the log-probabilities of the joints add up', () => {
  tidy(() => {
    const two = createRotationGaussian({
      mean: tensor2d([[...IDENTITY, ...IDENTITY]]),
      logStandardDeviation: tensor2d([[-1, 0]]),
    });
    const { sample, logProb } = two.sampleAndLogProb(createRandom(2));
    const [first = NaN, second = NaN] = two.jointLogProbs(sample).dataSync();
    expect(logProb.dataSync()[0]).toBeCloseTo(first + second, 4);
  });
});
