import { createRandom } from '@pose-rft/random';
import {
  cast,
  clone,
  conv2d,
  gather,
  grads,
  matMul,
  memory,
  ones,
  reshape,
  square,
  stridedSlice,
  sum,
  tensor,
  tensor1d,
  tensor2d,
  tidy,
  transpose,
  unsortedSegmentSum,
  useBackend,
  zeros,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@pose-rft/tensor';
import { expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

trackTensorLeaks({ beforeAll, afterAll });
beforeEach(async () => {
  await useBackend('wasm');
});

const filled = (shape: readonly number[], seed = 1): Tensor =>
  tensor(createRandom(seed).fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))), [...shape]);

describe('clone on wasm', () => {
  test('shares the memory of its original, and outlives it', () => {
    const original = tensor2d([1, 2, 3, 4], [2, 2]);
    const before = memory().numDataBuffers;
    const copy = clone(original);
    expect(memory().numDataBuffers).toBe(before);
    original.dispose();
    const product = tidy(() => matMul<Tensor2D>(copy, copy).dataSync());
    expect(product).toEqual(Float32Array.of(7, 10, 15, 22));
    copy.dispose();
    expect(memory().numDataBuffers).toBe(before - 1);
  });

  test('of words keeps the words', () => {
    tidy(() => {
      expect(clone(tensor1d(['knee', 'elbow'])).dataSync()).toEqual(['knee', 'elbow']);
    });
  });
});

describe('matMul on wasm', () => {
  test('sees a reshaped right operand as what it is, although its memory was packed in another shape', () => {
    tidy(() => {
      const b = tensor2d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [3, 4]);
      expect(matMul(ones([1, 3]), b).dataSync()).toEqual(Float32Array.of(15, 18, 21, 24));
      expect(matMul(ones([1, 4]), reshape(b, [4, 3])).dataSync()).toEqual(Float32Array.of(22, 26, 30));
      expect(matMul(ones([1, 6]), reshape(b, [6, 2])).dataSync()).toEqual(Float32Array.of(36, 42));
      expect(matMul(ones([1, 3]), b).dataSync()).toEqual(Float32Array.of(15, 18, 21, 24));
    });
  });

  // Sizes on both sides of the threshold between the plain loop and the fast products.
  test.each([3, 40])('agrees with plain products for every batch and transposition (size %i)', (size) => {
    for (const [batchA, batchB] of [
      [[4], [4]],
      [[4], [1]],
      [[1], [4]],
      [
        [2, 2],
        [2, 2],
      ],
      [
        [2, 1],
        [1, 3],
      ],
      [[2, 3], [3]],
      [[], [2]],
    ] as const)
      for (const transposeA of [false, true])
        for (const transposeB of [false, true])
          expectNoTensorLeak(() =>
            tidy(() => {
              const a = filled([...batchA, ...(transposeA ? [size, 5] : [5, size])], 2);
              const b = filled([...batchB, ...(transposeB ? [7, size] : [size, 7])], 3);
              expectSameProduct(matMul(a, b, transposeA, transposeB), a, b, transposeA, transposeB);
            }),
          );
  });

  test('of empty operands is empty or zero', () => {
    tidy(() => {
      expect(matMul(zeros([0, 3]), ones([3, 2])).shape).toEqual([0, 2]);
      expect(matMul(zeros([2, 0, 3]), ones([2, 3, 2])).shape).toEqual([2, 0, 2]);
    });
  });

  test('refuses what does not fit, and integers', () => {
    tidy(() => {
      expect(() => matMul(ones([2, 3]), ones([4, 5]))).toThrow(/inner sizes differ/);
      expect(() => matMul(ones([2, 3], 'int32'), ones([3, 5], 'int32'))).toThrow(/float32/);
    });
  });
});

test('gather with batch axes picks the right elements', () => {
  tidy(() => {
    const x = tensor([0, 1, 2, 3, 4, 5], [2, 3]);
    const indices = tensor([1, 2], [2, 1], 'int32');
    expect(gather(x, indices, 1, 1).arraySync()).toEqual([[1], [5]]);
    expect(gather(cast(x, 'int32'), indices, 1, 1).arraySync()).toEqual([[1], [5]]);
    expect(() => gather(x, tensor([1, 3], [2, 1], 'int32'), 1, 1)).toThrow(/index 3 is not in \[0, 3\)/);
  });
});

test('stridedSlice keeps integers', () => {
  tidy(() => {
    const x = tensor([0, 1, 2, 3, 4, 5], [2, 3], 'int32');
    const sliced = stridedSlice(x, [0, 0], [2, 3], [1, 2]);
    expect(sliced.dtype).toBe('int32');
    expect(sliced.arraySync()).toEqual([
      [0, 2],
      [3, 5],
    ]);
  });
});

test('unsortedSegmentSum exists on wasm, and drops negative ids', () => {
  tidy(() => {
    const ids = tensor1d([1, -1, 1, 0], 'int32');
    const sums = unsortedSegmentSum(
      tensor2d([
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ]),
      ids,
      3,
    );
    expect(sums.arraySync()).toEqual([
      [7, 8],
      [6, 8],
      [0, 0],
    ]);
  });
});

test.each([
  [1, 'valid'],
  [2, 'same'],
  [1, 1],
] as const)(
  'the gradient of a convolution on wasm equals the one on cpu (stride %i, pad %s)',
  async (stride, pad) => {
    const gradients = async (backend: 'cpu' | 'wasm'): Promise<number[][]> => {
      await useBackend(backend);
      return tidy(() =>
        grads((x: Tensor, filter: Tensor) =>
          sum(square(conv2d(x as Tensor4D, filter as Tensor4D, stride, pad))),
        )([filled([2, 5, 4, 3], 4), filled([3, 3, 3, 2], 5)]).map((gradient) =>
          Array.from(gradient.dataSync()),
        ),
      );
    };
    const expected = await gradients('cpu');
    const found = await gradients('wasm');
    found.forEach((gradient, input) =>
      gradient.forEach((value, index) => expect(value).toBeCloseTo(expected[input]?.[index] ?? NaN, 3)),
    );
  },
);

function expectSameProduct(
  found: Tensor,
  a: Tensor,
  b: Tensor,
  transposeA: boolean,
  transposeB: boolean,
): void {
  const swapLast = (x: Tensor): Tensor => {
    const axes = x.shape.map((_, axis) => axis);
    return transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
  };
  const left = transposeA ? swapLast(a) : a;
  const right = transposeB ? swapLast(b) : b;
  const batch = found.shape.slice(0, -2);
  const [rows, columns] = found.shape.slice(-2) as [number, number];
  const inner = left.shape[left.rank - 1] as number;
  const values = found.dataSync<'float32'>();
  const leftValues = left.dataSync<'float32'>();
  const rightValues = right.dataSync<'float32'>();
  const batchSize = batch.reduce((total, size) => total * size, 1);
  for (let flat = 0; flat < batchSize; flat++) {
    const leftStart = operandIndex(flat, batch, left.shape.slice(0, -2)) * rows * inner;
    const rightStart = operandIndex(flat, batch, right.shape.slice(0, -2)) * inner * columns;
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        let expected = 0;
        for (let index = 0; index < inner; index++)
          expected +=
            (leftValues[leftStart + row * inner + index] as number) *
            (rightValues[rightStart + index * columns + column] as number);
        expect(values[(flat * rows + row) * columns + column]).toBeCloseTo(expected, 3);
      }
  }
}

/** The operand's matrix for matrix `flat` of the broadcast batch, by its coordinates. */
function operandIndex(flat: number, batch: readonly number[], operand: readonly number[]): number {
  const coordinates = batch.map((size, axis) => {
    const below = batch.slice(axis + 1).reduce((total, next) => total * next, 1);
    return Math.floor(flat / below) % size;
  });
  const own = coordinates.slice(batch.length - operand.length);
  return operand.reduce((index, size, axis) => index * size + (size === 1 ? 0 : (own[axis] as number)), 0);
}
