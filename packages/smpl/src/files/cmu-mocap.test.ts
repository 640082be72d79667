import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createKinematics } from '../kinematics/kinematics.js';
import { geodesicDistanceRadians } from '../rotation/geodesic-distance.js';
import { matrixToRotation6d, rotation6dToMatrix } from '../rotation/rotation6d.js';
import { composeRotations, invertRotation } from '../rotation/rotation-matrix.js';
import { jointIndex, type JointName } from '../skeleton/joints.js';
import type { Skeleton } from '../skeleton/skeleton.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import { readAmc } from './amc.js';
import { readAsf } from './asf.js';
import { createAsfKinematics } from './asf-kinematics.js';
import { asfSegmentMotion } from './asf-segment-motion.js';
import { readBvh } from './bvh.js';
import { bvhSegmentMotion } from './bvh-kinematics.js';
import { MotionFileError } from './motion-file-error.js';
import { retargetToSmpl } from './retarget.js';
import { writeBvh } from './write-bvh.js';

/** A sample of CMU's database beside the checkout; it is not part of the project. */
const FOLDER = new URL('../../../../../shared/data/cmu-mocap/', import.meta.url);
const isHere = existsSync(new URL('02.asf', FOLDER));
if (!isHere) console.warn(`cmu-mocap.test.ts: skipped, no motion capture sample in ${FOLDER.pathname}`);

const text = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8');

function readTake(take: string) {
  const asf = readAsf(text(`${take.slice(0, 2)}.asf`), `${take.slice(0, 2)}.asf`);
  const motion = readAmc(text(`${take}.amc`), asf, `${take}.amc`);
  return { asf, motion, smpl: retargetToSmpl(asfSegmentMotion(asf, motion)) };
}

const LIMBS: readonly (readonly [bone: string, from: JointName, to: JointName])[] = (
  ['left', 'right'] as const
).flatMap((side) => [
  [`${side.slice(0, 1)}femur`, `${side}_hip`, `${side}_knee`] as const,
  [`${side.slice(0, 1)}tibia`, `${side}_knee`, `${side}_ankle`] as const,
  [`${side.slice(0, 1)}humerus`, `${side}_shoulder`, `${side}_elbow`] as const,
  [`${side.slice(0, 1)}radius`, `${side}_elbow`, `${side}_wrist`] as const,
]);

function degreesBetween(a: readonly number[], b: readonly number[]): number {
  const dot = a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
  return (Math.acos(Math.min(1, Math.max(-1, dot / Math.hypot(...a) / Math.hypot(...b)))) * 180) / Math.PI;
}

describe.skipIf(!isHere)("CMU's takes on SMPL's skeleton", () => {
  it.each(['02_01', '02_04', '02_07', '01_01', '01_08', '01_14'])(
    '%s: limbs point where the mocap limbs do',
    (take) => {
      const { asf, motion, smpl } = readTake(take);
      const bones = createAsfKinematics(asf);
      const kinematics = createKinematics(SYNTHETIC_SKELETON);
      const rotations = new Float64Array(asf.bones.length * 9);
      const ends = new Float64Array(asf.bones.length * 3);
      const joints = new Float64Array(72);
      let largest = 0;
      for (let frame = 0; frame < motion.frameCount; frame++) {
        bones.pose(motion.channels, frame * asf.channelCount, rotations, ends);
        kinematics.jointsFromRotation6d(smpl.pose6d, frame * 144, joints, 0);
        for (const [name, from, to] of LIMBS) {
          const bone = asf.bones.findIndex((candidate) => candidate.name === name);
          const parent = asf.bones[bone]?.parent ?? -1;
          const [a, b] = [jointIndex(from) * 3, jointIndex(to) * 3];
          const mocap = [0, 1, 2].map(
            (i) => (ends[bone * 3 + i] as number) - (ends[parent * 3 + i] as number),
          );
          const posed = [0, 1, 2].map((i) => (joints[b + i] as number) - (joints[a + i] as number));
          largest = Math.max(largest, degreesBetween(mocap, posed));
        }
      }
      expect(largest).toBeLessThan(0.5);
    },
  );

  it.each(['02_02', '01_14'])('%s: by way of BVH, the same poses in the same places', (take) => {
    const { asf, motion, smpl } = readTake(take);
    const source = asfSegmentMotion(asf, motion);
    const count = source.segments.length;
    const rotations = new Float64Array(count * 9);
    const starts = new Float64Array(count * 3);
    const local = new Float64Array(9);
    const poses = new Float64Array(motion.frameCount * count * 6);
    const rootPositionsMetres = new Float64Array(motion.frameCount * 3);
    for (let frame = 0; frame < motion.frameCount; frame++) {
      source.poseFrame(frame, rotations, starts);
      rootPositionsMetres.set(starts.subarray(0, 3), frame * 3);
      asf.bones.forEach(({ parent }, bone) => {
        local.set(rotations.subarray(bone * 9, bone * 9 + 9));
        if (parent >= 0) {
          invertRotation(rotations, parent * 9, local, 0);
          composeRotations(local, 0, rotations, bone * 9, local, 0);
        }
        matrixToRotation6d(local, 0, poses, (frame * count + bone) * 6);
      });
    }
    const skeleton: Skeleton = {
      names: asf.bones.map(({ name }) => name),
      parents: Int32Array.from(asf.bones, ({ parent }) => parent),
      restJointsMetres: Float64Array.from(source.segments.flatMap(({ restStartMetres }) => restStartMetres)),
    };
    const metresPerUnit = asf.metresPerUnit;
    const text = writeBvh(poses, { skeleton, rootPositionsMetres, metresPerUnit, framesPerSecond: 10 });
    const again = retargetToSmpl(bvhSegmentMotion(readBvh(text, { metresPerUnit, file: `${take}.bvh` })));
    let largest = 0;
    const other = new Float64Array(9);
    for (let row = 0; row < smpl.pose6d.length; row += 6) {
      rotation6dToMatrix(smpl.pose6d, row, local, 0);
      rotation6dToMatrix(again.pose6d, row, other, 0);
      largest = Math.max(largest, geodesicDistanceRadians(local, 0, other, 0));
    }
    expect(largest).toBeLessThan(1e-4);
    const furthest = again.rootPositionsMetres.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (smpl.rootPositionsMetres[i] as number))),
      0,
    );
    expect(furthest).toBeLessThan(1e-5);
  });

  it('walks on the floor: the lower foot stays at one height, its sole level, as the pelvis moves on', () => {
    const { smpl } = readTake('02_01');
    const kinematics = createKinematics(SYNTHETIC_SKELETON);
    const joints = new Float64Array(72);
    const world = new Float64Array(216);
    const heights: number[] = [];
    const tilts: number[] = [];
    for (let frame = 0; frame < smpl.frameCount; frame++) {
      kinematics.jointsFromRotation6d(smpl.pose6d, frame * 144, joints, 0);
      kinematics.worldRotations(smpl.pose6d, frame * 144, world, 0);
      const height = (name: JointName): number =>
        (joints[jointIndex(name) * 3 + 1] as number) + (smpl.rootPositionsMetres[frame * 3 + 1] as number);
      const lower = height('left_foot') < height('right_foot') ? 'left' : 'right';
      heights.push(height(`${lower}_foot`));
      tilts.push((Math.acos(world[jointIndex(`${lower}_ankle`) * 9 + 4] as number) * 180) / Math.PI);
    }
    const median = (values: number[]): number =>
      values.sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
    expect(Math.max(...heights) - Math.min(...heights)).toBeLessThan(0.08);
    expect(Math.abs(median(heights))).toBeLessThan(0.05);
    expect(median(tilts)).toBeLessThan(12);
    const [first, last] = [smpl.rootPositionsMetres.subarray(0, 3), smpl.rootPositionsMetres.slice(-3)];
    const walked = Math.hypot(
      (last[0] as number) - (first[0] as number),
      (last[2] as number) - (first[2] as number),
    );
    expect(walked / (smpl.frameCount / 10)).toBeGreaterThan(0.8);
  });

  it('names the line where a take is cut off', () => {
    const asf = readAsf(text('02.asf'));
    const amc = text('02_01.amc');
    const cut = amc.slice(0, amc.indexOf('rfemur', 3000));
    expect(() => readAmc(cut, asf, '02_01.amc')).toThrow(MotionFileError);
    expect(() => readAmc(cut, asf, '02_01.amc')).toThrow(
      /^02_01\.amc:\d+: frame \d+: expected values of .*rfemur/,
    );
  });
});
