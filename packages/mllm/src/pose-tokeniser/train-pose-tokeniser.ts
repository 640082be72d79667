import {
  add,
  createAdamW,
  dispose,
  keep,
  mean,
  mul,
  reshape,
  square,
  sub,
  tensor,
  tensor2d,
  tidy,
  valueAndGradients,
  type ParameterStore,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import type { Random } from '@pose-rft/random';
import { geodesicDistance, rotation6dToMatrix } from '@pose-rft/smpl/differentiable';
import { externalLoss } from '../external-loss.js';
import { ROTATION_SIZE } from '../rotation-size.js';
import type { PoseMeanLoss } from '../supervised.js';
import { createCodebookAverages, type CodebookAverages } from './codebook-averages.js';
import { fitCodebooks } from './fit-codebooks.js';
import type { PoseTokeniserConfig } from './pose-tokeniser-config.js';
import { CODEBOOKS, MEAN_POSE, requirePoses } from './pose-tokeniser-parameters.js';
import { createCodebooks, quantiseResiduals, sumOfEntries, type Codebooks } from './residual-quantiser.js';
import { tokeniserNetwork } from './tokeniser-network.js';

export interface PoseTokeniserTraining {
  readonly config: PoseTokeniserConfig;
  /** As `createPoseTokeniserParameters` makes them; trained in place. */
  readonly parameters: ParameterStore;
  /** [N, poseSize] poses in 6D, layout `columns`. */
  readonly poses6d: Float32Array;
  readonly random: Random;
  /**
   * How far the training has come after so many steps: it ends at 1. `(step) => step / 2000` trains 2000 steps; one that
   * looks at a clock keeps to a time. The learning rate falls with it.
   */
  readonly progress: (step: number) => number;
  /** Poses a step (default 128). */
  readonly batchSize?: number;
  /** Highest learning rate (default 2e-3); it falls to a hundredth along a cosine. */
  readonly learningRate?: number;
  /**
   * Weight of the mean angle between the joints' rotations and the decoded ones, in radians (default 0: it
   * takes two fifths more time, and on the synthetic poses brought nothing beside the squared error).
   */
  readonly geodesicWeight?: number;
  /** How strongly the encoder is held to what its codes stand for (default 0.25). */
  readonly commitmentWeight?: number;
  /**
   * A loss on decoded poses computed elsewhere, from joint positions say; it is told which training poses they belong to.
   */
  readonly poseLoss?: PoseMeanLoss | undefined;
  /** Weight of `poseLoss` (default 10: metres are small numbers). */
  readonly poseLossWeight?: number;
  readonly signal?: AbortSignal | undefined;
}

/** What one step of a tokeniser's training did; all of it on the step's batch, before the step. */
export interface PoseTokeniserStep {
  readonly step: number;
  /** Whether poses were coded already, or the encoder and decoder still learned alone. */
  readonly isQuantised: boolean;
  readonly loss: number;
  /** Squared error of the decoded numbers over the variance of the training poses': 1 is as good as their mean. */
  readonly relativeSquaredError: number;
  /** Mean angle between a joint's rotation and the decoded one, in radians; 0 where its weight is 0. */
  readonly geodesicRadians: number;
  readonly poseLoss: number;
  readonly commitment: number;
  /** Dead entries that got a new place. */
  readonly revivedCount: number;
}

/** The encoder and the decoder learn alone until here: codes of noise would teach them little. */
const UNQUANTISED_SHARE = 0.1;
/** Latents that the codebooks start from. */
const FIT_COUNT = 4096;
/**
 * How often only some levels of a pose are decoded, so that the first ones alone give a pose, and each further one a
 * better one (Zeghidour et al., "SoundStream", section III.C).
 */
const PARTIAL_SHARE = 0.25;

/**
 * Trains a pose tokeniser: an encoder, codebooks by levels, and a decoder. The gradient passes the codes straight
 * through; the codebooks start by k-means and follow running averages, and entries that nothing is coded with get a new
 * place. Yields after every step.
 *
 * @throws PoseTokeniserError for poses that are none
 * @example
 * ```ts
 * import {
 *   createPoseTokeniser,
 *   createPoseTokeniserParameters,
 *   parsePoseTokeniserConfig,
 *   trainPoseTokeniser,
 * } from '@pose-rft/mllm';
 * import { createRandom } from '@pose-rft/random';
 * import { useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('auto');
 * const random = createRandom(1);
 * const poses6d = random.fillNormal(new Float32Array(200 * 12)); // two joints a pose
 * const config = parsePoseTokeniserConfig({ poseSize: 12, levelCount: 2, codebookSize: 16, latentSize: 4, hiddenSize: 16 });
 * const parameters = createPoseTokeniserParameters({ config, random, poses6d });
 * for (const _ of trainPoseTokeniser({ config, parameters, poses6d, random, progress: (step) => step / 50 }));
 * const tokeniser = createPoseTokeniser({ config, parameters });
 * parameters.dispose();
 * const codes = tokeniser.encodePoses(poses6d.subarray(0, 12));
 * console.assert(codes.length === 2 && tokeniser.decodeCodes(codes).length === 12);
 * ```
 */
export function* trainPoseTokeniser(training: PoseTokeniserTraining): Generator<PoseTokeniserStep> {
  const { config, parameters, poses6d, random, progress, batchSize = 128, learningRate = 2e-3 } = training;
  requirePoses('trainPoseTokeniser', poses6d, config.poseSize);
  const { poseSize } = config;
  const poseCount = poses6d.length / poseSize;
  const variance = varianceOf(poses6d, poseSize);
  const optimizer = createAdamW({ beta1: 0.9, beta2: 0.98, weightDecay: 0, maxGradientNorm: 1 });
  let coding: Coding | undefined;
  try {
    for (let step = 0; progress(step) < 1 && training.signal?.aborted !== true; step++) {
      const share = progress(step);
      if (coding === undefined && share >= UNQUANTISED_SHARE)
        coding = startCoding(training, random.split('fit'));
      const rows = Int32Array.from({ length: batchSize }, () => random.integer(poseCount));
      const batch = new Float32Array(batchSize * poseSize);
      rows.forEach((row, index) =>
        batch.set(poses6d.subarray(row * poseSize, (row + 1) * poseSize), index * poseSize),
      );
      const { loss, gradients, aux } = valueAndGradients(parameters, () =>
        tokeniserLoss(training, { batch, rows, variance, coding }),
      );
      const rate = learningRate * (0.01 + 0.99 * 0.5 * (1 + Math.cos(Math.PI * share)));
      optimizer.step(parameters, gradients, rate);
      dispose(gradients);
      const revivedCount = coding === undefined ? 0 : coding.follow(random);
      yield { step: step + 1, isQuantised: coding !== undefined, loss, ...aux, revivedCount };
    }
    // A training that was cut short still leaves codebooks.
    if (coding === undefined) startCoding(training, random.split('fit'));
  } finally {
    optimizer.dispose();
  }
}

/** What codes latents while the codebooks still move. */
interface Coding {
  /** What the codes of latents [N, latentSize] stand for, of some only by their first levels. */
  quantise(latents: Float32Array): Float32Array;
  /** Moves the codebooks after what was coded since the last call. */
  follow(random: Random): number;
}

function startCoding(training: PoseTokeniserTraining, random: Random): Coding {
  const { config, parameters, poses6d } = training;
  const { levelCount, codebookSize, latentSize, poseSize } = config;
  const entries = new Float32Array(levelCount * codebookSize * latentSize);
  const poseCount = poses6d.length / poseSize;
  const chosen = new Float32Array(Math.min(FIT_COUNT, poseCount) * poseSize);
  const order = random.shuffle(Array.from({ length: poseCount }, (_, row) => row));
  for (let index = 0; index * poseSize < chosen.length; index++) {
    const from = (order[index] as number) * poseSize;
    chosen.set(poses6d.subarray(from, from + poseSize), index * poseSize);
  }
  const latents = tidy(() => encodeRows(training, chosen).dataSync<'float32'>());
  fitCodebooks(config, Float64Array.from(latents), entries, random);
  const put = (): Codebooks => {
    parameters.replace(
      CODEBOOKS,
      keep(tensor(entries.slice(), [levelCount, codebookSize, latentSize], 'float32')),
    );
    return createCodebooks(config, entries);
  };
  let codebooks = put();
  const averages: CodebookAverages = createCodebookAverages(codebooks);
  const levels = random.split('levels');

  return {
    quantise(given) {
      const residuals = Float64Array.from(given);
      const count = residuals.length / latentSize;
      const codes = new Int32Array(count * levelCount);
      quantiseResiduals(codebooks, residuals, codes, (...observed) => {
        averages.observe(...observed);
      });
      const quantised = new Float32Array(given.length);
      const latent = new Float64Array(latentSize);
      for (let row = 0; row < count; row++) {
        const used = levels.uniform() < PARTIAL_SHARE ? 1 + levels.integer(levelCount) : levelCount;
        const own = codes.subarray(row * levelCount, (row + 1) * levelCount);
        sumOfEntries(codebooks, own, used, latent);
        quantised.set(latent, row * latentSize);
      }
      return quantised;
    },
    follow(stream) {
      const revived = averages.update(stream);
      codebooks = put();
      return revived;
    },
  };
}

/** The latents of poses, [N, latentSize]. */
function encodeRows({ config, parameters }: PoseTokeniserTraining, poses6d: Float32Array): Tensor2D {
  const poses = tensor2d(poses6d, [poses6d.length / config.poseSize, config.poseSize]);
  return tokeniserNetwork('encoder', config, parameters, sub(poses, parameters.get(MEAN_POSE) as Tensor1D));
}

function tokeniserLoss(
  training: PoseTokeniserTraining,
  {
    batch,
    rows,
    variance,
    coding,
  }: {
    readonly batch: Float32Array;
    readonly rows: Int32Array;
    readonly variance: number;
    readonly coding: Coding | undefined;
  },
): { loss: Scalar; aux: Omit<PoseTokeniserStep, 'step' | 'isQuantised' | 'loss' | 'revivedCount'> } {
  const { config, parameters, poseLoss } = training;
  const { geodesicWeight = 0, commitmentWeight = 0.25, poseLossWeight = 10 } = training;
  const { poseSize } = config;
  const poses = tensor2d(batch, [rows.length, poseSize]);
  const latents = encodeRows(training, batch);
  const quantised =
    coding === undefined
      ? undefined
      : tensor2d(coding.quantise(latents.dataSync<'float32'>()), latents.shape);
  const decoded: Tensor2D = add(
    tokeniserNetwork('decoder', config, parameters, straightThrough(latents, quantised)),
    parameters.get(MEAN_POSE) as Tensor1D,
  );
  const relativeSquaredError: Scalar = mul(mean(square(sub(decoded, poses))), 1 / variance);
  let loss = relativeSquaredError;
  let geodesicRadians = 0;
  if (geodesicWeight > 0) {
    const geodesic = meanGeodesic(decoded, poses);
    geodesicRadians = read(geodesic);
    loss = add(loss, mul(geodesic, geodesicWeight));
  }
  let commitment = 0;
  if (quantised !== undefined) {
    const distance: Scalar = mean(square(sub(latents, quantised)));
    commitment = read(distance);
    loss = add(loss, mul(distance, commitmentWeight));
  }
  let poseLossValue = 0;
  if (poseLoss !== undefined) {
    const evaluated = poseLoss(Float32Array.from(decoded.dataSync()), rows);
    poseLossValue = evaluated.loss;
    loss = add(loss, mul(externalLoss(decoded, evaluated.loss, evaluated.gradient), poseLossWeight));
  }
  return {
    loss,
    aux: {
      relativeSquaredError: read(relativeSquaredError),
      geodesicRadians,
      poseLoss: poseLossValue,
      commitment,
    },
  };
}

/** The mean angle between the rotations of two batches of poses, in radians. */
function meanGeodesic(first: Tensor2D, second: Tensor2D): Scalar {
  const matrices = (rotations: Tensor2D): Tensor =>
    rotation6dToMatrix(reshape(rotations, [rotations.size / ROTATION_SIZE, ROTATION_SIZE]));
  return mean(geodesicDistance(matrices(first), matrices(second)));
}

/** What the codes stand for, with the gradient of what was coded. */
function straightThrough(latents: Tensor2D, quantised: Tensor2D | undefined): Tensor2D {
  if (quantised === undefined) return latents;
  const offset = quantised.dataSync<'float32'>().slice();
  latents.dataSync<'float32'>().forEach((value, index) => {
    offset[index] = (offset[index] as number) - value;
  });
  return add(latents, tensor2d(offset, latents.shape));
}

/** Mean squared distance of a number from the mean of its place. */
function varianceOf(poses6d: Float32Array, poseSize: number): number {
  const count = poses6d.length / poseSize;
  const sums = new Float64Array(poseSize);
  const squares = new Float64Array(poseSize);
  for (let index = 0; index < poses6d.length; index++) {
    const value = poses6d[index] as number;
    const number = index % poseSize;
    sums[number] = (sums[number] as number) + value;
    squares[number] = (squares[number] as number) + value * value;
  }
  let total = 0;
  for (let number = 0; number < poseSize; number++)
    total += (squares[number] as number) / count - ((sums[number] as number) / count) ** 2;
  // Equal poses have none; their error is 0 as well.
  return Math.max(total / poseSize, 1e-12);
}

function read(scalar: Scalar): number {
  return scalar.dataSync()[0] as number;
}
