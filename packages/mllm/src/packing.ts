import { createAttentionLayout, keep, tensor2d, type AttentionLayout, type Tensor2D } from '@pose-rft/tensor';
import type { MllmConfig } from './config.js';
import { imageFeatureCount, splitImageFeatures } from './vision-input.js';
import type { ImageFeatures } from './vision/vision-encoder.js';
import { PromptError } from './prompt.js';

/** A run of tokens that stand in consecutive rows: a prompt, an answer to one, or both in one. */
export interface TokenSegment {
  readonly ids: readonly number[];
  /** The feature vectors of the `<image>` slots among `ids`, in their order: `imageFeatureCount(config)` an image. */
  readonly imageFeatures?: Float32Array | undefined;
  /** [poses * poseSize] the poses whose slots stand among `ids`, in their order; each takes `poseInput.tokenCount` slots. */
  readonly inputPoses6d?: Float32Array | undefined;
  /** Index of the segment that this one continues, and whose rows it attends to: its prompt. */
  readonly prefix?: number;
}

/** Segments of any lengths, one after the other without padding, ready for the decoder. */
export interface PackedSegments {
  readonly layout: AttentionLayout;
  /** The same rows for layers with a sliding window; undefined in a model without any. */
  readonly windowLayout: AttentionLayout | undefined;
  /** [N] for every row: a token id, `vocabularySize + s` for image slot s, or behind all S of them pose slot p. */
  readonly embeddingRows: Int32Array;
  /** float32 [S, imageFeatureSize] of all image slots; undefined without any, or if the model has a vision encoder. */
  readonly imageFeatures: Tensor2D | undefined;
  /** float32 [P, poseSize] of all poses in questions; undefined without any. */
  readonly inputPoses: Tensor2D | undefined;
  /** What the vision encoder's projectors take in, an entry an image; empty without one. */
  readonly images: readonly ImageFeatures[];
  dispose(): void;
}

/**
 * Packs segments; the caller disposes the result (a `tidy` does not).
 *
 * @param segments - in the order of their rows
 * @throws PromptError if a segment is empty or too long, an id is unknown, or image slots and features do not match
 */
export function packSegments(segments: readonly TokenSegment[], config: MllmConfig): PackedSegments {
  const rowCount = segments.reduce((sum, { ids }) => sum + ids.length, 0);
  const embeddingRows = new Int32Array(rowCount);
  const features: Float32Array[] = [];
  const inputPoses: Float32Array[] = [];
  let row = 0;
  let slotCount = 0;
  const poseSlotRows: number[] = [];
  segments.forEach((segment, index) => {
    checkSegment(segment, index, segments, config);
    for (const id of segment.ids) {
      embeddingRows[row] = id === config.tokenIds.image ? config.vocabularySize + slotCount++ : id;
      if (id === config.poseInput?.tokenId) poseSlotRows.push(row);
      row++;
    }
    if (segment.inputPoses6d !== undefined) inputPoses.push(segment.inputPoses6d);
    if (segment.imageFeatures !== undefined) features.push(segment.imageFeatures);
  });

  poseSlotRows.forEach((slotRow, slot) => {
    embeddingRows[slotRow] = config.vocabularySize + slotCount + slot;
  });
  const lengths = segments.map(({ ids, prefix }) => ({
    length: ids.length,
    ...(prefix === undefined ? {} : { prefix }),
  }));
  const layout = createAttentionLayout(lengths);
  const windowLayout =
    config.slidingWindow === null
      ? undefined
      : createAttentionLayout(lengths, { slidingWindow: config.slidingWindow.size });
  const images = config.vision === null ? [] : splitImageFeatures(config.vision, concatenate(features));
  const imageFeatures =
    slotCount === 0 || config.vision !== null
      ? undefined
      : keep(tensor2d(concatenate(features), [slotCount, config.imageFeatureSize], 'float32'));
  const poses =
    poseSlotRows.length === 0
      ? undefined
      : keep(tensor2d(concatenate(inputPoses), [inputPoses.reduce((sum, { length }) => sum + length, 0) / config.poseSize, config.poseSize], 'float32')); // prettier-ignore
  return {
    layout,
    windowLayout,
    embeddingRows,
    imageFeatures,
    inputPoses: poses,
    images,
    dispose() {
      poses?.dispose();
      layout.dispose();
      windowLayout?.dispose();
      imageFeatures?.dispose();
    },
  };
}

function checkSegment(
  segment: TokenSegment,
  index: number,
  segments: readonly TokenSegment[],
  config: MllmConfig,
): void {
  const { ids, imageFeatures, prefix } = segment;
  if (ids.length === 0)
    throw new PromptError(`packSegments: segment ${index} has no tokens; expected one or more.`);
  const length = ids.length + (prefix === undefined ? 0 : (segments[prefix]?.ids.length ?? 0));
  if (length > config.maxPositions)
    throw new PromptError(
      `packSegments: segment ${index} ends at position ${length}, but the model has ${config.maxPositions}; ` +
        'shorten the prompt or raise maxPositions in the configuration.',
    );
  let slotCount = 0;
  let poseSlotCount = 0;
  for (const id of ids) {
    if (!Number.isInteger(id) || id < 0 || id >= config.vocabularySize)
      throw new PromptError(
        `packSegments: segment ${index} holds the token id ${id}; expected an integer in ` +
          `[0, ${config.vocabularySize}). Was it encoded with this model's tokenizer?`,
      );
    if (id === config.tokenIds.image) slotCount++;
    if (id === config.poseInput?.tokenId) poseSlotCount++;
  }
  checkInputPoses(segment.inputPoses6d, poseSlotCount, index, config);
  const found = imageFeatures?.length ?? 0;
  if (config.vision !== null) checkImages(index, slotCount, found, config);
  const expected = config.vision === null ? slotCount * config.imageFeatureSize : found;
  if (found !== expected)
    throw new PromptError(
      `packSegments: segment ${index} has ${slotCount} <image> slots, so expected ${slotCount} x ` +
        `${config.imageFeatureSize} = ${expected} image features, found ${found}.`,
    );
  const broken = imageFeatures?.findIndex((value) => !Number.isFinite(value)) ?? -1;
  if (broken >= 0)
    throw new PromptError(
      `packSegments: image feature ${broken} of segment ${index} is ${imageFeatures?.[broken]}; expected finite numbers.`,
    );
}

function checkInputPoses(
  inputPoses6d: Float32Array | undefined,
  slotCount: number,
  index: number,
  { poseInput, poseSize }: MllmConfig,
): void {
  const found = inputPoses6d?.length ?? 0;
  const expected = (slotCount / (poseInput?.tokenCount ?? 1)) * poseSize;
  if (found !== expected)
    throw new PromptError(
      `packSegments: segment ${index} has ${slotCount} pose slots, ${poseInput?.tokenCount ?? 0} for a pose, so expected ` +
        `${expected} numbers of poses, found ${found}.` +
        (poseInput === null ? ' The configuration has no poseInput: this model reads no poses.' : ''),
    );
  const broken = inputPoses6d?.findIndex((value) => !Number.isFinite(value)) ?? -1;
  if (broken >= 0)
    throw new PromptError(
      `packSegments: number ${broken} of the poses of segment ${index} is ${inputPoses6d?.[broken]}; expected finite numbers.`,
    );
}

function checkImages(index: number, slotCount: number, found: number, config: MllmConfig): void {
  const imageCount = slotCount / config.imageTokenCount;
  const size = imageFeatureCount(config);
  if (found === imageCount * size) return;
  throw new PromptError(
    `packSegments: segment ${index} has ${slotCount} <image> slots, ${config.imageTokenCount} an image, and ${found} ` +
      `feature numbers, ${size} an image; expected as many images in both. promptWithImages puts images into a prompt.`,
  );
}

function concatenate(arrays: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const array of arrays) {
    joined.set(array, offset);
    offset += array.length;
  }
  return joined;
}
