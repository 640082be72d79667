import {
  createCholeskyGaussian,
  createDiagonalGaussian,
  createGaussianMixture,
  createLowRankGaussian,
  type GaussianParameters,
} from '@pose-rft/hybrid-actions';
import { keep, reshape, tensor2d, tidy, type Tensor } from '@pose-rft/tensor';
import type { Random } from '@pose-rft/random';
import { match } from 'ts-pattern';
import { ROTATION_SIZE } from './config.js';
import type { Decoder } from './decoder.js';
import type { PoseDistribution } from './pose-head.js';
import { shapeSizeOf } from './pose-head-parameters.js';
import { poseJointLogProbs } from './pose-log-probs.js';

/** Poses drawn from M distributions, V from each. */
export interface PoseDraws {
  /** [M * V] poses of poseSize numbers each. */
  readonly poses: readonly Float32Array[];
  /** [M, V, joints] row-major: their log-densities, see `poseJointLogProbs`; they add up to the pose's. */
  readonly logProbs: Float32Array;
  /** Shape coefficients drawn with the poses, if the head gives them. */
  readonly shape?: VectorDraws | undefined;
  /** Cameras drawn with the poses, if the head gives them. */
  readonly camera?: VectorDraws | undefined;
  readonly distributions: {
    /** [M * poseSize] the pose that a greedy answer gives: the mean, of a mixture that of its heaviest Gaussian. */
    readonly mean: Float32Array;
    /** [M * poseSize] natural logarithms of each number's standard deviation; of a mixture its heaviest Gaussian's. */
    readonly logStandardDeviation: Float32Array;
  };
}

/** Vectors beside poses. */
export interface VectorDraws {
  /** [M * V] */
  readonly vectors: readonly Float32Array[];
  /** [M, V] their log-densities. */
  readonly logProbs: Float32Array;
}

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

interface DrawOptions {
  readonly samplesPerCandidate: number;
  readonly random: Random;
  readonly greedy: boolean;
}

/**
 * Draws poses given hidden states at `<POSE>`: however many, they cost one pass of the pose head for each state.
 *
 * @param hiddenStates - [M * hiddenSize]
 * @param options.greedy - takes `distributions.mean` for every sample
 */
export async function drawPoses(
  decoder: Decoder,
  hiddenStates: Float32Array,
  options: DrawOptions,
): Promise<PoseDraws> {
  const { hiddenSize, poseHead } = decoder.config;
  const stateCount = hiddenStates.length / hiddenSize;
  const none = new Float32Array(0);
  if (stateCount === 0) {
    const noVectors: VectorDraws = { vectors: [], logProbs: none };
    return {
      poses: [],
      logProbs: none,
      distributions: { mean: none, logStandardDeviation: none },
      ...(shapeSizeOf(poseHead) > 0 ? { shape: noVectors } : {}),
      ...(poseHead.hasCamera === true ? { camera: noVectors } : {}),
    };
  }
  const kept: Tensor[] = [];
  const keepGaussian = ({ mean, logStandardDeviation }: GaussianParameters): GaussianParameters => {
    kept.push(keep(mean), keep(logStandardDeviation));
    return { mean, logStandardDeviation };
  };
  const found: { own?: GaussianParameters; shape?: GaussianParameters; camera?: GaussianParameters } = {};
  const correlated: { readonly vectors: readonly Float32Array[]; readonly jointLogProbs: Float32Array }[] =
    [];
  tidy(() => {
    const poses = decoder.poses(tensor2d(hiddenStates, [stateCount, hiddenSize]));
    if (poses.kind !== 'diagonal') correlated.push(drawCorrelated(poses, options));
    found.own = keepGaussian(poses);
    if (poses.shape !== undefined) found.shape = keepGaussian(poses.shape);
    if (poses.camera !== undefined) found.camera = keepGaussian(poses.camera);
  });
  const { own, shape, camera } = found;
  try {
    const distributions =
      own === undefined ? { mean: none, logStandardDeviation: none } : await readGaussian(own);
    const [drawn] = correlated;
    const poses = drawn ?? drawDiagonal(distributions, stateCount, ROTATION_SIZE, options);
    const drawVectors = async (gaussian: GaussianParameters): Promise<VectorDraws> => {
      const { vectors, jointLogProbs: logProbs } = drawDiagonal(
        await readGaussian(gaussian),
        stateCount,
        gaussian.mean.shape[1],
        options,
      );
      return { vectors, logProbs };
    };
    return {
      poses: poses.vectors,
      logProbs: poses.jointLogProbs,
      distributions,
      ...(shape === undefined ? {} : { shape: await drawVectors(shape) }),
      ...(camera === undefined ? {} : { camera: await drawVectors(camera) }),
    };
  } finally {
    for (const tensor of kept) tensor.dispose();
  }
}

type Gaussians = PoseDraws['distributions'];

/** Of independent numbers, on arrays; log-densities are summed over groups of `groupSize` numbers. */
function drawDiagonal(
  { mean: means, logStandardDeviation }: Gaussians,
  stateCount: number,
  groupSize: number,
  { samplesPerCandidate, random, greedy }: DrawOptions,
): { readonly vectors: readonly Float32Array[]; readonly jointLogProbs: Float32Array } {
  const size = means.length / stateCount;
  const groupCount = size / groupSize;
  const vectors: Float32Array[] = [];
  const jointLogProbs = new Float32Array(stateCount * samplesPerCandidate * groupCount);
  const noise = new Float32Array(size);
  const standardDeviations = new Float64Array(size);
  for (let state = 0; state < stateCount; state++) {
    const mean = means.subarray(state * size, (state + 1) * size);
    const logStd = logStandardDeviation.subarray(state * size, (state + 1) * size);
    // Once a state, not once a sample: the exponentials would cost more than everything else here.
    logStd.forEach((value, index) => (standardDeviations[index] = Math.exp(value)));
    for (let sample = 0; sample < samplesPerCandidate; sample++) {
      if (!greedy) random.fillNormal(noise);
      const vector = new Float32Array(size);
      const firstGroup = vectors.length * groupCount;
      for (let group = 0; group < groupCount; group++) {
        let logDensity = 0;
        for (let index = group * groupSize; index < (group + 1) * groupSize; index++) {
          const standardDeviation = standardDeviations[index] as number;
          vector[index] = (mean[index] as number) + standardDeviation * (noise[index] as number);
          // From the stored float32 number, not from the noise: that is what a later pass sees.
          const deviation = ((vector[index] as number) - (mean[index] as number)) / standardDeviation;
          logDensity -= 0.5 * deviation * deviation + (logStd[index] as number) + HALF_LOG_TWO_PI;
        }
        jointLogProbs[firstGroup + group] = logDensity;
      }
      vectors.push(vector);
    }
  }
  return { vectors, jointLogProbs };
}

/** Of the other forms, by their distributions; call it inside a `tidy`. */
function drawCorrelated(
  poses: PoseDistribution,
  { samplesPerCandidate, random, greedy }: DrawOptions,
): { readonly vectors: readonly Float32Array[]; readonly jointLogProbs: Float32Array } {
  const [stateCount, poseSize] = poses.mean.shape;
  const samples = new Float32Array(stateCount * samplesPerCandidate * poseSize);
  for (let sample = 0; sample < samplesPerCandidate; sample++) {
    const drawn = greedy ? poses.mean.dataSync<'float32'>() : drawOnce(poses, random);
    for (let state = 0; state < stateCount; state++)
      samples.set(
        drawn.subarray(state * poseSize, (state + 1) * poseSize),
        (state * samplesPerCandidate + sample) * poseSize,
      );
  }
  return {
    vectors: Array.from({ length: stateCount * samplesPerCandidate }, (_, index) =>
      samples.slice(index * poseSize, (index + 1) * poseSize),
    ),
    jointLogProbs: poseJointLogProbs(samples, poses).dataSync<'float32'>().slice(),
  };
}

/** [M * poseSize] one pose from each distribution. */
function drawOnce(poses: PoseDistribution, random: Random): Float32Array {
  const { mean } = poses;
  const [stateCount, poseSize] = mean.shape;
  const drawn = match(poses)
    .with({ kind: 'diagonal' }, (diagonal) => createDiagonalGaussian(diagonal).sample(random))
    .with({ kind: 'lowRank' }, ({ ownLogStandardDeviation, lowRankFactor }) =>
      createLowRankGaussian({
        mean,
        logStandardDeviation: ownLogStandardDeviation,
        lowRankFactor,
      }).sample(random),
    )
    .with({ kind: 'cholesky' }, ({ choleskyFactor }) =>
      createCholeskyGaussian({
        mean: reshape(mean, [choleskyFactor.shape[0], choleskyFactor.shape[1]]),
        choleskyFactor,
      }).sample(random),
    )
    .with({ kind: 'mixture' }, ({ logits, components }) => {
      const shape: [number, number, number] = [stateCount, logits.shape[1], poseSize];
      return createGaussianMixture({
        logits,
        mean: reshape(components.mean, shape),
        logStandardDeviation: reshape(components.logStandardDeviation, shape),
      }).sample(random);
    })
    .exhaustive();
  return drawn.dataSync<'float32'>();
}

async function readGaussian({ mean, logStandardDeviation }: GaussianParameters): Promise<Gaussians> {
  return {
    mean: Float32Array.from(await mean.data()),
    logStandardDeviation: Float32Array.from(await logStandardDeviation.data()),
  };
}
