import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { createKinematics } from '../kinematics/kinematics.js';
import {
  clampToJointLimits,
  isWithinJointLimits,
  jointLimitViolations,
} from '../limits/clamp-to-joint-limits.js';
import { solvePositiveDefinite } from '../linear-algebra/cholesky.js';
import { mpjpeMillimetres } from '../metrics/joint-error.js';
import { ArrayRangeError } from '../real-array.js';
import { geodesicDistanceRadians } from '../rotation/geodesic-distance.js';
import { axisAngleToRotation6d, rotation6dToAxisAngle, rotation6dToMatrix } from '../rotation/rotation6d.js';
import { jointIndex, type JointName } from '../skeleton/joints.js';
import type { Skeleton } from '../skeleton/skeleton.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import { createAnalyticInverseKinematics } from './analytic-inverse-kinematics.js';
import { InverseKinematicsOptionsError, NonFiniteTargetError } from './inverse-kinematics-error.js';
import { solveInverseKinematics } from './solve-inverse-kinematics.js';

const kinematics = createKinematics(SYNTHETIC_SKELETON);
const analytic = createAnalyticInverseKinematics(SYNTHETIC_SKELETON);

function restPose6d(): Float64Array {
  return Float64Array.from({ length: 144 }, (_, index) => (index % 6 === 0 || index % 6 === 4 ? 1 : 0));
}

/** A pose from axis-angle vectors in radians; joints that are not named stay at rest. */
function poseOf(turned: Partial<Record<JointName, readonly [number, number, number]>>): Float64Array {
  const pose6d = restPose6d();
  for (const [name, vector] of Object.entries(turned)) {
    axisAngleToRotation6d(Float64Array.from(vector), 0, pose6d, 6 * jointIndex(name as JointName));
  }
  return pose6d;
}

function randomPose(seed: number, spreadRadians: number): Float64Array {
  const vectors = createRandom(seed).fillNormal(new Float64Array(72));
  const pose6d = new Float64Array(144);
  for (let joint = 0; joint < 24; joint++) {
    axisAngleToRotation6d(
      vectors.subarray(3 * joint, 3 * joint + 3).map((value) => spreadRadians * value),
      0,
      pose6d,
      6 * joint,
    );
  }
  return pose6d;
}

function jointsOf(pose6d: Float64Array, shift: readonly number[] = [0, 0, 0]): Float64Array {
  const joints = new Float64Array(72);
  kinematics.jointsFromRotation6d(pose6d, 0, joints, 0);
  return joints.map((coordinate, index) => coordinate + (shift[index % 3] ?? 0));
}

function angleBetween(first: Float64Array, second: Float64Array, name: JointName): number {
  const [a, b] = [new Float64Array(9), new Float64Array(9)];
  rotation6dToMatrix(first, 6 * jointIndex(name), a, 0);
  rotation6dToMatrix(second, 6 * jointIndex(name), b, 0);
  return geodesicDistanceRadians(a, 0, b, 0);
}

function solvedAnalytically(joints: Float64Array, twistsRadians?: ArrayLike<number>): Float64Array {
  const pose6d = new Float64Array(144);
  analytic.rotation6dFromJoints(joints, 0, pose6d, 0, twistsRadians === undefined ? {} : { twistsRadians });
  return pose6d;
}

describe('analytic inverse kinematics', () => {
  it('meets positions that the skeleton can take, wherever they are', () => {
    for (let seed = 0; seed < 30; seed++) {
      const joints = jointsOf(randomPose(seed, 1), [3, -1, 7]);
      const found = jointsOf(solvedAnalytically(joints), [3, -1, 7]);
      expect(mpjpeMillimetres(found, 0, joints, 0, 24)).toBeLessThan(1e-9);
    }
  });

  it('finds the rest pose, and the pelvis whatever its rotation', () => {
    solvedAnalytically(jointsOf(restPose6d())).forEach((value, index) => {
      expect(Math.abs(value - (restPose6d()[index] ?? 9))).toBeLessThan(1e-14);
    });
    const pose = poseOf({ pelvis: [1, -2, 0.5], spine1: [0.3, 0, 0] });
    expect(angleBetween(solvedAnalytically(jointsOf(pose)), pose, 'pelvis')).toBeLessThan(1e-12);
  });

  it.each<[string, Partial<Record<JointName, readonly [number, number, number]>>, JointName]>([
    ['a squat', { left_hip: [-1.2, 0, 0], left_knee: [1.5, 0, 0] }, 'left_hip'],
    ['a thigh turned out, the knee bent', { left_hip: [-0.8, 0.6, 0.2], left_knee: [1, 0, 0] }, 'left_hip'],
    ['the other thigh', { right_hip: [-0.8, -0.6, -0.2], right_knee: [1, 0, 0] }, 'right_hip'],
    [
      'an upper arm turned, the elbow bent',
      { left_shoulder: [0.9, 0, 0], left_elbow: [0, -1.2, 0] },
      'left_shoulder',
    ],
    ['the other arm', { right_shoulder: [-0.9, 0, 0], right_elbow: [0, 1.2, 0] }, 'right_shoulder'],
  ])('tells the twist of a limb from its hinge: %s', (_, turned, name) => {
    const pose = poseOf(turned);
    const found = solvedAnalytically(jointsOf(pose));
    expect(angleBetween(found, pose, name)).toBeLessThan(1e-7);
    expect(jointLimitViolations(found, 0)).toEqual([]);
  });

  it('does not let a stretched limb, even one bent a little backwards, turn the thigh round', () => {
    for (const degrees of [-8, -2, 0, 5, 10]) {
      const pose = poseOf({ left_knee: [(degrees * Math.PI) / 180, 0, 0] });
      const found = solvedAnalytically(jointsOf(pose));
      expect(angleBetween(found, restPose6d(), 'left_hip')).toBeLessThan(0.05);
    }
  });

  it('takes twists that are known, and leaves the others alone', () => {
    const joints = jointsOf(restPose6d());
    const twists = new Float64Array(24).fill(Number.NaN);
    twists[jointIndex('left_wrist')] = 0.7;
    const found = solvedAnalytically(joints, twists);
    expect(angleBetween(found, restPose6d(), 'left_wrist')).toBeCloseTo(0.7, 12);
    const vector = new Float64Array(3);
    rotation6dToAxisAngle(found, 6 * jointIndex('left_wrist'), vector, 0);
    const rest = SYNTHETIC_SKELETON.restJointsMetres;
    const along = [0, 1, 2].reduce((sum, axis) => {
      const bone =
        (rest[3 * jointIndex('left_hand') + axis] ?? 0) - (rest[3 * jointIndex('left_wrist') + axis] ?? 0);
      return sum + bone * (vector[axis] ?? 0);
    }, 0);
    expect(along).toBeGreaterThan(0);
    expect(mpjpeMillimetres(jointsOf(found), 0, joints, 0, 24)).toBeLessThan(1e-9);
    expect(angleBetween(found, restPose6d(), 'right_wrist')).toBeLessThan(1e-12);
  });

  it('points the bones of a body of other measures, if asked for directions', () => {
    const pose = poseOf({ left_shoulder: [0, 0, -1], right_hip: [-1, 0, 0], right_knee: [1.2, 0, 0] });
    const child = jointsOf(pose).map((coordinate) => 0.6 * coordinate + 1);
    const pose6d = new Float64Array(144);
    analytic.rotation6dFromJoints(child, 0, pose6d, 0, { aim: 'directions' });
    const found = jointsOf(pose6d).map((coordinate) => 0.6 * coordinate + 1);
    expect(mpjpeMillimetres(found, 0, child, 0, 24)).toBeLessThan(1e-9);
    analytic.rotation6dFromJoints(jointsOf(pose), 0, pose6d, 0, { aim: 'directions' });
    expect(mpjpeMillimetres(jointsOf(pose6d), 0, jointsOf(pose), 0, 24)).toBeLessThan(1e-9);
  });

  it('works for any tree, with joints of one place', () => {
    const skeleton: Skeleton = {
      names: ['root', 'twin', 'tip'],
      parents: Int32Array.of(-1, 0, 1),
      restJointsMetres: Float64Array.of(0, 0, 0, 0, 0, 0, 0, 1, 0),
    };
    const pose6d = new Float64Array(18);
    createAnalyticInverseKinematics(skeleton).rotation6dFromJoints(
      Float64Array.of(0, 0, 0, 0, 0, 0, 1, 0, 0),
      0,
      pose6d,
      0,
    );
    const joints = new Float64Array(9);
    createKinematics(skeleton).jointsFromRotation6d(pose6d, 0, joints, 0);
    expect(joints[6]).toBeCloseTo(1, 12);
  });

  it('reads and writes at offsets, and refuses bad input by name', () => {
    const joints = jointsOf(randomPose(1, 0.5));
    const [shifted, pose6d] = [new Float64Array(77), new Float64Array(150)];
    shifted.set(joints, 5);
    analytic.rotation6dFromJoints(shifted, 5, pose6d, 6);
    expect(pose6d.slice(6)).toEqual(solvedAnalytically(joints));
    expect(() => {
      analytic.rotation6dFromJoints(shifted, 6, pose6d, 0);
    }).toThrow(/The joints: expected 72/);
    expect(() => {
      analytic.rotation6dFromJoints(shifted, 0, pose6d, 7);
    }).toThrow(/pose \(6D\): expected 144/);
    joints[3 * 5 + 1] = Number.NaN;
    expect(() => solvedAnalytically(joints)).toThrow(NonFiniteTargetError);
    expect(() => solvedAnalytically(joints)).toThrow(/Coordinate y of joint 5 \('right_knee'\) is NaN/);
  });
});

describe('solveInverseKinematics', () => {
  it('reaches any pose from the rest pose, to a millionth of a millimetre', () => {
    for (let seed = 0; seed < 8; seed++) {
      const joints = jointsOf(randomPose(seed, 0.6), [1, 2, -1]);
      const solution = solveInverseKinematics(SYNTHETIC_SKELETON, joints, 0, { initialPose6d: restPose6d() });
      expect(solution.status).toBe('converged');
      expect(solution.rootMeanSquareErrorMillimetres).toBeLessThan(1e-6);
      const found = jointsOf(solution.pose6d, Array.from(solution.rootMetres));
      expect(mpjpeMillimetres(found, 0, joints, 0, 24)).toBeLessThan(1e-6);
    }
  });

  it('needs no more than a look at a pose that it is started from', () => {
    const pose = randomPose(3, 0.7);
    const solution = solveInverseKinematics(SYNTHETIC_SKELETON, jointsOf(pose), 0, { initialPose6d: pose });
    expect(solution.iterations).toBe(1);
    expect(solution.pose6d).toEqual(pose);
  });

  it('keeps to the joint limits, and still reaches what is possible within them', () => {
    let reached = 0;
    for (let seed = 0; seed < 12; seed++) {
      const pose = randomPose(seed, 0.5);
      clampToJointLimits(pose, 0, pose, 0);
      const options = { jointLimits: 'anatomical' } as const;
      const solution = solveInverseKinematics(SYNTHETIC_SKELETON, jointsOf(pose), 0, options);
      expect(isWithinJointLimits(solution.pose6d, 0)).toBe(true);
      if (solution.rootMeanSquareErrorMillimetres < 0.1) reached++;
    }
    expect(reached).toBeGreaterThanOrEqual(11);
  });

  it('comes as near as the limits let it to what is impossible', () => {
    const backwards = poseOf({ left_elbow: [0, 1.2, 0] });
    const wanted = jointsOf(backwards);
    const free = solveInverseKinematics(SYNTHETIC_SKELETON, wanted, 0);
    expect(free.rootMeanSquareErrorMillimetres).toBeLessThan(1e-6);
    const weights = new Float64Array(24).fill(1);
    // The whole upper arm is held, so that it cannot turn to let the elbow bend: only limits are left to give.
    const limited = solveInverseKinematics(SYNTHETIC_SKELETON, wanted, 0, {
      weights,
      jointLimits: 'anatomical',
    });
    expect(isWithinJointLimits(limited.pose6d, 0)).toBe(true);
    expect(limited.rootMeanSquareErrorMillimetres).toBeLessThan(
      1000 * Math.hypot(...jointsOf(restPose6d()).map((value, index) => value - (wanted[index] ?? 0))),
    );
  });

  it('puts a hand where it is wanted, and holds the feet', () => {
    const wanted = new Float64Array(72).fill(Number.NaN);
    const weights = new Float64Array(24);
    const rest = SYNTHETIC_SKELETON.restJointsMetres;
    for (const name of ['left_ankle', 'right_ankle'] as const) {
      const at = 3 * jointIndex(name);
      wanted.set(rest.subarray(at, at + 3), at);
      weights[jointIndex(name)] = 1;
    }
    wanted.set([0.1, 0.2, 0.45], 3 * jointIndex('right_hand'));
    weights[jointIndex('right_hand')] = 2;
    const solution = solveInverseKinematics(SYNTHETIC_SKELETON, wanted, 0, {
      weights,
      jointLimits: 'anatomical',
    });
    expect(solution.rootMeanSquareErrorMillimetres).toBeLessThan(0.01);
    expect(isWithinJointLimits(solution.pose6d, 0)).toBe(true);
    expect(angleBetween(solution.pose6d, restPose6d(), 'left_shoulder')).toBe(0);
  });

  it('keeps the root at the origin if asked', () => {
    const wanted = jointsOf(restPose6d(), [0.2, 0, 0]);
    const solution = solveInverseKinematics(SYNTHETIC_SKELETON, wanted, 0, { rootPosition: 'fixed' });
    expect(Array.from(solution.rootMetres)).toEqual([0, 0, 0]);
    expect(solution.rootMeanSquareErrorMillimetres).toBeGreaterThan(10);
    const free = solveInverseKinematics(SYNTHETIC_SKELETON, wanted, 0);
    expect(free.rootMetres[0]).toBeCloseTo(0.2, 9);
  });

  it('stays nearer to the initial pose the stiffer it is', () => {
    const pose = randomPose(2, 0.5);
    const turnOf = (stiffness: number): number => {
      const options = { stiffness, initialPose6d: restPose6d() };
      const { pose6d } = solveInverseKinematics(SYNTHETIC_SKELETON, jointsOf(pose), 0, options);
      return (['left_hip', 'spine2', 'right_elbow'] as const).reduce(
        (sum, name) => sum + angleBetween(pose6d, restPose6d(), name),
        0,
      );
    };
    expect(turnOf(1e4)).toBeLessThan(0.001);
    expect(turnOf(0.1)).toBeLessThan(turnOf(0.001));
    expect(turnOf(0.1)).toBeGreaterThan(turnOf(10));
  });

  it('is least in the weighted sum of squares: no pose nearby does better', () => {
    const random = createRandom(9);
    const noisy = jointsOf(randomPose(5, 0.5)).map((coordinate) => coordinate + 0.03 * random.normal());
    const weights = Float64Array.from({ length: 24 }, (_, joint) => 1 + (joint % 3));
    const solution = solveInverseKinematics(SYNTHETIC_SKELETON, noisy, 0, { weights });
    const costOf = (pose6d: Float64Array, root: Float64Array): number =>
      jointsOf(pose6d, Array.from(root)).reduce(
        (sum, coordinate, index) =>
          sum + (weights[Math.floor(index / 3)] ?? 0) * (coordinate - (noisy[index] ?? 0)) ** 2,
        0,
      );
    const least = costOf(solution.pose6d, solution.rootMetres);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    expect(solution.rootMeanSquareErrorMillimetres).toBeCloseTo(1000 * Math.sqrt(least / total), 9);
    for (let trial = 0; trial < 100; trial++) {
      const nearby = solution.pose6d.map((value) => value + 0.003 * random.normal());
      const root = solution.rootMetres.map((value) => value + 0.001 * random.normal());
      expect(costOf(nearby, root)).toBeGreaterThanOrEqual(least - 1e-9);
    }
  });

  it('stops at the iteration limit, and says so', () => {
    const options = { maximumIterations: 1, initialPose6d: restPose6d() };
    const solution = solveInverseKinematics(SYNTHETIC_SKELETON, jointsOf(randomPose(1, 0.6)), 0, options);
    expect(solution.status).toBe('iteration limit');
    expect(solution.iterations).toBe(1);
  });

  it('refuses bad input by name', () => {
    const joints = jointsOf(restPose6d());
    const solve = (options: Parameters<typeof solveInverseKinematics>[3], wanted = joints) => {
      return () => solveInverseKinematics(SYNTHETIC_SKELETON, wanted, 0, options);
    };
    expect(() => solveInverseKinematics(SYNTHETIC_SKELETON, joints, 1)).toThrow(/wanted joints: expected 72/);
    expect(solve({ weights: [1, 2] })).toThrow(/weights has 2 numbers; 24 joints need 24/);
    expect(solve({ weights: new Float64Array(24) })).toThrow(/All weights are 0/);
    for (const bad of [-1, Number.NaN, Infinity]) {
      const weights = new Float64Array(24).fill(1);
      weights[3] = bad;
      expect(solve({ weights })).toThrow(InverseKinematicsOptionsError);
      expect(solve({ weights })).toThrow(/weights\[3\]/);
      expect(solve({ stiffness: bad })).toThrow(/stiffness is/);
    }
    for (const maximumIterations of [0, 1.5, Number.NaN]) {
      expect(solve({ maximumIterations })).toThrow(/maximumIterations/);
    }
    expect(solve({ initialPose6d: new Float64Array(143) })).toThrow(ArrayRangeError);
    const broken = joints.slice();
    broken[8] = Infinity;
    expect(solve({}, broken)).toThrow(NonFiniteTargetError);
    const other: Skeleton = {
      ...SYNTHETIC_SKELETON,
      names: SYNTHETIC_SKELETON.names.map((name) => `my_${name}`),
    };
    expect(() => solveInverseKinematics(other, joints, 0, { jointLimits: 'anatomical' })).toThrow(
      /my_pelvis/,
    );
  });
});

describe('the Cholesky solver', () => {
  it('solves positive definite systems, reading the lower triangle alone, and refuses others', () => {
    const matrix = Float64Array.of(4, 99, 99, 2, 5, 99, -2, 1, 6);
    const vector = Float64Array.of(4 + 4 - 6, 2 + 10 + 3, -2 + 2 + 18); // of x = 1, 2, 3
    expect(solvePositiveDefinite(matrix, vector, 3)).toBe(true);
    [1, 2, 3].forEach((value, index) => {
      expect(vector[index]).toBeCloseTo(value, 13);
    });
    expect(solvePositiveDefinite(Float64Array.of(1, 0, 2, 4), new Float64Array(2), 2)).toBe(false);
    expect(solvePositiveDefinite(Float64Array.of(Number.NaN), new Float64Array(1), 1)).toBe(false);
  });
});
