import { describe, expect, test } from 'vitest';
import {
  bernoulli,
  box,
  categorical,
  hybrid,
  InvalidSpaceError,
  multiCategorical,
  parseSpace,
  real,
  rotations,
  tokens,
  tuple,
  when,
} from '../index.js';

describe('the constructors name what they refuse', () => {
  const size = 'expected a positive integer, got';
  test.each<[() => unknown, string, string]>([
    [() => tokens({ vocabularySize: 0, maxLength: 1, end: 0 }), 'tokens.vocabularySize', `${size} 0`],
    [() => tokens({ vocabularySize: 1, maxLength: 1.5, end: 0 }), 'tokens.maxLength', `${size} 1.5`],
    [
      () => tokens({ vocabularySize: 2, maxLength: 1, end: -1 }),
      'tokens.end',
      'expected an integer in [0, 2), got -1',
    ],
    [
      () => tokens({ vocabularySize: 2, maxLength: 1, end: 0.5 }),
      'tokens.end',
      'expected an integer in [0, 2), got 0.5',
    ],
    [
      () => tokens({ vocabularySize: 2, maxLength: 1, end: 2 }),
      'tokens.end',
      'expected an integer in [0, 2), got 2',
    ],
    [() => categorical({ categories: -1 }), 'categorical.categories', `${size} -1`],
    [() => bernoulli({ size: NaN }), 'bernoulli.size', `${size} NaN`],
    [() => real({ size: 0 }), 'real.size', `${size} 0`],
    [() => rotations({ joints: 0 }), 'rotations.joints', `${size} 0`],
    [
      () => box({ low: [], high: [] }),
      'box',
      'low has 0 numbers and high has 0; expected equally many, at least one',
    ],
    [
      () => box({ low: [0, 2], high: [1, 1] }),
      'box[1]',
      'expected finite low <= high, got low 2 and high 1; use real() for an unbounded vector',
    ],
  ])('%s', (build, path, reason) => {
    expect(build).toThrow(
      expect.objectContaining({
        name: 'InvalidSpaceError',
        path,
        message: `${path}: ${reason}`,
      }) as Error,
    );
  });

  test('and take the least that makes sense', () => {
    expect(tokens({ vocabularySize: 1, maxLength: 1, end: 0 }).end).toBe(0);
    expect(box({ low: [2], high: [2] })).toEqual({ kind: 'box', low: [2], high: [2] });
  });
});

describe('fields', () => {
  const x = real({ size: 1 });

  test.each(['a1', '1a', 'a b', '-1', '1e3'])('may be called %j', (name) => {
    expect(Object.keys(hybrid({ [name]: x }).fields)).toEqual([name]);
  });

  test.each(['', '0', '12', '__proto__', 'a.b', 'a[0'])('may not be called %j', (name) => {
    // As JSON has it: a literal would set the prototype.
    const json = JSON.parse(
      `{"kind":"hybrid","fields":{${JSON.stringify(name)}:{"kind":"real","size":1}}}`,
    ) as unknown;
    expect(() => parseSpace(json)).toThrow(
      expect.objectContaining({ name: 'InvalidSpaceError', path: name }) as Error,
    );
  });

  const subjects = {
    words: tokens({ vocabularySize: 5, maxLength: 2, end: 1 }),
    choice: categorical({ categories: 2 }),
    choices: multiCategorical({ categories: [2, 3] }),
    flags: bernoulli({ size: 2 }),
    vector: real({ size: 2 }),
  };

  test('may stand under every condition that fits an earlier one', () => {
    const space = hybrid({
      ...subjects,
      a: when('words', { contains: 4 }, x),
      b: when('choice', { equals: 1 }, x),
      c: when('choices', { at: 1, equals: 2 }, x),
      d: when('flags', { at: 1, equals: 1 }, x),
      e: when('choice', { equals: 0 }, when('words', { contains: 0 }, x)),
    });
    expect(parseSpace(JSON.parse(JSON.stringify(space)))).toEqual(space);
  });

  test.each([
    ['words', { contains: 5 }, 'x.contains'],
    ['words', { equals: 1 }, 'x'],
    ['words', { at: 0, equals: 1 }, 'x'],
    ['choice', { equals: 2 }, 'x.equals'],
    ['choice', { contains: 1 }, 'x'],
    ['choice', { at: 0, equals: 1 }, 'x'],
    ['choices', { at: 2, equals: 0 }, 'x.at'],
    ['choices', { at: -1, equals: 0 }, 'x.at'],
    ['choices', { at: 1, equals: 3 }, 'x.equals'],
    ['choices', { equals: 1 }, 'x'],
    ['flags', { at: 2, equals: 0 }, 'x.at'],
    ['flags', { at: 0, equals: 2 }, 'x.equals'],
    ['flags', { contains: 1 }, 'x'],
    ['vector', { contains: 0 }, 'x'],
    ['vector', { equals: 0 }, 'x'],
    ['vector', { at: 0, equals: 0 }, 'x'],
    ['x', { equals: 0 }, 'x'],
  ] as const)('may not stand under a condition that %s cannot meet: %j', (field, predicate, path) => {
    const fields = { ...subjects, x: { kind: 'when', field, predicate, space: x } };
    expect(() => parseSpace({ kind: 'hybrid', fields })).toThrow(
      expect.objectContaining({ name: 'InvalidSpaceError', path }) as Error,
    );
  });
});

describe('what is no space is refused by its place', () => {
  test.each<[unknown, string]>([
    [null, 'space'],
    [7, 'space'],
    ['real', 'space'],
    [{}, 'space'],
    [{ kind: 'box', low: ['0'], high: [1] }, 'space'],
    [{ kind: 'box', low: [0, '0'], high: [1, 1] }, 'space'],
    [{ kind: 'box', low: { length: 1, 0: 0 }, high: [1] }, 'space'],
    [{ kind: 'multiCategorical', categories: '22' }, 'space'],
    [{ kind: 'tuple', parts: { length: 0 } }, 'space'],
    [{ kind: 'tuple', parts: [{ kind: 'real', size: 1 }, null] }, 'space[1]'],
    [{ kind: 'hybrid' }, 'space'],
    [{ kind: 'hybrid', fields: null }, 'space'],
    [{ kind: 'hybrid', fields: 7 }, 'space'],
    [{ kind: 'hybrid', fields: { a: { kind: 'when', field: 'b' } } }, 'space.a'],
    [{ kind: 'hybrid', fields: { a: { kind: 'tuple', parts: [null] } } }, 'space.a[0]'],
  ])('%j', (json, path) => {
    expect(() => parseSpace(json)).toThrow(InvalidSpaceError);
    expect(() => parseSpace(json)).toThrow(expect.objectContaining({ path }) as Error);
  });

  test('a size that is no number is shown as none', () => {
    expect(() => parseSpace({ kind: 'real', size: '3' })).toThrow(
      'real.size: expected a positive integer, got NaN',
    );
    expect(() => parseSpace({ kind: 'tuple', parts: 'x'.repeat(200) })).toThrow(/"x{95,100}; expected/);
  });

  test('and every kind of space is read', () => {
    const all = tuple([
      tokens({ vocabularySize: 5, maxLength: 2, end: 1 }),
      categorical({ categories: 2 }),
      multiCategorical({ categories: [2, 3] }),
      bernoulli({ size: 2 }),
      real({ size: 2 }),
      box({ low: [0], high: [1] }),
      rotations({ joints: 3 }),
    ]);
    expect(parseSpace(JSON.parse(JSON.stringify(all)))).toEqual(all);
  });
});
