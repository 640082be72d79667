import { parseSpace } from './parse-space.js';
import type { Space } from './space.js';

/**
 * Whether two spaces are the same: equal kinds, sizes, conditions, and equal fields in the same order (the order is
 * the factorisation of a policy's log-probability, so it counts).
 *
 * @throws InvalidSpaceError when one of them is no space
 * @example
 * ```ts
 * import { hybrid, real, spacesEqual } from '@pose-rft/hybrid-actions';
 *
 * const at = real({ size: 2 });
 * const by = real({ size: 3 });
 * console.assert(spacesEqual(hybrid({ at, by }), hybrid({ at, by })));
 * console.assert(!spacesEqual(hybrid({ at, by }), hybrid({ by, at })));
 * ```
 */
export function spacesEqual(first: Space, second: Space): boolean {
  // The constructors write the properties of each kind in one order; only the fields' own order is left.
  return JSON.stringify(parseSpace(first)) === JSON.stringify(parseSpace(second));
}
