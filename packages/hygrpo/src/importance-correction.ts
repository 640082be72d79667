import type { ComponentLogProbs } from '@pose-rft/hybrid-actions';
import { match } from 'ts-pattern';
import { LOG_RATIO_LIMIT } from './importance-ratio.js';
import { ObjectiveOptionError } from './objective-option-error.js';
import { RolloutShapeError } from './rollout-shape.js';

/**
 * A correction for a sampler whose probabilities are not quite the trainer's (other kernels, other precision, an older
 * version): the terms of the surrogate are multiplied by w = pi_old / pi_sampler, a constant. Truncated importance
 * sampling (F. Yao et al., "Your efficient RL framework secretly brings you off-policy RL training", 2025) caps w;
 * masking leaves out what lies outside the range.
 */
export interface ImportanceCorrection {
  /** A ratio a token (group of dimensions), or one for the whole sequence (sample): the product of its tokens'. */
  readonly level: 'token' | 'sequence';
  /** What happens to a weight outside [floor, cap]: moved to the bound, or set to 0. */
  readonly beyond: 'truncate' | 'mask';
  /** > 0. Default 3, as in TRL. */
  readonly cap?: number;
  /** In [0, cap]. Default 0: none. */
  readonly floor?: number;
}

/** The documented default of {@link ImportanceCorrection}. */
export const IMPORTANCE_CAP = 3;

/**
 * Weights that turn an average over what a sampler did into one over what the trainer's policy would have done.
 *
 * @param old - log-probabilities of the trainer's policy at sampling time
 * @param sampler - those of the sampler, of the same structure
 * @returns as many as log-probabilities, [T] or [M, V, K]; at the level 'sequence' the tokens of a sequence have one
 * weight
 * @throws RolloutShapeError if the structures differ
 * @throws ObjectiveOptionError if cap and floor make no range
 * @example
 * ```ts
 * import { importanceCorrection } from '@pose-rft/hygrpo';
 *
 * const offsets = Int32Array.of(0, 2);
 * const old = { kind: 'sequence', values: Float32Array.of(-1, -1), offsets } as const;
 * const sampler = { kind: 'sequence', values: Float32Array.of(-1, -3), offsets } as const;
 * const weights = importanceCorrection(old, sampler, { level: 'token', beyond: 'truncate', cap: 2 });
 * console.assert(weights.join() === '1,2');
 * ```
 */
export function importanceCorrection(
  old: ComponentLogProbs<Float32Array>,
  sampler: ComponentLogProbs<Float32Array>,
  correction: ImportanceCorrection,
): Float32Array {
  requireCorrection(correction);
  if (old.kind !== sampler.kind || old.values.length !== sampler.values.length)
    throw new RolloutShapeError(
      `the sampler has ${sampler.values.length} log-probabilities of a ${sampler.kind} component; the trainer has ` +
        `${old.values.length} of a ${old.kind} one`,
    );
  const logWeights = Float64Array.from(
    old.values,
    (value, index) => value - (sampler.values[index] as number),
  );
  if (correction.level === 'sequence') shareWithinSequences(logWeights, old);
  const bounded = bound(correction);
  return Float32Array.from(logWeights, (logWeight) =>
    bounded(Math.exp(Math.min(LOG_RATIO_LIMIT, Math.max(-LOG_RATIO_LIMIT, logWeight)))),
  );
}

/** @throws ObjectiveOptionError if cap and floor make no range */
export function requireCorrection({ cap = IMPORTANCE_CAP, floor = 0 }: ImportanceCorrection): void {
  if (!(Number.isFinite(cap) && cap > 0))
    throw new ObjectiveOptionError('importanceCorrection.cap', cap, 'a finite number > 0');
  if (!(floor >= 0 && floor <= cap))
    throw new ObjectiveOptionError(
      'importanceCorrection.floor',
      floor,
      `a number in [0, cap], the cap is ${cap}`,
    );
}

function bound({
  beyond,
  cap = IMPORTANCE_CAP,
  floor = 0,
}: ImportanceCorrection): (weight: number) => number {
  return match(beyond)
    .with('truncate', () => (weight: number) => Math.min(cap, Math.max(floor, weight)))
    .with('mask', () => (weight: number) => (weight > cap || weight < floor ? 0 : weight))
    .exhaustive();
}

/** Every token takes the sum over its sequence, every group of dimensions that over its sample. */
function shareWithinSequences(logWeights: Float64Array, layout: ComponentLogProbs<unknown>): void {
  const share = (start: number, end: number): void => {
    let total = 0;
    for (let index = start; index < end; index++) total += logWeights[index] as number;
    logWeights.fill(total, start, end);
  };
  if (layout.kind === 'sequence')
    for (let candidate = 0; candidate + 1 < layout.offsets.length; candidate++)
      share(layout.offsets[candidate] as number, layout.offsets[candidate + 1] as number);
  else
    for (let start = 0; start < logWeights.length; start += layout.groups)
      share(start, start + layout.groups);
}
