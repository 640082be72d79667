import {
  type AnyReward,
  type AsyncReward,
  type Reward,
  type RewardBatch,
  type RewardScores,
} from '../reward.js';
import { CompositionError } from './composition-error.js';
import { derivedReward } from './derived-reward.js';

export interface GateOptions<Gate> {
  /** The reward that opens the gate; its own component does not matter. */
  readonly by: Gate;
  /** The gate is open for rows whose value reaches this. Default 1. */
  readonly atLeast?: number;
  /**
   * What a row behind a closed gate earns, as value and as credit. NaN: it declines, and so is left out of the group
   * rather than punished. Default: the least value of the reward's range.
   */
  readonly otherwise?: number;
}

/**
 * A reward "only if": rows for which another reward reaches a threshold (such as the format's 1) earn the reward, the
 * others `otherwise`. Rows to which the gate does not apply (NaN) pass; rows that the reward declines stay declined.
 *
 * @throws CompositionError if `otherwise` is neither given nor known from the reward's range
 * @example
 * ```ts
 * import { formatReward, gated, textSimilarityReward } from '@pose-rft/rewards';
 *
 * const answer = (action: string): string => action;
 * const similarity = textSimilarityReward({ answer, reference: () => 'a bent knee <POSE>' });
 * const reward = gated(similarity, { by: formatReward({ answer }) });
 * const { values } = reward.score({
 *   rows: ['a bent knee <POSE>', 'a bent knee'].map((action) => ({ prompt: undefined, action })),
 * });
 * console.assert((values[0] ?? 0) > 0.99 && values[1] === 0);
 * ```
 */
export function gated<Prompt, Action>(
  reward: Reward<Prompt, Action>,
  options: GateOptions<Reward<Prompt, Action>>,
): Reward<Prompt, Action>;
export function gated<Prompt, Action>(
  reward: AnyReward<Prompt, Action>,
  options: GateOptions<AnyReward<Prompt, Action>>,
): AsyncReward<Prompt, Action>;
export function gated<Prompt, Action>(
  reward: AnyReward<Prompt, Action>,
  options: GateOptions<AnyReward<Prompt, Action>>,
): AnyReward<Prompt, Action> {
  const { about } = reward;
  const { by, atLeast = 1, otherwise = about?.range[0] } = options;
  if (otherwise === undefined || Math.abs(otherwise) === Infinity)
    throw new CompositionError(
      `'${reward.name}' has no least value: say what a row behind the gate '${by.name}' earns, with \`otherwise\``,
    );
  const include = ([lowest, highest]: readonly [number, number]): readonly [number, number] =>
    Number.isNaN(otherwise) ? [lowest, highest] : [Math.min(lowest, otherwise), Math.max(highest, otherwise)];
  return derivedReward(reward, {
    ...(about && {
      about: {
        ...about,
        range: include(about.range),
        ...(about.creditRange && { creditRange: include(about.creditRange) }),
        measures: `${about.measures}, only where ${by.name} >= ${atLeast}`,
      },
    }),
    score: (batch: RewardBatch<Prompt, Action>) => {
      const opened = by.score(batch);
      const scored = reward.score(batch);
      if (opened instanceof Promise || scored instanceof Promise)
        return Promise.all([opened, scored]).then(([gate, scores]) =>
          close(scores, gate, atLeast, otherwise),
        );
      return close(scored, opened, atLeast, otherwise);
    },
  });
}

function close(
  { values, perGroup }: RewardScores,
  gate: RewardScores,
  atLeast: number,
  otherwise: number,
): RewardScores {
  const isClosed = (row: number): boolean => (gate.values[row] as number) < atLeast;
  const groups = perGroup === undefined || values.length === 0 ? 1 : perGroup.length / values.length;
  return {
    values: values.map((value, row) => (!Number.isNaN(value) && isClosed(row) ? otherwise : value)),
    ...(perGroup === undefined
      ? {}
      : {
          perGroup: perGroup.map((credit, index) => {
            const row = Math.floor(index / groups);
            // Nobody reads the credit of a row that is declined.
            return isClosed(row) ? (Number.isNaN(otherwise) ? 0 : otherwise) : credit;
          }),
        }),
  };
}
