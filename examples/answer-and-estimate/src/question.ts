import type { Random } from '@pose-rft/random';
import { WORDS, type Word } from './vocabulary.js';

/** Two bags on two scales: which is heavier, and by how much? */
export interface Question {
  /** Such as: red good 17 poor 22 blue poor 14 ? */
  readonly words: readonly Word[];
  readonly readings: { readonly red: readonly Reading[]; readonly blue: readonly Reading[] };
  /** What no reading tells: the weight of the red bag minus that of the blue one. */
  readonly differenceKilograms: number;
}

export interface Reading {
  readonly scale: 'good' | 'poor';
  /** Rounded. */
  readonly kilograms: number;
}

/** Standard deviation of a reading, before rounding. */
export const SCALE_NOISE_KILOGRAMS = { good: 1, poor: 4 };
export const WEIGHT_RANGE_KILOGRAMS = { low: 14, high: 26 };
const MOST_READINGS = 3;
const READABLE = { low: 0, high: 40 };

/** One to three readings of each bag, each by a scale of either kind. */
export function askQuestion(random: Random): Question {
  const { low, high } = WEIGHT_RANGE_KILOGRAMS;
  const weigh = (): { weight: number; readings: readonly Reading[] } => {
    const weight = low + (high - low) * random.uniform();
    const readings = Array.from({ length: 1 + random.integer(MOST_READINGS) }, (): Reading => {
      const scale = random.pick(['good', 'poor'] as const);
      const shown = Math.round(weight + SCALE_NOISE_KILOGRAMS[scale] * random.normal());
      return { scale, kilograms: Math.min(READABLE.high, Math.max(READABLE.low, shown)) };
    });
    return { weight, readings };
  };
  const [red, blue] = [weigh(), weigh()];
  const describe = (readings: readonly Reading[]): Word[] =>
    readings.flatMap(({ scale, kilograms }): Word[] => [scale, numberWord(kilograms)]);
  return {
    words: ['red', ...describe(red.readings), 'blue', ...describe(blue.readings), '?'],
    readings: { red: red.readings, blue: blue.readings },
    differenceKilograms: red.weight - blue.weight,
  };
}

function numberWord(kilograms: number): Word {
  const word = WORDS.find((candidate) => candidate === String(kilograms));
  if (word === undefined) throw new RangeError(`no word for ${kilograms}`);
  return word;
}
