import type { Random } from '@pose-rft/random';
import { mirrorPose } from '@pose-rft/smpl';
import {
  cosineSchedule,
  createAdamW,
  dispose,
  scalar,
  tensor1d,
  valueAndGradients,
  type AdamW,
  type Schedule,
} from '@pose-rft/tensor';
import { LARGEST_LOG_SCALE } from './contrastive-loss.js';
import { countPoses, createPoseFeatures, POSE_6D_SIZE, poseFeatureSize } from './pose-features.js';
import { batchAccuracy, type RetrievalModel } from './retrieval-model.js';
import { FEATURE_DEVIATION, FEATURE_MEAN, isDecayed, LOG_SCALE } from './retrieval-parameters.js';
import { swapSides } from './swap-sides.js';

/** Poses, and what may be said of each. */
export interface RetrievalPairs {
  /** [N, 24, 6] rotations in layout `columns`. */
  readonly poses6d: Float32Array;
  /** A text for one of the poses. It is asked anew each time the pose is drawn, so that it may vary its words. */
  readonly textOf: (pose: number, random: Random) => string;
}

export interface RetrievalTrainingOptions {
  /** Trained in place. */
  readonly model: RetrievalModel;
  readonly pairs: RetrievalPairs;
  /** Step s draws from streams named by s alone: a resumed run continues the interrupted one. */
  readonly random: Random;
  /** Of the whole run. */
  readonly steps: number;
  /** Pairs in a step, each the others' negatives; default 256. */
  readonly batchSize?: number;
  /** By step; default: 2e-3 after 40 steps of warm-up (at most a tenth of all), to 0 along a cosine. */
  readonly learningRate?: Schedule;
  /** Of matrices, decoupled; default 0.02. */
  readonly weightDecay?: number;
  /**
   * Mirror images, left and right exchanged in the words: `random` puts them in place of half of the pairs, `beside` puts
   * each beside its pair, whose hardest negative it is: nothing else tells the sides apart as quickly. Default `none`.
   */
  readonly mirror?: MirrorUse;
  /** To continue a run: the step to begin with, and the optimiser as it was. */
  readonly startStep?: number;
  readonly optimizer?: AdamW;
  readonly signal?: AbortSignal;
}

export type MirrorUse = 'none' | 'random' | 'beside';

/** What one step did. */
export interface RetrievalStep {
  /** Counted from 1. */
  readonly step: number;
  /** Nats, before the step. */
  readonly loss: number;
  /** Share of the batch's texts whose own pose is nearest, and the converse. */
  readonly poseOfText: number;
  readonly textOfPose: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** The inverse temperature after the step. */
  readonly scale: number;
}

/** Thrown for training options, or data, that make no sense. */
export class RetrievalTrainingError extends Error {
  override readonly name = 'RetrievalTrainingError';
}

/** The optimiser that {@link trainRetrieval} uses unless it is given one; make it yourself to save its state. */
export function createRetrievalOptimizer(model: RetrievalModel, weightDecay = 0.02): AdamW {
  return createAdamW({ beta2: 0.98, weightDecay, decays: isDecayed(model.config), maxGradientNorm: 1 });
}

/**
 * Trains a retrieval model by the symmetric contrastive loss, one report a step. A model that was never trained
 * has the mean and the deviation of its pose features measured first, on these poses. Deterministic: seed, model, data
 * and backend give the same parameters bit for bit.
 *
 * @throws RetrievalTrainingError for senseless options, fewer poses than a batch, or a gradient that is not finite
 * @throws PoseBatchError if the poses are not whole and finite
 * @example
 * ```ts
 * import { createRandom } from '@pose-rft/random';
 * import { useBackend } from '@pose-rft/tensor';
 * import { createRetrievalModel, frequentWords, trainRetrieval } from '@pose-rft/text-pose/retrieval';
 *
 * await useBackend('wasm');
 * const texts = ['left knee bent', 'both arms up', 'torso leaning back', 'standing upright'];
 * const poses6d = createRandom(1).fillNormal(new Float32Array(4 * 144)); // in place of real ones
 * const model = createRetrievalModel({
 *   config: {
 *     embeddingSize: 8,
 *     text: {
 *       kind: 'transformer', hiddenSize: 16, layerCount: 1, headCount: 2, intermediateSize: 16, neighbours: true,
 *       maximumWords: 16, vocabulary: frequentWords(texts), skippedWords: [],
 *     },
 *     pose: { features: 'body-rotations', hiddenSize: 16, layerCount: 1 },
 *   },
 *   random: createRandom(2),
 * });
 * const pairs = { poses6d, textOf: (pose: number) => texts[pose] ?? '' };
 * const losses: number[] = [];
 * for await (const { loss } of trainRetrieval({ model, pairs, random: createRandom(3), steps: 40, batchSize: 4 }))
 *   losses.push(loss);
 * console.assert((losses.at(-1) ?? 1) < 0.2 * (losses[0] ?? 0));
 * model.dispose();
 * ```
 */
export async function* trainRetrieval(
  options: RetrievalTrainingOptions,
): AsyncGenerator<RetrievalStep, void, undefined> {
  const { model, pairs, random, signal, startStep = 0, mirror = 'none' } = options;
  const { steps, batchSize, learningRate, poseCount } = checkedOptions(options);
  const optimizer = options.optimizer ?? createRetrievalOptimizer(model, options.weightDecay);
  const drawBatch = createBatchDrawer({ pairs, poseCount, batchSize, random, mirror });
  if (!featuresAreMeasured(model)) measureFeatures(model, pairs.poses6d);
  try {
    for (let step = startStep; step < steps && signal?.aborted !== true; step++) {
      const { texts, poses6d } = drawBatch(step);
      const { loss, gradients, aux } = valueAndGradients(model.parameters, () => {
        const evaluated = model.batchLoss(texts, poses6d);
        const accuracy = batchAccuracy(evaluated.texts, evaluated.poses);
        return { loss: evaluated.loss, aux: { accuracy, release: evaluated.release } };
      });
      aux.release();
      const rate = learningRate(step);
      const { gradientNorm, applied } = optimizer.step(model.parameters, gradients, rate);
      dispose(gradients);
      if (!applied)
        throw new RetrievalTrainingError(
          `Step ${step + 1}: the loss is ${loss}, the gradient norm ${gradientNorm}; nothing was changed. ` +
            'Lower the learning rate.',
        );
      yield {
        step: step + 1,
        loss,
        ...aux.accuracy,
        gradientNorm,
        learningRate: rate,
        scale: Math.exp(clampLogScale(model)),
      };
    }
  } finally {
    if (options.optimizer === undefined) optimizer.dispose();
  }
}

function checkedOptions(options: RetrievalTrainingOptions): {
  steps: number;
  batchSize: number;
  learningRate: Schedule;
  poseCount: number;
} {
  const { steps, batchSize = 256, startStep = 0, pairs } = options;
  const poseCount = countPoses(pairs.poses6d);
  const demand = (name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void => {
    if (!Number.isInteger(value) || value < least || value > most)
      throw new RetrievalTrainingError(
        `trainRetrieval: ${name}: expected an integer from ${least} to ${most}, found ${value}.`,
      );
  };
  demand('steps', steps, 1);
  demand('startStep', startStep, 0, steps);
  demand('batchSize (at most the number of poses)', batchSize, 2, poseCount);
  if (options.mirror === 'beside' && batchSize % 2 !== 0)
    throw new RetrievalTrainingError(
      `trainRetrieval: batchSize: expected an even number with mirror images beside their pairs, found ${batchSize}.`,
    );
  const warmUpSteps = Math.min(40, Math.floor(steps / 10));
  const learningRate = options.learningRate ?? cosineSchedule({ peak: 2e-3, steps, warmUpSteps });
  return { steps, batchSize, learningRate, poseCount };
}

interface Batch {
  readonly texts: readonly string[];
  readonly poses6d: Float32Array;
}

/** Batches without repetition within an epoch, as functions of the step alone. */
function createBatchDrawer(options: {
  readonly pairs: RetrievalPairs;
  readonly poseCount: number;
  readonly batchSize: number;
  readonly random: Random;
  readonly mirror: MirrorUse;
}): (step: number) => Batch {
  const { pairs, poseCount, batchSize, random, mirror } = options;
  const drawn = mirror === 'beside' ? batchSize / 2 : batchSize;
  const batchesPerEpoch = Math.floor(poseCount / drawn);
  const all = Array.from({ length: poseCount }, (_, index) => index);
  let epoch = -1;
  let order: readonly number[] = all;
  return (step) => {
    const epochOfStep = Math.floor(step / batchesPerEpoch);
    if (epochOfStep !== epoch) {
      epoch = epochOfStep;
      order = random.split(`order ${epoch}`).shuffle(all);
    }
    const stream = random.split(`batch ${step}`);
    const first = (step % batchesPerEpoch) * drawn;
    const chosen = order.slice(first, first + drawn);
    const poses6d = new Float32Array(batchSize * POSE_6D_SIZE);
    const texts = chosen.map((pose, row) => {
      const at = pose * POSE_6D_SIZE;
      poses6d.set(pairs.poses6d.subarray(at, at + POSE_6D_SIZE), row * POSE_6D_SIZE);
      const text = pairs.textOf(pose, stream);
      if (mirror !== 'random' || stream.uniform() < 0.5) return text;
      mirrorPose(poses6d, row * POSE_6D_SIZE, poses6d, row * POSE_6D_SIZE);
      return swapSides(text);
    });
    if (mirror !== 'beside') return { texts, poses6d };
    for (let row = 0; row < drawn; row++)
      mirrorPose(poses6d, row * POSE_6D_SIZE, poses6d, (drawn + row) * POSE_6D_SIZE);
    return { texts: [...texts, ...texts.map(swapSides)], poses6d };
  };
}

/** A feature that hardly varies is not blown up. */
const SMALLEST_DEVIATION = 0.02;

function featuresAreMeasured({ parameters }: RetrievalModel): boolean {
  return parameters
    .get(FEATURE_DEVIATION)
    .dataSync<'float32'>()
    .some((deviation) => deviation !== 1);
}

function measureFeatures(model: RetrievalModel, poses6d: Float32Array): void {
  const { features: kind } = model.config.pose;
  const size = poseFeatureSize(kind);
  const features = createPoseFeatures(kind)(poses6d);
  const count = features.length / size;
  const sums = new Float64Array(size);
  features.forEach((value, index) => (sums[index % size] = (sums[index % size] as number) + value));
  const means = sums.map((sum) => sum / count);
  const squares = new Float64Array(size);
  features.forEach((value, index) => {
    const column = index % size;
    squares[column] = (squares[column] as number) + (value - (means[column] as number)) ** 2;
  });
  const deviations = squares.map((sum) => Math.max(SMALLEST_DEVIATION, Math.sqrt(sum / count)));
  model.parameters.replace(FEATURE_MEAN, tensor1d(Float32Array.from(means)));
  model.parameters.replace(FEATURE_DEVIATION, tensor1d(Float32Array.from(deviations)));
}

/** Keeps the scale of the logits within its bound, and returns its logarithm. */
function clampLogScale({ parameters }: RetrievalModel): number {
  const logScale = parameters.get(LOG_SCALE).dataSync()[0] as number;
  if (logScale <= LARGEST_LOG_SCALE) return logScale;
  parameters.replace(LOG_SCALE, scalar(LARGEST_LOG_SCALE));
  return LARGEST_LOG_SCALE;
}
