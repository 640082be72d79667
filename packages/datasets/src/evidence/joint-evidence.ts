import { JOINT_COUNT, PARENTS } from '@pose-rft/smpl';
import type { Random } from '@pose-rft/random';

/** Evidence of one pose: this many image tokens, two joints in each. */
export const EVIDENCE_TOKENS = 12;

/** The numbers in one image token. */
export const EVIDENCE_FEATURES = 128;

/** Standard deviation of the noise on each image coordinate, unless told otherwise. */
export const DEFAULT_EVIDENCE_NOISE_METRES = 0.012;

const FEATURES_PER_JOINT = 5;
const JOINTS_PER_TOKEN = JOINT_COUNT / EVIDENCE_TOKENS;
/** Bring positions, and the shorter bones, to about unit scale. */
const POSITION_SCALE = 2;
const BONE_SCALE = 6;

/** Thrown when joints are not 24 finite positions. */
export class JointEvidenceError extends Error {
  override readonly name = 'JointEvidenceError';
}

/**
 * What a keypoint detector would hand a multimodal model of one image: the joints seen from the front without
 * perspective (depth is lost), with Gaussian noise on each coordinate, laid out as {@link EVIDENCE_TOKENS} image tokens
 * of {@link EVIDENCE_FEATURES} numbers. Token t holds joints 2t and 2t+1. Joint j has features 5j to 5j+4 of its token,
 * columns that no other joint uses:
 *
 * | feature     | value                                                                            |
 * | ----------- | -------------------------------------------------------------------------------- |
 * | 5j          | 1: normalising layers remove a token's scale, and a constant lets it be recovered |
 * | 5j+1, 5j+2  | 2 x and 2 y, metres from the pelvis                                              |
 * | 5j+3, 5j+4  | 6 (x - parent's x) and 6 (y - parent's y), metres                                |
 *
 * All other features are 0.
 *
 * @param joints - [24, 3] positions in the camera's frame, metres, pelvis at the origin (x to the image's right, y up)
 * @param noiseMetres - standard deviation of the noise on each coordinate, >= 0
 * @returns [12, 128], row-major
 * @throws JointEvidenceError if `joints` is not 72 finite numbers, or the noise is negative or not finite
 * @example
 * ```ts
 * import { jointEvidence } from '@pose-rft/datasets';
 * import { createRandom } from '@pose-rft/random';
 * import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 *
 * const evidence = jointEvidence(SYNTHETIC_SKELETON.restJointsMetres, createRandom(3));
 * console.assert(evidence.length === 12 * 128);
 * ```
 */
export function jointEvidence(
  joints: Float32Array | Float64Array,
  random: Random,
  noiseMetres: number = DEFAULT_EVIDENCE_NOISE_METRES,
): Float32Array {
  assertJoints(joints);
  if (!(noiseMetres >= 0 && noiseMetres < Infinity))
    throw new JointEvidenceError(
      `The noise is ${noiseMetres} m; expected a finite number >= 0 (default ${DEFAULT_EVIDENCE_NOISE_METRES}).`,
    );
  const image = new Float64Array(2 * JOINT_COUNT);
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    image[2 * joint] = (joints[3 * joint] as number) + noiseMetres * random.normal();
    image[2 * joint + 1] = (joints[3 * joint + 1] as number) + noiseMetres * random.normal();
  }
  const evidence = new Float32Array(EVIDENCE_TOKENS * EVIDENCE_FEATURES);
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    const parent = Math.max(0, PARENTS[joint] as number);
    const x = image[2 * joint] as number;
    const y = image[2 * joint + 1] as number;
    const token = Math.floor(joint / JOINTS_PER_TOKEN);
    const start = token * EVIDENCE_FEATURES + joint * FEATURES_PER_JOINT;
    evidence[start] = 1;
    evidence[start + 1] = POSITION_SCALE * x;
    evidence[start + 2] = POSITION_SCALE * y;
    evidence[start + 3] = BONE_SCALE * (x - (image[2 * parent] as number));
    evidence[start + 4] = BONE_SCALE * (y - (image[2 * parent + 1] as number));
  }
  return evidence;
}

function assertJoints(joints: Float32Array | Float64Array): void {
  if (joints.length !== 3 * JOINT_COUNT)
    throw new JointEvidenceError(
      `Evidence needs ${JOINT_COUNT} joints (${3 * JOINT_COUNT} numbers), got ${joints.length} numbers.`,
    );
  const bad = joints.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new JointEvidenceError(`joints[${bad}] is ${joints[bad]}: every coordinate must be finite.`);
}
