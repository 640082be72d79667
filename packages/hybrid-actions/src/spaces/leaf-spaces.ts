import {
  InvalidSpaceError,
  type BernoulliSpace,
  type BoxSpace,
  type CategoricalSpace,
  type MultiCategoricalSpace,
  type RealSpace,
  type RotationsSpace,
  type TokensSpace,
} from './space.js';

/**
 * Sequences of token ids.
 *
 * @throws InvalidSpaceError unless sizes are positive integers and `end` is in the vocabulary
 */
export function tokens(size: Omit<TokensSpace, 'kind'>): TokensSpace {
  requirePositiveInteger('tokens.vocabularySize', size.vocabularySize);
  requirePositiveInteger('tokens.maxLength', size.maxLength);
  requireMember('tokens.end', size.end, size.vocabularySize);
  return { kind: 'tokens', vocabularySize: size.vocabularySize, maxLength: size.maxLength, end: size.end };
}

/**
 * One choice among `categories`.
 *
 * @throws InvalidSpaceError unless `categories` is a positive integer
 */
export function categorical(size: Omit<CategoricalSpace, 'kind'>): CategoricalSpace {
  requirePositiveInteger('categorical.categories', size.categories);
  return { kind: 'categorical', categories: size.categories };
}

/**
 * Several choices at once, `categories[i]` of them at position i.
 *
 * @throws InvalidSpaceError unless there is a position, and each has a positive integer of categories
 * @example
 * ```ts
 * import { contains, multiCategorical } from '@pose-rft/hybrid-actions';
 *
 * const gearAndSignal = multiCategorical({ categories: [6, 3] });
 * console.assert(contains(gearAndSignal, [5, 0]).contained);
 * ```
 */
export function multiCategorical(size: Omit<MultiCategoricalSpace, 'kind'>): MultiCategoricalSpace {
  if (size.categories.length === 0)
    throw new InvalidSpaceError('multiCategorical', 'expected at least one position, got none');
  size.categories.forEach((count, position) =>
    requirePositiveInteger(`multiCategorical.categories[${position}]`, count),
  );
  return { kind: 'multiCategorical', categories: [...size.categories] };
}

/**
 * Flags, each 0 or 1.
 *
 * @throws InvalidSpaceError unless `size` is a positive integer
 * @example
 * ```ts
 * import { bernoulli, contains } from '@pose-rft/hybrid-actions';
 *
 * console.assert(contains(bernoulli({ size: 3 }), [1, 0, 1]).contained);
 * ```
 */
export function bernoulli(size: Omit<BernoulliSpace, 'kind'>): BernoulliSpace {
  requirePositiveInteger('bernoulli.size', size.size);
  return { kind: 'bernoulli', size: size.size };
}

/**
 * Unbounded vectors.
 *
 * @throws InvalidSpaceError unless `size` is a positive integer
 */
export function real(size: Omit<RealSpace, 'kind'>): RealSpace {
  requirePositiveInteger('real.size', size.size);
  return { kind: 'real', size: size.size };
}

/**
 * Vectors between two corners, one number of `low` and of `high` a dimension.
 *
 * @throws InvalidSpaceError unless the corners are finite (as float32 too), equally long and in order
 */
export function box(corners: Omit<BoxSpace, 'kind'>): BoxSpace {
  const { low, high } = corners;
  if (low.length === 0 || low.length !== high.length)
    throw new InvalidSpaceError(
      'box',
      `low has ${low.length} numbers and high has ${high.length}; expected equally many, at least one`,
    );
  low.forEach((lowest, dimension) => {
    const highest = high[dimension] as number;
    // Actions are float32: a corner that only float64 can hold would be an infinite one.
    if (!(Number.isFinite(Math.fround(lowest)) && Number.isFinite(Math.fround(highest)) && lowest <= highest))
      throw new InvalidSpaceError(
        `box[${dimension}]`,
        `expected finite low <= high, got low ${lowest} and high ${highest}; use real() for an unbounded vector`,
      );
  });
  return { kind: 'box', low: [...low], high: [...high] };
}

/**
 * One 6D rotation a joint.
 *
 * @throws InvalidSpaceError unless `joints` is a positive integer
 */
export function rotations(size: Omit<RotationsSpace, 'kind'>): RotationsSpace {
  requirePositiveInteger('rotations.joints', size.joints);
  return { kind: 'rotations', joints: size.joints };
}

/** @throws InvalidSpaceError unless `value` is an integer in [0, size) */
export function requireMember(path: string, value: number, size: number): void {
  if (!(Number.isSafeInteger(value) && value >= 0 && value < size))
    throw new InvalidSpaceError(path, `expected an integer in [0, ${size}), got ${value}`);
}

function requirePositiveInteger(path: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value > 0))
    throw new InvalidSpaceError(path, `expected a positive integer, got ${value}`);
}
