import type { Constraint } from '@pose-rft/text-pose';

/** A question about a pose, with what is needed to judge an answer. */
export interface PosePrompt {
  /** `text-to-pose`: the question describes a pose. `evidence-to-pose`: the question comes with an image's tokens. */
  readonly kind: 'text-to-pose' | 'evidence-to-pose';
  /** As `normaliseSentence` of `@pose-rft/text-pose` leaves it: words, `,` and `.`, separated by single spaces. */
  readonly question: string;
  /** [12, 128], see `jointEvidence`; present for `evidence-to-pose`. */
  readonly evidence?: Float32Array;
  /** What the caption states, or, for evidence, all facts that hold. Checked on joints in the body frame. */
  readonly constraints: readonly Constraint[];
  /**
   * [24, 3] metres, pelvis at the origin. For text in the body frame (root orientation identity); for evidence in the
   * camera's frame, in which the root may be turned about the vertical.
   */
  readonly targetJoints: Float32Array;
  /** [24, 6] rotations in layout `columns` that give `targetJoints` on the synthetic skeleton. */
  readonly targetPose6d: Float32Array;
}

/** A prompt and one answer to it, to learn from or to compare with. */
export interface PoseSample {
  readonly prompt: PosePrompt;
  /** Words and punctuation marks separated by single spaces; well formed, it ends with `<POSE> .` */
  readonly answer: string;
}

/** What stands for the pose in an answer. */
export const POSE_TOKEN = '<POSE>';
