import fc from 'fast-check';
import type { Bounds, RewardCard } from '../reward-card.js';
import type { RewardBatch, RewardScores } from '../reward.js';

/** A property that must hold of a reward, checked on many random batches; any test runner can run it. */
export interface RewardLaw {
  /** A sentence that says what holds. */
  readonly name: string;
  /** Rejects, with a counterexample, if the law does not hold. */
  check(): Promise<void>;
}

type Row<Prompt, Action> = RewardBatch<Prompt, Action>['rows'][number];

/** A reward to be tested, and what it promises. */
export interface RewardSubject<Prompt, Action> {
  readonly reward: {
    readonly about?: RewardCard;
    score(batch: RewardBatch<Prompt, Action>): RewardScores | Promise<RewardScores>;
  };
  /** Rows that the reward may meet, among them some that it declines. */
  readonly row: fc.Arbitrary<Row<Prompt, Action>>;
  /** The documented bounds of the values, closed. Default: those of the reward's card, else none. */
  readonly range?: Bounds;
  /** The number of groups of dimensions that it credits. Default 0: it gives no `perGroup`. */
  readonly groups?: number;
  /** The documented bounds of the credit. Default: those of the reward's card, else of the values. */
  readonly creditRange?: Bounds;
  /** Whether the reward does not apply to a row. Default: it applies to all. */
  readonly declines?: (row: Row<Prompt, Action>, among: readonly Row<Prompt, Action>[]) => boolean;
  /**
   * Two rows of which the second must not score less: closer to the target, one more constraint met. Default: no such
   * pair is known, and monotonicity goes unchecked.
   */
  readonly noBetterThan?: fc.Arbitrary<readonly [worse: Row<Prompt, Action>, better: Row<Prompt, Action>]>;
  /** For rewards that compare the rows of a group: the key of a row's group. Default: every row is judged by itself. */
  readonly groupOf?: (row: Row<Prompt, Action>) => unknown;
}

export interface RewardLawOptions {
  /** Random batches a law. Default 50. */
  readonly runs?: number;
  /** Of the batches. Default: a new one each time, printed with a counterexample. */
  readonly seed?: number;
}

/** Float32 rounding of a documented bound. */
const ROUNDING = 1e-5;

/**
 * What a trainer relies on in every reward: values and credit within documented bounds and of the right shape, NaN
 * exactly where the reward does not apply, every row (or group) judged by itself whatever stands around it and in
 * whatever order, the better of two rows never below the worse, and neither prompts nor earlier answers touched.
 *
 * @example
 * ```ts
 * import { formatReward } from '@pose-rft/rewards';
 * import { rewardLaws } from '@pose-rft/rewards/laws';
 * import fc from 'fast-check';
 *
 * const laws = rewardLaws({
 *   reward: formatReward({ answer: (action: string) => action }),
 *   row: fc.constantFrom('sure <POSE>', 'no').map((action) => ({ prompt: undefined, action })),
 *   // Its bounds are those of its card.
 * });
 * for (const { check } of laws) await check();
 * ```
 */
export function rewardLaws<Prompt, Action>(
  subject: RewardSubject<Prompt, Action>,
  options: RewardLawOptions = {},
): readonly RewardLaw[] {
  const { reward, row, groups = 0, declines = () => false, noBetterThan, groupOf } = subject;
  const range = subject.range ?? reward.about?.range ?? [-Infinity, Infinity];
  const creditRange = subject.creditRange ?? reward.about?.creditRange ?? range;
  const score = async (rows: readonly Row<Prompt, Action>[]): Promise<RewardScores> => reward.score({ rows });
  const lawOf = <Case>(
    name: string,
    cases: fc.Arbitrary<Case>,
    holds: (each: Case) => Promise<boolean>,
  ): RewardLaw => ({
    name,
    check: () =>
      fc.assert(fc.asyncProperty(cases, holds), {
        numRuns: options.runs ?? 50,
        ...(options.seed === undefined ? {} : { seed: options.seed }),
      }),
  });
  const batches = fc.array(row, { maxLength: 6 });
  const law = (name: string, holds: (rows: readonly Row<Prompt, Action>[]) => Promise<boolean>): RewardLaw =>
    lawOf(name, batches, holds);

  return [
    law('one value a row, within the documented range where the reward applies', async (rows) => {
      const { values } = await score(rows);
      return (
        values.length === rows.length && values.every((value) => Number.isNaN(value) || isIn(range, value))
      );
    }),
    law('NaN exactly where the reward declines', async (rows) => {
      const { values } = await score(rows);
      return rows.every((each, index) => Number.isNaN(values[index]) === declines(each, rows));
    }),
    law('credit for each group of dimensions, finite and within its range', async (rows) => {
      const { values, perGroup } = await score(rows);
      if (groups === 0 || perGroup === undefined) return groups === 0 && perGroup === undefined;
      return (
        perGroup.length === rows.length * groups &&
        perGroup.every(
          (credit, index) => Number.isNaN(values[Math.floor(index / groups)]) || isIn(creditRange, credit),
        )
      );
    }),
    groupOf === undefined
      ? law('every row is judged by itself', async (rows) => {
          const together = await score(rows);
          const alone = await Promise.all(rows.map((each) => score([each])));
          return rows.every((_, index) => sameRow(together, index, alone[index], 0, groups));
        })
      : law('every group is judged by itself', async (rows) => {
          const together = await score(rows);
          const apart = await Promise.all(
            rows.map((each) => score(rows.filter((other) => groupOf(other) === groupOf(each)))),
          );
          return rows.every((each, index) => {
            const before = rows.slice(0, index).filter((other) => groupOf(other) === groupOf(each)).length;
            return sameRow(together, index, apart[index], before, groups);
          });
        }),
    law('permuting the rows permutes the scores', async (rows) => {
      const forward = await score(rows);
      const backward = await score([...rows].reverse());
      return rows.every((_, index) => sameRow(forward, index, backward, rows.length - 1 - index, groups));
    }),
    law('scoring again gives the same and leaves the first answer alone', async (rows) => {
      const first = await score(rows);
      const kept = { values: first.values.slice(), perGroup: first.perGroup?.slice() };
      await score([...rows].reverse());
      const again = await score(rows);
      return (
        sameNumbers(first.values, kept.values) &&
        sameNumbers(first.perGroup, kept.perGroup) &&
        sameNumbers(again.values, kept.values) &&
        sameNumbers(again.perGroup, kept.perGroup)
      );
    }),
    law('prompts and actions stay as they are', async (rows) => {
      const before = fc.stringify(rows);
      await score(rows);
      return fc.stringify(rows) === before;
    }),
    ...(noBetterThan === undefined
      ? []
      : [
          lawOf('the better of two rows scores no less', noBetterThan, async ([worse, better]) => {
            const { values } = await score([worse, better]);
            const [low = Number.NaN, high = Number.NaN] = values;
            return low <= high || isIn([low, low], high);
          }),
        ]),
  ];
}

function isIn([lowest, highest]: Bounds, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  const slack = ROUNDING * Math.max(1, ...[lowest, highest].filter(Number.isFinite).map(Math.abs));
  return value >= lowest - slack && value <= highest + slack;
}

function sameRow(
  first: RewardScores,
  firstRow: number,
  second: RewardScores | undefined,
  secondRow: number,
  groups: number,
): boolean {
  if (!Object.is(first.values[firstRow], second?.values[secondRow])) return false;
  return sameNumbers(
    first.perGroup?.slice(firstRow * groups, (firstRow + 1) * groups),
    second?.perGroup?.slice(secondRow * groups, (secondRow + 1) * groups),
  );
}

function sameNumbers(first: Float32Array | undefined, second: Float32Array | undefined): boolean {
  if (first === undefined || second === undefined) return first === second;
  return first.length === second.length && first.every((value, index) => Object.is(value, second[index]));
}
