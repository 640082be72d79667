import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createRandom } from '@pose-rft/random';
import {
  createKinematics,
  isWithinJointLimits,
  rotation6dToAxisAngle,
  SYNTHETIC_SKELETON,
} from '@pose-rft/smpl';
import { constraintOf, holds, type CategoryName } from '@pose-rft/text-pose';
import { describe, expect, test } from 'vitest';
import { ARM_POSTURES } from './arms.js';
import { STANCES } from './legs.js';
import { LARGEST_ROOT_YAW_RADIANS, samplePose } from './sample-pose.js';
import { HEAD_POSTURES, TORSO_POSTURES } from './torso-and-head.js';

const COUNT = 2000;
const kinematics = createKinematics(SYNTHETIC_SKELETON);
const stream = createRandom(11);
const poses = Array.from({ length: COUNT }, (_, index) => samplePose(stream.split(index)));
const bodyJoints = poses.map((pose) => {
  const joints = new Float32Array(72);
  kinematics.jointsFromRotation6d(pose, 0, joints, 0, { globalOrientation: 'identity' });
  return joints;
});

function shareWhere(...claims: readonly (readonly [posecode: string, category: CategoryName])[]): number {
  const constraints = claims.map((claim) => constraintOf(...claim));
  const count = bodyJoints.filter((joints) => constraints.every((one) => holds(one, joints, 0))).length;
  return count / COUNT;
}

describe('samplePose', () => {
  test('stays within the limits of human joints', () => {
    expect(poses.filter((pose) => !isWithinJointLimits(pose, 0))).toEqual([]);
  });

  test('turns the root about the vertical only, and not far', () => {
    const axisAngle = new Float64Array(3);
    const yaws = poses.map((pose) => {
      rotation6dToAxisAngle(pose, 0, axisAngle, 0);
      expect(Math.hypot(axisAngle[0] as number, axisAngle[2] as number)).toBeLessThan(1e-6);
      return axisAngle[1] as number;
    });
    expect(Math.max(...yaws.map(Math.abs))).toBeLessThanOrEqual(LARGEST_ROOT_YAW_RADIANS + 1e-6);
    expect(Math.min(...yaws)).toBeLessThan(-0.5);
    expect(Math.max(...yaws)).toBeGreaterThan(0.5);
  });

  test('is the same pose for the same stream, and another one for another', () => {
    expect(samplePose(createRandom(3))).toEqual(samplePose(createRandom(3)));
    expect(samplePose(createRandom(3))).not.toEqual(samplePose(createRandom(4)));
  });

  // Each is common enough to be learned, and none is the rule.
  const kinds: Record<string, readonly (readonly [string, CategoryName])[]> = {
    'left hand above the head': [['relativeY:left_wrist/head', 'above']],
    'left arm hanging': [['relativeY:left_wrist/left_shoulder', 'farBelow']],
    'left arm forward': [['relativeZ:left_wrist/left_shoulder', 'farInFront']],
    'left arm to the side': [['relativeX:left_wrist/left_shoulder', 'farLeft']],
    'left hand behind the body': [['relativeZ:left_wrist/pelvis', 'behind']],
    'hand on the left hip': [
      ['distance:left_hand/left_hip', 'close'],
      ['angle:left_elbow', 'bent'],
    ],
    'arms crossed': [
      ['distance:left_hand/right_elbow', 'close'],
      ['distance:right_hand/left_elbow', 'close'],
    ],
    'left hand at the head': [['distance:left_hand/head', 'close']],
    'left elbow bent': [['angle:left_elbow', 'bent']],
    'left elbow straight': [['angle:left_elbow', 'straight']],
    'left forearm upright': [['pitchRoll:left_forearm', 'vertical']],
    squatting: [
      ['angle:left_knee', 'deeplyBent'],
      ['angle:right_knee', 'deeplyBent'],
      ['relativeZ:left_ankle/left_hip', 'underneath'],
      ['relativeZ:left_knee/left_hip', 'inFront'],
    ],
    sitting: [
      ['pitchRoll:left_thigh', 'flat'],
      ['pitchRoll:right_thigh', 'flat'],
      ['relativeZ:left_ankle/left_hip', 'ahead'],
    ],
    'kneeling on both knees': [
      ['onGround:left_knee', 'onGround'],
      ['onGround:right_knee', 'onGround'],
      ['relativeZ:left_ankle/left_knee', 'behind'],
    ],
    'kneeling on the left knee only': [
      ['onGround:left_knee', 'onGround'],
      ['angle:left_knee', 'bent'],
      ['onGround:right_foot', 'onGround'],
      ['relativeZ:right_knee/right_hip', 'inFront'],
    ],
    'left leg far in front of the right': [['relativeZ:left_ankle/right_ankle', 'farInFront']],
    'left foot off the ground': [['onGround:left_foot', 'offGround']],
    'legs wide apart': [['distance:left_ankle/right_ankle', 'wide']],
    'both knees straight': [
      ['angle:left_knee', 'straight'],
      ['angle:right_knee', 'straight'],
    ],
    'torso far forward': [['torsoBend', 'stronglyForward']],
    'torso back': [['torsoBend', 'back']],
    'torso leaning left': [['torsoLean', 'left']],
    'torso twisted right': [['torsoTwist', 'right']],
    'head down': [['headPitch', 'forward']],
    'head up': [['headPitch', 'back']],
    'head tilted left': [['headTilt', 'left']],
  };
  test.for(Object.entries(kinds))('%s: neither missing nor usual', ([, claims]) => {
    const share = shareWhere(...claims);
    expect(share).toBeGreaterThan(0.01);
    expect(share).toBeLessThan(0.6);
  });

  test('treats left and right alike', () => {
    const sides = (['left', 'right'] as const).map((side) =>
      shareWhere([`relativeY:${side}_wrist/neck`, 'above'], [`angle:${side}_elbow`, 'straight']),
    );
    const [left, right] = sides as [number, number];
    // Five standard errors of the difference of two shares near 0.1.
    expect(Math.abs(left - right)).toBeLessThan(5 * Math.sqrt((2 * 0.1 * 0.9) / COUNT));
  });

  test('is drawn from the mixture that the README documents', () => {
    const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');
    const tables = { arms: ARM_POSTURES, legs: STANCES, torso: TORSO_POSTURES, head: HEAD_POSTURES };
    for (const [part, table] of Object.entries(tables)) {
      const row = readme.split('\n').find((line) => line.startsWith(`| ${part} `)) ?? '';
      const documented = [...row.matchAll(/([a-z][a-z ]*) \((\d+)\)/g)].map(([, name, weight]) => [
        name,
        Number(weight),
      ]);
      expect(new Map(documented as [string, number][])).toEqual(
        new Map(table.map(({ name, weight }) => [name, weight])),
      );
    }
  });
});
