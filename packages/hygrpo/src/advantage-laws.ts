import type { Law } from '@pose-rft/hybrid-actions/laws';
import fc from 'fast-check';
import { requireNear } from './require-near.js';

/** Advantages of rewards [groups * groupSize]; NaN declines. */
export type AdvantageFunction = (rewards: Float32Array, groupSize: number) => Float32Array;

interface RewardedGroups {
  readonly rewards: Float32Array;
  readonly groupSize: number;
  /** A permutation of the members of a group. */
  readonly order: readonly number[];
}

/** Sixteenths, which float32 adds without rounding. */
const sixteenths = fc.integer({ min: -64, max: 64 }).map((numerator) => numerator / 16);

const rewardedGroups: fc.Arbitrary<RewardedGroups> = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 2, max: 6 }))
  .chain(([groups, groupSize]) =>
    fc.record({
      rewards: fc
        .array(fc.option(sixteenths, { nil: NaN, freq: 6 }), {
          minLength: groups * groupSize,
          maxLength: groups * groupSize,
        })
        .map((values) => Float32Array.from(values)),
      groupSize: fc.constant(groupSize),
      order: fc.shuffledSubarray([...Array(groupSize).keys()], {
        minLength: groupSize,
        maxLength: groupSize,
      }),
    }),
  );

/**
 * What group-relative advantages must satisfy, whatever they are divided by.
 *
 * @example
 * ```ts
 * import { groupAdvantages } from '@pose-rft/hygrpo';
 * import { advantageLaws } from '@pose-rft/hygrpo/laws';
 *
 * for (const law of advantageLaws((rewards, groupSize) => groupAdvantages(rewards, { groupSize }).values)) law.check();
 * ```
 */
export function advantageLaws(advantages: AdvantageFunction): readonly Law[] {
  const law = (name: string, holds: (groups: RewardedGroups) => void): Law => ({
    name,
    check: () => fc.assert(fc.property(rewardedGroups, holds)),
  });

  return [
    law('advantages sum to 0 in every group', ({ rewards, groupSize }) => {
      const found = advantages(rewards, groupSize);
      for (let start = 0; start < rewards.length; start += groupSize) {
        const sum = found.subarray(start, start + groupSize).reduce((total, value) => total + value, 0);
        requireNear(`the sum of the group at ${start}`, sum, 0);
      }
    }),
    law('a declined reward has advantage 0 and changes no other', ({ rewards, groupSize }) => {
      const found = advantages(rewards, groupSize);
      rewards.forEach((reward, row) => {
        if (Number.isNaN(reward)) requireNear(`the advantage of the declined row ${row}`, found[row], 0);
      });
      // The same group with the declined members at its end.
      const moved = Float32Array.from(rewards);
      const places = new Int32Array(rewards.length);
      for (let start = 0; start < rewards.length; start += groupSize) {
        const members = Array.from({ length: groupSize }, (_, index) => start + index);
        const isDeclined = (row: number): number => (Number.isNaN(rewards[row]) ? 1 : 0);
        members.sort((a, b) => isDeclined(a) - isDeclined(b));
        members.forEach((row, index) => {
          moved[start + index] = rewards[row] as number;
          places[row] = start + index;
        });
      }
      const foundMoved = advantages(moved, groupSize);
      places.forEach((place, row) => requireNear(`row ${row}`, foundMoved[place], found[row]));
    }),
    law('a group is as if its declined members had never been', ({ rewards, groupSize }) => {
      const group = rewards.slice(0, groupSize);
      const kept = group.filter((reward) => !Number.isNaN(reward));
      if (kept.length === 0) return;
      const alone = advantages(kept, kept.length);
      let place = 0;
      advantages(group, groupSize).forEach((value, row) => {
        if (!Number.isNaN(group[row])) requireNear(`row ${row}`, value, alone[place++]);
      });
    }),
    law('a group of one has advantage 0', ({ rewards }) => {
      advantages(rewards, 1).forEach((value, row) => {
        if (value !== 0) throw new Error(`row ${row}, alone in its group, has advantage ${value}`);
      });
    }),
    law('a constant added to all rewards changes nothing', ({ rewards, groupSize }) => {
      const shifted = advantages(
        rewards.map((reward) => reward + 3),
        groupSize,
      );
      advantages(rewards, groupSize).forEach((value, row) => requireNear(`row ${row}`, shifted[row], value));
    }),
    law('members of a group may come in any order', ({ rewards, groupSize, order }) => {
      const place = (row: number): number => row - (row % groupSize) + (order[row % groupSize] as number);
      const permuted = advantages(
        rewards.map((_, row) => rewards[place(row)] as number),
        groupSize,
      );
      const found = advantages(rewards, groupSize);
      permuted.forEach((value, row) => requireNear(`row ${row}`, value, found[place(row)]));
    }),
    law('groups may come in any order', ({ rewards, groupSize }) => {
      const groups = rewards.length / groupSize;
      const place = (row: number): number =>
        (groups - 1 - Math.floor(row / groupSize)) * groupSize + (row % groupSize);
      const reversed = advantages(
        rewards.map((_, row) => rewards[place(row)] as number),
        groupSize,
      );
      const found = advantages(rewards, groupSize);
      reversed.forEach((value, row) => requireNear(`row ${row}`, value, found[place(row)]));
    }),
    law('a better reward never has a smaller advantage', ({ rewards, groupSize }) => {
      const found = advantages(rewards, groupSize);
      for (let start = 0; start < rewards.length; start += groupSize)
        for (let a = start; a < start + groupSize; a++)
          for (let b = start; b < start + groupSize; b++)
            if (
              (rewards[a] as number) > (rewards[b] as number) &&
              !((found[a] as number) >= (found[b] as number))
            )
              throw new Error(
                `reward ${rewards[a]} has advantage ${found[a]}, but ${rewards[b]} has ${found[b]}`,
              );
    }),
    law('a group of equal rewards has advantages of exactly 0', ({ rewards, groupSize }) => {
      // Numbers whose sums float32 rounds.
      for (const reward of [0.1, 0.7, 1 / 3, 123.456]) {
        const flat = rewards.map((other, row) => (row < groupSize ? reward : other));
        advantages(flat, groupSize)
          .subarray(0, groupSize)
          .forEach((value, row) => {
            if (value !== 0)
              throw new Error(`row ${row} of the flat group of ${reward} has advantage ${value}`);
          });
      }
    }),
    law('noise of 1e-5 is not blown up to advantages of 1', ({ rewards, groupSize }) => {
      const noisy = rewards.map((_, row) =>
        row < groupSize ? 0.5 + (row % 2) * 1e-5 : (rewards[row] as number),
      );
      advantages(noisy, groupSize)
        .subarray(0, groupSize)
        .forEach((value, row) => {
          if (!(Math.abs(value) < 0.2)) throw new Error(`row ${row} of pure noise has advantage ${value}`);
        });
    }),
  ];
}
