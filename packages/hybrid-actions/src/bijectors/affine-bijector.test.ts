import { tensor1d, tensor2d, tidy, useBackend, type Tensor } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  chainBijectors,
  createAffineBijector,
  expBijector,
  invertBijector,
  type Bijector,
} from '../index.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

const ln = Math.log;
const numbers = (tensor: Tensor): number[] => Array.from(tensor.dataSync());

/** Two rows of two numbers each way, and the logarithms of the determinants. */
function expectMap(
  bijector: Bijector,
  x: readonly number[],
  y: readonly number[],
  logDets: readonly number[],
): void {
  const close = (found: Tensor, expected: readonly number[]): void => {
    const values = numbers(found);
    expect(values).toHaveLength(expected.length);
    values.forEach((value, index) => expect(value).toBeCloseTo(expected[index] ?? NaN, 5));
  };
  const [before, after] = [x, y].map((values) => tensor2d([...values], [2, 2]));
  if (!before || !after) throw new Error('there are two');
  close(bijector.forward(before), y);
  close(bijector.inverse(after), x);
  close(bijector.forwardLogDet(before), logDets);
  close(
    bijector.inverseLogDet(after),
    logDets.map((logDet) => -logDet),
  );
}

test('an affine map goes both ways, by one scale or one a dimension', () => {
  tidy(() => {
    const plain = createAffineBijector({ shift: 0.5, scale: -3 });
    expect(plain.kind).toBe('affine');
    expectMap(plain, [0, 1, 2, -1], [0.5, -2.5, -5.5, 3.5], [2 * ln(3), 2 * ln(3)]);
    const each = createAffineBijector({ shift: tensor1d([1, 0]), scale: tensor1d([2, -4]) });
    expectMap(each, [3, 1, 0, -1], [7, -4, 1, 4], [ln(8), ln(8)]);
  });
});

test('a chain applies the first one first, and adds up their determinants', () => {
  tidy(() => {
    const chain = chainBijectors([createAffineBijector({ shift: 1, scale: 2 }), expBijector]);
    expect(chain.kind).toBe('chain');
    const x = [0, 1, -1, 0.5];
    const halves = x.map((value) => 2 * value + 1);
    const logDets = [halves.slice(0, 2), halves.slice(2)].map(([a = 0, b = 0]) => a + b + 2 * ln(2));
    expectMap(chain, x, halves.map(Math.exp), logDets);
    expectMap(chainBijectors([]), x, x, [0, 0]);
  });
});

test('an inverted map swaps the ways', () => {
  tidy(() => {
    const inverted = invertBijector(createAffineBijector({ shift: 1, scale: 2 }));
    expectMap(inverted, [3, 5, 1, 0], [1, 2, 0, -0.5], [-2 * ln(2), -2 * ln(2)]);
  });
});
