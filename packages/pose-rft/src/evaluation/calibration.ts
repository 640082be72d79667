import { normalCoverage } from './normal-distribution.js';

type Numbers = ArrayLike<number>;

/** Predicted normal distributions, independent number by number, and what turned out to be true. */
export interface PredictedNormals {
  /** [count * groupCount * groupSize] in any unit. */
  readonly means: Numbers;
  /** Likewise: natural logarithms of the standard deviations. */
  readonly logStandardDeviations: Numbers;
  /** Likewise. */
  readonly truths: Numbers;
  /** Numbers that are judged together, such as a joint's; 1 unless told. */
  readonly groupSize?: number;
  /** How many groups a distribution has, such as joints; 1 unless told. */
  readonly groupCount?: number;
}

/** How well predicted standard deviations describe the errors that were made, over some numbers. */
export interface CalibrationFigures {
  /** How many numbers were judged. */
  readonly count: number;
  /** Mean of |nominal - observed| coverage over the levels, in [0, 1]: 0 is perfect (Kuleshov et al. 2018, without weights). */
  readonly expectedCalibrationError: number;
  /** Mean of nominal - observed coverage over the levels: above 0 over-confident, below 0 too careful. */
  readonly overconfidence: number;
  /** The share of truths within the central interval of each level. */
  readonly observedCoverage: readonly number[];
  /** Mean negative log-likelihood, nats a number; it depends on the unit. */
  readonly negativeLogLikelihood: number;
  /** Mean predicted standard deviation: sharpness. Small is good only where coverage is right. */
  readonly meanStandardDeviation: number;
  /** Root mean square of (truth - mean) / standard deviation: what to multiply all by for the best likelihood; 1 is right. */
  readonly bestScale: number;
}

/** {@link CalibrationFigures} over all numbers, and for each group. */
export interface Calibration extends CalibrationFigures {
  /** The nominal coverages that the observed ones belong to. */
  readonly levels: readonly number[];
  readonly groups: readonly CalibrationFigures[];
}

/** Nominal coverages of central intervals: 5, 10, ... 95 %. */
export const CALIBRATION_LEVELS: readonly number[] = Array.from(
  { length: 19 },
  (_, index) => (index + 1) / 20,
);

/** Thrown for arrays that do not belong together, or numbers that no distribution has. */
export class CalibrationError extends Error {
  override readonly name = 'CalibrationError';
}

const LOG_SQRT_TWO_PI = Math.log(2 * Math.PI) / 2;

/**
 * Judges predicted uncertainty: at each level p the share of truths within the central interval that should hold p of
 * them (coverage; Kuleshov, Fenner and Ermon, "Accurate uncertainties for deep learning using calibrated regression",
 * 2018), the negative log-likelihood, and the sharpness (Gneiting et al., "Probabilistic forecasts, calibration and
 * sharpness", 2007). Coverage and best scale do not change with the unit.
 *
 * Numbers that share a distribution (six of a joint, 144 of a pose) err together: intervals for these figures must
 * resample whole poses, or whole sequences.
 *
 * @returns figures over everything and by group; NaN where there is nothing to judge
 * @throws CalibrationError if the arrays differ in length, hold no whole distributions, or hold NaN or an infinity
 * @example
 * ```ts
 * import { createRandom } from '@pose-rft/random';
 * import { calibrationOf } from 'pose-rft';
 *
 * const truths = createRandom(1).fillNormal(new Float32Array(10_000));
 * const means = new Float32Array(10_000);
 * const honest = calibrationOf({ means, truths, logStandardDeviations: means });
 * const bold = calibrationOf({ means, truths, logStandardDeviations: means.map(() => Math.log(0.5)) });
 * console.assert(honest.expectedCalibrationError < 0.02 && Math.abs(honest.bestScale - 1) < 0.03);
 * console.assert(bold.overconfidence > 0.15 && Math.abs(bold.bestScale - 2) < 0.06);
 * ```
 */
export function calibrationOf(
  predicted: PredictedNormals,
  levels: readonly number[] = CALIBRATION_LEVELS,
): Calibration {
  const { means, logStandardDeviations, truths, groupSize = 1, groupCount = 1 } = predicted;
  assertShape(predicted, groupSize, groupCount);
  assertLevels(levels);
  const tallies = Array.from({ length: groupCount }, () => emptyTally(levels.length));
  for (let index = 0; index < means.length; index++) {
    const logDeviation = logStandardDeviations[index] as number;
    const deviation = Math.exp(logDeviation);
    const error = (truths[index] as number) - (means[index] as number);
    const size = Math.abs(error) / deviation;
    if (!(Number.isFinite(error) && Number.isFinite(logDeviation)) || Number.isNaN(size))
      throw new CalibrationError(
        `Number ${index} has mean ${means[index]}, log standard deviation ${logDeviation}, truth ${truths[index]}; ` +
          'all must be finite. Leave out answers without a distribution.',
      );
    const tally = tallies[Math.floor(index / groupSize) % groupCount] as Tally;
    tally.count++;
    tally.deviations += deviation;
    tally.squares += size * size;
    tally.nats += LOG_SQRT_TWO_PI + logDeviation + (size * size) / 2;
    const within = normalCoverage(size);
    for (let level = 0; level < levels.length; level++)
      if (within <= (levels[level] as number)) tally.covered[level] = (tally.covered[level] as number) + 1;
  }
  const whole = emptyTally(levels.length);
  for (const tally of tallies) {
    whole.count += tally.count;
    whole.deviations += tally.deviations;
    whole.squares += tally.squares;
    whole.nats += tally.nats;
    tally.covered.forEach(
      (count, level) => (whole.covered[level] = (whole.covered[level] as number) + count),
    );
  }
  return {
    levels,
    ...figuresOf(whole, levels),
    groups: tallies.map((tally) => figuresOf(tally, levels)),
  };
}

interface Tally {
  count: number;
  deviations: number;
  squares: number;
  nats: number;
  readonly covered: Float64Array;
}

function emptyTally(levelCount: number): Tally {
  return { count: 0, deviations: 0, squares: 0, nats: 0, covered: new Float64Array(levelCount) };
}

function figuresOf({ count, deviations, squares, nats, covered }: Tally, levels: readonly number[]) {
  const observedCoverage = Array.from(covered, (within) => within / count);
  const gaps = levels.map((level, index) => level - (observedCoverage[index] as number));
  const meanOf = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    count,
    expectedCalibrationError: meanOf(gaps.map(Math.abs)),
    overconfidence: meanOf(gaps),
    observedCoverage,
    negativeLogLikelihood: nats / count,
    meanStandardDeviation: deviations / count,
    bestScale: Math.sqrt(squares / count),
  };
}

function assertShape(predicted: PredictedNormals, groupSize: number, groupCount: number): void {
  const { means, logStandardDeviations, truths } = predicted;
  if (![groupSize, groupCount].every((value) => Number.isInteger(value) && value > 0))
    throw new CalibrationError(
      `groupSize is ${groupSize} and groupCount is ${groupCount}; both must be positive integers.`,
    );
  if (
    means.length !== truths.length ||
    means.length !== logStandardDeviations.length ||
    means.length % (groupSize * groupCount) !== 0
  )
    throw new CalibrationError(
      `There are ${means.length} means, ${logStandardDeviations.length} log standard deviations and ${truths.length} ` +
        `truths; expected as many of each, a multiple of ${groupSize * groupCount}.`,
    );
}

function assertLevels(levels: readonly number[]): void {
  const wrong = levels.find((level) => !(level > 0 && level < 1));
  if (levels.length === 0 || wrong !== undefined)
    throw new CalibrationError(
      `The levels are [${levels.join(', ')}]; expected at least one, each a share between 0 and 1.`,
    );
}
