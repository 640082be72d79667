import { createRandom } from '@pose-rft/random';
import { createKinematics, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { describe, expect, it } from 'vitest';
import { createJointPositionLoss, type JointTarget } from './joint-position-loss.js';

const random = createRandom(4);
const identity = Float32Array.from({ length: 144 }, (_, index) =>
  index % 6 === 0 || index % 6 === 4 ? 1 : 0,
);
const noisy = (scale: number): Float32Array => identity.map((value) => value + scale * random.normal());

function targetOf(pose: Float32Array, globalOrientation: JointTarget['globalOrientation']): JointTarget {
  const targetJoints = new Float64Array(72);
  createKinematics(SYNTHETIC_SKELETON).jointsFromRotation6d(pose, 0, targetJoints, 0, { globalOrientation });
  return { targetJoints, globalOrientation };
}

describe('createJointPositionLoss', () => {
  const jointPositionLoss = createJointPositionLoss();

  it('is zero at the target, and blind to the root where orientation does not count', () => {
    const pose = noisy(0.3);
    expect(jointPositionLoss(pose, [targetOf(pose, 'keep')]).loss).toBeCloseTo(0, 7);
    const turned = Float32Array.from(pose);
    turned.set([0, 0, -1, 0, 1, 0]);
    expect(jointPositionLoss(turned, [targetOf(pose, 'identity')]).loss).toBeCloseTo(0, 7);
    expect(jointPositionLoss(turned, [targetOf(pose, 'keep')]).loss).toBeGreaterThan(0.1);
  });

  it('has the gradient that finite differences find, over several rows', () => {
    const poses = Float32Array.from([...noisy(0.3), ...noisy(0.3)]);
    const targets = [targetOf(noisy(0.3), 'keep'), targetOf(noisy(0.3), 'identity')];
    const { gradient } = jointPositionLoss(poses, targets);
    const step = 1e-3;
    for (let index = 0; index < poses.length; index += 7) {
      const shifted = (sign: number): number => {
        const moved = Float32Array.from(poses);
        moved[index] = (moved[index] as number) + sign * step;
        return jointPositionLoss(moved, targets).loss;
      };
      expect(gradient[index]).toBeCloseTo((shifted(1) - shifted(-1)) / (2 * step), 3);
    }
  });

  it('leaves rows without a target alone', () => {
    const poses = Float32Array.from([...noisy(0.3), ...noisy(0.3)]);
    const { gradient } = jointPositionLoss(poses, [undefined, targetOf(identity, 'keep')]);
    expect(gradient.subarray(0, 144).every((value) => value === 0)).toBe(true);
    expect(gradient.subarray(144).some((value) => value !== 0)).toBe(true);
  });
});
