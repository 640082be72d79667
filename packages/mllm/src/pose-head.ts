import {
  add,
  matMul,
  mul,
  relu,
  sigmoid,
  type ParameterStore,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import type { PoseHeadConfig } from './config.js';

/** Diagonal Gaussians over poses, one a row. */
export interface PoseDistribution {
  /** float32 [M, poseSize]: rotations in 6D, joint after joint. */
  readonly mean: Tensor2D;
  /** float32 [M, poseSize]: natural logarithms of the standard deviations, within the configured bounds. */
  readonly logStandardDeviation: Tensor2D;
}

/**
 * The pose head: one hidden layer, and from it the mean and the log standard deviation of every number of the pose
 * (Pose-RFT's Normal(mu(q, a), Sigma(q, a)) with a diagonal Sigma). A sigmoid keeps the latter within its bounds, so
 * that there is a gradient everywhere: a hard clip would have none outside.
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
  return {
    mean: linear(features, 'mean'),
    logStandardDeviation: add(mul(sigmoid(linear(features, 'log_std')), logStdMax - logStdMin), logStdMin),
  };
}
