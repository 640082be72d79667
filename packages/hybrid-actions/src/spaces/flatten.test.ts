import { describe, expect, test } from 'vitest';
import {
  bernoulli,
  box,
  categorical,
  flatLayout,
  flatten,
  hybrid,
  InvalidActionError,
  InvalidSpaceError,
  multiCategorical,
  rotations,
  spacesEqual,
  tokens,
  tuple,
  unflatten,
  when,
} from '../index.js';

const space = hybrid({
  call: tokens({ vocabularySize: 9, maxLength: 3, end: 1 }),
  gears: multiCategorical({ categories: [3, 2] }),
  arguments: when(
    'call',
    { contains: 4 },
    tuple([box({ low: [0, 0], high: [1, 1] }), hybrid({ flags: bernoulli({ size: 2 }) })]),
  ),
  choice: categorical({ categories: 3 }),
});

describe('the flat layout', () => {
  test('names each component, with its offset and size', () => {
    const { size, components } = flatLayout(space);
    expect(size).toBe(10);
    expect(
      components.map(({ path, space: { kind }, offset, size: own }) => [path, kind, offset, own]),
    ).toEqual([
      ['call', 'tokens', 0, 3],
      ['gears', 'multiCategorical', 3, 2],
      ['arguments[0]', 'box', 5, 2],
      ['arguments[1].flags', 'bernoulli', 7, 2],
      ['choice', 'categorical', 9, 1],
    ]);
  });

  test('of a space without parts is one component without a path', () => {
    const joints = rotations({ joints: 2 });
    expect(flatLayout(joints)).toEqual({
      size: 12,
      components: [{ path: '', space: joints, offset: 0, size: 12 }],
    });
  });

  test.each([
    ['tokens', tokens({ vocabularySize: 2 ** 24 + 1, maxLength: 1, end: 0 })],
    ['categories', categorical({ categories: 2 ** 24 + 1 })],
    ['choices', multiCategorical({ categories: [1, 2 ** 24 + 1] })],
  ])('refuses more %s than float32 tells apart', (_, large) => {
    expect(() => flatLayout(hybrid({ part: large }))).toThrow(InvalidSpaceError);
    expect(() => flatLayout(hybrid({ part: large }))).toThrow(/part: expected at most 2\^24 .* got 16777217/);
  });

  test('takes as many as float32 tells apart', () => {
    const most = categorical({ categories: 2 ** 24 });
    expect(unflatten(most, flatten(most, 2 ** 24 - 1))).toBe(2 ** 24 - 1);
  });
});

describe('a flat action', () => {
  test('holds -1 after the last token and zeros for what is absent', () => {
    expect(Array.from(flatten(space, { call: [5, 1], gears: [2, 0], choice: 2 }))).toEqual([
      5, 1, -1, 2, 0, 0, 0, 0, 0, 2,
    ]);
  });

  test('holds what is there, in place, and comes back', () => {
    const rows = new Float32Array(20).fill(7);
    const action = {
      call: [4],
      gears: [0, 1],
      arguments: [Float32Array.of(0.25, 0.5), { flags: [1, 0] }],
      choice: 1,
    } as const;
    const row = flatten(space, action, rows.subarray(10));
    expect(Array.from(rows)).toEqual([7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 4, -1, -1, 0, 1, 0.25, 0.5, 1, 0, 1]);
    expect(unflatten(space, row)).toEqual(action);
  });

  test('does not share memory with the vector that is read back', () => {
    const flat = Float32Array.of(0.5);
    const unit = box({ low: [0], high: [1] });
    const read = unflatten(unit, flat);
    flat[0] = 1;
    expect(read[0]).toBe(0.5);
  });

  test.each<[string, () => unknown, RegExp]>([
    [
      'a target too small',
      () => flatten(categorical({ categories: 2 }), 1, new Float32Array(0)),
      /target: expected 1/,
    ],
    [
      'numbers too many',
      () => unflatten(categorical({ categories: 2 }), new Float32Array(2)),
      /numbers: expected 1/,
    ],
    ['a foreign action', () => flatten(categorical({ categories: 2 }), 2), /integer in \[0, 2\), got 2/],
    ['numbers of no action', () => unflatten(bernoulli({ size: 1 }), Float32Array.of(0.5)), /got 0.5/],
  ])('%s is refused', (_, act, message) => {
    expect(act).toThrow(InvalidActionError);
    expect(act).toThrow(message);
  });
});

describe('spaces are equal', () => {
  test('whatever the order of their own properties', () => {
    expect(spacesEqual({ size: 2, kind: 'real' }, { kind: 'real', size: 2 })).toBe(true);
    expect(spacesEqual({ kind: 'real', size: 2 }, { kind: 'bernoulli', size: 2 })).toBe(false);
    expect(spacesEqual(space, space)).toBe(true);
  });

  test('only with the same conditions, and fields in the same order', () => {
    const a = categorical({ categories: 2 });
    const b = when('a', { equals: 0 }, bernoulli({ size: 1 }));
    expect(spacesEqual(hybrid({ a, b }), hybrid({ a, b: when('a', { equals: 1 }, b.space) }))).toBe(false);
    expect(spacesEqual(hybrid({ a, c: a }), hybrid({ c: a, a }))).toBe(false);
  });
});
