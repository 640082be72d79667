import { createRandom } from '@pose-rft/random';
import {
  grad,
  grads,
  mul,
  reshape,
  slice,
  square,
  sub,
  sum,
  tensor,
  tensor1d,
  tidy,
  useBackend,
} from '@pose-rft/tensor';
import type { Tensor } from '@pose-rft/tensor';
import { checkGradients, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKinematics } from '../kinematics/kinematics.js';
import * as core from '../rotation/rotation6d.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import { axisAngleToMatrix } from './axis-angle-to-matrix.js';
import { createDifferentiableKinematics } from './forward-kinematics.js';
import { geodesicDistance, geodesicLoss } from './geodesic-loss.js';
import { rotation6dToMatrix } from './rotation6d-to-matrix.js';
import { RotationShapeError } from './rotation-shape-error.js';

type Numbers = readonly number[];

/** What PyTorch answered in double precision: `tools/parity/rotations/generate.py` writes this file. */
const golden = JSON.parse(
  readFileSync(new URL('../__golden__/differentiable-rotations.golden.json', import.meta.url), 'utf8'),
) as {
  readonly axisAngles: readonly { axisAngle: Numbers; weight: Numbers; matrix: Numbers; gradient: Numbers }[];
  readonly rotation6ds: readonly {
    rotation6d: Numbers;
    weight: Numbers;
    matrix: Numbers;
    gradient: Numbers;
  }[];
  readonly geodesic: readonly {
    first: Numbers;
    second: Numbers;
    squaredAngle: Numbers;
    firstGradient: Numbers;
    secondGradient: Numbers;
  }[];
};

await useBackend('wasm');
trackTensorLeaks({ beforeAll, afterAll });

/** The values of a function at `numbers`, and the gradient of its weighted sum. */
function valueAndGradient(
  body: (input: Tensor) => Tensor,
  numbers: Numbers,
  weight: Numbers,
): { value: Float32Array; gradient: Float32Array } {
  let value = new Float32Array();
  const gradient = tidy(() =>
    grad((input: Tensor) => {
      const output = body(input);
      value = output.dataSync<'float32'>().slice();
      return sum(mul(reshape(output, [-1]), tensor1d([...weight])));
    })(tensor1d([...numbers]))
      .dataSync<'float32'>()
      .slice(),
  );
  return { value, gradient };
}

/** Within single precision of numbers of the expected ones' size. */
function expectClose(actual: ArrayLike<number>, expected: Numbers, tolerance = 3e-6): void {
  const size = Math.max(1, ...expected.map(Math.abs));
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, index) => {
    expect(Math.abs((actual[index] ?? Number.NaN) - value)).toBeLessThanOrEqual(tolerance * size);
  });
}

describe('axisAngleToMatrix', () => {
  it.each(golden.axisAngles)(
    'has the value and gradient of the matrix exponential at $axisAngle',
    (expected) => {
      const { value, gradient } = valueAndGradient(axisAngleToMatrix, expected.axisAngle, expected.weight);
      expectClose(value, expected.matrix);
      expectClose(gradient, expected.gradient);
    },
  );

  it('has the gradient of finite differences, in a batch, at zero and on both sides of where the series ends', () => {
    checkGradients(axisAngleToMatrix, [
      { shape: [2, 2, 3], values: [0, 0, 0, 0.7, 0, 0, 0, 0.71, 0, 1, -2, 1] },
    ]);
  });
});

describe('rotation6dToMatrix', () => {
  it.each(golden.rotation6ds)("has the value and gradient of PyTorch's at $rotation6d", (expected) => {
    const { value, gradient } = valueAndGradient(rotation6dToMatrix, expected.rotation6d, expected.weight);
    expectClose(value, expected.matrix);
    expectClose(gradient, expected.gradient, 2e-5);
  });

  it.each(['columns', 'interleaved', 'rows'] as const)(
    'agrees with the typed arrays in layout %s',
    (layout) => {
      const numbers = createRandom(2).fillNormal(new Float32Array(12));
      const expected = new Float64Array(18);
      core.rotation6dToMatrix(numbers, 0, expected, 0, layout);
      core.rotation6dToMatrix(numbers, 6, expected, 9, layout);
      const actual = tidy(() => rotation6dToMatrix(tensor(numbers, [2, 6]), layout).dataSync());
      expectClose(actual, Array.from(expected));
      checkGradients((input) => rotation6dToMatrix(input, layout), [{ shape: [2, 6], values: numbers }]);
    },
  );

  it.each<[string, Numbers]>([
    ['six zeros', [0, 0, 0, 0, 0, 0]],
    ['no first column', [0, 0, 0, 0, 0, 5]],
    ['no second column', [0, 3, 0, 0, 0, 0]],
    ['no second column, another axis', [0, 0, 3, 0, 0, 0]],
    ['no second column, the axis x', [1, 2, 3, 0, 0, 0]],
    ['parallel columns', [2, 0, 0, 1, 0, 0]],
    ['opposite columns', [0, 2, 1, 0, -4, -2]],
  ])('falls back for %s as the typed arrays do, with gradient zero', (_, numbers) => {
    const expected = new Float64Array(9);
    core.rotation6dToMatrix(Float64Array.from(numbers), 0, expected, 0);
    const { value, gradient } = valueAndGradient(rotation6dToMatrix, numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expectClose(value, Array.from(expected));
    expect(gradient.every((slope) => slope === 0)).toBe(true);
  });

  it.each([1e-30, 1e30])('has a finite gradient for columns of length %d', (length) => {
    const numbers = [length, 0, 0, length, length, 0];
    const { value, gradient } = valueAndGradient(rotation6dToMatrix, numbers, [0, 0, 0, 1, 0, 0, 0, 0, 0]);
    expectClose(value, [1, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect((gradient[1] ?? 0) * length).toBeCloseTo(1, 5);
    expect(gradient.every(Number.isFinite)).toBe(true);
  });
});

describe('the geodesic distance', () => {
  it.each(golden.geodesic)("has PyTorch's gradients at a squared angle of $squaredAngle", (expected) => {
    const squaredDistance = (first: Tensor, second: Tensor): Tensor =>
      square(geodesicDistance(axisAngleToMatrix(first), axisAngleToMatrix(second)));
    const [value = [], first = [], second = []] = tidy(() => {
      const [a, b] = [tensor1d([...expected.first]), tensor1d([...expected.second])];
      const gradients = grads(squaredDistance)([a, b]);
      return [squaredDistance(a, b), ...gradients].map((result) => Array.from(result.dataSync()));
    });
    expectClose(value, expected.squaredAngle, 3e-5);
    expectClose(first, expected.firstGradient, 3e-5);
    expectClose(second, expected.secondGradient, 3e-5);
  });

  it('has finite gradients at equal rotations and at half turns', () => {
    for (const angle of [0, Math.PI]) {
      const { value, gradient } = valueAndGradient(
        (second) =>
          geodesicDistance(
            tidy(() => axisAngleToMatrix(tensor1d([0, 0, 0]))),
            axisAngleToMatrix(second),
          ),
        [0, angle, 0],
        [1],
      );
      expect(value[0]).toBeCloseTo(angle, 3);
      expect(gradient.every(Number.isFinite)).toBe(true);
    }
  });

  it('descends to the target, and the loss is its mean square', () => {
    tidy(() => {
      const target = axisAngleToMatrix(tensor([0.3, -1, 0.5, 2, 0, 0], [2, 3]));
      let pose: Tensor = tensor([0, 0, 0, 0, 0, 0], [2, 3]);
      const loss = (input: Tensor): Tensor => geodesicLoss(axisAngleToMatrix(input), target);
      const first = loss(pose).dataSync()[0] ?? 0;
      expect(first).toBeCloseTo((0.09 + 1 + 0.25 + 4) / 2, 4);
      for (let step = 0; step < 60; step++) pose = sub(pose, mul(grad(loss)(pose), 0.5));
      expect(loss(pose).dataSync()[0]).toBeLessThan(1e-6);
    });
  });
});

describe('differentiable forward kinematics', () => {
  const kinematics = createDifferentiableKinematics(SYNTHETIC_SKELETON);
  const typed = createKinematics(SYNTHETIC_SKELETON);

  it('give the joints of the typed arrays, for any leading dimensions', () => {
    const poses = createRandom(3).fillNormal(new Float32Array(6 * 144));
    const vectors = createRandom(4).fillNormal(new Float32Array(6 * 72));
    const expected = new Float64Array(6 * 72);
    for (let pose = 0; pose < 6; pose++) typed.jointsFromRotation6d(poses, 144 * pose, expected, 72 * pose);
    tidy(() => {
      const joints = kinematics.jointsFromRotation6d(tensor(poses, [2, 3, 24, 6]));
      expect(joints.shape).toEqual([2, 3, 24, 3]);
      expectClose(joints.dataSync(), Array.from(expected), 3e-6);
    });
    for (let pose = 0; pose < 6; pose++) typed.jointsFromAxisAngle(vectors, 72 * pose, expected, 72 * pose);
    tidy(() => {
      const joints = kinematics.jointsFromAxisAngle(tensor(vectors, [6, 24, 3]));
      expectClose(joints.dataSync(), Array.from(expected), 3e-6);
      const matrices = axisAngleToMatrix(tensor(vectors.subarray(0, 72), [24, 3]));
      expect(kinematics.jointsFromMatrices(matrices).shape).toEqual([24, 3]);
    });
  });

  it('have the gradient of the typed arrays', () => {
    const pose6d = createRandom(5).fillNormal(new Float32Array(144));
    const weight = createRandom(6).fillNormal(new Float32Array(72));
    const expected = new Float64Array(144);
    typed.jointGradientToRotation6d(pose6d, 0, weight, 0, expected, 0);
    const { gradient } = valueAndGradient(
      (input) => kinematics.jointsFromRotation6d(reshape(input, [24, 6])),
      Array.from(pose6d),
      Array.from(weight),
    );
    expectClose(gradient, Array.from(expected), 3e-5);
  });

  it('have the right gradient at the rest pose: each rotation turns what hangs on it', () => {
    const weight = createRandom(7).fillNormal(new Float32Array(72));
    const { gradient } = valueAndGradient(
      (input) => kinematics.jointsFromAxisAngle(reshape(input, [24, 3])),
      Array.from(new Float32Array(72)),
      Array.from(weight),
    );
    const step = 1e-5;
    const [above, below] = [new Float64Array(72), new Float64Array(72)];
    const expected = Array.from({ length: 72 }, (_, index) => {
      const pose = new Float64Array(72);
      pose[index] = step;
      typed.jointsFromAxisAngle(pose, 0, above, 0);
      pose[index] = -step;
      typed.jointsFromAxisAngle(pose, 0, below, 0);
      return weight.reduce(
        (total, factor, at) => total + (factor * ((above[at] ?? 0) - (below[at] ?? 0))) / (2 * step),
        0,
      );
    });
    expectClose(gradient, expected, 1e-5);
  });
});

describe('bad shapes', () => {
  it('are refused by name', () => {
    const kinematics = createDifferentiableKinematics(SYNTHETIC_SKELETON);
    tidy(() => {
      const flat = tensor1d([1, 2, 3, 4]);
      expect(() => axisAngleToMatrix(flat)).toThrow(RotationShapeError);
      expect(() => rotation6dToMatrix(flat)).toThrow(
        /6D rotations must have shape \[\.\.\., 6\], but has \[4\]/,
      );
      const matrices = axisAngleToMatrix(tensor([1, 2, 3, 4, 5, 6], [2, 3]));
      expect(() => geodesicDistance(flat, matrices)).toThrow(/first rotations/);
      expect(() => geodesicDistance(matrices, flat)).toThrow(/second rotations/);
      expect(() => geodesicDistance(matrices, slice(matrices, [0, 0, 0], [1, 3, 3]))).toThrow(/one for one/);
      expect(() => kinematics.jointsFromMatrices(matrices)).toThrow(/\[\.\.\., 24, 3, 3\]/);
      expect(() => kinematics.jointsFromAxisAngle(flat)).toThrow(/\[\.\.\., 24, 3\]/);
      expect(() => kinematics.jointsFromRotation6d(flat)).toThrow(/\[\.\.\., 24, 6\]/);
    });
  });
});
