import { describe, expect, it } from 'vitest';
import { readAmass } from '../files/amass.js';
import { amassToSmpl, smplToAmass, writeAmass } from '../files/amass-motion.js';
import { readBvh } from '../files/bvh.js';
import { bvhSegmentMotion } from '../files/bvh-kinematics.js';
import { parsePoseJson, poseToJson } from '../files/pose-json.js';
import { retargetToSmpl } from '../files/retarget.js';
import { writeBvh } from '../files/write-bvh.js';
import { motionFileLaws, type MotionFileSubject } from './motion-file-laws.js';

const BVH: MotionFileSubject = {
  writeAndRead: ({ pose6d, ...options }) =>
    retargetToSmpl(bvhSegmentMotion(readBvh(writeBvh(pose6d, options)))),
};
const SUBJECTS: Readonly<Record<string, MotionFileSubject>> = {
  BVH,
  AMASS: {
    writeAndRead: (motion) => amassToSmpl(readAmass(writeAmass(smplToAmass(motion)))),
    // SMPL-H has fingers in the place of the two hands.
    joints: Array.from({ length: 22 }, (_, joint) => joint),
  },
  JSON: {
    writeAndRead: ({ pose6d, ...options }) => {
      const { rootPositionsMetres = new Float32Array(), ...rest } = parsePoseJson(
        poseToJson(pose6d, options),
      );
      return { ...rest, rootPositionsMetres };
    },
  },
};

describe.each(Object.entries(SUBJECTS))('the laws of %s files', (_, subject) => {
  it.each(motionFileLaws(subject))('$name', ({ check }) => {
    check({ numRuns: 15 });
  });
});

describe('the laws', () => {
  const broken = (subject: MotionFileSubject): string[] =>
    motionFileLaws(subject).flatMap(({ name, check }) => {
      try {
        check({ numRuns: 10, seed: 1 });
        return [];
      } catch {
        return [name];
      }
    });

  it('catch a swapped channel order, a forgotten unit and a lost frame', () => {
    const swapped: MotionFileSubject = {
      writeAndRead: ({ pose6d, ...options }) =>
        retargetToSmpl(
          bvhSegmentMotion(
            readBvh(writeBvh(pose6d, options).replaceAll('Zrotation Xrotation', 'Xrotation Zrotation')),
          ),
        ),
    };
    expect(broken(swapped)).toContain('rotations come back');
    const scaled: MotionFileSubject = {
      writeAndRead: (motion) => {
        const read = BVH.writeAndRead(motion);
        return { ...read, rootPositionsMetres: read.rootPositionsMetres.map((value) => value * 100) };
      },
    };
    expect(broken(scaled)).toEqual(['the root comes back to its places']);
    const short: MotionFileSubject = {
      writeAndRead: (motion) => ({ ...BVH.writeAndRead(motion), frameCount: 1 }),
    };
    expect(broken(short)).toEqual(['frames keep their number and their rate']);
  });
});
