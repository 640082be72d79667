import { correlation, cosine, type Relation } from './relation.js';

/** How rewards of one batch relate: where one can only rise by another's falling. */
export interface ConflictReport {
  readonly names: readonly string[];
  /** [n, n] row-major: Pearson's correlation over the rows that both judge; NaN where it is undefined. */
  readonly correlations: Float64Array;
  /** [n, n]: how many rows both judge. */
  readonly sharedRows: Int32Array;
  /** [n, n]: the cosine of their gradients; NaN for a gradient of zero. Absent if no gradients were given. */
  readonly gradientCosines?: Float64Array;
  /** The pair that disagrees most, by gradients where they are known; absent if none is below zero. */
  readonly worst?: Conflict;
}

/** Two rewards that pull apart. */
export interface Conflict {
  readonly first: string;
  readonly second: string;
  readonly by: 'gradient cosine' | 'correlation';
  /** In [-1, 0). */
  readonly value: number;
}

/** Thrown when scores or gradients do not belong together. */
export class ConflictInputError extends Error {
  override readonly name = 'ConflictInputError';
}

/** One value a row, NaN where the reward declined; by the reward's name. */
export type ScoresByReward = Readonly<Record<string, Float32Array>>;
/** The flattened gradient of each reward's objective, all of one length; by the reward's name. */
export type GradientsByReward = Readonly<Record<string, Float32Array | Float64Array>>;

/**
 * How the rewards of a batch relate: the correlation of their scores, and, where gradients are given, the cosines of
 * those. A negative correlation says that samples good for one are bad for the other; a negative cosine, which decides,
 * that an update for the one undoes the other.
 *
 * @param scores - of the same rows
 * @param gradients - of the same rewards, all of one length; see {@link collectGradients}
 * @throws ConflictInputError if there are fewer than two rewards, lengths differ, names do, or a number is infinite
 * @example
 * ```ts
 * import { conflictReport, formatConflictReport } from '@pose-rft/rewards';
 *
 * const report = conflictReport({
 *   spatial: Float32Array.of(1, 2, 3, 4),
 *   diversity: Float32Array.of(4, 3, 2, 1.5),
 *   format: Float32Array.of(1, 0, 1, 0),
 * });
 * console.assert(report.worst?.first === 'spatial' && report.worst.second === 'diversity');
 * console.assert(formatConflictReport(report).includes('pull apart'));
 * ```
 */
export function conflictReport(scores: ScoresByReward, gradients?: GradientsByReward): ConflictReport {
  const names = Object.keys(scores);
  if (names.length < 2) throw new ConflictInputError(`a conflict needs two rewards, got ${names.length}`);
  const scored = requireEqualLengths('scores', names, scores);
  const related = relate(scored, correlation);
  const cosines =
    gradients === undefined
      ? undefined
      : relate(requireEqualLengths('gradients', names, gradients), cosine).values;
  const worst =
    cosines === undefined
      ? worstOf(names, related.values, 'correlation')
      : worstOf(names, cosines, 'gradient cosine');
  return {
    names,
    correlations: related.values,
    sharedRows: related.shared,
    ...(cosines === undefined ? {} : { gradientCosines: cosines }),
    ...(worst === undefined ? {} : { worst }),
  };
}

/**
 * The gradient of each reward, one after the other, by a callback: it trains nothing, but sets all other weights to
 * zero, differentiates the objective, and flattens the gradients of all parameters in one fixed order.
 *
 * @example
 * ```ts
 * import { conflictReport, collectGradients } from '@pose-rft/rewards';
 *
 * const gradients = await collectGradients(['up', 'down'], (name) => Float32Array.of(name === 'up' ? 1 : -1, 0));
 * const { worst } = conflictReport({ up: Float32Array.of(0, 1), down: Float32Array.of(0, 1) }, gradients);
 * console.assert(worst?.by === 'gradient cosine' && worst.value === -1);
 * ```
 */
export async function collectGradients(
  names: readonly string[],
  gradientOf: (name: string) => Float32Array | Float64Array | Promise<Float32Array | Float64Array>,
): Promise<GradientsByReward> {
  const gradients: [string, Float32Array | Float64Array][] = [];
  // A copy: a callback may fill the same array each time.
  for (const name of names) gradients.push([name, (await gradientOf(name)).slice()]);
  return Object.fromEntries(gradients);
}

function requireEqualLengths<Numbers extends Float32Array | Float64Array>(
  what: string,
  names: readonly string[],
  given: Readonly<Record<string, Numbers>>,
): readonly Numbers[] {
  const arrays = names.map((name) => {
    const numbers = Object.hasOwn(given, name) ? given[name] : undefined;
    if (numbers === undefined) throw new ConflictInputError(`there are no ${what} of '${name}'`);
    const infinite = numbers.findIndex((value) => Math.abs(value) === Infinity);
    if (infinite >= 0)
      throw new ConflictInputError(`the ${what} of '${name}' hold ${numbers[infinite]} at ${infinite}`);
    return numbers;
  });
  const strange = Object.keys(given).find((name) => !names.includes(name));
  if (strange !== undefined)
    throw new ConflictInputError(`there are ${what} of '${strange}', which has no scores`);
  const [first] = arrays;
  arrays.forEach((numbers, index) => {
    if (numbers.length !== first?.length)
      throw new ConflictInputError(
        `'${names[index]}' has ${numbers.length} ${what}, '${names[0]}' ${first?.length}: give those of the same ` +
          (what === 'scores' ? 'rows' : 'parameters'),
      );
  });
  return arrays;
}

function relate<Numbers>(
  arrays: readonly Numbers[],
  relation: (first: Numbers, second: Numbers) => Relation,
): { readonly values: Float64Array; readonly shared: Int32Array } {
  const count = arrays.length;
  const values = new Float64Array(count * count);
  const shared = new Int32Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = i; j < count; j++) {
      const found = relation(arrays[i] as Numbers, arrays[j] as Numbers);
      for (const at of [i * count + j, j * count + i]) {
        values[at] = found.value;
        shared[at] = found.shared;
      }
    }
  }
  return { values, shared };
}

function worstOf(names: readonly string[], values: Float64Array, by: Conflict['by']): Conflict | undefined {
  let worst: Conflict | undefined;
  names.forEach((first, i) => {
    names.slice(i + 1).forEach((second, offset) => {
      const value = values[i * names.length + i + 1 + offset] as number;
      if (value < (worst?.value ?? 0)) worst = { first, second, by, value };
    });
  });
  return worst;
}
