import { match, P } from 'ts-pattern';
import type { Predicate } from './predicate.js';

/** A sequence of token ids in [0, vocabularySize), at most `maxLength` long; `end`, where it occurs, is last. */
export interface TokensSpace {
  readonly kind: 'tokens';
  readonly vocabularySize: number;
  readonly maxLength: number;
  readonly end: number;
}

/** One choice in [0, categories). */
export interface CategoricalSpace {
  readonly kind: 'categorical';
  readonly categories: number;
}

/** Any vector of `size` real numbers. */
export interface RealSpace {
  readonly kind: 'real';
  readonly size: number;
}

/** A vector between two corners, both included: `low[i] <= x[i] <= high[i]`. */
export interface BoxSpace {
  readonly kind: 'box';
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/**
 * One rotation a joint, each as the first two columns of its matrix: six numbers, the first column then the second
 * (Zhou et al., "On the Continuity of Rotation Representations in Neural Networks", arXiv 1812.07035). The identity
 * is [1, 0, 0, 0, 1, 0].
 */
export interface RotationsSpace {
  readonly kind: 'rotations';
  readonly joints: number;
}

/** A field that is present only where `predicate` holds of the earlier field named `field`. */
export interface WhenSpace<FieldName extends string = string, Inner extends Space = Space> {
  readonly kind: 'when';
  readonly field: FieldName;
  readonly predicate: Predicate;
  readonly space: Inner;
}

/**
 * Named parts, chosen in the order of their names: `p(a, b) = p(a) p(b | a)`. A policy factorises its
 * log-probability in the same order.
 */
export interface HybridSpace<Fields extends HybridFields = HybridFields> {
  readonly kind: 'hybrid';
  readonly fields: Fields;
}

/** What a hybrid space is made of. */
export interface HybridFields {
  readonly [name: string]: Space | WhenSpace;
}

/** What an agent may do, as plain data: it survives JSON, and {@link ActionOf} infers the type of its actions. */
export type Space = TokensSpace | CategoricalSpace | RealSpace | BoxSpace | RotationsSpace | HybridSpace;

/** Thrown when a space contradicts itself; `path` names the part. */
export class InvalidSpaceError extends Error {
  override readonly name = 'InvalidSpaceError';
  constructor(
    readonly path: string,
    reason: string,
  ) {
    super(`${path}: ${reason}`);
  }
}

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
 * @throws InvalidSpaceError unless the corners are finite, equally long and in order
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
    if (!(Number.isFinite(lowest) && Number.isFinite(highest) && lowest <= highest))
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

/** A field of {@link hybrid} that is present only where `predicate` holds of the earlier field `field`. */
export function when<const FieldName extends string, Inner extends Space>(
  field: FieldName,
  predicate: Predicate,
  space: Inner,
): WhenSpace<FieldName, Inner> {
  return { kind: 'when', field, predicate, space };
}

/** Fields whose conditions all speak of a field that exists; anything else does not compile. */
export type WithKnownConditions<Fields extends HybridFields> = {
  readonly [Name in keyof Fields]: Fields[Name] extends WhenSpace<infer Condition, Space>
    ? Condition extends Exclude<keyof Fields, Name>
      ? Fields[Name]
      : never
    : Fields[Name];
};

/**
 * Several parts together, in the order in which they are chosen.
 *
 * @throws InvalidSpaceError when a condition speaks of a later or missing field, or of one of the wrong kind, and for
 * field names that JavaScript would reorder (whole numbers)
 * @example
 * ```ts
 * import { hybrid, rotations, tokens, when, type ActionOf } from '@pose-rft/hybrid-actions';
 *
 * const POSE = 3;
 * const space = hybrid({
 *   answer: tokens({ vocabularySize: 512, maxLength: 24, end: 1 }),
 *   pose: when('answer', { contains: POSE }, rotations({ joints: 24 })),
 * });
 * type Action = ActionOf<typeof space>; // { answer: readonly number[]; pose?: Float32Array }
 * const action: Action = { answer: [5, 1] };
 * console.assert(action.pose === undefined);
 * ```
 */
export function hybrid<const Fields extends HybridFields>(
  fields: Fields & WithKnownConditions<Fields>,
): HybridSpace<Fields> {
  requireFields(fields);
  return { kind: 'hybrid', fields };
}

/** The checks of {@link hybrid}, for fields whose types are not known at compile time. */
export function requireFields(fields: HybridFields): void {
  const names = Object.keys(fields);
  if (names.length === 0) throw new InvalidSpaceError('hybrid', 'expected at least one field, got none');
  names.forEach((name, position) => {
    if (/^\d+$/.test(name) || name === '' || name.includes('.'))
      throw new InvalidSpaceError(
        name,
        'a field name must not be empty, a whole number (JavaScript would reorder it) or hold a dot',
      );
    const field = fields[name];
    if (field?.kind !== 'when') return;
    if (!names.slice(0, position).includes(field.field))
      throw new InvalidSpaceError(
        name,
        `its condition reads the field '${field.field}', which does not come before it (fields: ${names.join(', ')})`,
      );
    requirePredicate(name, field.predicate, fields[field.field]);
  });
}

function requirePredicate(path: string, predicate: Predicate, subject: Space | WhenSpace | undefined): void {
  match({ predicate, subject })
    .with({ predicate: { contains: P.number }, subject: { kind: 'tokens' } }, (pair) =>
      requireMember(`${path}.contains`, pair.predicate.contains, pair.subject.vocabularySize),
    )
    .with({ predicate: { equals: P.number }, subject: { kind: 'categorical' } }, (pair) =>
      requireMember(`${path}.equals`, pair.predicate.equals, pair.subject.categories),
    )
    .otherwise(() => {
      throw new InvalidSpaceError(
        path,
        `the condition ${JSON.stringify(predicate)} does not fit a field of kind '${subject?.kind}'; ` +
          "expected { contains: token } on 'tokens' or { equals: category } on 'categorical'",
      );
    });
}

function requirePositiveInteger(path: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value > 0))
    throw new InvalidSpaceError(path, `expected a positive integer, got ${value}`);
}

function requireMember(path: string, value: number, size: number): void {
  if (!(Number.isSafeInteger(value) && value >= 0 && value < size))
    throw new InvalidSpaceError(path, `expected an integer in [0, ${size}), got ${value}`);
}
