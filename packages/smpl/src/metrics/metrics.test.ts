import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { ArrayRangeError } from '../real-array.js';
import { axisAngleToMatrix } from '../rotation/axis-angle.js';
import { rotateVector } from '../rotation/rotation-matrix.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import { meanPairwiseDistanceMillimetres } from './diversity.js';
import { evaluateJoints, HMR2_14_PROTOCOL, SMPL_24_PROTOCOL } from './evaluation-protocol.js';
import { EmptyMetricError, mpjpeMillimetres, perJointErrorsMillimetres } from './joint-error.js';
import { NonFiniteJointsError } from './non-finite-joints-error.js';
import { alignBySimilarity, paMpjpeMillimetres } from './procrustes.js';

const rest = SYNTHETIC_SKELETON.restJointsMetres;

function similarityCopy(
  joints: Float64Array,
  scale: number,
  axisAngle: readonly [number, number, number],
  shift: number,
): Float64Array {
  const matrix = new Float64Array(9);
  axisAngleToMatrix(Float64Array.from(axisAngle), 0, matrix, 0);
  const copy = new Float64Array(joints.length);
  for (let joint = 0; 3 * joint < joints.length; joint++)
    rotateVector(matrix, 0, joints, 3 * joint, copy, 3 * joint);
  return copy.map((coordinate) => scale * coordinate + shift);
}

const shifted = (joints: Float64Array, metres: number): Float64Array =>
  joints.map((coordinate, index) => coordinate + (index % 3 === 0 ? metres : 0));

describe('MPJPE', () => {
  it('is the mean distance in millimetres', () => {
    expect(mpjpeMillimetres(rest, 0, rest, 0, 24)).toBe(0);
    expect(mpjpeMillimetres(shifted(rest, 0.1), 0, rest, 0, 24)).toBeCloseTo(100, 10);
    const one = rest.slice();
    one[3 * 5 + 1] = (one[3 * 5 + 1] as number) + 0.24;
    expect(mpjpeMillimetres(one, 0, rest, 0, 24)).toBeCloseTo(10, 10);
    const errors = new Float64Array(25);
    perJointErrorsMillimetres(one, 0, rest, 0, 24, errors, 1);
    expect(errors.findIndex((error) => error > 0)).toBe(6);
    expect(errors[6]).toBeCloseTo(240, 10);
  });

  it('reads from offsets', () => {
    const padded = Float32Array.of(9, 9, 0, 0, 0, 3, 4, 0);
    expect(mpjpeMillimetres(padded, 2, padded, 5, 1)).toBe(5000);
  });
});

describe('PA-MPJPE', () => {
  it('undoes any similarity', () => {
    for (const axisAngle of [
      [0, 0, 0],
      [1, -2, 0.5],
      [Math.PI, 0, 0],
      [0, Math.PI, 0],
      [0, 0, Math.PI],
    ] as const) {
      expect(paMpjpeMillimetres(similarityCopy(rest, 1.7, axisAngle, -3), 0, rest, 0, 24)).toBeLessThan(1e-9);
    }
  });

  it('never reflects: a chiral set and its mirror image stay apart', () => {
    const chiral = Float64Array.of(0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3);
    const mirrored = chiral.map((coordinate, index) => (index % 3 === 0 ? -coordinate : coordinate));
    expect(paMpjpeMillimetres(mirrored, 0, chiral, 0, 4)).toBeGreaterThan(100);
  });

  it.each<[string, readonly number[]]>([
    ['flat', [0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 2, 0]],
    ['straight', [0, 0, 0, 1, 2, 3, 2, 4, 6, -3, -6, -9]],
    ['a pair', [0, 0, 0, 0, 1, 0]],
    ['a single joint', [4, 5, 6]],
    ['coincident', [0.1, 0.7, 0.3, 0.1, 0.7, 0.3, 0.1, 0.7, 0.3]],
  ])('handles sets that are %s', (_, numbers) => {
    const joints = Float64Array.from(numbers);
    const copy = similarityCopy(joints, 0.6, [0.4, 2, -1], 0.3);
    expect(paMpjpeMillimetres(copy, 0, joints, 0, joints.length / 3)).toBeLessThan(1e-9);
  });

  it('puts coincident predictions into the target centroid, and any prediction onto a coincident target', () => {
    const target = Float64Array.of(0, 0, 0, 2, 0, 0);
    expect(paMpjpeMillimetres(new Float64Array(6).fill(7.3), 0, target, 0, 2)).toBeCloseTo(1000, 9);
    expect(paMpjpeMillimetres(target, 0, new Float64Array(6).fill(7.3), 0, 2)).toBeLessThan(1e-9);
  });

  it('is least in the sum of squares: no similarity nearby does better', () => {
    const random = createRandom(1);
    const target = random.fillNormal(new Float64Array(30));
    const predicted = random.fillNormal(new Float64Array(30));
    const aligned = new Float64Array(30);
    alignBySimilarity(predicted, 0, target, 0, 10, aligned, 0);
    const squaredError = (joints: Float64Array): number =>
      joints.reduce((sum, coordinate, index) => sum + (coordinate - (target[index] as number)) ** 2, 0);
    const least = squaredError(aligned);
    for (let trial = 0; trial < 200; trial++) {
      const [x = 0, y = 0, z = 0, size = 0, shift = 0] = random.fillNormal(new Float64Array(5));
      const nearby = similarityCopy(aligned, 1 + 0.01 * size, [0.01 * x, 0.01 * y, 0.01 * z], 0.01 * shift);
      expect(squaredError(nearby)).toBeGreaterThanOrEqual(least - 1e-12);
    }
  });

  it('may align in place', () => {
    const joints = similarityCopy(rest, 2, [1, 0, 0], 5);
    alignBySimilarity(joints, 0, rest, 0, 24, joints, 0);
    expect(mpjpeMillimetres(joints, 0, rest, 0, 24)).toBeLessThan(1e-9);
  });
});

describe('diversity', () => {
  it('is the mean over pairs', () => {
    const samples = new Float64Array([...rest, ...shifted(rest, 0.1), ...shifted(rest, 0.3)]);
    expect(meanPairwiseDistanceMillimetres(samples, 0, 3, 24)).toBeCloseTo(200, 9);
    expect(meanPairwiseDistanceMillimetres(new Float64Array(144), 0, 2, 24)).toBe(0);
  });

  it('needs two samples', () => {
    expect(() => meanPairwiseDistanceMillimetres(rest, 0, 1, 24)).toThrow(EmptyMetricError);
    expect(() => meanPairwiseDistanceMillimetres(rest, 0, 2, 24)).toThrow(ArrayRangeError);
  });
});

describe('evaluation protocols', () => {
  it('align at the root before MPJPE', () => {
    const evaluation = evaluateJoints(SMPL_24_PROTOCOL, shifted(rest, 4), 0, rest, 0);
    expect(evaluation.mpjpeMillimetres).toBeLessThan(1e-9);
    expect(evaluation.protocol).toBe(SMPL_24_PROTOCOL);
  });

  it('measure their own joints alone', () => {
    const random = createRandom(5);
    const target = random.fillNormal(new Float64Array(132));
    const predicted = target.slice();
    predicted[0] = 99;
    expect(evaluateJoints(HMR2_14_PROTOCOL, predicted, 0, target, 0).mpjpeMillimetres).toBe(0);
    predicted[3 * 43] = (predicted[3 * 43] as number) + 1.4;
    expect(evaluateJoints(HMR2_14_PROTOCOL, predicted, 0, target, 0).mpjpeMillimetres).toBeCloseTo(100, 9);
    predicted[3 * 39] = (predicted[3 * 39] as number) + 1;
    expect(evaluateJoints(HMR2_14_PROTOCOL, predicted, 0, target, 0).mpjpeMillimetres).toBeGreaterThan(900);
  });

  it('refuse joints of another protocol', () => {
    expect(() => evaluateJoints(HMR2_14_PROTOCOL, rest, 0, rest, 0)).toThrow(ArrayRangeError);
  });
});

describe('bad input', () => {
  it('is refused, naming the joint', () => {
    const broken = rest.slice();
    broken[3 * 7 + 1] = Number.NaN;
    expect(() => mpjpeMillimetres(rest, 0, broken, 0, 24)).toThrow(NonFiniteJointsError);
    expect(() => mpjpeMillimetres(rest, 0, broken, 0, 24)).toThrow(/Coordinate y of target joint 7 is NaN/);
    expect(() => paMpjpeMillimetres(broken, 0, rest, 0, 24)).toThrow(/predicted joint 7/);
    expect(() => {
      perJointErrorsMillimetres(broken, 0, rest, 0, 24, new Float32Array(24), 0);
    }).toThrow(NonFiniteJointsError);
    expect(() => mpjpeMillimetres(rest, 0, rest, 0, 0)).toThrow(EmptyMetricError);
    expect(() => paMpjpeMillimetres(rest, 0, rest, 0, 2.5)).toThrow(EmptyMetricError);
    expect(() => mpjpeMillimetres(rest, 3, rest, 0, 24)).toThrow(ArrayRangeError);
  });
});
