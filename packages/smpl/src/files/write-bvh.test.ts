import fc from 'fast-check';
import { AnimationMixer, Vector3 } from 'three';
import { BVHLoader } from 'three/addons/loaders/BVHLoader.js';
import { describe, expect, it } from 'vitest';
import { createRandom } from '@pose-rft/random';
import { createKinematics } from '../kinematics/kinematics.js';
import { pose6dArbitrary } from '../laws/arbitraries.js';
import { geodesicDistanceRadians } from '../rotation/geodesic-distance.js';
import { axisAngleToRotation6d, rotation6dToMatrix } from '../rotation/rotation6d.js';
import { JOINT_NAMES } from '../skeleton/joints.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import { readBvh } from './bvh.js';
import { bvhSegmentMotion } from './bvh-kinematics.js';
import { PoseFramesError } from './pose-frames.js';
import { retargetToSmpl } from './retarget.js';
import { writeBvh } from './write-bvh.js';

const ORDERS = ['xyz', 'xzy', 'yxz', 'yzx', 'zxy', 'zyx'] as const;

/** The largest angle between corresponding rotations. */
function largestAngle(first: Float32Array, second: Float32Array): number {
  const a = new Float64Array(9);
  const b = new Float64Array(9);
  let largest = 0;
  for (let row = 0; row < first.length; row += 6) {
    rotation6dToMatrix(first, row, a, 0);
    rotation6dToMatrix(second, row, b, 0);
    largest = Math.max(largest, geodesicDistanceRadians(a, 0, b, 0));
  }
  return largest;
}

function randomMotion(frames: number): { pose6d: Float32Array; rootPositionsMetres: Float32Array } {
  const random = createRandom(5);
  const pose6d = new Float32Array(frames * 144);
  for (let row = 0; row < frames * 24; row++)
    axisAngleToRotation6d(
      Float64Array.from({ length: 3 }, () => random.normal()),
      0,
      pose6d,
      row * 6,
    );
  return { pose6d, rootPositionsMetres: Float32Array.from({ length: frames * 3 }, () => random.normal()) };
}

describe('writeBvh', () => {
  it('and readBvh keep poses, places and the frame rate, in every channel order', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ORDERS),
        pose6dArbitrary(24),
        pose6dArbitrary(24),
        fc.constantFrom(0.01, 1, 0.0254),
        fc.constantFrom(24, 29.97, 30, 120, 1),
        (channelOrder, first, second, metresPerUnit, framesPerSecond) => {
          const pose6d = Float32Array.from([...first, ...second]);
          const rootPositionsMetres = Float32Array.of(0.5, 0.9, -2, 1e-3, 0, 30);
          const text = writeBvh(pose6d, {
            channelOrder,
            metresPerUnit,
            framesPerSecond,
            rootPositionsMetres,
          });
          const motion = retargetToSmpl(bvhSegmentMotion(readBvh(text, { metresPerUnit })));
          expect(motion.frameCount).toBe(2);
          expect(motion.framesPerSecond).toBeCloseTo(framesPerSecond, 6);
          expect(largestAngle(motion.pose6d, pose6d)).toBeLessThan(2e-5);
          motion.rootPositionsMetres.forEach((value, i) => {
            expect(Math.abs(value - (rootPositionsMetres[i] as number))).toBeLessThan(5e-6);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('reads in three.js as the same joints in the same places', () => {
    const frames = 3;
    const { pose6d, rootPositionsMetres } = randomMotion(frames);
    const kinematics = createKinematics(SYNTHETIC_SKELETON);
    const joints = new Float64Array(72);
    for (const channelOrder of ORDERS) {
      const text = writeBvh(pose6d, {
        channelOrder,
        rootPositionsMetres,
        framesPerSecond: 10,
        metresPerUnit: 1,
      });
      const { skeleton, clip } = new BVHLoader().parse(text);
      const root = skeleton.bones[0];
      if (root === undefined) throw new Error('three.js found no bones');
      const mixer = new AnimationMixer(root);
      mixer.clipAction(clip).play();
      for (let frame = 0; frame < frames; frame++) {
        mixer.setTime(frame / 10);
        root.updateMatrixWorld(true);
        kinematics.jointsFromRotation6d(pose6d, frame * 144, joints, 0);
        JOINT_NAMES.forEach((name, joint) => {
          const bone = skeleton.bones.find((candidate) => candidate.name === name);
          const place = new Vector3().setFromMatrixPosition(bone?.matrixWorld ?? root.matrixWorld).toArray();
          place.forEach((value, axis) => {
            const expected =
              (joints[joint * 3 + axis] as number) + (rootPositionsMetres[frame * 3 + axis] as number);
            expect(Math.abs(value - expected), `${channelOrder} ${name}`).toBeLessThan(1e-5);
          });
        });
      }
    }
  });

  it('lets angles go on beyond half a turn', () => {
    const frames = 30;
    const pose6d = Float32Array.from({ length: frames * 144 }, (_, i) =>
      i % 6 === 0 || i % 6 === 4 ? 1 : 0,
    );
    for (let frame = 0; frame < frames; frame++)
      axisAngleToRotation6d(Float64Array.of(0, 0.3 * frame, 0), 0, pose6d, frame * 144);
    const { channels, channelCount } = readBvh(writeBvh(pose6d, { channelOrder: 'zyx' }));
    for (let frame = 0; frame < frames; frame++)
      expect(channels[frame * channelCount + 4]).toBeCloseTo(0.3 * frame, 5);
  });

  it('refuses numbers that are not poses', () => {
    expect(() => writeBvh(new Float32Array(143))).toThrow(PoseFramesError);
    expect(() => writeBvh(new Float32Array(144).fill(NaN))).toThrow(/must be finite/);
    expect(() => writeBvh(randomMotion(1).pose6d, { framesPerSecond: 0 })).toThrow(PoseFramesError);
  });
});
