import {
  createKinematics,
  jointIndex,
  mirrorJoints,
  SYNTHETIC_SKELETON,
  type JointName,
} from '@pose-rft/smpl';
import { describe, expect, test } from 'vitest';
import {
  draftToRotation6d,
  poseArm,
  restDraft,
  turnSided,
  type Direction,
  type PoseDraft,
} from './pose-draft.js';

const kinematics = createKinematics(SYNTHETIC_SKELETON);

function joints(draft: PoseDraft): Float64Array {
  const positions = new Float64Array(72);
  kinematics.jointsFromRotation6d(draftToRotation6d(draft), 0, positions, 0);
  return positions;
}

function bone(positions: Float64Array, from: JointName, to: JointName): number[] {
  const [start, end] = [3 * jointIndex(from), 3 * jointIndex(to)];
  const vector = [0, 1, 2].map(
    (axis) => (positions[end + axis] as number) - (positions[start + axis] as number),
  );
  return vector.map((component) => component / Math.hypot(...vector));
}

const dot = (first: readonly number[], second: readonly number[]): number =>
  first.reduce((sum, component, axis) => sum + component * (second[axis] as number), 0);

describe('poseArm', () => {
  const cases: [Direction, Direction, number][] = [
    [[0.3, -1, 0], [0, 0, 1], 1.2],
    [[0.2, 1, 0.1], [-1, 0, 0], 2],
    [[0, 0, 1], [0, 1, 0], 0.8],
    [[1, 0, 0], [0, -1, 0], 1.5],
  ];
  test.for(cases)(
    'points the upper arm along %j and the forearm towards %j',
    ([upperArm, bendTowards, flexion]) => {
      const draft = restDraft();
      poseArm(draft, 'left', upperArm, bendTowards, flexion);
      const positions = joints(draft);
      const upper = bone(positions, 'left_shoulder', 'left_elbow');
      const forearm = bone(positions, 'left_elbow', 'left_wrist');
      // The skeleton's own arm departs from the x axis by five degrees.
      expect(dot(upper, upperArm) / Math.hypot(...upperArm)).toBeGreaterThan(Math.cos(0.12));
      expect(dot(forearm, bendTowards)).toBeGreaterThan(0.5);
      expect(Math.acos(dot(upper, forearm))).toBeCloseTo(flexion, 0);
    },
  );

  test('of the right arm is the mirror image of the left', () => {
    const both = restDraft();
    for (const side of ['left', 'right'] as const) {
      poseArm(both, side, [0.4, -0.7, 0.3], [-0.5, 0.2, 0.8], 1.1);
      turnSided(both, side, 'hip', -0.6, 0.2, 0.4);
      turnSided(both, side, 'knee', 0.9, 0, 0);
    }
    const positions = joints(both);
    const mirrored = new Float64Array(72);
    mirrorJoints(positions, 0, mirrored, 0);
    for (let index = 0; index < 72; index++)
      expect(mirrored[index]).toBeCloseTo(positions[index] as number, 5);
  });

  test('bends towards anything where the wish is along the arm', () => {
    const draft = restDraft();
    poseArm(draft, 'left', [0, 1, 0], [0, 1, 0], 1);
    expect([...draft].every(Number.isFinite)).toBe(true);
  });
});
