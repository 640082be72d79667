/**
 * Reads a verdict strictly: the whole answer must be a JSON object with the number `score` (other fields, such as a
 * reason, are ignored). Undefined for anything else: words around it, a fence, a number in a string. A judge that does
 * not keep to the form is not taken for one that means what a lenient reader finds.
 *
 * @example
 * ```ts
 * import { readVerdict } from '@pose-rft/rewards';
 *
 * console.assert(readVerdict('{"score": 0.5, "reason": "half of it"}') === 0.5);
 * console.assert(readVerdict('I give it 0.5') === undefined && readVerdict('{"score": "0.5"}') === undefined);
 * ```
 */
export function readVerdict(answer: string): number | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(answer);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || !Object.hasOwn(parsed, 'score')) return undefined;
  const { score } = parsed as { readonly score: unknown };
  return typeof score === 'number' ? score : undefined;
}
