import { createRandom } from '@pose-rft/random';
import { matMul, tensor, tidy, useBackend } from '@pose-rft/tensor';
import { checkGradients, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

trackTensorLeaks({ beforeAll, afterAll });

const filled = (
  shape: readonly number[],
  seed: number,
): { shape: readonly number[]; values: Float32Array } => ({
  shape,
  values: createRandom(seed).fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))),
});

describe.each(['cpu', 'wasm'] as const)('the gradient of matMul on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  const flags = [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const;
  const batches: readonly (readonly [readonly number[], readonly number[]])[] = [
    [[], []],
    [[2], [2]],
    [[1], [3]],
    [[3], [1]],
    [[2], []],
    [[], [2]],
    [[2, 3], [3]],
  ];

  describe.each(flags)('transposed: %s, %s', (transposeA, transposeB) => {
    test.each(batches)('batches %j and %j', (batchA, batchB) => {
      const a = filled([...batchA, ...(transposeA ? [3, 2] : [2, 3])], 1);
      const b = filled([...batchB, ...(transposeB ? [4, 3] : [3, 4])], 2);
      checkGradients((x, y) => matMul(x, y, transposeA, transposeB), [a, b]);
    });
  });

  test('products large enough for the fast path agree with the definition', () => {
    const [rows, inner, columns] = [40, 30, 20];
    const a = filled([rows, inner], 3).values;
    const b = filled([inner, columns], 4).values;
    const expected = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (let index = 0; index < inner; index++)
          expected[row * columns + column] =
            (expected[row * columns + column] as number) +
            (a[row * inner + index] as number) * (b[index * columns + column] as number);
    const found = tidy(() =>
      matMul(tensor(a, [rows, inner]), tensor(b, [inner, columns]))
        .dataSync()
        .slice(),
    );
    found.forEach((value, index) => expect(value).toBeCloseTo(expected[index] as number, 4));
  });
});
