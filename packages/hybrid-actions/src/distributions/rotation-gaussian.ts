import type { Random } from '@pose-rft/random';
import {
  add,
  addN,
  exp,
  expandDims,
  mul,
  neg,
  reshape,
  safeSqrt,
  square,
  sub,
  sum,
  tensor2d,
  tidy,
  atan2,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@pose-rft/tensor';
import { DistributionError, requireShape, sampleAndScore, type SampledDistribution } from './distribution.js';
import { angleEntropy, angleLogDensity, LARGEST_DEVIATION } from './rotation-angle-density.js';
import { rotationColumns, sixDOf } from './rotation-columns.js';
import { drawRotation } from './draw-rotation.js';

/** Rotations around a mean, one spread a joint. */
export interface RotationGaussianParameters {
  /** [B, 6 J]: one rotation a joint as 6D numbers, not necessarily orthonormal. */
  readonly mean: Tensor2D;
  /** [B, J]: the natural logarithm of the standard deviation about each axis, in radians; at most log(pi). */
  readonly logStandardDeviation: Tensor2D;
}

/** Isotropic Gaussians on SO(3), one a joint; samples are float32 [B, 6 J], with orthonormal columns. */
export interface RotationGaussianDistribution extends SampledDistribution<Tensor2D> {
  readonly kind: 'rotationGaussian';
  readonly parameters: RotationGaussianParameters;
  /** [B, J]: what {@link SampledDistribution.logProb} sums, one number a joint. */
  jointLogProbs(sample: Tensor2D): Tensor2D;
  /** [B], in nats. */
  entropy(): Tensor1D;
  /** The means, with orthonormal columns. */
  mode(): Tensor2D;
  /** [B, 6 J]: the expected columns, which are shorter than 1: exp(-sigma^2) times the mode. */
  mean(): Tensor2D;
}

/**
 * A batch of J independent, concentrated Gaussians on rotations: the isotropic Gaussian on SO(3), which is the heat
 * kernel (Nikolayev and Savyolova, "Normal Distribution on the Rotation Group SO(3)", 1997; the IGSO(3) of diffusion
 * models). With the angle w between a rotation and the mean and the standard deviation s,
 *
 *     p = (2 pi s^2)^(-3/2) exp(s^2 / 8) sum_k (-1)^k (w + 2 pi k) / (2 sin(w / 2)) exp(-(w + 2 pi k)^2 / (2 s^2)),
 *
 * the expansion that converges fast for small s, of sum_l (2 l + 1) exp(-l (l + 1) s^2 / 2) sin((l + 1/2) w) / sin(w / 2)
 * over 8 pi^2. Exactly normalised on SO(3) with the measure that agrees with the volume of the tangent space at the
 * mean (radians^3; the whole group has 8 pi^2), so for small s the log-density is that of a three-dimensional Gaussian.
 *
 * Unlike a Gaussian on the six numbers it is a density over rotations: the same for all 6D numbers that stand for the
 * same rotation, and unmoved by a rotation of everything. The divergence between different means has no closed form:
 * see {@link estimateKl}. `entropy()` is an integral over the angle, by the trapezoidal rule, exact to float32.
 *
 * @throws DistributionError if the shapes do not fit; when sampling, for a standard deviation above pi
 * @example
 * ```ts
 * import { createRotationGaussian } from '@pose-rft/hybrid-actions';
 * import { createRandom } from '@pose-rft/random';
 * import { tensor2d, tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const elbow = createRotationGaussian({
 *     mean: tensor2d([[1, 0, 0, 0, 1, 0]]),
 *     logStandardDeviation: tensor2d([[Math.log(0.1)]]), // about 6 degrees about each axis
 *   });
 *   const { sample, logProb } = elbow.sampleAndLogProb(createRandom(1));
 *   const likeliest = elbow.logProb(elbow.mode()).dataSync()[0] ?? 0;
 *   console.assert(sample.shape.join() === '1,6' && (logProb.dataSync()[0] ?? 0) < likeliest);
 * });
 * ```
 */
export function createRotationGaussian(parameters: RotationGaussianParameters): RotationGaussianDistribution {
  const { mean, logStandardDeviation } = parameters;
  const [batchSize, joints] = logStandardDeviation.shape;
  requireShape('mean', mean, [batchSize, 6 * joints], 'six numbers a standard deviation');

  function sample(random: Random): Tensor2D {
    const means = mean.dataSync<'float32'>();
    const logStandardDeviations = logStandardDeviation.dataSync<'float32'>();
    const drawn = new Float32Array(means.length);
    for (let joint = 0; joint < logStandardDeviations.length; joint++) {
      const deviation = Math.exp(logStandardDeviations[joint] as number);
      if (!(deviation <= LARGEST_DEVIATION))
        throw new DistributionError(
          `the standard deviation at ${joint} (row-major) is ${deviation} radians; expected at most pi (beyond it ` +
            'the distribution is uniform)',
        );
      drawRotation(means, 6 * joint, deviation, random, drawn);
    }
    return tensor2d(drawn, mean.shape);
  }

  function jointLogProbs(value: Tensor2D): Tensor2D {
    requireShape('sample', value, mean.shape, 'the mean');
    return tidy(() => angleLogDensity(anglesBetween(value, mean), exp(logStandardDeviation)));
  }

  const logProb = (value: Tensor2D): Tensor1D => tidy(() => sum<Tensor1D>(jointLogProbs(value), 1));

  return {
    kind: 'rotationGaussian',
    parameters,
    batchSize,
    sample,
    logProb,
    jointLogProbs,
    sampleAndLogProb: sampleAndScore({ sample, logProb }),
    entropy: () => tidy(() => sum<Tensor1D>(angleEntropy(exp(logStandardDeviation)), 1)),
    mode: () => tidy(() => sixDOf(rotationColumns(mean))),
    mean: () =>
      tidy(() => {
        const shrink = expandDims(exp(neg(square(exp(logStandardDeviation)))), 2);
        const columns: Tensor3D = reshape(sixDOf(rotationColumns(mean)), [batchSize, joints, 6]);
        return reshape(mul(columns, shrink), mean.shape);
      }),
  };
}

/** [B, J]: in [0, pi], without the cancellation of an arc cosine near 0 or of an arc sine near pi. */
function anglesBetween(a: Tensor2D, b: Tensor2D): Tensor2D {
  const first = rotationColumns(a);
  const second = rotationColumns(b);
  const apart = addN(first.map((column, index) => sum(square(sub(column, second[index] ?? column)), 2)));
  const trace = addN(first.map((column, index) => sum(mul(column, second[index] ?? column), 2)));
  // ||A - B||^2 = 8 sin(w / 2)^2 and 1 + trace(A^T B) = 4 cos(w / 2)^2.
  const sine = safeSqrt(mul(apart, 1 / 8));
  const cosine = safeSqrt(mul(add(trace, 1), 1 / 4));
  return mul(atan2(sine, cosine), 2);
}
