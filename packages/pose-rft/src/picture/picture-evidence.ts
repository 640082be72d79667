import { JOINT_COUNT } from '@pose-rft/smpl';
import { POSE_FEATURE_COUNT, POSE_FEATURE_SIZE } from './pose-encoder.js';
import { PLACE_FEATURES } from './joint-reader.js';

const JOINTS_PER_SLOT = 2;
const TOKEN_SIZE = POSE_FEATURE_SIZE - PLACE_FEATURES;
const JOINT_SLOTS = JOINT_COUNT / JOINTS_PER_SLOT;
const SUMMARY_SIZE = (POSE_FEATURE_COUNT - JOINT_COUNT) * TOKEN_SIZE;
const PLACES_FROM = JOINTS_PER_SLOT * TOKEN_SIZE;

/** Image slots of a picture in the language model: two joints in each, and one for the encoder's summary. */
export const PICTURE_SLOTS = JOINT_SLOTS + 1;
/** Numbers in a slot: two tokens (or the summary), the place of every joint in columns of its own, and a constant. */
export const PICTURE_SLOT_SIZE = PLACES_FROM + PLACE_FEATURES * JOINT_COUNT + 1;

/**
 * An encoder's features of a picture as the slots of a language model. Slot t holds the tokens of joints 2t and 2t+1;
 * their places stand in columns that no other joint uses, because a row among others does not say which joint it is of.
 * The last slot holds the summary.
 *
 * @param features - [26, 100], see `PoseEncoder.encode`
 * @returns [13, 289]
 */
export function pictureEvidence(features: Float32Array): Float32Array {
  const evidence = new Float32Array(PICTURE_SLOTS * PICTURE_SLOT_SIZE);
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    const slot = Math.floor(joint / JOINTS_PER_SLOT) * PICTURE_SLOT_SIZE;
    const from = joint * POSE_FEATURE_SIZE;
    evidence.set(features.subarray(from, from + TOKEN_SIZE), slot + (joint % JOINTS_PER_SLOT) * TOKEN_SIZE);
    evidence.set(
      features.subarray(from + TOKEN_SIZE, from + POSE_FEATURE_SIZE),
      slot + PLACES_FROM + joint * PLACE_FEATURES,
    );
  }
  const last = JOINT_SLOTS * PICTURE_SLOT_SIZE;
  for (let token = 0; token < SUMMARY_SIZE / TOKEN_SIZE; token++) {
    const from = (JOINT_COUNT + token) * POSE_FEATURE_SIZE;
    evidence.set(features.subarray(from, from + TOKEN_SIZE), last + token * TOKEN_SIZE);
  }
  evidence[last + PICTURE_SLOT_SIZE - 1] = 1;
  return evidence;
}
