import { predicateHolds } from './predicate.js';
import type { Space, WhenSpace } from './space.js';

/**
 * The space of a field of a hybrid action, or undefined where one of its conditions does not hold.
 *
 * @param valueOf - the value of an earlier field; undefined where that is absent
 */
export function presentSpace(
  field: Space | WhenSpace,
  valueOf: (name: string) => unknown,
): Space | undefined {
  if (field.kind !== 'when') return field;
  return predicateHolds(field.predicate, valueOf(field.field))
    ? presentSpace(field.space, valueOf)
    : undefined;
}
