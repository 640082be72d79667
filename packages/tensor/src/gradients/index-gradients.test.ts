import { createRandom } from '@pose-rft/random';
import {
  argMax,
  gather,
  gatherND,
  grad,
  mul,
  scatterND,
  stridedSlice,
  sum,
  tensor,
  tensor1d,
  tidy,
  useBackend,
  type Tensor,
} from '@pose-rft/tensor';
import { checkGradients, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

trackTensorLeaks({ beforeAll, afterAll });

const filled = (...shape: number[]): { shape: readonly number[]; values: Float32Array } => ({
  shape,
  values: createRandom(5).fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))),
});
const int = (values: number[], shape: number[]): Tensor => tensor(values, shape, 'int32');

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  describe('gather', () => {
    test('adds up the gradients of an index that occurs twice', () => {
      checkGradients((x) => gather(x, int([2, 0, 2], [3])), [filled(3, 2)]);
    });
    test('along an inner axis', () => {
      checkGradients((x) => gather(x, int([1, 1, 0], [3]), 1), [filled(2, 3, 2)]);
    });
    test('with indices of rank 2', () => {
      checkGradients((x) => gather(x, int([1, 1, 0, 2], [2, 2]), 1), [filled(2, 3, 2)]);
    });
    test('with one batch axis', () => {
      checkGradients((x) => gather(x, int([1, 1, 0, 2], [2, 2]), 1, 1), [filled(2, 3, 2)]);
    });
    test('with two batch axes (token log-probabilities)', () => {
      checkGradients((x) => gather(x, int([3, 0, 1, 1], [2, 2, 1]), 2, 2), [filled(2, 2, 4)]);
    });
    test('with one batch axis and one axis between it and the gathered one', () => {
      checkGradients((x) => gather(x, int([3, 0, 1, 1], [2, 2]), 2, 1), [filled(2, 3, 4)]);
    });
    test('of nothing is zero', () => {
      const slope = tidy(() => grad((x) => sum(gather(x, int([], [0]))))(tensor1d([1, 2])).arraySync());
      expect(slope).toEqual([0, 0]);
    });
    test('at indices computed from the same tensor', () => {
      const slope = tidy(() => grad((x) => sum(gather(x, argMax(x))))(tensor1d([1, 3, 2])).arraySync());
      expect(slope).toEqual([0, 1, 0]);
    });
    test('can be differentiated twice', () => {
      const square = (x: Tensor): Tensor => {
        const chosen = gather(x, int([1, 1], [2]));
        return sum(mul(chosen, chosen));
      };
      const second = tidy(() => grad((x) => sum(grad(square)(x)))(tensor1d([1, 2])).arraySync());
      expect(second).toEqual([0, 4]);
    });
  });

  test('gatherND', () => {
    checkGradients((x) => gatherND(x, int([0, 1, 1, 2, 0, 1], [3, 2])), [filled(2, 3)]);
    checkGradients((x) => gatherND(x, int([1, 1], [2, 1])), [filled(2, 3)]);
  });

  test('scatterND', () => {
    checkGradients((x) => scatterND(int([3, 1, 3], [3, 1]), x, [5]), [filled(3)]);
  });

  test('stridedSlice, with steps, masks and backwards', () => {
    checkGradients((x) => stridedSlice(x, [0, 1], [3, 5], [2, 2]), [filled(3, 5)]);
    checkGradients((x) => stridedSlice(x, [0, 0], [0, 0], [1, -1], 3, 3), [filled(2, 3)]);
    checkGradients((x) => stridedSlice(x, [1, 0], [2, 3], [1, 1], 0, 0, 0, 0, 1), [filled(2, 3)]);
    const nothing = tidy(() =>
      grad((x) => sum(stridedSlice(x, [1], [1], [1])))(tensor1d([1, 2])).arraySync(),
    );
    expect(nothing).toEqual([0, 0]);
  });
});
