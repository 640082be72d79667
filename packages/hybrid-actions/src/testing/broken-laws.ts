import type { Law } from '../laws.js';

/** The names of the laws that do not hold. */
export function brokenLaws(laws: readonly Law[]): string[] {
  return laws
    .filter((law) => {
      try {
        law.check();
        return false;
      } catch {
        return true;
      }
    })
    .map(({ name }) => name);
}
