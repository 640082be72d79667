import {
  createVisionParameters,
  createVisionTower,
  patchGrid,
  planVisionTower,
  visionPreset,
  type ParameterPlan,
  type PixelValues,
  type VisionTower,
  type VisionTransformerConfig,
} from '@pose-rft/mllm';
import type { Random } from '@pose-rft/random';
import { JOINT_COUNT } from '@pose-rft/smpl';
import { tidy, type ParameterStore } from '@pose-rft/tensor';
import { CROP_PIXELS } from './crop-size.js';
import {
  PLACE_FEATURES,
  planJointReader,
  readJoints,
  type JointReaderShape,
  type JointReading,
  type TokenPlaces,
} from './joint-reader.js';
import { planTowerStart } from './tower-start.js';

/** The pose-aware encoder's tower: HMR2.0's vision transformer, small: 128 x 96 pixels, 8 x 6 patches of 16. */
export const POSE_TOWER: VisionTransformerConfig = Object.freeze({
  ...visionPreset('small-hmr2'),
  hiddenSize: 96,
  intermediateSize: 192,
  layerCount: 4,
  headCount: 4,
  activation: 'quick_gelu',
});

/** What precedes the tower's parameters, as `planVisionTower` has it for the family. */
const TOWER_PREFIX = 'pose_tower.backbone';
const READER: JointReaderShape = { tokenSize: POSE_TOWER.hiddenSize, summarySize: 2 * POSE_TOWER.hiddenSize };
/** Numbers in a feature vector: a tower's token and a place. */
export const POSE_FEATURE_SIZE = READER.tokenSize + PLACE_FEATURES;
/** The summary comes as feature vectors too, cut to a token's length. */
const SUMMARY_TOKENS = READER.summarySize / READER.tokenSize;
/** Feature vectors of a picture: one a joint, and the summary's. */
export const POSE_FEATURE_COUNT = JOINT_COUNT + SUMMARY_TOKENS;
/** Pictures encoded at once. */
const ENCODED_AT_ONCE = 32;

/** What the encoder itself says of a picture: what it was taught to say, not what a language model makes of it. */
export interface EncoderReading {
  /** [24, 2] pixels of the crop. */
  readonly keypointsPixels: Float32Array;
  /** [24, 3] metres, pelvis at the origin, camera's axes. */
  readonly jointsMetres: Float32Array;
  /** [144], layout `columns`. */
  readonly pose6d: Float32Array;
}

/** The pose-aware encoder: a vision transformer and a reader that pools its tokens by joint. */
export interface PoseEncoder {
  readonly parameters: ParameterStore;
  /** Differentiable, as tensors that the caller's tidy owns. */
  read(crops: readonly PixelValues[]): JointReading;
  /** [26, 100] of each crop, row-major: the frozen features that a language model sees. */
  encode(crops: readonly PixelValues[]): readonly Float32Array[];
  readings(crops: readonly PixelValues[]): readonly EncoderReading[];
  dispose(): void;
}

/** Every parameter of the encoder. */
export function planPoseEncoder(start: {
  readonly jointsMetres: Float32Array;
  readonly pose6d: Float32Array;
}): Readonly<Record<string, ParameterPlan>> {
  return { ...planVisionTower(POSE_TOWER), ...planJointReader(READER, start) };
}

/**
 * A fresh encoder that learns.
 *
 * @param options.pictures - some crops, for the scale of what the first layer sees
 * @param options.jointsMetres - [72] where its joints start, and `pose6d` [144] its rotations
 */
export function createPoseEncoder(options: {
  readonly random: Random;
  readonly pictures: readonly PixelValues[];
  readonly jointsMetres: Float32Array;
  readonly pose6d: Float32Array;
}): PoseEncoder {
  const plan = { ...planPoseEncoder(options), ...planTowerStart(POSE_TOWER, TOWER_PREFIX, options.pictures) };
  return poseEncoderOf(createVisionParameters(plan, options.random, { trainable: () => true }));
}

/** An encoder of its parameters, which it owns. */
export function poseEncoderOf(parameters: ParameterStore): PoseEncoder {
  const tower = createVisionTower({ config: POSE_TOWER, parameters });
  const places = placesOf(tower);
  const read = (crops: readonly PixelValues[]): JointReading =>
    readJoints(parameters, READER, places, tower.features(crops));

  /** Plain numbers of each crop out of a batch's tensors. */
  function each<Result>(
    crops: readonly PixelValues[],
    visit: (numbers: ReadNumbers, row: number) => Result,
  ): readonly Result[] {
    const results: Result[] = [];
    for (let first = 0; first < crops.length; first += ENCODED_AT_ONCE) {
      const batch = crops.slice(first, first + ENCODED_AT_ONCE);
      const numbers = tidy(() => {
        const reading = read(batch);
        return {
          jointTokens: reading.jointTokens.dataSync<'float32'>(),
          summary: reading.summary.dataSync<'float32'>(),
          keypoints: reading.keypoints.dataSync<'float32'>(),
          joints: reading.joints.dataSync<'float32'>(),
          pose6d: reading.pose6d.dataSync<'float32'>(),
        };
      });
      batch.forEach((_, row) => results.push(visit(numbers, row)));
    }
    return results;
  }

  return {
    parameters,
    read,
    encode: (crops) => each(crops, featuresOf),
    readings: (crops) =>
      each(crops, ({ keypoints, joints, pose6d }, row) => ({
        keypointsPixels: rowOf(keypoints, row, 2 * JOINT_COUNT).map(
          (place) => ((place + 1) * CROP_PIXELS) / 2,
        ),
        jointsMetres: rowOf(joints, row, 3 * JOINT_COUNT),
        pose6d: rowOf(pose6d, row, 6 * JOINT_COUNT),
      })),
    dispose: () => parameters.dispose(),
  };
}

type ReadNumbers = Readonly<
  Record<'jointTokens' | 'summary' | 'keypoints' | 'joints' | 'pose6d', Float32Array>
>;

/** A picture's feature vectors: its joints', then the summary's, whose places hold the constant alone. */
function featuresOf({ jointTokens, summary }: ReadNumbers, row: number): Float32Array {
  const { tokenSize, summarySize } = READER;
  const features = new Float32Array(POSE_FEATURE_COUNT * POSE_FEATURE_SIZE);
  features.set(rowOf(jointTokens, row, JOINT_COUNT * POSE_FEATURE_SIZE));
  for (let token = 0; token < SUMMARY_TOKENS; token++) {
    const at = (JOINT_COUNT + token) * POSE_FEATURE_SIZE;
    const from = row * summarySize + token * tokenSize;
    features.set(summary.subarray(from, from + tokenSize), at);
    features[at + tokenSize + 2] = 1;
  }
  return features;
}

function rowOf(values: Float32Array, row: number, size: number): Float32Array {
  return values.slice(row * size, (row + 1) * size);
}

/** The middles of a tower's patches in units in which the crop reaches from -1 to 1. */
function placesOf({ config, tokenCount }: VisionTower): TokenPlaces {
  const { patchSize, patchPaddingPixels, sideCropPixels, imageHeight, imageWidth } = config;
  const { columns } = patchGrid(config);
  const centres = new Float32Array(2 * tokenCount);
  for (let token = 0; token < tokenCount; token++) {
    const middle = (index: number): number => (index + 0.5) * patchSize - patchPaddingPixels;
    const x = sideCropPixels + middle(token % columns);
    const y = middle(Math.floor(token / columns));
    centres[2 * token] = (2 * x) / imageWidth - 1;
    centres[2 * token + 1] = (2 * y) / imageHeight - 1;
  }
  return { count: tokenCount, centres };
}

/** Which patch of the encoder's tower a place of the crop is in; -1 for a place that the tower does not see. */
export function patchAt(xPixels: number, yPixels: number): number {
  const { patchSize, patchPaddingPixels, sideCropPixels } = POSE_TOWER;
  const { rows, columns } = patchGrid(POSE_TOWER);
  const column = Math.floor((xPixels - sideCropPixels + patchPaddingPixels) / patchSize);
  const row = Math.floor((yPixels + patchPaddingPixels) / patchSize);
  return column >= 0 && column < columns && row >= 0 && row < rows ? row * columns + column : -1;
}
