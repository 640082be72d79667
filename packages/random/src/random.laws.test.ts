import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { createRandom, type Random } from './random.js';

const seed = fc.maxSafeInteger();
const label = fc.oneof(fc.string(), fc.integer());
/** Draws of every kind, so that a normal's spare may or may not be pending. */
const draws = fc.array(fc.constantFrom('uniform', 'normal', 'integer', 'shuffle'), { maxLength: 20 });

function draw(random: Random, kinds: readonly string[]): unknown[] {
  return kinds.map((kind) => {
    if (kind === 'uniform') return random.uniform();
    if (kind === 'normal') return random.normal();
    if (kind === 'integer') return random.integer(10);
    return random.shuffle([1, 2, 3, 4]);
  });
}

describe('a random stream', () => {
  test.prop([seed, draws])('repeats for the same seed', (value, kinds) => {
    expect(draw(createRandom(value), kinds)).toEqual(draw(createRandom(value), kinds));
  });

  test.prop([seed, draws, draws])(
    'continues from its state, through JSON, number for number',
    (value, before, after) => {
      const random = createRandom(value);
      draw(random, before);
      const state: unknown = JSON.parse(JSON.stringify(random.state()));
      const resumed = createRandom(state as ReturnType<Random['state']>);
      expect(draw(resumed, after)).toEqual(draw(random, after));
      expect(resumed.state()).toEqual(random.state());
      expect(draw(resumed.split('child'), after)).toEqual(draw(random.split('child'), after));
    },
  );

  test.prop([seed, label, draws, label])(
    'splits by label alone: not by what was drawn or split before',
    (value, name, kinds, other) => {
      const untouched = createRandom(value);
      const used = createRandom(value);
      draw(used, kinds);
      draw(used.split(other), kinds);
      expect(draw(used.split(name), ['uniform', 'normal'])).toEqual(
        draw(untouched.split(name), ['uniform', 'normal']),
      );
    },
  );

  test.prop([seed, label, draws])('is not disturbed by its children', (value, name, kinds) => {
    const alone = createRandom(value);
    const parent = createRandom(value);
    draw(parent.split(name), kinds);
    expect(draw(parent, kinds)).toEqual(draw(alone, kinds));
  });

  test.prop([seed, fc.uniqueArray(label, { minLength: 2, maxLength: 2, comparator: 'SameValue' })])(
    'gives different children to different labels, and to a label and itself nested',
    (value, [first, second]) => {
      const start = (random: Random): string => [random.uniform(), random.uniform()].join();
      const parent = createRandom(value);
      const child = parent.split(first as string);
      expect(start(parent.split(first as string))).not.toBe(start(parent.split(second as string)));
      expect(start(child.split(first as string))).not.toBe(start(parent.split(first as string)));
      expect(start(createRandom(value))).not.toBe(start(parent.split(first as string)));
    },
  );

  test.prop([seed, fc.integer({ min: 1, max: 2 ** 32 })])('draws within its ranges', (value, limit) => {
    const random = createRandom(value);
    const uniform = random.uniform();
    expect(uniform >= 0 && uniform < 1).toBe(true);
    const integer = random.integer(limit);
    expect(Number.isInteger(integer) && integer >= 0 && integer < limit).toBe(true);
    expect(Number.isFinite(random.normal())).toBe(true);
  });

  test.prop([seed, fc.array(fc.anything(), { maxLength: 12 })])(
    'shuffles a copy that has the same items',
    (value, items) => {
      const before = items.slice();
      const shuffled = createRandom(value).shuffle(items);
      expect(items).toEqual(before);
      expect(shuffled).not.toBe(items);
      const count = (list: readonly unknown[], item: unknown): number =>
        list.filter((other) => Object.is(other, item)).length;
      expect(shuffled).toHaveLength(items.length);
      for (const item of items) expect(count(shuffled, item)).toBe(count(items, item));
    },
  );

  test.prop([seed, fc.array(fc.nat(), { minLength: 1 })])('picks one of the items', (value, items) => {
    expect(items).toContain(createRandom(value).pick(items));
  });

  test.prop([seed, fc.nat(20)])('fills an array with the normals that it would draw', (value, length) => {
    const filled = createRandom(value).fillNormal(new Float64Array(length));
    const random = createRandom(value);
    expect(Array.from(filled)).toEqual(Array.from({ length }, () => random.normal()));
  });
});
