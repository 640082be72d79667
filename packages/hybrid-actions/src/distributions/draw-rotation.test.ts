import { createRandom } from '@pose-rft/random';
import { tensor2d, tidy, useBackend, type Tensor2D } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRotationGaussian } from '../index.js';
import { drawRotation } from './draw-rotation.js';
import { rotationColumns, sixDOf } from './rotation-columns.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

const MEAN = Float32Array.of(7, 7, 7, 7, 7, 7, 0.2, 0.5, -1, 1, 0.3, 0.1);

/** Gram-Schmidt, on the host. */
function orthonormal([ax = 0, ay = 0, az = 0, bx = 0, by = 0, bz = 0]: Float32Array): number[] {
  const first = Math.hypot(ax, ay, az);
  const along = (ax * bx + ay * by + az * bz) / first ** 2;
  const [cx, cy, cz] = [bx - along * ax, by - along * ay, bz - along * az];
  const second = Math.hypot(cx, cy, cz);
  return [ax / first, ay / first, az / first, cx / second, cy / second, cz / second];
}
const MODE = orthonormal(MEAN.subarray(6));

describe.each([0.5, 1.3, 2])('draws with a deviation of %d', (deviation) => {
  const count = 3000;
  const random = createRandom(9);
  const target = new Float32Array(12);

  test('are rotations whose mean is the mode, shrunk by exp(-deviation^2), at their own place', () => {
    const sums = new Float64Array(6);
    for (let draw = 0; draw < count; draw++) {
      drawRotation(MEAN, 6, deviation, random, target);
      for (let index = 0; index < 6; index++)
        sums[index] = (sums[index] ?? 0) + (target[6 + index] ?? NaN) / count;
      if (draw % 500 !== 0) continue;
      const columns = orthonormal(target.subarray(6));
      columns.forEach((value, index) => expect(target[6 + index]).toBeCloseTo(value, 5));
    }
    expect(Array.from(target.subarray(0, 6))).toEqual([0, 0, 0, 0, 0, 0]);
    const shrink = Math.exp(-(deviation ** 2));
    // Four standard errors of a number between -1 and 1.
    const tolerance = 4 * Math.min(1, deviation) * Math.sqrt(0.5 / count);
    MODE.forEach((value, index) =>
      expect(Math.abs((sums[index] ?? NaN) - shrink * value)).toBeLessThan(tolerance),
    );
  });
});

test('a deviation of 0 draws the mode', () => {
  const target = new Float32Array(12);
  drawRotation(MEAN, 6, 0, createRandom(1), target);
  MODE.forEach((value, index) => expect(target[6 + index]).toBeCloseTo(value, 6));
});

test('small turns are alike about every axis, from the left', () => {
  const count = 3000;
  const deviation = 0.05;
  const random = createRandom(2);
  const target = new Float32Array(6);
  const squares = new Float64Array(3);
  const identity = Float32Array.of(1, 0, 0, 0, 1, 0);
  for (let draw = 0; draw < count; draw++) {
    drawRotation(identity, 0, deviation, random, target);
    const [, ay = 0, az = 0, , , bz = 0] = target;
    // To first order: the turns about z, y and x.
    [ay, az, bz].forEach((value, index) => {
      squares[index] = (squares[index] ?? 0) + value ** 2 / count;
    });
  }
  for (const square of squares) expect(Math.abs(Math.sqrt(square) / deviation - 1)).toBeLessThan(0.06);
});

describe('columns of rotation matrices', () => {
  const columnsOf = (sixD: Tensor2D): number[][] =>
    rotationColumns(sixD).map((column) => Array.from(column.dataSync()));

  test('are orthonormal, the third across the first two', () => {
    tidy(() => {
      const [first, second, third] = columnsOf(tensor2d([[2, 0, 0, 5, 3, 0, 0, 0, -4, 0, 1, 7]]));
      expect(first).toEqual([1, 0, 0, 0, 0, -1]);
      expect(second).toEqual([0, 1, 0, 0, 1, 0]);
      expect(third?.map((value) => value + 0)).toEqual([0, 0, 1, 1, 0, 0]);
    });
  });

  test('are those of Gram-Schmidt, and go back', () => {
    tidy(() => {
      const sixD = tensor2d([Array.from(MEAN.subarray(6))]);
      const [first = [], second = [], third = []] = columnsOf(sixD);
      [...first, ...second].forEach((value, index) => expect(value).toBeCloseTo(MODE[index] ?? NaN, 5));
      const [ax = 0, ay = 0, az = 0, bx = 0, by = 0, bz = 0] = MODE;
      [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx].forEach((value, index) =>
        expect(third[index]).toBeCloseTo(value, 5),
      );
      expect(Array.from(sixDOf(rotationColumns(sixD)).dataSync())).toEqual([...first, ...second]);
    });
  });
});

describe('a Gaussian on rotations', () => {
  const around = (deviations: readonly number[]) =>
    createRotationGaussian({
      mean: tensor2d([deviations.flatMap(() => Array.from(MEAN.subarray(6)))]),
      logStandardDeviation: tensor2d([deviations.map(Math.log)]),
    });

  test('has its mode and its shrunk mean', () => {
    tidy(() => {
      const distribution = around([0.3, 1.5]);
      const modes = Array.from(distribution.mode().dataSync());
      const means = Array.from(distribution.mean().dataSync());
      [0.3, 1.5].forEach((deviation, joint) =>
        MODE.forEach((value, index) => {
          expect(modes[6 * joint + index]).toBeCloseTo(value, 5);
          expect(means[6 * joint + index]).toBeCloseTo(value * Math.exp(-(deviation ** 2)), 5);
        }),
      );
    });
  });

  test('has a density that integrates to 1, and the entropy of it', () => {
    tidy(() => {
      const nodes = 300;
      for (const deviation of [0.1, 0.6, 1.4, 3]) {
        const distribution = createRotationGaussian({
          mean: tensor2d(
            Array.from({ length: nodes }, () => [1, 0, 0, 0, 1, 0]),
            [nodes, 6],
          ),
          logStandardDeviation: tensor2d(new Array<number>(nodes).fill(Math.log(deviation)), [nodes, 1]),
        });
        const angles = Array.from({ length: nodes }, (_, index) => ((index + 0.5) / nodes) * Math.PI);
        const turns = angles.map((w) => [Math.cos(w), Math.sin(w), 0, -Math.sin(w), Math.cos(w), 0]);
        const logProbs = distribution.logProb(tensor2d(turns, [nodes, 6])).dataSync();
        let [mass, entropy] = [0, 0];
        angles.forEach((w, index) => {
          const logProb = logProbs[index] ?? NaN;
          // The rotations by w fill a sphere of this area.
          const share = 16 * Math.PI * Math.sin(w / 2) ** 2 * (Math.PI / nodes) * Math.exp(logProb);
          mass += share;
          entropy -= share * logProb;
        });
        expect(mass).toBeCloseTo(1, 3);
        expect(distribution.entropy().dataSync()[0]).toBeCloseTo(entropy, 2);
      }
    });
  });

  test('refuses a deviation beyond pi, with its place', () => {
    tidy(() => {
      expect(() => around([1, 3.2]).sample(createRandom(1))).toThrow(
        /^the standard deviation at 1 \(row-major\) is 3\.(2|19).* radians; expected at most pi/,
      );
      expect(() => around([1, NaN]).sample(createRandom(1))).toThrow(/at 1 .* is NaN radians/);
      expect(around([3.1]).sample(createRandom(1)).size).toBe(6);
    });
  });
});
