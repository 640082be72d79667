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

/** Several choices at once: the one at position i lies in [0, categories[i]). */
export interface MultiCategoricalSpace {
  readonly kind: 'multiCategorical';
  readonly categories: readonly number[];
}

/** `size` flags, each 0 or 1. */
export interface BernoulliSpace {
  readonly kind: 'bernoulli';
  readonly size: number;
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

/**
 * A field that is present only where `predicate` holds of the earlier field named `field`. An inner `when` adds a
 * second condition: both must hold.
 */
export interface WhenSpace<
  FieldName extends string = string,
  Inner extends Space | WhenSpace = Space | AnyWhenSpace,
> {
  readonly kind: 'when';
  readonly field: FieldName;
  readonly predicate: Predicate;
  readonly space: Inner;
}

/** What a default type argument cannot say of itself. */
interface AnyWhenSpace extends WhenSpace<string, Space | WhenSpace> {
  readonly kind: 'when';
}

/** Several parts by position, each independent of the others. For parts with names or conditions: {@link HybridSpace}. */
export interface TupleSpace<Parts extends readonly Space[] = readonly Space[]> {
  readonly kind: 'tuple';
  readonly parts: Parts;
}

/**
 * Named parts (a record), chosen in the order of their names: `p(a, b) = p(a) p(b | a)`. A policy factorises its
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
export type Space =
  | TokensSpace
  | CategoricalSpace
  | MultiCategoricalSpace
  | BernoulliSpace
  | RealSpace
  | BoxSpace
  | RotationsSpace
  | TupleSpace
  | HybridSpace;

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
