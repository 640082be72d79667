import { normalCumulative, type Forecast } from './forecast.js';
import { SCALE_NOISE_KILOGRAMS, WEIGHT_RANGE_KILOGRAMS, type Question, type Reading } from './question.js';

/**
 * What the readings say of the difference: mean and standard deviation of its exact posterior (a Gaussian of the same
 * moments), and the probability that the red bag is heavier. Weights are uniform a priori; readings are Gaussian, and
 * rounded to whole kilograms. By quadrature over both weights.
 */
export function posteriorForecast({ readings }: Question): Forecast & {
  readonly redHeavierProbability: number;
} {
  const red = weightPosterior(readings.red);
  const blue = weightPosterior(readings.blue);
  const [meanOfRed, meanOfBlue] = [meanOf(red), meanOf(blue)];
  const variance = varianceOf(red, meanOfRed) + varianceOf(blue, meanOfBlue);
  let redHeavier = 0;
  let blueLighter = 0;
  for (let cell = 0; cell < CELLS; cell++) {
    const here = blue[cell] ?? 0;
    // Inside a cell either may be the heavier.
    redHeavier += (red[cell] ?? 0) * (blueLighter + here / 2);
    blueLighter += here;
  }
  return {
    mean: meanOfRed - meanOfBlue,
    standardDeviation: Math.sqrt(variance),
    redHeavierProbability: redHeavier,
  };
}

const CELLS = 200;
const { low, high } = WEIGHT_RANGE_KILOGRAMS;

function weightAt(cell: number): number {
  return low + ((high - low) * (cell + 0.5)) / CELLS;
}

/** Probabilities of the cells of the range of weights. */
function weightPosterior(readings: readonly Reading[]): Float64Array {
  const posterior = Float64Array.from({ length: CELLS }, (_, cell) =>
    readings.reduce((product, { scale, kilograms }) => {
      const z = (edge: number): number => (edge - weightAt(cell)) / SCALE_NOISE_KILOGRAMS[scale];
      const likelihood = normalCumulative(z(kilograms + 0.5)) - normalCumulative(z(kilograms - 0.5));
      // Far in a tail the difference of two distribution functions loses all its digits.
      return product * Math.max(likelihood, 1e-12);
    }, 1),
  );
  const total = posterior.reduce((sum, value) => sum + value, 0);
  return posterior.map((value) => value / total);
}

function meanOf(posterior: Float64Array): number {
  return posterior.reduce((sum, probability, cell) => sum + probability * weightAt(cell), 0);
}

function varianceOf(posterior: Float64Array, mean: number): number {
  return posterior.reduce((sum, probability, cell) => sum + probability * (weightAt(cell) - mean) ** 2, 0);
}
