import type { Random } from '@pose-rft/random';
import { DistributionError } from './distribution.js';

/**
 * Draws a category by inverting the cumulative distribution, relative to the largest logit.
 *
 * @param logits - row-major, `categories` numbers a row; -Infinity masks a category
 * @throws DistributionError for NaN, Infinity and a row of -Infinity alone
 */
export function drawCategory(logits: Float32Array, row: number, categories: number, random: Random): number {
  const start = row * categories;
  let largest = -Infinity;
  for (let index = start; index < start + categories; index++) {
    const logit = logits[index] as number;
    // Not Math.max: a NaN must be seen, not passed on.
    if (!(logit <= largest)) largest = logit;
  }
  let total = 0;
  for (let index = start; index < start + categories; index++)
    total += Math.exp((logits[index] as number) - largest);
  if (!Number.isFinite(total))
    throw new DistributionError(
      `row ${row} has the logits ${Array.from(logits.subarray(start, start + Math.min(categories, 8))).join(', ')}; ` +
        'expected no NaN, no Infinity and at least one finite number',
    );
  let left = random.uniform() * total;
  let chosen = 0;
  for (let category = 0; category < categories; category++) {
    const share = Math.exp((logits[start + category] as number) - largest);
    if (share === 0) continue;
    chosen = category;
    left -= share;
    if (left < 0) break;
  }
  return chosen;
}
