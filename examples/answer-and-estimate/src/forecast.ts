/** A Gaussian forecast of a quantity: what an answer's two numbers say. */
export interface Forecast {
  readonly mean: number;
  readonly standardDeviation: number;
}

/** The two numbers of an action as a forecast, in kilograms: tens of kilograms, and the logarithm of a width. */
export function forecastOf(estimate: ArrayLike<number>): Forecast {
  return { mean: 10 * (estimate[0] ?? 0), standardDeviation: Math.exp(estimate[1] ?? 0) };
}

/**
 * The continuous ranked probability score of a Gaussian forecast, in the units of the truth; smaller is better. It is
 * strictly proper: no forecast does better, in expectation, than to say what one believes (Gneiting and Raftery,
 * "Strictly Proper Scoring Rules, Prediction, and Estimation", 2007, eq. 21).
 */
export function continuousRankedProbabilityScore(
  { mean, standardDeviation }: Forecast,
  truth: number,
): number {
  const z = (truth - mean) / standardDeviation;
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
  return standardDeviation * (z * (2 * normalCumulative(z) - 1) + 2 * density - 1 / Math.sqrt(Math.PI));
}

/** Half the width of the central interval that holds 80 % of a standard normal distribution. */
const CENTRAL_80_PERCENT = 1.2815515655446004;

/** Whether the truth lies in the central interval to which a forecast gives 80 %. */
export function covers({ mean, standardDeviation }: Forecast, truth: number): boolean {
  return Math.abs(truth - mean) <= CENTRAL_80_PERCENT * standardDeviation;
}

/** The standard normal distribution function, to 1.5e-7 (Abramowitz and Stegun, 7.1.26). */
export function normalCumulative(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const polynomial =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const upper = 1 - polynomial * Math.exp(-x * x);
  return 0.5 * (1 + Math.sign(z) * upper);
}
