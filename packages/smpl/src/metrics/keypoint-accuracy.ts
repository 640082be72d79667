import { assertRange, type RealArray } from '../real-array.js';
import { EmptyMetricError } from './joint-error.js';

/**
 * When a joint counts as found, and how the area under the curve is taken. The published rules differ, so the rule goes
 * into the protocol line beside the number.
 */
export interface KeypointAccuracyRule {
  readonly name: string;
  /** PCK is the share of joints whose error is below this. */
  readonly thresholdMillimetres: number;
  /** Whether an error equal to the threshold still counts as found. */
  readonly isInclusive: boolean;
  /** AUC is taken over the PCK at these, in ascending order. */
  readonly curveThresholdsMillimetres: readonly number[];
  /** The mean of the PCKs, or the area by the trapezoidal rule over the range of thresholds. */
  readonly area: 'mean' | 'trapezoid';
}

/** MPI-INF-3DHP: PCK at 150 mm, AUC as the mean over 0, 5 ... 150 mm (Mehta et al. 2017; its `mpii_compute_3d_pck.m`). */
export const MPI_INF_3DHP_ACCURACY: KeypointAccuracyRule = {
  name: 'MPI-INF-3DHP',
  thresholdMillimetres: 150,
  isInclusive: false,
  curveThresholdsMillimetres: Array.from({ length: 31 }, (_, index) => 5 * index),
  area: 'mean',
};

/** The 3DPW challenge: PCK at 50 mm, AUC as the area over 0, 1 ... 199 mm. */
export const THREEDPW_ACCURACY: KeypointAccuracyRule = {
  name: '3DPW challenge',
  thresholdMillimetres: 50,
  isInclusive: true,
  curveThresholdsMillimetres: Array.from({ length: 200 }, (_, index) => index),
  area: 'trapezoid',
};

/** Thrown when the thresholds of a {@link KeypointAccuracyRule} are not ascending, finite numbers of millimetres. */
export class InvalidAccuracyRuleError extends Error {
  override readonly name = 'InvalidAccuracyRuleError';
}

/**
 * PCK: the share, in [0, 1], of joint errors within a threshold in millimetres (times 100: the percentage of correct
 * keypoints).
 *
 * @param errorsMillimetres - `count` errors from `errorsOffset` on, such as `perJointErrorsMillimetres` writes
 * @throws ArrayRangeError if the array is too short
 * @throws EmptyMetricError if count is not a positive integer
 * @throws InvalidAccuracyRuleError if the rule's threshold is not a finite number of at least zero
 * @example
 * ```ts
 * import { MPI_INF_3DHP_ACCURACY, pckFraction } from '@pose-rft/smpl';
 *
 * console.assert(pckFraction(Float64Array.of(20, 149, 150, 300), 0, 4, MPI_INF_3DHP_ACCURACY) === 0.5);
 * ```
 */
export function pckFraction(
  errorsMillimetres: RealArray,
  errorsOffset: number,
  count: number,
  rule: Pick<KeypointAccuracyRule, 'thresholdMillimetres' | 'isInclusive'>,
): number {
  assertErrors(errorsMillimetres, errorsOffset, count);
  assertThreshold(rule.thresholdMillimetres);
  return fractionWithin(errorsMillimetres, errorsOffset, count, rule.thresholdMillimetres, rule.isInclusive);
}

/**
 * AUC: the area under the curve of PCK over thresholds, in [0, 1].
 *
 * @param errorsMillimetres - `count` errors from `errorsOffset` on
 * @throws ArrayRangeError if the array is too short
 * @throws EmptyMetricError if count is not a positive integer
 * @throws InvalidAccuracyRuleError if the rule's thresholds are not at least two ascending finite numbers
 */
export function aucFraction(
  errorsMillimetres: RealArray,
  errorsOffset: number,
  count: number,
  rule: Pick<KeypointAccuracyRule, 'curveThresholdsMillimetres' | 'isInclusive' | 'area'>,
): number {
  const { curveThresholdsMillimetres: thresholds, isInclusive, area } = rule;
  assertErrors(errorsMillimetres, errorsOffset, count);
  if (thresholds.length < 2) {
    throw new InvalidAccuracyRuleError(
      `A curve of ${thresholds.length} thresholds has no area. Give two or more.`,
    );
  }
  let sum = 0;
  let previousThreshold = 0;
  let previousFraction = 0;
  thresholds.forEach((threshold, index) => {
    assertThreshold(threshold);
    if (index > 0 && threshold <= previousThreshold) {
      throw new InvalidAccuracyRuleError(
        `Threshold ${index} is ${threshold} mm, after ${previousThreshold} mm. Give them in ascending order.`,
      );
    }
    const fraction = fractionWithin(errorsMillimetres, errorsOffset, count, threshold, isInclusive);
    if (area === 'mean') sum += fraction;
    else if (index > 0) sum += ((fraction + previousFraction) / 2) * (threshold - previousThreshold);
    previousThreshold = threshold;
    previousFraction = fraction;
  });
  if (area === 'mean') return sum / thresholds.length;
  return sum / (previousThreshold - (thresholds[0] as number));
}

function fractionWithin(
  errors: RealArray,
  offset: number,
  count: number,
  threshold: number,
  isInclusive: boolean,
): number {
  let found = 0;
  for (let index = offset; index < offset + count; index++) {
    const error = errors[index] as number;
    if (error < threshold || (isInclusive && error === threshold)) found++;
  }
  return found / count;
}

function assertErrors(errors: RealArray, offset: number, count: number): void {
  if (!(Number.isInteger(count) && count > 0)) {
    throw new EmptyMetricError(`count is ${count}. A share of joints needs at least one.`);
  }
  assertRange(errors, offset, count, 'The errors');
}

function assertThreshold(threshold: number): void {
  if (threshold >= 0 && threshold < Infinity) return;
  throw new InvalidAccuracyRuleError(
    `A threshold is ${threshold}. It must be a number of millimetres, at least 0.`,
  );
}
