import {
  add,
  cholesky,
  concat,
  cumsum,
  diagonalGaussianGroupLogProbs,
  div,
  exp,
  eye,
  log,
  logSoftmax,
  logSumExp,
  matMul,
  mul,
  reshape,
  slice,
  square,
  sub,
  sum,
  tensor3d,
  transpose,
  triangularSolve,
  zeros,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '@pose-rft/tensor';
import { match } from 'ts-pattern';
import type { PoseDistribution } from './pose-head.js';
import { ROTATION_SIZE } from './rotation-size.js';

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/**
 * Log-densities of poses, joint by joint: that of a joint's six numbers given those of the joints before it, so that the
 * sum over joints is the log-density of the pose, whatever the form of the distribution. Where joints are independent,
 * each joint's is its own. Elsewhere it also tells how well the joint fits the earlier ones; credit that is given to a
 * joint alone then misses the earlier joints on which its value depended.
 *
 * Differentiable in the distribution; call it inside a `tidy`.
 *
 * @param samples - [M, V, poseSize] row-major: V poses for each of M distributions
 * @returns float32 [M, V, joints]
 */
export function poseJointLogProbs(samples: Float32Array, poses: PoseDistribution): Tensor3D {
  return match(poses)
    .with({ kind: 'diagonal' }, ({ mean, logStandardDeviation }) =>
      diagonalGaussianGroupLogProbs(samples, mean, logStandardDeviation, ROTATION_SIZE),
    )
    .with({ kind: 'lowRank' }, (lowRank) => lowRankLogProbs(samples, lowRank))
    .with({ kind: 'cholesky' }, (correlated) => choleskyLogProbs(samples, correlated))
    .with({ kind: 'mixture' }, (mixture) => mixtureLogProbs(samples, mixture))
    .exhaustive();
}

/** L^-1 (x - mean) are standard normal numbers, each a function of its own number and the earlier ones. */
function choleskyLogProbs(
  samples: Float32Array,
  { mean, choleskyFactor }: Extract<PoseDistribution, { kind: 'cholesky' }>,
): Tensor3D {
  const [rowCount, poseSize] = mean.shape;
  const [blockCount, size] = choleskyFactor.shape;
  const sampleCount = samples.length / mean.size;
  const deviations: Tensor3D = reshape(deviationColumns(samples, mean), [blockCount, size, sampleCount]);
  const standard = triangularSolve(choleskyFactor, deviations);
  const logDiagonal = log(sum(mul(choleskyFactor, eye(size)), 2));
  const perNumber = sub(
    mul(square(standard), -0.5),
    add(reshape(logDiagonal, [blockCount, size, 1]), HALF_LOG_TWO_PI),
  );
  return perJoint(reshape(perNumber, [rowCount, poseSize, sampleCount]));
}

/**
 * The joint density up to and including joint j by the Woodbury identity in rank x rank matrices, of which a joint's
 * share is the difference to the one before: with E = F / s and d = (x - mean) / s, C_j = I + sum of transpose(E) E and
 * b_j = sum of transpose(E) d over the numbers so far, it is -|d|^2/2 + transpose(b) C^-1 b / 2 - log det C / 2 - log s.
 */
function lowRankLogProbs(
  samples: Float32Array,
  { mean, ownLogStandardDeviation, lowRankFactor }: Extract<PoseDistribution, { kind: 'lowRank' }>,
): Tensor3D {
  const [rowCount, poseSize, rank] = lowRankFactor.shape;
  const jointCount = poseSize / ROTATION_SIZE;
  const sampleCount = samples.length / mean.size;
  const cells = rowCount * jointCount;
  const deviationScale = reshape(exp(ownLogStandardDeviation), [rowCount, poseSize, 1]);
  const scaled: Tensor3D = reshape(div(lowRankFactor, deviationScale), [cells, ROTATION_SIZE, rank]);
  const columns: Tensor3D = div(deviationColumns(samples, mean), deviationScale);
  const across: Tensor3D = transpose(scaled, [0, 2, 1]);
  const soFar = (perJointValues: Tensor3D, width: number): Tensor3D =>
    reshape(cumsum(reshape(perJointValues, [rowCount, jointCount, rank * width]), 1), [cells, rank, width]);
  const precision: Tensor3D = add(soFar(matMul(across, scaled), rank), eye(rank));
  const shift = soFar(matMul(across, reshape(columns, [cells, ROTATION_SIZE, sampleCount])), sampleCount);
  const factor = cholesky(precision);
  const explained = reshape(sum(square(triangularSolve(factor, shift)), 1), [
    rowCount,
    jointCount,
    sampleCount,
  ]);
  const volumes = reshape(sum(log(sum(mul(factor, eye(rank)), 2)), 1), [rowCount, jointCount, 1]);
  const independent = perJoint(
    sub(
      mul(square(columns), -0.5),
      add(reshape(ownLogStandardDeviation, [rowCount, poseSize, 1]), HALF_LOG_TWO_PI),
    ),
  );
  const correction = increments(sub<Tensor3D>(mul(explained, 0.5), volumes));
  return add(independent, transpose(correction, [0, 2, 1]));
}

/** A joint under each Gaussian, weighted by what the joints before it tell of which Gaussian it is. */
function mixtureLogProbs(
  samples: Float32Array,
  { logits, components }: Extract<PoseDistribution, { kind: 'mixture' }>,
): Tensor3D {
  const [rowCount, componentCount] = logits.shape;
  const perComponent: Tensor4D = reshape(mixtureComponentLogProbs(samples, { logits, components }), [
    rowCount,
    componentCount,
    -1,
    components.mean.shape[1] / ROTATION_SIZE,
  ]);
  const before = sub(cumsum(perComponent, 3), perComponent);
  const prior = reshape(logSoftmax(logits), [rowCount, componentCount, 1, 1]);
  const evidence: Tensor4D = add(before, prior);
  const posterior = sub(evidence, logSumExp(evidence, 1, true));
  return logSumExp(add(posterior, perComponent), 1);
}

/** float32 [M * K, V, joints]: the log-densities under each Gaussian of a mixture. */
export function mixtureComponentLogProbs(
  samples: Float32Array,
  { logits, components }: Pick<Extract<PoseDistribution, { kind: 'mixture' }>, 'logits' | 'components'>,
): Tensor3D {
  const [rowCount, componentCount] = logits.shape;
  const rowLength = samples.length / rowCount;
  const repeated = new Float32Array(componentCount * samples.length);
  for (let row = 0; row < rowCount; row++)
    for (let component = 0; component < componentCount; component++)
      repeated.set(
        samples.subarray(row * rowLength, (row + 1) * rowLength),
        (row * componentCount + component) * rowLength,
      );
  return diagonalGaussianGroupLogProbs(
    repeated,
    components.mean,
    components.logStandardDeviation,
    ROTATION_SIZE,
  );
}

/** float32 [M, poseSize, V]: samples minus means. */
function deviationColumns(samples: Float32Array, mean: Tensor2D): Tensor3D {
  const [rowCount, poseSize] = mean.shape;
  const rows = tensor3d(samples, [rowCount, samples.length / mean.size, poseSize]);
  return transpose(sub(rows, reshape(mean, [rowCount, 1, poseSize])), [0, 2, 1]);
}

/** From [M, poseSize, V] to [M, V, joints]. */
function perJoint(perNumber: Tensor): Tensor3D {
  const [rowCount, poseSize, sampleCount] = perNumber.shape as [number, number, number];
  const jointCount = poseSize / ROTATION_SIZE;
  const joints: Tensor3D = sum(reshape(perNumber, [rowCount, jointCount, ROTATION_SIZE, sampleCount]), 2);
  return transpose(joints, [0, 2, 1]);
}

/** What each place of the middle axis adds to the one before. */
function increments(running: Tensor3D): Tensor3D {
  const [rowCount, count, width] = running.shape;
  const earlier = slice(running, [0, 0, 0], [rowCount, count - 1, width]);
  const none: Tensor3D = zeros([rowCount, 1, width]);
  return sub<Tensor3D>(running, concat([none, earlier], 1));
}
