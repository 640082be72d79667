import type { Bounds, RewardCard } from '../reward-card.js';
import type {
  AnyReward,
  AsyncReward,
  EventualScores,
  Reward,
  RewardIdentity,
  RewardScores,
} from '../reward.js';
import { CompositionError } from './composition-error.js';
import { hasScheduledWeight } from './derived-reward.js';

export interface CombinedOptions extends RewardIdentity {
  /**
   * `skip` (the default) adds those parts that apply to a row, and declines if none does; `decline` declines a row as
   * soon as one part does, so that sums are over the same parts everywhere.
   */
  readonly missing?: 'skip' | 'decline';
}

/**
 * Several rewards of one component as one: the sum of their values, each times its weight. Where some credit groups of
 * dimensions, a part that does not counts for every group alike. The order of the parts does not matter (up to
 * rounding), and a part of weight 0 changes nothing but which rows apply.
 *
 * This adds before anything is normalised, in the parts' own units: one with a wide range outshouts the others. To
 * normalise each by itself and add then, give the trainer the parts (`rewardAggregation` of `@pose-rft/hygrpo`).
 *
 * @throws CompositionError if there are no rewards, or they drive different components
 * @throws CompositionError (when scoring) if the parts give other numbers of values or of groups than each other
 * @example
 * ```ts
 * import { combined, lengthPenalty, repetitionPenalty, weighted } from '@pose-rft/rewards';
 *
 * const tokens = (action: string): string[] => action.split(' ');
 * const reward = combined([
 *   lengthPenalty({ length: (action: string) => tokens(action).length, softLimit: 1, hardLimit: 3 }),
 *   weighted(repetitionPenalty({ tokens, n: 1 }), 2),
 * ]);
 * const { values } = reward.score({ rows: [{ prompt: undefined, action: 'knee knee' }] });
 * console.assert(values[0] === -0.5 + 2 * -0.5);
 * ```
 */
export function combined<Prompt, Action>(
  rewards: readonly Reward<Prompt, Action>[],
  options?: CombinedOptions,
): Reward<Prompt, Action>;
export function combined<Prompt, Action>(
  rewards: readonly AnyReward<Prompt, Action>[],
  options?: CombinedOptions,
): AsyncReward<Prompt, Action>;
export function combined<Prompt, Action>(
  rewards: readonly AnyReward<Prompt, Action>[],
  options: CombinedOptions = {},
): AnyReward<Prompt, Action> {
  const [first] = rewards;
  if (first === undefined)
    throw new CompositionError('there is nothing to combine: give at least one reward');
  const other = rewards.find(({ drives }) => drives !== first.drives);
  if (other !== undefined)
    throw new CompositionError(
      `'${first.name}' drives '${first.drives}', but '${other.name}' drives '${other.drives}': combine rewards of one ` +
        'component, or route one to the other (routed)',
    );
  const { missing = 'skip' } = options;
  const about = combinedCard(rewards);
  return {
    name: options.name ?? rewards.map(({ name }) => name).join('+'),
    drives: options.drives ?? first.drives,
    ...(options.weight === undefined ? {} : { weight: options.weight }),
    ...(about === undefined ? {} : { about }),
    score: (batch) => {
      const scored: readonly EventualScores[] = rewards.map((reward) => reward.score(batch));
      const add = (parts: readonly RewardScores[]): RewardScores =>
        sum(rewards, parts, batch.rows.length, missing);
      return scored.some((each) => each instanceof Promise)
        ? Promise.all(scored.map((each) => Promise.resolve(each))).then(add)
        : add(scored as readonly RewardScores[]);
    },
  };
}

function sum(
  rewards: readonly { readonly name: string; readonly weight?: number }[],
  parts: readonly RewardScores[],
  rows: number,
  missing: 'skip' | 'decline',
): RewardScores {
  const groups = groupCount(rewards, parts, rows);
  const values = new Float32Array(rows).fill(Number.NaN);
  const perGroup = new Float32Array(rows * groups);
  const weights = rewards.map(({ weight = 1 }) => weight);
  for (let row = 0; row < rows; row++) {
    if (missing === 'decline' && parts.some((part) => Number.isNaN(part.values[row]))) continue;
    let total = Number.NaN;
    const credit = new Float64Array(groups);
    for (let part = 0; part < parts.length; part++) {
      const { values: given, perGroup: shares } = parts[part] as RewardScores;
      const value = given[row] as number;
      if (Number.isNaN(value)) continue;
      const weight = weights[part] as number;
      total = (Number.isNaN(total) ? 0 : total) + weight * value;
      for (let group = 0; group < groups; group++)
        credit[group] =
          (credit[group] as number) +
          weight * (shares === undefined ? value : (shares[row * groups + group] as number));
    }
    values[row] = total;
    perGroup.set(credit, row * groups);
  }
  // Also for no rows at all: whether there is credit depends on the parts alone.
  const isCredited = parts.some((part) => part.perGroup !== undefined);
  return { values, ...(isCredited ? { perGroup } : {}) };
}

function groupCount(
  rewards: readonly { readonly name: string }[],
  parts: readonly RewardScores[],
  rows: number,
): number {
  let groups = 0;
  parts.forEach(({ values, perGroup }, index) => {
    const name = rewards[index]?.name ?? '';
    if (values.length !== rows)
      throw new CompositionError(
        `'${name}' gave ${values.length} values for ${rows} rows; expected one a row`,
      );
    if (perGroup === undefined || rows === 0) return;
    const found = perGroup.length / rows;
    if (groups !== 0 && found !== groups)
      throw new CompositionError(`'${name}' credits ${found} groups of dimensions, another reward ${groups}`);
    groups = found;
  });
  return groups;
}

/** Of parts that all have one. Weights that follow a schedule have no bounds known beforehand. */
function combinedCard(rewards: readonly AnyReward<never, never>[]): RewardCard | undefined {
  const cards = rewards.flatMap(({ about }) => about ?? []);
  if (cards.length < rewards.length) return undefined;
  const isScheduled = rewards.some(hasScheduledWeight);
  const weights = rewards.map(({ weight = 1 }) => weight);
  const total = (boundsOf: (card: RewardCard) => Bounds): Bounds => {
    if (isScheduled) return [-Infinity, Infinity];
    const ends = cards.map((card, index) => {
      const weight = weights[index] as number;
      const [lowest, highest] = boundsOf(card);
      // A part may be missing from a row.
      return [
        Math.min(weight * lowest, weight * highest),
        Math.max(weight * lowest, weight * highest),
      ] as const;
    });
    return extremes(ends);
  };
  const credits = cards.some(({ creditRange }) => creditRange !== undefined);
  return {
    measures: `sum of ${rewards.map(({ name }, index) => `${isScheduled ? '' : `${weights[index]} * `}${name}`).join(' + ')}`,
    unit: [...new Set(cards.map(({ unit }) => unit))].join(' + '),
    range: total(({ range }) => range),
    ...(credits ? { creditRange: total(({ creditRange, range }) => creditRange ?? range) } : {}),
    maximisedBy: cards.map(({ maximisedBy }) => maximisedBy).join('; and '),
    gamedBy: cards.map(({ gamedBy }) => gamedBy).join('; or '),
    judges: cards.some(({ judges }) => judges === 'groups') ? 'groups' : 'rows',
  };
}

/** Bounds of the sums of any of the terms, at least one. */
function extremes(ends: readonly Bounds[]): Bounds {
  const lowest = ends.reduce((sum, [low]) => sum + Math.min(0, low), 0);
  const highest = ends.reduce((sum, [, high]) => sum + Math.max(0, high), 0);
  return [
    lowest < 0 ? lowest : Math.min(...ends.map(([low]) => low)),
    highest > 0 ? highest : Math.max(...ends.map(([, high]) => high)),
  ];
}
