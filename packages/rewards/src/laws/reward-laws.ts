import fc from 'fast-check';
import type { RewardBatch, RewardScores } from './reward.js';

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
    score(batch: RewardBatch<Prompt, Action>): RewardScores | Promise<RewardScores>;
  };
  /** Rows that the reward may meet, among them some that it declines. */
  readonly row: fc.Arbitrary<Row<Prompt, Action>>;
  /** The documented bounds of the values, closed. */
  readonly range: readonly [lowest: number, highest: number];
  /** The number of groups of dimensions that it credits. Default 0: it gives no `perGroup`. */
  readonly groups?: number;
  /** The documented bounds of the credit. Default: those of the values. */
  readonly creditRange?: readonly [lowest: number, highest: number];
  /** Whether the reward does not apply to a row. Default: it applies to all. */
  readonly declines?: (row: Row<Prompt, Action>) => boolean;
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
 * exactly where the reward does not apply, every row judged by itself whatever stands around it, and neither prompts
 * nor earlier answers touched.
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
 *   range: [0, 1],
 * });
 * for (const { check } of laws) await check();
 * ```
 */
export function rewardLaws<Prompt, Action>(
  subject: RewardSubject<Prompt, Action>,
  options: RewardLawOptions = {},
): readonly RewardLaw[] {
  const { reward, row, range, groups = 0, creditRange = range, declines = () => false } = subject;
  const score = async (rows: readonly Row<Prompt, Action>[]): Promise<RewardScores> => reward.score({ rows });
  const law = (
    name: string,
    holds: (rows: readonly Row<Prompt, Action>[]) => Promise<boolean>,
  ): RewardLaw => ({
    name,
    check: () =>
      fc.assert(fc.asyncProperty(fc.array(row, { maxLength: 6 }), holds), {
        numRuns: options.runs ?? 50,
        ...(options.seed === undefined ? {} : { seed: options.seed }),
      }),
  });

  return [
    law('one value a row, within the documented range where the reward applies', async (rows) => {
      const { values } = await score(rows);
      return (
        values.length === rows.length && values.every((value) => Number.isNaN(value) || isIn(range, value))
      );
    }),
    law('NaN exactly where the reward declines', async (rows) => {
      const { values } = await score(rows);
      return rows.every((each, index) => Number.isNaN(values[index]) === declines(each));
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
    law('every row is judged by itself', async (rows) => {
      const together = await score(rows);
      const alone = await Promise.all(rows.map((each) => score([each])));
      return rows.every((_, index) => sameRow(together, index, alone[index], 0, groups));
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
  ];
}

function isIn([lowest, highest]: readonly [number, number], value: number): boolean {
  const slack = ROUNDING * Math.max(1, Math.abs(lowest), Math.abs(highest));
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
