import { constraintKey, parseStatements, type Constraint } from '@pose-rft/text-pose';
import { identified, scoreRows, type Described, type Reward, type RewardIdentity } from '../reward.js';

export interface StatementRewardOptions<Prompt, Action> extends RewardIdentity {
  readonly answer: (action: Action) => string;
  /**
   * The facts that are worth naming, such as `describePose(targetJoints)`; undefined or none: the reward declines
   * (the prompt does not ask for a description).
   */
  readonly facts: (prompt: Prompt) => readonly Constraint[] | undefined;
  /** How many statements count. Default 2. */
  readonly statements?: number;
}

/**
 * The share of the answer's first two statements (parts between commas, full stops, colons and "and", up to the first
 * `<...>` token) that are facts of the target: in [0, 1], in steps of a half; NaN where the prompt has no facts. Two
 * statements on the same measurement count once, and what cannot be read counts as wrong.
 *
 * Any two true, different facts maximise it. It can be gamed by naming what is true of most poses without looking at
 * this one, which is why `facts` should leave such facts out (`describePose` does); it does not ask for the most
 * telling facts, and ignores all words after the statements that count.
 *
 * @example
 * ```ts
 * import { statementReward } from '@pose-rft/rewards';
 * import { constraintOf } from '@pose-rft/text-pose';
 *
 * const reward = statementReward({
 *   answer: (action: string) => action,
 *   facts: () => [constraintOf('angle:left_elbow', 'bent'), constraintOf('angle:right_knee', 'bent')],
 * });
 * const { values } = reward.score({
 *   rows: [
 *     { prompt: undefined, action: 'left elbow bent, right knee bent: <POSE>.' },
 *     { prompt: undefined, action: 'left elbow bent, left elbow bent: <POSE>.' },
 *   ],
 * });
 * console.assert(values.join() === '1,0.5');
 * ```
 */
export function statementReward<Prompt, Action>(
  options: StatementRewardOptions<Prompt, Action>,
): Described<Reward<Prompt, Action>> {
  const { answer, facts, statements = 2 } = options;
  if (!Number.isInteger(statements) || statements < 1)
    throw new RangeError(`statements must be a positive integer, got ${statements}`);
  const about = {
    measures: `share of the answer's first ${statements} statements that are facts of the target`,
    unit: '1',
    range: [0, 1],
    maximisedBy: 'any true statements on different measurements',
    gamedBy: 'naming what is true of most poses, without looking at this one',
    judges: 'rows',
  } as const;
  return identified(options, { name: 'statement', drives: 'answer', about }, (batch) => {
    // The candidates of a prompt share its facts.
    const keysOf = new Map<readonly Constraint[], ReadonlySet<number>>();
    return scoreRows(batch, (prompt, action) => {
      const known = facts(prompt);
      if (known === undefined || known.length === 0) return undefined;
      let trueKeys = keysOf.get(known);
      if (trueKeys === undefined) {
        trueKeys = new Set(known.map(constraintKey));
        keysOf.set(known, trueKeys);
      }
      const named = new Set<number>();
      for (const stated of parseStatements(answer(action)).slice(0, statements)) {
        if (stated !== undefined && trueKeys.has(constraintKey(stated))) named.add(stated.posecode);
      }
      return named.size / statements;
    });
  });
}
