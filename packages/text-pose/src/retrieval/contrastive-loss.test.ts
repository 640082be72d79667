import { fc, test } from '@fast-check/vitest';
import { createRandom } from '@pose-rft/random';
import { grads, scalar, tensor2d, tidy, useBackend, type Scalar, type Tensor2D } from '@pose-rft/tensor';
import { checkGradients, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contrastiveLoss, EmbeddingShapeError } from './contrastive-loss.js';
import { normaliseRows } from './normalise-rows.js';

/** What PyTorch answered in double precision: `tools/parity/retrieval/generate.py` writes this file. */
const golden = JSON.parse(
  readFileSync(new URL('../__golden__/retrieval.golden.json', import.meta.url), 'utf8'),
) as {
  readonly losses: readonly {
    readonly rows: number;
    readonly size: number;
    readonly texts: readonly number[];
    readonly poses: readonly number[];
    readonly logScale: number;
    readonly loss: number;
    readonly textGradient: readonly number[];
    readonly poseGradient: readonly number[];
    readonly logScaleGradient: number;
  }[];
};

trackTensorLeaks({ beforeAll, afterAll });

const lossOf = (texts: Float32Array, poses: Float32Array, size: number, logScale: number): number =>
  tidy(
    () =>
      contrastiveLoss(
        tensor2d(texts, [texts.length / size, size]),
        tensor2d(poses, [poses.length / size, size]),
        scalar(logScale),
      ).dataSync()[0] ?? Number.NaN,
  );

/** [N, size] rows of length 1. */
function unitRows(seed: number, count: number, size: number): Float32Array {
  const values = createRandom(seed).fillNormal(new Float32Array(count * size));
  return tidy(() =>
    normaliseRows(tensor2d(values, [count, size]))
      .dataSync<'float32'>()
      .slice(),
  );
}

describe.each(['wasm', 'cpu'] as const)('contrastiveLoss on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(golden.losses)('agrees with PyTorch for $rows pairs of $size numbers', (expected) => {
    const { rows, size, logScale } = expected;
    const [loss, gradients] = tidy(() => {
      const inputs = [
        tensor2d([...expected.texts], [rows, size]),
        tensor2d([...expected.poses], [rows, size]),
        scalar(logScale),
      ] as const;
      const found = grads((...tensors) =>
        contrastiveLoss(tensors[0] as Tensor2D, tensors[1] as Tensor2D, tensors[2] as Scalar),
      )([...inputs]);
      return [contrastiveLoss(...inputs).dataSync()[0], found.map((one) => [...one.dataSync()])] as const;
    });
    expect(loss).toBeCloseTo(expected.loss, 4);
    const wanted = [expected.textGradient, expected.poseGradient, [expected.logScaleGradient]];
    gradients.forEach((values, input) => {
      values.forEach((value, index) => expect(value).toBeCloseTo(wanted[input]?.[index] ?? Number.NaN, 4));
    });
  });

  it('has the gradients of finite differences', () => {
    checkGradients(
      (texts, poses, logScale) => contrastiveLoss(texts as Tensor2D, poses as Tensor2D, logScale as Scalar),
      [
        { shape: [4, 3], values: unitRows(1, 4, 3) },
        { shape: [4, 3], values: unitRows(2, 4, 3) },
        { shape: [], values: [1.2] },
      ],
    );
  });

  test.prop(
    {
      seed: fc.nat(),
      count: fc.integer({ min: 1, max: 9 }),
      logScale: fc.double({ min: 0, max: 4, noNaN: true }),
    },
    { numRuns: 20 },
  )(
    'is log N for embeddings that say nothing, and does not see the order of the pairs',
    ({ seed, count, logScale }) => {
      const constant = new Float32Array(3 * count).fill(Math.sqrt(1 / 3));
      expect(lossOf(constant, constant, 3, logScale)).toBeCloseTo(Math.log(count), 4);

      const [texts, poses] = [unitRows(seed, count, 3), unitRows(seed + 1, count, 3)];
      const order = createRandom(seed).shuffle(Array.from({ length: count }, (_, index) => index));
      const permuted = (rows: Float32Array): Float32Array =>
        Float32Array.from(order.flatMap((row) => [...rows.subarray(3 * row, 3 * row + 3)]));
      const loss = lossOf(texts, poses, 3, logScale);
      expect(lossOf(permuted(texts), permuted(poses), 3, logScale)).toBeCloseTo(loss, 3);
      expect(lossOf(poses, texts, 3, logScale)).toBeCloseTo(loss, 3);
    },
  );
});

it('refuses batches that do not pair up', () => {
  const [three, two, none] = [tensor2d([[1], [1], [1]]), tensor2d([[1], [1]]), tensor2d([], [0, 1])];
  const temperature = scalar(1);
  expect(() => contrastiveLoss(three, two, temperature)).toThrow(EmbeddingShapeError);
  expect(() => contrastiveLoss(three, two, temperature)).toThrow('found [3, 1] and [2, 1]');
  expect(() => contrastiveLoss(none, none, temperature)).toThrow(EmbeddingShapeError);
  for (const tensor of [three, two, none, temperature]) tensor.dispose();
});
