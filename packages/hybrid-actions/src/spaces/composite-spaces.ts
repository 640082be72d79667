import { requireMember } from './leaf-spaces.js';
import type { Predicate } from './predicate.js';
import {
  InvalidSpaceError,
  type HybridFields,
  type HybridSpace,
  type Space,
  type TupleSpace,
  type WhenSpace,
} from './space.js';

/**
 * Several parts by position.
 *
 * @throws InvalidSpaceError when there is no part
 * @example
 * ```ts
 * import { categorical, contains, real, tuple, type ActionOf } from '@pose-rft/hybrid-actions';
 *
 * const space = tuple([categorical({ categories: 2 }), real({ size: 3 })]);
 * const action: ActionOf<typeof space> = [1, new Float32Array(3)]; // readonly [number, Float32Array]
 * console.assert(contains(space, action).contained);
 * ```
 */
export function tuple<const Parts extends readonly Space[]>(parts: Parts): TupleSpace<Parts> {
  if (parts.length === 0) throw new InvalidSpaceError('tuple', 'expected at least one part, got none');
  return { kind: 'tuple', parts };
}

/**
 * A field of {@link hybrid} that is present only where `predicate` holds of the earlier field `field`. Conditions nest:
 * `when('a', p, when('b', q, space))` is present where both hold. A condition on a field that is itself absent does
 * not hold.
 */
export function when<const FieldName extends string, Inner extends Space | WhenSpace>(
  field: FieldName,
  predicate: Predicate,
  space: Inner,
): WhenSpace<FieldName, Inner> {
  return { kind: 'when', field, predicate, space };
}

/** Fields whose conditions all speak of a field that exists; anything else does not compile. */
export type WithKnownConditions<Fields extends HybridFields> = {
  readonly [Name in keyof Fields]: WithKnownCondition<Fields[Name], Exclude<keyof Fields, Name>> extends true
    ? Fields[Name]
    : never;
};

/** Ends at a field that is only known to be some field: run time checks it. */
type WithKnownCondition<Field, Names> = [Space] extends [Field]
  ? true
  : Field extends WhenSpace<infer Condition, infer Inner>
    ? Condition extends Names
      ? WithKnownCondition<Inner, Names>
      : false
    : true;

/**
 * Several named parts together, in the order in which they are chosen: the record of this package. There is one
 * concept for records with and without conditions.
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
  Object.entries(fields).forEach(([name, first], position) => {
    if (/^\d+$/.test(name) || name === '' || name === '__proto__' || /[.[]/.test(name))
      throw new InvalidSpaceError(
        name,
        'a field name must not be empty, a whole number (JavaScript would reorder it) or __proto__, nor hold a dot ' +
          'or a bracket (paths do)',
      );
    let field = first;
    while (field.kind === 'when') {
      if (!names.slice(0, position).includes(field.field))
        throw new InvalidSpaceError(
          name,
          `its condition reads the field '${field.field}', which does not come before it (fields: ${names.join(', ')})`,
        );
      requirePredicate(name, field.predicate, spaceOfField(fields[field.field] as Space | WhenSpace));
      field = field.space;
    }
  });
}

/** The space of a field, whatever conditions it stands under. */
export function spaceOfField(field: Space | WhenSpace): Space {
  return field.kind === 'when' ? spaceOfField(field.space) : field;
}

function requirePredicate(path: string, predicate: Predicate, subject: Space): void {
  const member = (name: string, value: number, size: number): void =>
    requireMember(`${path}.${name}`, value, size);
  if ('contains' in predicate && subject.kind === 'tokens') {
    member('contains', predicate.contains, subject.vocabularySize);
    const { atLeast = 1 } = predicate;
    if (!Number.isSafeInteger(atLeast) || atLeast < 1 || atLeast > subject.maxLength)
      throw new InvalidSpaceError(
        `${path}.atLeast`,
        `it is ${atLeast}; expected an integer from 1 to the most tokens there may be, ${subject.maxLength}`,
      );
  } else if ('at' in predicate && (subject.kind === 'multiCategorical' || subject.kind === 'bernoulli')) {
    const sizes = subject.kind === 'bernoulli' ? new Array<number>(subject.size).fill(2) : subject.categories;
    member('at', predicate.at, sizes.length);
    member('equals', predicate.equals, sizes[predicate.at] as number);
  } else if ('equals' in predicate && !('at' in predicate) && subject.kind === 'categorical')
    member('equals', predicate.equals, subject.categories);
  else
    throw new InvalidSpaceError(
      path,
      `the condition ${JSON.stringify(predicate)} does not fit a field of kind '${subject.kind}'; expected ` +
        "{ contains: token } on 'tokens', { equals: category } on 'categorical' or { at: position, equals: value } " +
        "on 'multiCategorical' and 'bernoulli'",
    );
}
