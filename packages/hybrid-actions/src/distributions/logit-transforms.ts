import {
  clone,
  cumsum,
  div,
  fill,
  greaterEqual,
  less,
  min,
  softmax,
  stopGradient,
  tidy,
  topk,
  where,
  type Tensor,
  type Tensor2D,
} from '@pose-rft/tensor';
import { DistributionError, requireShape } from './distribution.js';

// Each takes logits [B, C] to the logits of another distribution, so log-probabilities stay honest: those of
// createCategorical(keepTopP(logits, 0.9)) are the probabilities with which it draws.
//
// Which to store with a rollout? Those of the transformed distribution: they are the probabilities with which the
// tokens were drawn, which is what an importance ratio divides by. The trainer must then apply the same transforms
// to its own logits. A temperature is harmless (it is a reparameterisation); under top-k and top-p the support moves
// with the policy, and a token that fell out of it gets -Infinity, a ratio of 0. That is why TRL and verl train with
// a temperature at most; if you do too, store createCategorical(scaleTemperature(logits, t)).logProb(drawn) and
// accept that the sampler was slightly another one.

/**
 * The logits of the same distribution, flatter (temperature > 1) or sharper (< 1): divided by the temperature.
 *
 * @param logits - [B, C]
 * @throws DistributionError unless `temperature` is a positive number; for temperature 0, take the mode
 * @example
 * ```ts
 * import { createCategorical, scaleTemperature } from '@pose-rft/hybrid-actions';
 * import { tensor2d, tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const cool = createCategorical(scaleTemperature(tensor2d([[0, Math.log(3)]]), 0.5));
 *   console.assert(Math.abs((cool.mean().dataSync()[1] ?? 0) - 0.9) < 1e-6);
 * });
 * ```
 */
export function scaleTemperature(logits: Tensor2D, temperature: number): Tensor2D {
  if (!(temperature > 0 && temperature < Infinity))
    throw new DistributionError(`temperature: expected a positive number, got ${temperature}`);
  return div(logits, temperature);
}

/**
 * Masks the categories that are not allowed.
 *
 * @param logits - [B, C]
 * @param allowed - bool [B, C], or [1, C] for all rows
 * @throws DistributionError if the shapes do not fit
 */
export function maskCategories(logits: Tensor2D, allowed: Tensor2D): Tensor2D {
  const [batchSize, categories] = logits.shape;
  requireShape('allowed', allowed, [allowed.shape[0] === 1 ? 1 : batchSize, categories], 'the logits');
  return tidy(() => where(allowed, logits, masked(logits)));
}

/**
 * Masks all but the k most likely categories; what ties with the last of them stays.
 *
 * @param logits - [B, C]
 * @throws DistributionError unless `k` is a positive integer
 */
export function keepTopK(logits: Tensor2D, k: number): Tensor2D {
  if (!(Number.isInteger(k) && k > 0))
    throw new DistributionError(`k: expected a positive integer, got ${k}`);
  if (k >= logits.shape[1]) return clone(logits);
  return tidy(() => keepFrom(logits, min(topk(stopGradient(logits), k).values, 1, true)));
}

/**
 * Masks all but the smallest set of most likely categories that together have probability p (nucleus sampling: Holtzman
 * et al., "The Curious Case of Neural Text Degeneration", arXiv 1904.09751). The most likely one stays always, and so
 * does what ties with the last that stays.
 *
 * @param logits - [B, C]
 * @throws DistributionError unless 0 < p <= 1
 * @example
 * ```ts
 * import { createCategorical, keepTopP } from '@pose-rft/hybrid-actions';
 * import { tensor2d, tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const nucleus = createCategorical(keepTopP(tensor2d([[Math.log(6), Math.log(3), 0]]), 0.8));
 *   const [first = 0, second = 0, third] = nucleus.mean().dataSync();
 *   console.assert(Math.abs(first - 2 / 3) < 1e-6 && Math.abs(second - 1 / 3) < 1e-6 && third === 0);
 * });
 * ```
 */
export function keepTopP(logits: Tensor2D, p: number): Tensor2D {
  if (!(p > 0 && p <= 1)) throw new DistributionError(`p: expected a number in (0, 1], got ${p}`);
  if (p === 1) return clone(logits);
  return tidy(() => {
    const { values: sorted } = topk(stopGradient(logits), logits.shape[1]);
    const before = cumsum(softmax(sorted), 1, true);
    const last = min(where(less(before, p), sorted, fill(sorted.shape, Infinity)), 1, true);
    return keepFrom(logits, last);
  });
}

/** @param least - [B, 1]: the smallest logit that stays */
function keepFrom(logits: Tensor2D, least: Tensor): Tensor2D {
  return where(greaterEqual(stopGradient(logits), least), logits, masked(logits));
}

function masked(logits: Tensor2D): Tensor2D {
  return fill(logits.shape, -Infinity);
}
