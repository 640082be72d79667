import { describe, expect, it } from 'vitest';
import { ArrayRangeError } from '../real-array.js';
import { InvalidFrameRateError } from './evaluate-motion.js';
import { jitterMetresPerSecondCubed } from './jitter.js';
import { EmptyMetricError } from './joint-error.js';
import { NonFiniteJointsError } from './non-finite-joints-error.js';

/** Two joints over ten frames: the first on x(t), the second at rest. */
function motion(x: (seconds: number) => number, hertz: number): Float64Array {
  return Float64Array.from({ length: 60 }, (_, index) => (index % 6 === 0 ? x(index / 6 / hertz) : 0));
}

describe('jitterMetresPerSecondCubed', () => {
  it('is the third derivative, whatever the frame rate, as a mean over joints', () => {
    for (const hertz of [1, 30, 120])
      expect(
        jitterMetresPerSecondCubed(
          motion((t) => 2 * t ** 3 + t, hertz),
          0,
          10,
          2,
          hertz,
        ),
      ).toBeCloseTo(6, 6);
  });

  it('is zero at rest and under constant acceleration, and starts at an offset', () => {
    const falling = motion((t) => 4.9 * t ** 2 + 3 * t + 1, 1);
    expect(jitterMetresPerSecondCubed(falling, 0, 10, 2, 1)).toBeCloseTo(0, 10);
    const cubic = motion((t) => t ** 3, 1);
    const shifted = new Float64Array(61);
    shifted.set(cubic, 1);
    expect(jitterMetresPerSecondCubed(shifted, 1, 10, 2, 1)).toBeCloseTo(3, 10);
  });

  it('refuses what has no jerk', () => {
    const joints = new Float64Array(60);
    expect(() => jitterMetresPerSecondCubed(joints, 0, 3, 2, 30)).toThrow(EmptyMetricError);
    expect(() => jitterMetresPerSecondCubed(joints, 0, 10, 0, 30)).toThrow(EmptyMetricError);
    expect(() => jitterMetresPerSecondCubed(joints, 0, 11, 2, 30)).toThrow(ArrayRangeError);
    expect(() => jitterMetresPerSecondCubed(joints, 0, 10, 2, 0)).toThrow(InvalidFrameRateError);
    joints[30] = Number.NaN;
    expect(() => jitterMetresPerSecondCubed(joints, 0, 10, 2, 30)).toThrow(NonFiniteJointsError);
  });
});
