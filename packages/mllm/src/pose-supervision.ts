import {
  add,
  argMin,
  cast,
  diagonalGaussianGroupLogProbs,
  div,
  gatherRows,
  logSoftmax,
  logSumExp,
  mean,
  mul,
  oneHot,
  reshape,
  square,
  stopGradient,
  sub,
  sum,
  tensor2d,
  tensor3d,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@pose-rft/tensor';
import type { GaussianParameters } from '@pose-rft/hybrid-actions';
import { match } from 'ts-pattern';
import type { PoseDistribution } from './pose-head.js';
import { mixtureComponentLogProbs, poseJointLogProbs } from './pose-log-probs.js';
import { ROTATION_SIZE } from './rotation-size.js';

/** The two terms that a distribution learns from a target, before weighting. */
export interface SupervisionTerms {
  /** Mean over all numbers: it moves the mean alone. */
  readonly squaredError: Scalar;
  /** Nats per number, with the mean held fixed: it fits the spread, and a mixture's weights. */
  readonly negativeLogLikelihood: Scalar;
}

/**
 * How much of each target goes to all Gaussians alike. Without it, one that starts far from all poses would never move
 * (Rupprecht et al., "Learning in an uncertain world", 2017).
 */
const SHARED_RESPONSIBILITY = 0.05;

/**
 * What poses teach their distributions. In a mixture, a target moves the Gaussian whose mean is nearest to it, and the
 * others a little; so each goes to poses of its own, where one Gaussian would go to their average. Neither weights nor
 * spreads decide which is nearest: a Gaussian that lost its weight early could not win a pose back.
 *
 * @param targets - [M * poseSize]
 */
export function poseSupervision(predicted: PoseDistribution, targets: Float32Array): SupervisionTerms {
  return match(predicted)
    .returnType<SupervisionTerms>()
    .with({ kind: 'mixture' }, (mixture) => mixtureSupervision(mixture, targets))
    .with({ kind: 'diagonal' }, { kind: 'lowRank' }, { kind: 'cholesky' }, (single) => ({
      squaredError: mean(square(sub(single.mean, tensor2d(targets, single.mean.shape)))),
      negativeLogLikelihood: perNumber(
        poseJointLogProbs(targets, { ...single, mean: stopGradient(single.mean) }),
      ),
    }))
    .exhaustive();
}

/**
 * The same for vectors beside poses.
 *
 * @param rows - [N] which rows of the Gaussians have a target
 * @param targets - [N * size]
 */
export function vectorSupervision(
  gaussian: GaussianParameters,
  rows: Int32Array,
  targets: Float32Array,
): SupervisionTerms {
  const centre = gatherRows(gaussian.mean, rows);
  const size = gaussian.mean.shape[1];
  const logProbs = diagonalGaussianGroupLogProbs(
    targets,
    stopGradient(centre),
    gatherRows(gaussian.logStandardDeviation, rows),
    size,
  );
  return {
    squaredError: mean(square(sub(centre, tensor2d(targets, centre.shape)))),
    negativeLogLikelihood: mul(mean(logProbs), -1 / size),
  };
}

function mixtureSupervision(
  { logits, components }: Extract<PoseDistribution, { kind: 'mixture' }>,
  targets: Float32Array,
): SupervisionTerms {
  const [rowCount, componentCount] = logits.shape;
  const poseSize = components.mean.shape[1];
  const fixed = {
    mean: stopGradient(components.mean),
    logStandardDeviation: components.logStandardDeviation,
  };
  const perComponent: Tensor2D = reshape(
    sum(mixtureComponentLogProbs(targets, { logits, components: fixed }), 2),
    [rowCount, componentCount],
  );
  const evidence: Tensor2D = add(logSoftmax(logits), perComponent);
  const means: Tensor3D = reshape(components.mean, [rowCount, componentCount, poseSize]);
  const errors: Tensor2D = mean(square(sub(means, tensor3d(targets, [rowCount, 1, poseSize]))), 2);
  const nearest = cast(oneHot(argMin<Tensor1D>(errors, 1), componentCount), 'float32');
  const shares = add(mul(nearest, 1 - SHARED_RESPONSIBILITY), SHARED_RESPONSIBILITY / componentCount);
  return {
    squaredError: div(sum(mul(errors, shares)), rowCount),
    negativeLogLikelihood: mul(mean(logSumExp(evidence, 1)), -1 / poseSize),
  };
}

function perNumber(jointLogProbs: Tensor3D): Scalar {
  return mul(mean(jointLogProbs), -1 / ROTATION_SIZE);
}
