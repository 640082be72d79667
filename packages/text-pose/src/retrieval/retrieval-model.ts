import type { Random } from '@pose-rft/random';
import { matMul, tensor2d, tidy, type ParameterStore, type Scalar, type Tensor2D } from '@pose-rft/tensor';
import { contrastiveLoss, EmbeddingShapeError } from './contrastive-loss.js';
import { linearLayer } from './linear-layer.js';
import { normaliseRows } from './normalise-rows.js';
import { encodePoseFeatures } from './pose-encoder.js';
import { countPoses, createPoseFeatures, POSE_6D_SIZE, poseFeatureSize } from './pose-features.js';
import { parseRetrievalConfig, type RetrievalConfig } from './retrieval-config.js';
import {
  createRetrievalParameters,
  LOG_SCALE,
  POSE_PROJECTION,
  TEXT_PROJECTION,
} from './retrieval-parameters.js';
import type { SentenceFeatures } from './sentence-features.js';
import { createTextEncoder, type TextEncoder } from './text-encoder.js';

/**
 * How well each text describes the pose of the same index: the cosine of their embeddings, in [-1, 1].
 *
 * @param texts - N
 * @param poses6d - [N, 24, 6] rotations in layout `columns`; the pelvis's is ignored
 * @returns [N]
 */
export type TextPoseSimilarity = (texts: readonly string[], poses6d: Float32Array) => Float32Array;

/** A text encoder and a pose encoder into one space, where a text lies near the poses that it describes. */
export interface RetrievalModel {
  readonly config: RetrievalConfig;
  readonly parameters: ParameterStore;
  /** [N, embeddingSize] rows of length 1; equal texts are encoded once. */
  embedTexts(texts: readonly string[]): Float32Array;
  /**
   * [N, 24, 6] to [N, embeddingSize], rows of length 1.
   * @throws PoseBatchError unless the array holds whole poses of finite numbers
   */
  embedPoses(poses6d: Float32Array): Float32Array;
  /**
   * @throws PoseBatchError as `embedPoses`
   * @throws EmbeddingShapeError unless there are as many poses as texts
   */
  readonly similarity: TextPoseSimilarity;
  /**
   * The contrastive loss of a batch of pairs, for `valueAndGradients`; see `trainRetrieval`. Call `release` after the
   * gradients.
   */
  batchLoss(
    texts: readonly string[],
    poses6d: Float32Array,
  ): {
    readonly loss: Scalar;
    readonly texts: Tensor2D;
    readonly poses: Tensor2D;
    readonly release: () => void;
  };
  /** Frees the parameters and the encoder's constants. */
  dispose(): void;
}

/** What a model is made of; a checkpoint gives it whole. */
export interface RetrievalModelParts {
  readonly config: RetrievalConfig;
  /** The model owns it from now on. */
  readonly parameters: ParameterStore;
  /** For `text.kind` `sentence-encoder`, whose texts must be added to it before they are used. */
  readonly sentenceFeatures?: SentenceFeatures;
}

const TEXTS_PER_CALL = 64;
const POSES_PER_CALL = 1024;

/**
 * A retrieval model with random parameters, to be trained by `trainRetrieval`. The caller disposes it.
 *
 * @throws RetrievalConfigError if the configuration describes no model
 * @throws SentenceFeaturesError if a sentence encoder is configured and not given
 * @example
 * ```ts
 * import { createRandom } from '@pose-rft/random';
 * import { useBackend } from '@pose-rft/tensor';
 * import { createRetrievalModel } from '@pose-rft/text-pose/retrieval';
 *
 * await useBackend('cpu');
 * const model = createRetrievalModel({
 *   config: {
 *     embeddingSize: 16,
 *     text: {
 *       kind: 'convolution', bucketCount: 256, wordSize: 8, windowSize: 3, filterCount: 16, hiddenSize: 16,
 *       maximumWords: 64, skippedWords: ['the'],
 *     },
 *     pose: { features: 'joint-positions', hiddenSize: 16, layerCount: 1 },
 *   },
 *   random: createRandom(1),
 * });
 * const upright = Float32Array.from({ length: 144 }, (_, index) => (index % 6 === 0 || index % 6 === 4 ? 1 : 0));
 * const [cosine = NaN] = model.similarity(['the arms are stretched out'], upright);
 * console.assert(cosine >= -1 && cosine <= 1);
 * model.dispose();
 * ```
 */
export function createRetrievalModel(options: {
  readonly config: RetrievalConfig;
  readonly random: Random;
  readonly sentenceFeatures?: SentenceFeatures;
}): RetrievalModel {
  const config = parseRetrievalConfig(options.config);
  const parameters = createRetrievalParameters(config, options.random);
  const { sentenceFeatures } = options;
  return retrievalModelOf({
    config,
    parameters,
    ...(sentenceFeatures === undefined ? {} : { sentenceFeatures }),
  });
}

/** The model of given parts. @throws SentenceFeaturesError as `createRetrievalModel`; the parameters are freed then */
export function retrievalModelOf(parts: RetrievalModelParts): RetrievalModel {
  const { config, parameters } = parts;
  const { embeddingSize } = config;
  const textEncoder = textEncoderOf(parts);
  const featuresOf = createPoseFeatures(config.pose.features);
  const featureSize = poseFeatureSize(config.pose.features);

  const project = (name: string, rows: Tensor2D): Tensor2D =>
    normaliseRows(linearLayer(parameters, name, rows));

  function textRows(texts: readonly string[]): { readonly rows: Tensor2D; readonly release: () => void } {
    const { features, release } = textEncoder.encode(texts);
    return { rows: project(TEXT_PROJECTION, features), release };
  }

  function poseRows(poses6d: Float32Array): Tensor2D {
    const features = tensor2d(featuresOf(poses6d), [countPoses(poses6d), featureSize]);
    return project(POSE_PROJECTION, encodePoseFeatures(config.pose, parameters, features));
  }

  function embedTexts(texts: readonly string[]): Float32Array {
    const distinct = [...new Set(texts)];
    const rowOfText = new Map(distinct.map((text, index) => [text, index]));
    const rows = new Float32Array(distinct.length * embeddingSize);
    for (let start = 0; start < distinct.length; start += TEXTS_PER_CALL) {
      let free = (): void => {};
      const values = tidy(() => {
        const encoded = textRows(distinct.slice(start, start + TEXTS_PER_CALL));
        free = encoded.release;
        return encoded.rows.dataSync<'float32'>().slice();
      });
      free();
      rows.set(values, start * embeddingSize);
    }
    const embeddings = new Float32Array(texts.length * embeddingSize);
    texts.forEach((text, index) => {
      const at = (rowOfText.get(text) as number) * embeddingSize;
      embeddings.set(rows.subarray(at, at + embeddingSize), index * embeddingSize);
    });
    return embeddings;
  }

  function embedPoses(poses6d: Float32Array): Float32Array {
    const count = countPoses(poses6d);
    const embeddings = new Float32Array(count * embeddingSize);
    for (let start = 0; start < count; start += POSES_PER_CALL) {
      const end = Math.min(count, start + POSES_PER_CALL);
      const part = poses6d.subarray(start * POSE_6D_SIZE, end * POSE_6D_SIZE);
      embeddings.set(
        tidy(() => poseRows(part).dataSync<'float32'>().slice()),
        start * embeddingSize,
      );
    }
    return embeddings;
  }

  function requirePairs(operation: string, texts: readonly string[], poses6d: Float32Array): void {
    if (countPoses(poses6d) !== texts.length)
      throw new EmbeddingShapeError(
        `${operation}: expected a pose for each of the ${texts.length} texts, found ${countPoses(poses6d)}. ` +
          'Repeat the text for several poses of it.',
      );
  }

  return {
    config,
    parameters,
    embedTexts,
    embedPoses,
    similarity(texts, poses6d) {
      requirePairs('similarity', texts, poses6d);
      return rowwiseCosine(embedTexts(texts), embedPoses(poses6d), embeddingSize);
    },
    batchLoss(texts, poses6d) {
      requirePairs('batchLoss', texts, poses6d);
      const { rows, release } = textRows(texts);
      const poses = poseRows(poses6d);
      return {
        loss: contrastiveLoss(rows, poses, parameters.get(LOG_SCALE) as Scalar),
        texts: rows,
        poses,
        release,
      };
    },
    dispose() {
      textEncoder.dispose();
      parameters.dispose();
    },
  };
}

/** The encoder; without one there is no model to dispose, so the parameters go too. */
function textEncoderOf({ config, parameters, sentenceFeatures }: RetrievalModelParts): TextEncoder {
  try {
    return createTextEncoder(config.text, parameters, sentenceFeatures);
  } catch (error) {
    parameters.dispose();
    throw error;
  }
}

/** [N] dot products of rows of length 1; rounding may not carry them out of [-1, 1]. */
function rowwiseCosine(first: Float32Array, second: Float32Array, size: number): Float32Array {
  const cosines = new Float32Array(first.length / size);
  for (let row = 0; row < cosines.length; row++) {
    let dot = 0;
    for (let index = row * size; index < (row + 1) * size; index++)
      dot += (first[index] as number) * (second[index] as number);
    cosines[row] = Math.min(1, Math.max(-1, dot));
  }
  return cosines;
}

/** The shares of texts whose own pose, and of poses whose own text, is the nearest of a batch. */
export function batchAccuracy(
  texts: Tensor2D,
  poses: Tensor2D,
): { readonly poseOfText: number; readonly textOfPose: number } {
  const similarities = tidy(() => matMul(texts, poses, false, true).dataSync<'float32'>().slice());
  const count = texts.shape[0];
  let poseHits = 0;
  let textHits = 0;
  for (let pair = 0; pair < count; pair++) {
    const own = similarities[pair * count + pair] as number;
    let nearestPose = true;
    let nearestText = true;
    for (let other = 0; other < count; other++) {
      if (other === pair) continue;
      if ((similarities[pair * count + other] as number) >= own) nearestPose = false;
      if ((similarities[other * count + pair] as number) >= own) nearestText = false;
    }
    if (nearestPose) poseHits++;
    if (nearestText) textHits++;
  }
  return { poseOfText: poseHits / count, textOfPose: textHits / count };
}
