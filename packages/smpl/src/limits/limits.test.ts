import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { mirrorPose } from '../kinematics/mirror-pose.js';
import { NonFinitePoseError } from '../kinematics/non-finite-pose-error.js';
import { ArrayRangeError } from '../real-array.js';
import { axisAngleToMatrix } from '../rotation/axis-angle.js';
import { geodesicDistanceRadians } from '../rotation/geodesic-distance.js';
import { axisAngleToRotation6d } from '../rotation/rotation6d.js';
import { JOINT_COUNT, JOINT_NAMES, jointIndex, type JointName } from '../skeleton/joints.js';
import { clampToJointLimits, isWithinJointLimits, jointLimitViolations } from './clamp-to-joint-limits.js';
import { JOINT_LIMITS_RADIANS } from './joint-limits.js';
import { matrixToSwingTwist, swingTwistToMatrix } from './swing-twist.js';

type Degrees = readonly [x: number, y: number, z: number];

/** A pose from axis-angle vectors in degrees; joints that are not named stay at rest. */
function poseOf(turned: Partial<Record<JointName, Degrees>>): Float32Array {
  const pose6d = new Float32Array(6 * JOINT_COUNT);
  for (const name of JOINT_NAMES) {
    const axisAngle = Float64Array.from(turned[name] ?? [0, 0, 0], (angle) => (angle * Math.PI) / 180);
    axisAngleToRotation6d(axisAngle, 0, pose6d, 6 * jointIndex(name));
  }
  return pose6d;
}

const both = (
  name: 'hip' | 'knee' | 'ankle' | 'foot' | 'shoulder' | 'collar' | 'elbow',
  [x, y, z]: Degrees,
) => ({
  [`left_${name}`]: [x, y, z],
  [`right_${name}`]: [x, -y, -z],
});

const SPINE_BENT = { spine1: [25, 0, 0], spine2: [20, 0, 0], spine3: [15, 0, 0] } as const;

describe('the joint limits', () => {
  it.each<[string, Partial<Record<JointName, Degrees>>]>([
    ['the rest pose', {}],
    ['any global orientation', { pelvis: [170, 0, 50] }],
    ['standing with the arms down', both('shoulder', [0, 0, -80])],
    ['arms overhead', { ...both('collar', [0, 0, 25]), ...both('shoulder', [0, 0, 75]) }],
    ['arms crossed in front', both('shoulder', [0, -110, -20])],
    ['hands on the hips', { ...both('shoulder', [40, 20, -55]), ...both('elbow', [0, -100, 0]) }],
    ['hands at the shoulders', both('elbow', [0, -145, 0])],
    ['sitting', { ...both('hip', [-90, 0, 0]), ...both('knee', [90, 0, 0]) }],
    [
      'a deep squat',
      {
        ...both('hip', [-115, 20, 25]),
        ...both('knee', [145, 0, 0]),
        ...both('ankle', [-35, 0, 0]),
        ...SPINE_BENT,
      },
    ],
    [
      'kneeling on the heels',
      { ...both('hip', [-60, 0, 0]), ...both('knee', [155, 0, 0]), ...both('ankle', [55, 0, 0]) },
    ],
    ['kneeling on the toes', { ...both('knee', [90, 0, 0]), ...both('foot', [-65, 0, 0]) }],
    ['a high front kick', { left_hip: [-135, 0, 0], left_knee: [5, 0, 0] }],
    ['a high side kick', { right_hip: [0, -20, -85] }],
    [
      'a deep lunge',
      { left_hip: [-100, 0, 0], left_knee: [100, 0, 0], right_hip: [30, 0, 0], right_knee: [20, 0, 0] },
    ],
    ['touching the toes', { ...both('hip', [-80, 0, 0]), ...SPINE_BENT, neck: [20, 0, 0] }],
    ['looking over the shoulder', { spine3: [0, 25, 0], neck: [0, 45, 0], head: [0, 35, 0] }],
  ])('allow %s', (_, turned) => {
    const pose6d = poseOf(turned);
    expect(jointLimitViolations(pose6d, 0)).toEqual([]);
    expect(isWithinJointLimits(pose6d, 0)).toBe(true);
  });

  it.each<[string, Partial<Record<JointName, Degrees>>]>([
    ['a knee bent forwards', { left_knee: [-40, 0, 0] }],
    ['a knee bent sideways', { right_knee: [0, 0, 40] }],
    ['an elbow bent backwards', { left_elbow: [0, 40, 0] }],
    ['the other elbow bent backwards', { right_elbow: [0, -40, 0] }],
    ['a head turned round', { head: [0, 120, 0] }],
    ['a thigh folded backwards', { left_hip: [80, 0, 0] }],
  ])('forbid %s', (_, turned) => {
    const pose6d = poseOf(turned);
    expect(isWithinJointLimits(pose6d, 0)).toBe(false);
    expect(jointLimitViolations(pose6d, 0).map(({ joint }) => joint)).toEqual(Object.keys(turned));
    const clamped = new Float32Array(pose6d.length);
    expect(clampToJointLimits(pose6d, 0, clamped, 0)).toBe(1);
    expect(isWithinJointLimits(clamped, 0)).toBe(true);
  });

  it('are mirror images of each other', () => {
    const random = createRandom(1);
    for (let trial = 0; trial < 50; trial++) {
      const pose6d = random.fillNormal(new Float64Array(144));
      const mirrored = new Float64Array(144);
      mirrorPose(pose6d, 0, mirrored, 0);
      expect(jointLimitViolations(mirrored, 0).length).toBe(jointLimitViolations(pose6d, 0).length);
    }
  });

  it('have swings that stay short of the singular half turn', () => {
    for (const name of JOINT_NAMES.filter((joint) => joint !== 'pelvis')) {
      const limits = JOINT_LIMITS_RADIANS[name];
      const across = limits.boneAxis === 'x' ? limits.y : limits.x;
      const largest = ([minimum, maximum]: readonly [number, number]): number => Math.max(-minimum, maximum);
      expect(Math.hypot(largest(across), largest(limits.z))).toBeLessThan(Math.PI);
    }
  });
});

describe('clampToJointLimits', () => {
  it('brings any pose within, keeps what is within, and is idempotent to the bit', () => {
    const random = createRandom(2);
    for (let trial = 0; trial < 50; trial++) {
      const pose6d = random.fillNormal(new Float32Array(144));
      const clamped = new Float32Array(144);
      clampToJointLimits(pose6d, 0, clamped, 0);
      expect(isWithinJointLimits(clamped, 0)).toBe(true);
      const again = clamped.slice();
      expect(clampToJointLimits(again, 0, again, 0)).toBe(0);
      expect(again).toEqual(clamped);
    }
  });

  it('moves an angle to the nearest end of its range', () => {
    const pose6d = poseOf({ left_knee: [170, 0, 0] });
    clampToJointLimits(pose6d, 0, pose6d, 0);
    expect(pose6d).toEqual(poseOf({ left_knee: [160, 0, 0] }));
  });

  it('refuses NaN and short arrays', () => {
    const pose6d = poseOf({});
    expect(() => clampToJointLimits(pose6d, 1, pose6d, 0)).toThrow(ArrayRangeError);
    expect(() => isWithinJointLimits(pose6d.subarray(6), 0)).toThrow(ArrayRangeError);
    pose6d[12] = Number.NaN;
    expect(() => clampToJointLimits(pose6d, 0, new Float32Array(144), 0)).toThrow(NonFinitePoseError);
    expect(() => isWithinJointLimits(pose6d, 0)).toThrow(/right_hip/);
  });
});

describe('swing and twist', () => {
  it.each(['x', 'y'] as const)('compose back to the rotation (bone along %s)', (boneAxis) => {
    const random = createRandom(3);
    const matrix = new Float64Array(9);
    const back = new Float64Array(9);
    const angles = new Float64Array(3);
    for (let trial = 0; trial < 200; trial++) {
      axisAngleToMatrix(
        random.fillNormal(new Float64Array(3)).map((value) => 2 * value),
        0,
        matrix,
        0,
      );
      matrixToSwingTwist(matrix, 0, boneAxis, angles, 0);
      swingTwistToMatrix(angles, 0, boneAxis, back, 0);
      expect(geodesicDistanceRadians(matrix, 0, back, 0)).toBeLessThan(1e-12);
    }
  });

  it('let the swing alone say where the bone points', () => {
    const matrix = new Float64Array(9);
    const angles = new Float64Array(3);
    const directions = [0, 0.4, -2].map((twist) => {
      swingTwistToMatrix(Float64Array.of(0.7, twist, -0.3), 0, 'y', matrix, 0);
      matrixToSwingTwist(matrix, 0, 'y', angles, 0);
      expect(angles[1]).toBeCloseTo(twist, 12);
      return [matrix[1], matrix[4], matrix[7]].map((value) => (value ?? 0).toFixed(12)).join();
    });
    expect(new Set(directions).size).toBe(1);
  });

  it('are defined where the bone folds back onto itself', () => {
    const angles = new Float64Array(3);
    matrixToSwingTwist(Float64Array.of(-1, 0, 0, 0, -1, 0, 0, 0, 1), 0, 'x', angles, 0);
    expect(Array.from(angles)).toEqual([0, 0, Math.PI]);
  });
});
