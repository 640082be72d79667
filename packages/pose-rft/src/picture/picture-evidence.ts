import { JOINT_COUNT } from '@pose-rft/smpl';
import { match } from 'ts-pattern';
import { CROP_PIXELS } from './crop-size.js';
import { PLACE_FEATURES } from './joint-reader.js';
import type { DetectedKeypoint } from './movenet.js';
import type { PictureSenses } from './picture-senses.js';
import { POSE_FEATURE_COUNT, POSE_FEATURE_SIZE } from './pose-encoder.js';

/** What the senses say of one crop. */
export interface PictureSensation {
  /** [26, 100] features of the encoder, see `PoseEncoder.encode`. */
  readonly features?: Float32Array | undefined;
  /** [17] in pixels of the crop, COCO's order. */
  readonly keypoints?: readonly DetectedKeypoint[] | undefined;
}

/** Slots among a language model's tokens: so many, each of so many numbers. */
export interface SlotShape {
  readonly count: number;
  readonly size: number;
}

const JOINTS_PER_SLOT = 2;
const TOKEN_SIZE = POSE_FEATURE_SIZE - PLACE_FEATURES;
const JOINT_SLOTS = JOINT_COUNT / JOINTS_PER_SLOT;
const SUMMARY_TOKENS = POSE_FEATURE_COUNT - JOINT_COUNT;
const PLACES_FROM = JOINTS_PER_SLOT * TOKEN_SIZE;

/** Two joints in each slot, and one slot for the summary: two tokens, the place of every joint, and a constant. */
const ENCODER_SLOTS: SlotShape = {
  count: JOINT_SLOTS + 1,
  size: PLACES_FROM + PLACE_FEATURES * JOINT_COUNT + 1,
};

const KEYPOINTS = 17;
const KEYPOINTS_PER_SLOT = 2;
/** x, y, score, 1. */
const KEYPOINT_FEATURES = 4;
const KEYPOINT_SLOTS: SlotShape = {
  count: Math.ceil(KEYPOINTS / KEYPOINTS_PER_SLOT),
  size: KEYPOINTS * KEYPOINT_FEATURES,
};
/** Brings the places of a crop, which reach from -1 to 1, to unit scale. */
const PLACE_SCALE = 2;

/** The slots of one picture. */
export function pictureSlots(senses: PictureSenses): SlotShape {
  return match(senses)
    .with('encoder', () => ENCODER_SLOTS)
    .with('keypoints', () => KEYPOINT_SLOTS)
    .with('both', () => ({
      count: ENCODER_SLOTS.count + KEYPOINT_SLOTS.count,
      size: ENCODER_SLOTS.size + KEYPOINT_SLOTS.size,
    }))
    .exhaustive();
}

/** The senses whose slots have a shape; undefined if there are none such. */
export function sensesOfSlots({ count, size }: SlotShape): PictureSenses | undefined {
  return (['encoder', 'keypoints', 'both'] as const).find((senses) => {
    const slots = pictureSlots(senses);
    return slots.count === count && slots.size === size;
  });
}

/**
 * What the senses say of a picture as the slots of a language model. A row among others does not say what it is of, so
 * every joint's and every keypoint's place stands in columns of its own, and so do the two senses.
 *
 * @returns [count, size] of {@link pictureSlots}
 * @throws TypeError if a sense says nothing
 */
export function pictureEvidence(senses: PictureSenses, sensation: PictureSensation): Float32Array {
  const { count, size } = pictureSlots(senses);
  const evidence = new Float32Array(count * size);
  let row = 0;
  if (senses !== 'keypoints') {
    if (sensation.features === undefined) throw new TypeError('pictureEvidence: the encoder says nothing.');
    writeFeatures(evidence, size, sensation.features);
    row = ENCODER_SLOTS.count;
  }
  if (senses !== 'encoder') {
    if (sensation.keypoints === undefined) throw new TypeError('pictureEvidence: there are no keypoints.');
    writeKeypoints(evidence, row * size, size, size - KEYPOINT_SLOTS.size, sensation.keypoints);
  }
  return evidence;
}

function writeFeatures(evidence: Float32Array, size: number, features: Float32Array): void {
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    const slot = Math.floor(joint / JOINTS_PER_SLOT) * size;
    const from = joint * POSE_FEATURE_SIZE;
    const token = features.subarray(from, from + TOKEN_SIZE);
    const place = features.subarray(from + TOKEN_SIZE, from + POSE_FEATURE_SIZE);
    evidence.set(token, slot + (joint % JOINTS_PER_SLOT) * TOKEN_SIZE);
    evidence.set(place, slot + PLACES_FROM + joint * PLACE_FEATURES);
  }
  const last = JOINT_SLOTS * size;
  for (let token = 0; token < SUMMARY_TOKENS; token++) {
    const from = (JOINT_COUNT + token) * POSE_FEATURE_SIZE;
    evidence.set(features.subarray(from, from + TOKEN_SIZE), last + token * TOKEN_SIZE);
  }
  evidence[last + ENCODER_SLOTS.size - 1] = 1;
}

function writeKeypoints(
  evidence: Float32Array,
  start: number,
  size: number,
  firstColumn: number,
  keypoints: readonly DetectedKeypoint[],
): void {
  keypoints.forEach(({ x, y, score }, index) => {
    const slot = start + Math.floor(index / KEYPOINTS_PER_SLOT) * size;
    const place = (pixels: number): number => PLACE_SCALE * ((2 * pixels) / CROP_PIXELS - 1);
    evidence.set([place(x), place(y), score, 1], slot + firstColumn + index * KEYPOINT_FEATURES);
  });
}
