import { describe, expect, test } from 'vitest';
import {
  actionFromJson,
  actionToJson,
  bernoulli,
  box,
  categorical,
  flatten,
  hybrid,
  InvalidActionError,
  real,
  rotations,
  tokens,
  tuple,
  unflatten,
  when,
  type ActionOf,
  type Space,
} from '../index.js';

const space = hybrid({
  answer: tokens({ vocabularySize: 6, maxLength: 4, end: 1 }),
  pair: tuple([categorical({ categories: 2 }), box({ low: [0], high: [1] })]),
  pose: when('answer', { contains: 3 }, rotations({ joints: 1 })),
});

describe('an action as JSON', () => {
  const action: ActionOf<typeof space> = {
    answer: [3, 1],
    pair: [1, Float32Array.of(0.5)],
    pose: Float32Array.of(1, 0, 0, 0, 1, 0),
  };
  const json = { answer: [3, 1], pair: [1, [0.5]], pose: [1, 0, 0, 0, 1, 0] };

  test('has numbers for vectors, and comes back', () => {
    expect(actionToJson(space, action)).toStrictEqual(json);
    expect(actionFromJson(space, json)).toStrictEqual(action);
  });

  test('leaves out a field that is there as undefined', () => {
    const { pose: _, ...without } = action;
    const absent: ActionOf<typeof space> = { ...without, answer: [1] };
    Object.assign(absent, { pose: undefined });
    const written = actionToJson(space, absent);
    expect(written).toStrictEqual({ answer: [1], pair: [1, [0.5]] });
  });

  test('of no action is refused', () => {
    expect(() => actionToJson(space, { ...action, answer: [9] })).toThrow(
      expect.objectContaining({ name: 'InvalidActionError', path: 'answer[0]' }) as Error,
    );
  });
});

test.each<[string, Space, unknown, string, string]>([
  [
    'words among numbers',
    real({ size: 2 }),
    ['1', 2],
    '',
    'expected a Float32Array of 2 numbers, got ["1",2]',
  ],
  ['only words', real({ size: 2 }), ['1', '2'], '', 'expected a Float32Array of 2 numbers, got ["1","2"]'],
  [
    'an object of numbers',
    real({ size: 2 }),
    { length: 2, 0: 1, 1: 2 },
    '',
    'expected a Float32Array of 2 numbers, got {"0":1,"1":2,"length":2}',
  ],
  ['null for a vector', rotations({ joints: 1 }), null, '', 'expected a Float32Array of 6 numbers, got null'],
  ['null for a tuple', tuple([real({ size: 1 })]), null, '', 'expected an array of 1 parts, got null'],
  ['a part too many', tuple([real({ size: 1 })]), [[1], [2]], '', 'expected an array of 1 parts, got 2'],
  ['null for fields', hybrid({ x: real({ size: 1 }) }), null, '', 'expected an object with x, got null'],
  ['words for fields', hybrid({ x: real({ size: 1 }) }), 'x', '', 'expected an object with x, got "x"'],
  ['a foreign field', hybrid({ x: real({ size: 1 }) }), { x: [1], y: [2] }, 'y', 'no such field (fields: x)'],
])('%s are refused', (_, given, json, path, reason) => {
  const refused = (): unknown => actionFromJson(given, json);
  expect(refused).toThrow(InvalidActionError);
  expect(refused).toThrow(
    expect.objectContaining({
      path,
      reason,
      message: path === '' ? reason : `${path}: ${reason}`,
    }) as Error,
  );
});

test('an action without a token lies flat as padding alone, and comes back', () => {
  const some = hybrid({
    words: tokens({ vocabularySize: 3, maxLength: 2, end: 1 }),
    flag: bernoulli({ size: 1 }),
  });
  const flat = flatten(some, { words: [], flag: [1] });
  expect(Array.from(flat)).toEqual([-1, -1, 1]);
  expect(unflatten(some, flat)).toStrictEqual({ words: [], flag: [1] });
});
