import { identified, scoreRows, type Described, type Reward, type RewardIdentity } from '../reward.js';

export interface RepetitionPenaltyOptions<Action> extends RewardIdentity {
  /** Token ids, or words. */
  readonly tokens: (action: Action) => ArrayLike<number | string>;
  /** How many tokens in a row make one n-gram; an integer >= 1. Default 3. */
  readonly n?: number;
}

/**
 * What an answer costs for repeating itself, in (-1, 0]: minus the share of its n-grams that stood in it before. An
 * answer of fewer than n tokens has no n-gram, and costs nothing.
 *
 * Any answer whose n-grams are all different maximises it. It can be gamed by padding with random words, and it
 * punishes honest parallels ("the left knee is bent and the right knee is bent") a little.
 *
 * @throws RangeError if n is not a positive integer
 * @example
 * ```ts
 * import { repetitionPenalty } from '@pose-rft/rewards';
 *
 * const penalty = repetitionPenalty({ tokens: (answer: string) => answer.split(' '), n: 1 });
 * const { values } = penalty.score({
 *   rows: ['a bent knee', 'knee knee knee knee'].map((action) => ({ prompt: undefined, action })),
 * });
 * console.assert(values.join() === '0,-0.75');
 * ```
 */
export function repetitionPenalty<Prompt, Action>(
  options: RepetitionPenaltyOptions<Action>,
): Described<Reward<Prompt, Action>> {
  const { tokens, n = 3 } = options;
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`n must be a positive integer, got ${n}`);
  const about = {
    measures: `minus the share of ${n}-grams that stood in the answer before`,
    unit: '1',
    range: [-1, 0],
    maximisedBy: `any answer without a repeated ${n}-gram`,
    gamedBy: 'padding with ever new words',
    judges: 'rows',
  } as const;
  return identified(options, { name: 'repetition', drives: 'answer', about }, (batch) =>
    scoreRows(batch, (_, action) => {
      const found = tokens(action);
      const total = found.length - n + 1;
      if (total <= 0) return 0;
      return (countDistinct(found, n, total) - total) / total;
    }),
  );
}

/** Answers are short: up to some dozen n-grams, comparing all is faster than a set of keys. */
const COMPARED_DIRECTLY = 64;

function countDistinct(tokens: ArrayLike<number | string>, n: number, total: number): number {
  if (total > COMPARED_DIRECTLY) {
    // JSON keeps '1' and 1, and 'a,b' and 'a', 'b', apart.
    const keys = new Set<string>();
    for (let start = 0; start < total; start++)
      keys.add(JSON.stringify(Array.from({ length: n }, (_, offset) => tokens[start + offset])));
    return keys.size;
  }
  let distinct = 0;
  for (let start = 0; start < total; start++) {
    let isNew = true;
    for (let before = 0; before < start && isNew; before++) isNew = !areEqual(tokens, before, start, n);
    if (isNew) distinct++;
  }
  return distinct;
}

function areEqual(tokens: ArrayLike<number | string>, first: number, second: number, n: number): boolean {
  for (let offset = 0; offset < n; offset++)
    if (tokens[first + offset] !== tokens[second + offset]) return false;
  return true;
}
