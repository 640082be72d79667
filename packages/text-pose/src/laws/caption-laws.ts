import { createRandom, type Random } from '@pose-rft/random';
import { axisAngleToRotation6d, JOINT_COUNT } from '@pose-rft/smpl';
import fc from 'fast-check';
import { captionPoseInDetail, type DetailedCaption } from '../detailed-caption/caption-pose-in-detail.js';
import { constraintKey, holdsForValue } from '../constraint/constraint.js';
import { labellingNoise } from '../detailed-caption/label-pose.js';
import { POSE_STRIDE } from '../posecode/measure.js';
import { measurePose } from '../posecode/measure-pose.js';
import { POSECODES } from '../posecode/posecodes.js';
import { uprightJoints } from '../posecode/upright-joints.js';
import type { Posecode } from '../posecode/posecode.js';
import { readCaption } from '../reading/read-caption.js';
import { law, type Law } from './law.js';

/** A captioner and a reader under test. */
export interface CaptionSubject {
  /** Describes the pose at `offset`; labels may be off by `noise` times `labellingNoise`. */
  caption(joints: Float64Array, offset: number, random: Random, noise: number): DetailedCaption;
  /** The keys (`constraintKey`) of what a text states. */
  read(text: string): readonly number[];
}

const OWN: CaptionSubject = {
  caption: (joints, offset, random, noise) => captionPoseInDetail(joints, offset, random, { noise }),
  read: (text) => readCaption(text).claims.map(({ constraint }) => constraintKey(constraint)),
};

/**
 * Upright joints of poses that a person could take, roughly: every joint turned by up to a radian and a half about each
 * axis, knees and elbows the right way, the whole body by up to a quarter turn about x and z.
 */
export const uprightPoseArbitrary: fc.Arbitrary<Float64Array> = fc.integer().map((seed) => {
  const random = createRandom(seed);
  const pose6d = new Float64Array(6 * JOINT_COUNT);
  const spread = random.pick([0.1, 0.3, 0.6]);
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    const turn = Float64Array.from([0, 1, 2], () => Math.max(-1.5, Math.min(1.5, spread * random.normal())));
    if (joint === 0)
      turn.set(random.uniform() < 0.6 ? [0, 0, 0] : [1.5 * random.normal(), 0, 0.3 * random.normal()]);
    if (joint === 1 || joint === 2) turn[0] = -1.8 * random.uniform();
    if (joint === 4 || joint === 5) turn.set([2.4 * random.uniform(), 0, 0]);
    if (joint === 16 || joint === 17) turn[2] = 1.5 * (2 * random.uniform() - 1);
    if (joint === 18 || joint === 19) turn.set([0, (joint === 18 ? -2.4 : 2.4) * random.uniform(), 0]);
    axisAngleToRotation6d(turn, 0, pose6d, 6 * joint);
  }
  const joints = new Float64Array(POSE_STRIDE);
  uprightJoints(pose6d, 0, joints, 0);
  return joints;
});

/**
 * What a captioner owes: it says only what is true, up to its tolerance; says the same for the same stream; reads the
 * pose at its offset; and can be read back, nothing lost and nothing invented.
 *
 * @param subject - a captioner and a reader; this package's own by default
 * @example
 * ```ts
 * import { captionLaws } from '@pose-rft/text-pose/laws';
 *
 * for (const law of captionLaws()) law.check({ numRuns: 5, seed: 1 });
 * ```
 */
export function captionLaws(subject: CaptionSubject = OWN): readonly Law[] {
  const inputs = fc.record({ joints: uprightPoseArbitrary, seed: fc.integer() });
  const slackOf = (posecode: number): number => labellingNoise((POSECODES[posecode] as Posecode).kind) + 1e-9;
  return [
    law(
      'a caption states only what is true, up to the tolerance of its labels',
      inputs,
      ({ joints, seed }) => {
        const values = measurePose(joints, 0);
        return subject
          .caption(joints, 0, createRandom(seed), 1)
          .constraints.every((one) =>
            holdsForValue(one, values[one.posecode] as number, slackOf(one.posecode)),
          );
      },
    ),
    law('without noise a caption states only what is exactly true', inputs, ({ joints, seed }) => {
      const values = measurePose(joints, 0);
      return subject
        .caption(joints, 0, createRandom(seed), 0)
        .constraints.every((one) => holdsForValue(one, values[one.posecode] as number));
    }),
    law('a caption is a function of the pose and the stream', inputs, ({ joints, seed }) => {
      const batch = new Float64Array(2 * POSE_STRIDE);
      batch.set(joints, POSE_STRIDE);
      const [alone, inBatch] = [
        subject.caption(joints, 0, createRandom(seed), 1),
        subject.caption(batch, POSE_STRIDE, createRandom(seed), 1),
      ];
      return alone.text === inBatch.text;
    }),
    law('a caption is read back: nothing lost, nothing invented', inputs, ({ joints, seed }) => {
      const { text, constraints } = subject.caption(joints, 0, createRandom(seed), 1);
      const read = new Set(subject.read(text));
      const stated = new Set(constraints.map(constraintKey));
      return read.size === stated.size && [...stated].every((key) => read.has(key));
    }),
  ];
}
