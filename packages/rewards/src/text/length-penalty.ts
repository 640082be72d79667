import { identified, scoreRows, type Described, type Reward, type RewardIdentity } from '../reward.js';

export interface LengthPenaltyOptions<Action> extends RewardIdentity {
  /** In tokens, words or characters: the unit of the limits. */
  readonly length: (action: Action) => number;
  /** Up to here an answer costs nothing; >= 0. */
  readonly softLimit: number;
  /** From here on it costs 1; > softLimit. */
  readonly hardLimit: number;
}

/**
 * What an answer costs for being long, in [-1, 0]: 0 up to the soft limit, then linearly down to -1 at the hard one
 * (the soft overlong punishment of DAPO, Yu et al. 2025, eq. 13). A slope rather than a cliff: near the limit a little
 * shorter is a little better.
 *
 * Any answer up to the soft limit maximises it, an empty one too: it belongs beside a reward of the content.
 *
 * @throws RangeError unless 0 <= softLimit < hardLimit, or if a length is not a number >= 0 (when scoring)
 * @example
 * ```ts
 * import { lengthPenalty } from '@pose-rft/rewards';
 *
 * const penalty = lengthPenalty({ length: (answer: number[]) => answer.length, softLimit: 2, hardLimit: 4 });
 * const { values } = penalty.score({
 *   rows: [[1], [1, 2, 3], [1, 2, 3, 4, 5]].map((action) => ({ prompt: undefined, action })),
 * });
 * console.assert(values.join() === '0,-0.5,-1');
 * ```
 */
export function lengthPenalty<Prompt, Action>(
  options: LengthPenaltyOptions<Action>,
): Described<Reward<Prompt, Action>> {
  const { length, softLimit, hardLimit } = options;
  if (!(softLimit >= 0 && hardLimit > softLimit && hardLimit < Infinity))
    throw new RangeError(`the limits must satisfy 0 <= soft < hard, got ${softLimit} and ${hardLimit}`);
  const about = {
    measures: `0 up to a length of ${softLimit}, falling to -1 at ${hardLimit}`,
    unit: '1',
    range: [-1, 0],
    maximisedBy: 'any answer up to the soft limit',
    gamedBy: 'saying nothing',
    judges: 'rows',
  } as const;
  return identified(options, { name: 'length', drives: 'answer', about }, (batch) =>
    scoreRows(batch, (_, action) => {
      const found = length(action);
      if (!(found >= 0)) throw new RangeError(`a length must be a number >= 0, got ${found}`);
      if (found <= softLimit) return 0;
      return -Math.min(1, (found - softLimit) / (hardLimit - softLimit));
    }),
  );
}
