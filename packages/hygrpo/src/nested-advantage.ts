import {
  AdvantageShapeError,
  segmentAdvantages,
  structuredAdvantages,
  type AdvantageOptions,
  type Advantages,
} from './advantage.js';

/** The axes of nested samples, as in a rollout. */
export interface NestedAxes {
  /** [M], ascending: the candidates (of P*G) that have the component. */
  readonly candidates: Int32Array;
  /** G. */
  readonly candidatesPerPrompt: number;
  /** V. */
  readonly samplesPerCandidate: number;
}

/**
 * With whom a nested sample is compared: with the other samples of its candidate ('candidate': one hidden state, so
 * differences in text play no part) or with all samples of its prompt ('group': the paper's V; needed for V = 1).
 */
export type AdvantageScope = 'candidate' | 'group';

/**
 * Where the comparison groups of nested samples begin and end, for {@link segmentAdvantages}.
 *
 * @throws AdvantageShapeError if the candidates are not ascending
 */
export function nestedSegments(axes: NestedAxes, scope: AdvantageScope): Int32Array {
  const { candidates, candidatesPerPrompt, samplesPerCandidate } = axes;
  const starts = [0];
  candidates.forEach((candidate, index) => {
    const next = candidates[index + 1];
    if (next !== undefined && next <= candidate)
      throw new AdvantageShapeError(`candidates must ascend, but ${next} follows ${candidate}`);
    const isLast =
      next === undefined ||
      scope === 'candidate' ||
      Math.floor(next / candidatesPerPrompt) !== Math.floor(candidate / candidatesPerPrompt);
    if (isLast) starts.push((index + 1) * samplesPerCandidate);
  });
  return Int32Array.from(starts);
}

/**
 * Advantages of nested samples: relative to their hidden state or to their prompt, with credit for each group of
 * dimensions where the reward gives it.
 *
 * @param rewards - [M, V] row-major; NaN declines
 * @param options - `credit` is [M, V, K] row-major with `groups` K; see {@link structuredAdvantages}
 * @returns values [M, V], or [M, V, K] with credit
 * @throws AdvantageShapeError if the shapes do not fit
 * @example
 * ```ts
 * import { nestedAdvantages } from '@pose-rft/hygrpo';
 *
 * // Two candidates of one prompt, two samples each: the second candidate's samples are both better.
 * const rewards = Float32Array.of(0, 1, 10, 11);
 * const axes = { candidates: Int32Array.of(0, 1), candidatesPerPrompt: 2, samplesPerCandidate: 2 };
 * const { values } = nestedAdvantages(rewards, { ...axes, scope: 'candidate', stdFloor: 0, relativeStdFloor: 0 });
 * console.assert(values.join() === '-1,1,-1,1');
 * ```
 */
export function nestedAdvantages(
  rewards: Float32Array,
  options: NestedAxes &
    AdvantageOptions & {
      readonly scope: AdvantageScope;
      readonly credit?: Float32Array;
      readonly groups?: number;
    },
): Advantages {
  const segments = nestedSegments(options, options.scope);
  if (options.credit === undefined) return segmentAdvantages(rewards, segments, options);
  const groups = options.groups ?? options.credit.length / rewards.length;
  return structuredAdvantages(rewards, options.credit, { ...options, segments, groups });
}
