/**
 * When a field of a hybrid action is present, as plain data that survives JSON: `{ contains: token }` speaks about a
 * field of tokens (with `atLeast: n`, about the token's nth occurrence), `{ equals: category }` about a categorical one, `{ at: position, equals: value }` about one of
 * several categories or flags.
 */
export type Predicate =
  | { readonly contains: number; readonly atLeast?: number }
  | { readonly equals: number }
  | { readonly at: number; readonly equals: number };

/**
 * Whether the predicate is true of a field's value; false for a value of another kind.
 *
 * @example
 * ```ts
 * import { predicateHolds } from '@pose-rft/hybrid-actions';
 *
 * console.assert(predicateHolds({ contains: 7 }, [3, 7, 1]));
 * console.assert(!predicateHolds({ contains: 7, atLeast: 2 }, [3, 7, 1]));
 * console.assert(!predicateHolds({ equals: 2 }, 1));
 * console.assert(predicateHolds({ at: 1, equals: 0 }, [1, 0]));
 * ```
 */
export function predicateHolds(predicate: Predicate, value: unknown): boolean {
  if ('contains' in predicate) {
    const { contains, atLeast = 1 } = predicate;
    return Array.isArray(value) && value.filter((token) => token === contains).length >= atLeast;
  }
  if ('at' in predicate) return Array.isArray(value) && value[predicate.at] === predicate.equals;
  return value === predicate.equals;
}
