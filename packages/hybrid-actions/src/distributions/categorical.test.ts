import { createRandom } from '@pose-rft/random';
import {
  grad,
  sum,
  tensor1d,
  tensor2d,
  tidy,
  useBackend,
  type Tensor,
  type Tensor2D,
} from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCategorical } from './categorical.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

describe('a masked category', () => {
  const masked = (): Tensor2D => tensor2d([[0, -Infinity, 1]]);

  test('is never drawn and has probability 0', () => {
    tidy(() => {
      const distribution = createCategorical(masked());
      const random = createRandom(3);
      const drawn = Array.from({ length: 200 }, () => distribution.sample(random).dataSync()[0]);
      expect(new Set(drawn)).toEqual(new Set([0, 2]));
      expect(distribution.mean().dataSync()[1]).toBe(0);
      expect(distribution.logProb(tensor1d([1], 'int32')).dataSync()[0]).toBe(-Infinity);
    });
  });

  test('leaves entropy, KL and their gradients finite', () => {
    tidy(() => {
      const gradientOf = (value: (logits: Tensor2D) => Tensor): number[] =>
        Array.from(grad((logits) => sum(value(logits as Tensor2D)))(masked()).dataSync());
      const other = createCategorical(masked());
      expect(createCategorical(masked()).entropy().dataSync()[0]).toBeCloseTo(0.5822, 4);
      expect(createCategorical(masked()).kl(other).dataSync()[0]).toBeCloseTo(0, 6);
      for (const gradient of [
        gradientOf((logits) => createCategorical(logits).entropy()),
        gradientOf((logits) => createCategorical(logits).kl(other)),
        gradientOf((logits) => other.kl(createCategorical(logits))),
        gradientOf((logits) => createCategorical(logits).logProb(tensor1d([2], 'int32'))),
      ])
        expect(gradient.every(Number.isFinite), gradient.join()).toBe(true);
    });
  });

  test('that the other distribution allows costs nothing; one that only the other masks costs Infinity', () => {
    tidy(() => {
      const free = createCategorical(tensor2d([[0, 0, 1]]));
      expect(Number.isFinite(createCategorical(masked()).kl(free).dataSync()[0])).toBe(true);
      expect(free.kl(createCategorical(masked())).dataSync()[0]).toBe(Infinity);
    });
  });
});

test.each([
  ['NaN', [0, NaN]],
  ['Infinity', [0, Infinity]],
  ['nothing finite', [-Infinity, -Infinity]],
])('sampling from logits with %s is refused', (_, logits) => {
  tidy(() => {
    const distribution = createCategorical(tensor2d([[0, 0], logits]));
    expect(() => distribution.sample(createRandom(1))).toThrow(/row 1 has the logits/);
  });
});

test('a value outside the categories is refused', () => {
  tidy(() => {
    const distribution = createCategorical(tensor2d([[0, 0]]));
    expect(() => distribution.logProb(tensor1d([2], 'int32'))).toThrow();
  });
});

test('KL of different shapes is refused, naming both', () => {
  tidy(() => {
    const two = createCategorical(tensor2d([[0, 0]]));
    expect(() => two.kl(createCategorical(tensor2d([[0, 0, 0]])))).toThrow(/\[1, 2\].*\[1, 3\]/);
  });
});
