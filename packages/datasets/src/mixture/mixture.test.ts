import { describe, expect, test } from 'vitest';
import { createMixture, MixtureReadError, type MixtureSource } from './create-mixture.js';
import { fairTurn } from './fair-turn.js';
import { MixtureError, MixturePositionError, planMixture } from './mixture-plan.js';

const sources: readonly MixtureSource<string>[] = [
  { name: 'a', task: 'text', count: 3, read: (index) => `a${index}` },
  { name: 'b', task: 'picture', weight: 3, count: 5, read: (index) => Promise.resolve(`b${index}`) },
];
const options = { sources, batchSize: 4, seed: 7 };

describe('createMixture', () => {
  test('reads what is planned, and says where it is from', async () => {
    const { value } = await createMixture(options).next();
    expect(value.items).toHaveLength(4);
    expect(value.items.filter(({ task }) => task === 'picture')).toHaveLength(3);
    for (const { source, index, item } of value.items) expect(item).toBe(`${source}${index}`);
    expect(value.next).toMatchObject({ batch: 1, taken: { a: 1, b: 3 } });
  });

  test('gives tasks the shares that are asked for, whatever their sources weigh', async () => {
    const equal = createMixture({ ...options, taskShares: { text: 1, picture: 1 } });
    const { value } = await equal.next();
    expect(value.items.filter(({ task }) => task === 'text')).toHaveLength(2);
  });

  test('names the item that cannot be read', async () => {
    const broken = { name: 'c', task: 'text', count: 1, read: () => Promise.reject(new Error('no disk')) };
    const reading = createMixture({ ...options, sources: [broken] }).next();
    await expect(reading).rejects.toThrow(MixtureReadError);
    await expect(createMixture({ ...options, sources: [broken] }).next()).rejects.toThrow(
      'item 0 of source "c": no disk',
    );
  });

  test('keeps the order of sources that are not to be shuffled', () => {
    const plan = planMixture({ sources: sources.slice(1), batchSize: 1, seed: 1, shuffle: false });
    const indices = Array.from({ length: 7 }, () => plan.next().value.items[0]?.index);
    expect(indices).toEqual([0, 1, 2, 3, 4, 0, 1]);
  });

  test.each([
    [{ sources: [] }, /at least one source/],
    [{ batchSize: 0 }, /batchSize is 0/],
    [{ sources: [sources[0], sources[0]] }, /two sources are called "a"/],
    [{ sources: [{ ...sources[0], weight: 0 }] }, /weight 0/],
    [{ sources: [{ ...sources[0], count: 0 }] }, /has 0 items/],
    [{ taskShares: { texts: 1 } }, /no source has the task "texts"/],
    [{ taskShares: { text: NaN } }, /share NaN/],
    [{ worker: { index: 2, count: 2 } }, /worker 2 of 2/],
  ])('%j is refused', (change, message) => {
    const plan = planMixture({ ...options, ...change } as typeof options);
    expect(() => plan.next()).toThrow(message);
    expect(() => planMixture({ ...options, ...change } as typeof options).next()).toThrow(MixtureError);
  });

  test('a position of another mixture, or of none, is refused', () => {
    const { next } = planMixture(options).next().value;
    expect(() => planMixture({ ...options, seed: 8, position: next }).next()).toThrow(/another mixture/);
    expect(() => planMixture({ ...options, batchSize: 5, position: next }).next()).toThrow(
      MixturePositionError,
    );
    const none = JSON.parse('{"format": "x"}') as typeof next;
    expect(() => planMixture({ ...options, position: none }).next()).toThrow(/no position of a mixture/);
    const damaged = { ...next, taken: { a: 1 } };
    expect(() => planMixture({ ...options, position: damaged }).next()).toThrow(
      /lacks the batch, or the count/,
    );
    expect(planMixture({ ...options, position: next }).next().value.number).toBe(1);
  });
});

test('fairTurn keeps everybody within the bound of the chairman assignment, over long runs', () => {
  for (const shares of [
    [0.5, 0.5],
    [0.9, 0.05, 0.05],
    [0.61, 0.17, 0.13, 0.09],
    [1 / 3, 1 / 3, 1 / 3],
  ]) {
    const taken = shares.map(() => 0);
    const bound = 1 - 1 / (2 * shares.length - 2);
    for (let turn = 0; turn < 20_000; turn++) {
      const party = fairTurn(shares, taken, turn);
      taken[party] = (taken[party] as number) + 1;
      shares.forEach((share, i) => {
        if (Math.abs(share * (turn + 1) - (taken[i] as number)) > bound + 1e-6)
          expect.fail(`${shares.join()} after ${turn + 1} turns: ${taken.join()}`);
      });
    }
  }
});
