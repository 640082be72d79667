import { createRandom, type Random } from '@pose-rft/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArrayRangeError } from '../real-array.js';
import { axisAngleToMatrix } from '../rotation/axis-angle.js';
import { geodesicDistanceRadians } from '../rotation/geodesic-distance.js';
import { NonFiniteRotationError } from '../rotation/non-finite-rotation-error.js';
import { axisAngleToRotation6d, matrixToRotation6d, rotation6dToMatrix } from '../rotation/rotation6d.js';
import { composeRotations } from '../rotation/rotation-matrix.js';
import { oneEuroRotations } from './one-euro-rotations.js';
import { polynomialFitWeights } from './polynomial-fit-weights.js';
import { savitzkyGolayRotations, type SavitzkyGolayOptions } from './savitzky-golay-rotations.js';
import { SmoothingOptionsError } from './smoothing-error.js';

const FRAMES = 40;

/** A motion [FRAMES, 2, 6] from the axis-angle vector of each frame and joint. */
function motionOf(axisAngle: (frame: number, joint: number) => readonly number[]): Float64Array {
  const pose6d = new Float64Array(FRAMES * 12);
  for (let index = 0; index < 2 * FRAMES; index++)
    axisAngleToRotation6d(
      Float64Array.from(axisAngle(Math.floor(index / 2), index % 2)),
      0,
      pose6d,
      6 * index,
    );
  return pose6d;
}

type Smoother = (pose6d: Float64Array) => Float64Array;

const golay =
  (options: SavitzkyGolayOptions = {}): Smoother =>
  (pose6d) => {
    const target = new Float64Array(pose6d.length);
    savitzkyGolayRotations(pose6d, 0, FRAMES, 2, target, 0, options);
    return target;
  };
const oneEuro: Smoother = (pose6d) => {
  const target = new Float64Array(pose6d.length);
  oneEuroRotations(pose6d, 0, FRAMES, 2, target, 0, { frameRateHertz: 30 });
  return target;
};

/** The largest angle between two motions, radians. */
function largestDistance(first: Float64Array, second: Float64Array): number {
  const [a, b] = [new Float64Array(9), new Float64Array(9)];
  let largest = 0;
  for (let at = 0; at < first.length; at += 6) {
    rotation6dToMatrix(first, at, a, 0);
    rotation6dToMatrix(second, at, b, 0);
    largest = Math.max(largest, geodesicDistanceRadians(a, 0, b, 0));
  }
  return largest;
}

/** Every rotation R of a motion as left R right. */
function turned(pose6d: Float64Array, left: Float64Array, right: Float64Array): Float64Array {
  const result = new Float64Array(pose6d.length);
  const matrix = new Float64Array(9);
  for (let at = 0; at < pose6d.length; at += 6) {
    rotation6dToMatrix(pose6d, at, matrix, 0);
    composeRotations(left, 0, matrix, 0, matrix, 0);
    composeRotations(matrix, 0, right, 0, matrix, 0);
    matrixToRotation6d(matrix, 0, result, at);
  }
  return result;
}

function matrixOf(axisAngle: readonly number[]): Float64Array {
  const matrix = new Float64Array(9);
  axisAngleToMatrix(Float64Array.from(axisAngle), 0, matrix, 0);
  return matrix;
}

function noisy(motion: Float64Array, radians: number, random: Random): Float64Array {
  const result = new Float64Array(motion.length);
  const matrix = new Float64Array(9);
  for (let at = 0; at < motion.length; at += 6) {
    rotation6dToMatrix(motion, at, matrix, 0);
    composeRotations(matrix, 0, matrixOf([0, 1, 2].map(() => radians * random.normal())), 0, matrix, 0);
    matrixToRotation6d(matrix, 0, result, at);
  }
  return result;
}

const swing = motionOf((frame, joint) => [
  0.8 * Math.sin(frame / 9 + joint),
  0.3 * Math.cos(frame / 13),
  0.1,
]);
const axisAngle = fc.array(fc.double({ min: -1.7, max: 1.7, noNaN: true }), { minLength: 3, maxLength: 3 });

describe.each([
  ['savitzkyGolayRotations', golay()],
  ['oneEuroRotations', oneEuro],
])('%s', (_, smooth) => {
  it('leaves a constant rotation as it is', () => {
    fc.assert(
      fc.property(axisAngle, (vector) => {
        const still = motionOf(() => vector);
        expect(largestDistance(smooth(still), still)).toBeLessThan(1e-7);
      }),
    );
  });

  it('commutes with turning the world and with naming the axes differently', () => {
    fc.assert(
      fc.property(axisAngle, axisAngle, (first, second) => {
        const [left, right] = [matrixOf(first), matrixOf(second)];
        const after = turned(smooth(swing), left, right);
        expect(largestDistance(smooth(turned(swing, left, right)), after)).toBeLessThan(1e-7);
      }),
    );
  });

  it('takes noise away: nearer to the truth, and steadier', () => {
    const random = createRandom(4);
    const trembling = noisy(
      motionOf((frame) => [0.01 * frame, 0, 0]),
      0.05,
      random,
    );
    const smooth1 = smooth(trembling);
    const steps = (motion: Float64Array): number => {
      const next = motion.subarray(12);
      return next.reduce((sum, value, index) => sum + (value - (motion[index] as number)) ** 2, 0);
    };
    expect(steps(smooth1)).toBeLessThan(0.4 * steps(trembling));
  });

  it('may write over what it reads, and reads from an offset', () => {
    const random = createRandom(5);
    const motion = noisy(swing, 0.05, random);
    const expected = smooth(motion);
    const run = (numbers: Float64Array, to: Float64Array): void => {
      if (smooth === oneEuro) oneEuroRotations(numbers, 4, FRAMES, 2, to, 4, { frameRateHertz: 30 });
      else savitzkyGolayRotations(numbers, 4, FRAMES, 2, to, 4);
    };
    const shifted = new Float64Array(motion.length + 4);
    shifted.set(motion, 4);
    run(shifted, shifted);
    expect(shifted.subarray(4)).toEqual(expected);
  });

  it('refuses short arrays, no frames, and NaN', () => {
    const run = (motion: Float64Array, frames: number): void => {
      if (smooth === oneEuro) oneEuroRotations(motion, 0, frames, 2, motion, 0, { frameRateHertz: 30 });
      else savitzkyGolayRotations(motion, 0, frames, 2, motion, 0);
    };
    expect(() => run(swing.slice(), FRAMES + 1)).toThrow(ArrayRangeError);
    expect(() => run(swing.slice(), 0)).toThrow(SmoothingOptionsError);
    expect(() =>
      run(
        swing.map((value, index) => (index === 100 ? Number.NaN : value)),
        FRAMES,
      ),
    ).toThrow(NonFiniteRotationError);
  });
});

describe('savitzkyGolayRotations', () => {
  it('leaves a turn at constant speed as it is, ends included', () => {
    fc.assert(
      fc.property(axisAngle, (vector) => {
        const turning = motionOf((frame) => vector.map((value) => 0.05 * frame * value));
        expect(largestDistance(golay()(turning), turning)).toBeLessThan(1e-7);
      }),
    );
  });

  it('is exact for polynomials of its degree about a fixed axis, and smooths those above', () => {
    const cubic = motionOf((frame) => [((frame - 20) / 14) ** 3, 0, 0]);
    expect(largestDistance(golay({ degree: 3, windowFrames: 7 })(cubic), cubic)).toBeLessThan(1e-7);
    expect(largestDistance(golay({ degree: 0, windowFrames: 7 })(cubic), cubic)).toBeGreaterThan(0.05);
  });

  it('does nothing with a window of one frame', () => {
    expect(largestDistance(golay({ windowFrames: 1, degree: 0 })(swing), swing)).toBeLessThan(1e-7);
  });

  it('comes nearer to the truth, by what least squares promise', () => {
    const random = createRandom(7);
    const meanSquare = (first: Float64Array): number =>
      first.reduce((sum, value, index) => sum + (value - (swing[index] as number)) ** 2, 0);
    const trembling = noisy(swing, 0.02, random);
    // The variance of the middle of a 9-frame parabola is 59/231 = 0.26 of the noise's.
    expect(meanSquare(golay()(trembling)) / meanSquare(trembling)).toBeLessThan(0.4);
  });

  it.each<[string, SavitzkyGolayOptions]>([
    ['an even window', { windowFrames: 8 }],
    ['a window of no frames', { windowFrames: -1 }],
    ['a degree that the window cannot hold', { windowFrames: 3, degree: 3 }],
    ['a fractional degree', { degree: 1.5 }],
  ])('refuses %s', (_, options) => {
    expect(() => golay(options)(swing)).toThrow(SmoothingOptionsError);
  });

  it('has the weights that Savitzky and Golay printed', () => {
    const nine = polynomialFitWeights(-4, 4, 2);
    [-21, 14, 39, 54, 59, 54, 39, 14, -21].forEach((numerator, index) => {
      expect(nine[index]).toBeCloseTo(numerator / 231, 12);
    });
    expect([...polynomialFitWeights(0, 1, 3)].map((value) => Math.round(1e12 * value) / 1e12)).toEqual([
      1, 0,
    ]);
  });
});

describe('oneEuroRotations', () => {
  it('is causal: later frames change nothing before them', () => {
    const cut = swing.slice();
    cut.set(swing.subarray(0, 12), 12 * 30);
    expect(oneEuro(cut).subarray(0, 12 * 30)).toEqual(oneEuro(swing).subarray(0, 12 * 30));
  });

  it('follows a fast turn more closely than a slow cutoff would', () => {
    const fast = motionOf((frame) => [0.15 * frame, 0, 0]);
    const lagOf = (speedCoefficient: number): number => {
      const target = new Float64Array(fast.length);
      oneEuroRotations(fast, 0, FRAMES, 2, target, 0, { frameRateHertz: 30, speedCoefficient });
      return largestDistance(target, fast);
    };
    expect(lagOf(5)).toBeLessThan(0.25 * lagOf(0));
  });

  it('refuses rates and cutoffs that cannot be', () => {
    const target = new Float64Array(swing.length);
    for (const options of [
      { frameRateHertz: 0 },
      { frameRateHertz: 30, minimumCutoffHertz: Number.NaN },
      { frameRateHertz: 30, speedCoefficient: -1 },
    ])
      expect(() => oneEuroRotations(swing, 0, FRAMES, 2, target, 0, options)).toThrow(SmoothingOptionsError);
  });
});
