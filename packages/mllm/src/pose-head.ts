import {
  add,
  argMax,
  concat,
  exp,
  eye,
  gatherRows,
  log,
  matMul,
  mul,
  relu,
  reshape,
  sigmoid,
  square,
  sum,
  tanh,
  transpose,
  zeros,
  type ParameterStore,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@pose-rft/tensor';
import type { GaussianParameters } from '@pose-rft/hybrid-actions';
import { match } from 'ts-pattern';
import type { PoseHeadConfig } from './pose-head-config.js';
import { shapeSizeOf, strictTriangleSize } from './pose-head-parameters.js';
import { ROTATION_SIZE } from './rotation-size.js';

/** Distributions over poses, one a row, in the form that the head's configuration names. */
export type PoseDistribution = PosePoint &
  (
    | { readonly kind: 'diagonal' }
    | {
        readonly kind: 'lowRank';
        /** float32 [M, poseSize]: the part of each number's spread that is its own. */
        readonly ownLogStandardDeviation: Tensor2D;
        /** float32 [M, poseSize, rank]: the directions in which the pose moves as a whole. */
        readonly lowRankFactor: Tensor3D;
      }
    | {
        readonly kind: 'cholesky';
        /** float32 [M * blocks, n, n]: lower triangles L of the blocks' covariances L transpose(L); n = poseSize / blocks. */
        readonly choleskyFactor: Tensor3D;
      }
    | {
        readonly kind: 'mixture';
        /** float32 [M, K]: unnormalised logarithms of the weights. */
        readonly logits: Tensor2D;
        /** float32 [M * K, poseSize]: the Gaussians, those of one row one after the other. */
        readonly components: GaussianParameters;
      }
  );

/** What every form of distribution tells. */
export interface PosePoint {
  /** float32 [M, poseSize]: the pose to answer with: the mean, of a mixture that of its heaviest Gaussian. */
  readonly mean: Tensor2D;
  /** float32 [M, poseSize]: natural logarithms of each number's standard deviation, whatever the others are; of a mixture those of its heaviest Gaussian. */
  readonly logStandardDeviation: Tensor2D;
  /** float32 [M, shapeSize]: diagonal Gaussians over shape coefficients, if the head has them. */
  readonly shape?: GaussianParameters;
  /** float32 [M, 3]: diagonal Gaussians over weak-perspective cameras, if the head has them. */
  readonly camera?: GaussianParameters;
}

/**
 * The pose head: one hidden layer, and from it the distribution of the pose (Pose-RFT's Normal(mu(q, a), Sigma(q, a)),
 * or a mixture). The mean is an offset from the pose that the bias starts with. A sigmoid keeps log standard deviations
 * within their bounds, so that there is a gradient everywhere: a hard clip would have none outside. Correlations enter
 * by factors whose numbers a tanh bounds, so that no number's variance exceeds twice the square of its bound.
 *
 * A mixture answers with the mean of its heaviest Gaussian, not of the one with the highest peak: in 144 dimensions
 * peaks tell of small standard deviations more than of probability.
 *
 * @param hidden - float32 [M, hiddenSize]: the decoder's states at `<POSE>`
 */
export function poseDistribution(
  parameters: ParameterStore,
  config: PoseHeadConfig,
  hidden: Tensor2D,
): PoseDistribution {
  const linear = (input: Tensor2D, layer: string): Tensor2D =>
    add(
      matMul(input, parameters.get(`pose_head.${layer}.weight`) as Tensor2D),
      parameters.get(`pose_head.${layer}.bias`) as Tensor1D,
    );
  const features = relu(linear(hidden, 'hidden'));
  const { logStdMin, logStdMax } = config;
  const gaussian = (mean: string, logStd: string): GaussianParameters => ({
    mean: linear(features, mean),
    logStandardDeviation: add(mul(sigmoid(linear(features, logStd)), logStdMax - logStdMin), logStdMin),
  });
  const own = gaussian('mean', 'log_std');
  const rowCount = hidden.shape[0];
  const beside = {
    ...(shapeSizeOf(config) > 0 ? { shape: gaussian('shape_mean', 'shape_log_std') } : {}),
    ...(config.hasCamera === true ? { camera: gaussian('camera_mean', 'camera_log_std') } : {}),
  };
  return match(config.distribution ?? { kind: 'diagonal' })
    .returnType<PoseDistribution>()
    .with({ kind: 'diagonal' }, ({ kind }) => ({ kind, ...own, ...beside }))
    .with({ kind: 'lowRank' }, ({ kind, rank }) => {
      const poseSize = own.mean.shape[1];
      const bound = Math.exp(logStdMax) / Math.sqrt(rank);
      const lowRankFactor: Tensor3D = reshape(mul(tanh(linear(features, 'low_rank')), bound), [
        rowCount,
        poseSize,
        rank,
      ]);
      const variances: Tensor2D = add(exp(mul(own.logStandardDeviation, 2)), sum(square(lowRankFactor), 2));
      return {
        kind,
        mean: own.mean,
        logStandardDeviation: mul(log(variances), 0.5),
        ownLogStandardDeviation: own.logStandardDeviation,
        lowRankFactor,
        ...beside,
      };
    })
    .with({ kind: 'cholesky' }, ({ kind, within }) => {
      const poseSize = own.mean.shape[1];
      const size = within === 'joint' ? ROTATION_SIZE : poseSize;
      const bound = Math.exp(logStdMax) / Math.sqrt(Math.max(1, size - 1));
      const below = lowerBlocks(mul(tanh(linear(features, 'cholesky')), bound), size);
      const diagonal = mul(
        reshape(exp(own.logStandardDeviation), [rowCount * (poseSize / size), size, 1]),
        eye(size),
      );
      const choleskyFactor: Tensor3D = add(below, diagonal);
      const variances: Tensor2D = reshape(sum(square(choleskyFactor), 2), [rowCount, poseSize]);
      return {
        kind,
        mean: own.mean,
        logStandardDeviation: mul(log(variances), 0.5),
        choleskyFactor,
        ...beside,
      };
    })
    .with({ kind: 'mixture' }, ({ kind, componentCount }) => {
      const poseSize = own.mean.shape[1] / componentCount;
      const perComponent = (rows: Tensor2D): Tensor2D => reshape(rows, [rowCount * componentCount, poseSize]);
      const components = {
        mean: perComponent(own.mean),
        logStandardDeviation: perComponent(own.logStandardDeviation),
      };
      const logits = linear(features, 'mixture');
      const heaviest = argMax(logits, 1)
        .dataSync<'int32'>()
        .map((component, row) => row * componentCount + component);
      return {
        kind,
        mean: gatherRows(components.mean, heaviest),
        logStandardDeviation: gatherRows(components.logStandardDeviation, heaviest),
        logits,
        components,
        ...beside,
      };
    })
    .exhaustive();
}

/** Some rows of distributions, in the given order; float32 tensors of the same kinds. */
export function selectPoseRows(poses: PoseDistribution, rows: Int32Array): PoseDistribution {
  const select = (tensor: Tensor2D): Tensor2D => gatherRows(tensor, rows);
  const selectGaussian = ({ mean, logStandardDeviation }: GaussianParameters): GaussianParameters => ({
    mean: select(mean),
    logStandardDeviation: select(logStandardDeviation),
  });
  const point = {
    ...selectGaussian(poses),
    ...(poses.shape === undefined ? {} : { shape: selectGaussian(poses.shape) }),
    ...(poses.camera === undefined ? {} : { camera: selectGaussian(poses.camera) }),
  };
  const rowCount = poses.mean.shape[0];
  /** Of tensors with several rows for each row of the distributions. */
  const wide = (tensor: Tensor2D | Tensor3D): Tensor2D => reshape(tensor, [rowCount, tensor.size / rowCount]);
  return match(poses)
    .returnType<PoseDistribution>()
    .with({ kind: 'diagonal' }, ({ kind }) => ({ kind, ...point }))
    .with({ kind: 'lowRank' }, ({ kind, ownLogStandardDeviation, lowRankFactor }) => ({
      kind,
      ...point,
      ownLogStandardDeviation: select(ownLogStandardDeviation),
      lowRankFactor: reshape(select(wide(lowRankFactor)), [
        rows.length,
        lowRankFactor.shape[1],
        lowRankFactor.shape[2],
      ]),
    }))
    .with({ kind: 'cholesky' }, ({ kind, choleskyFactor: { shape }, choleskyFactor }) => ({
      kind,
      ...point,
      choleskyFactor: reshape(select(wide(choleskyFactor)), [
        rows.length * (shape[0] / rowCount),
        shape[1],
        shape[2],
      ]),
    }))
    .with({ kind: 'mixture' }, ({ kind, logits, components }) => {
      const perComponent = (tensor: Tensor2D): Tensor2D =>
        reshape(select(wide(tensor)), [rows.length * logits.shape[1], tensor.shape[1]]);
      return {
        kind,
        ...point,
        logits: select(logits),
        components: {
          mean: perComponent(components.mean),
          logStandardDeviation: perComponent(components.logStandardDeviation),
        },
      };
    })
    .exhaustive();
}

/**
 * Strictly lower triangular blocks from their numbers.
 *
 * @param numbers - float32 [M, B * n(n-1)/2]: block after block, row after row
 * @returns float32 [M * B, n, n]
 */
function lowerBlocks(numbers: Tensor2D, size: number): Tensor3D {
  const triangle = strictTriangleSize(size);
  const blockCount = numbers.size / triangle;
  if (size === 1) return zeros([numbers.shape[0], 1, 1]);
  const placeOf = Int32Array.from({ length: size * size }, (_, index) => {
    const row = Math.floor(index / size);
    const column = index % size;
    return column < row ? strictTriangleSize(row) + column : triangle;
  });
  // Numbers as rows, and a row of zeros for the places on and above the diagonal.
  const rows: Tensor2D = transpose(reshape(numbers, [blockCount, triangle]));
  const zeroRow: Tensor2D = zeros([1, blockCount]);
  const placed = gatherRows(concat([rows, zeroRow], 0), placeOf);
  return reshape(transpose(placed), [blockCount, size, size]);
}
