import type { Random } from '@pose-rft/random';

/** One kind of posture and how often it is drawn, relative to the others of its table. */
export interface MixtureEntry {
  readonly weight: number;
}

/** Draws one entry of a table with probability weight / sum of weights. Weights must be positive. */
export function pickWeighted<Entry extends MixtureEntry>(random: Random, table: readonly Entry[]): Entry {
  let remaining = random.uniform() * table.reduce((sum, { weight }) => sum + weight, 0);
  for (const entry of table) {
    remaining -= entry.weight;
    if (remaining < 0) return entry;
  }
  return table[table.length - 1] as Entry;
}

/** A uniform number in [low, high). */
export function uniformBetween(random: Random, low: number, high: number): number {
  return low + (high - low) * random.uniform();
}
