import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  actionFromJson,
  bernoulli,
  box,
  categorical,
  contains,
  hybrid,
  InvalidActionError,
  InvalidSpaceError,
  multiCategorical,
  parseSpace,
  real,
  rotations,
  tokens,
  tuple,
  when,
  type ActionOf,
  type Space,
} from '../index.js';

const END = 1;
const POSE = 3;
const answerWithPose = hybrid({
  answer: tokens({ vocabularySize: 6, maxLength: 5, end: END }),
  pose: when('answer', { contains: POSE }, rotations({ joints: 2 })),
});

describe('the type of an action', () => {
  test('follows from the space', () => {
    expectTypeOf<ActionOf<typeof answerWithPose>>().toEqualTypeOf<{
      readonly answer: readonly number[];
      readonly pose?: Float32Array;
    }>();
    const _tool = hybrid({
      call: categorical({ categories: 3 }),
      at: hybrid({ corner: box({ low: [0], high: [1] }), offset: real({ size: 2 }) }),
    });
    expectTypeOf<ActionOf<typeof _tool>>().toEqualTypeOf<{
      readonly call: number;
      readonly at: { readonly corner: Float32Array; readonly offset: Float32Array };
    }>();
    const _tuple = tuple([multiCategorical({ categories: [2, 3] }), bernoulli({ size: 2 }), _tool]);
    expectTypeOf<ActionOf<typeof _tuple>>().toEqualTypeOf<
      readonly [readonly number[], readonly (0 | 1)[], ActionOf<typeof _tool>]
    >();
    const _nested = hybrid({
      gear: categorical({ categories: 3 }),
      flags: bernoulli({ size: 2 }),
      by: when('gear', { equals: 1 }, when('flags', { at: 0, equals: 1 }, real({ size: 2 }))),
    });
    expectTypeOf<ActionOf<typeof _nested>>().toEqualTypeOf<{
      readonly gear: number;
      readonly flags: readonly (0 | 1)[];
      readonly by?: Float32Array;
    }>();
    expectTypeOf<Float32Array>().toExtend<ActionOf<Space>>();
  });

  test('a condition on a field that is not there does not compile', () => {
    expect(() =>
      hybrid({
        answer: tokens({ vocabularySize: 6, maxLength: 5, end: END }),
        // @ts-expect-error there is no field 'text'
        pose: when('text', { contains: POSE }, rotations({ joints: 2 })),
      }),
    ).toThrow(InvalidSpaceError);
    expect(() =>
      hybrid({
        answer: tokens({ vocabularySize: 6, maxLength: 5, end: END }),
        // @ts-expect-error nor behind another condition
        pose: when('answer', { contains: POSE }, when('text', { equals: 1 }, real({ size: 1 }))),
      }),
    ).toThrow(/reads the field 'text'/);
  });
});

describe('contains says why not', () => {
  const pose = Float32Array.of(1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0);
  test.each<[string, unknown, string, RegExp]>([
    ['an absent pose', { answer: [POSE, END] }, 'pose', /expected a Float32Array of 12 numbers, got nothing/],
    ['a pose too many', { answer: [END], pose }, 'pose', /its condition does not hold/],
    ['a foreign token', { answer: [6] }, 'answer[0]', /token id in \[0, 6\), got 6/],
    ['a token after the end', { answer: [END, 0] }, 'answer[0]', /end token 1 is followed/],
    ['too long an answer', { answer: [0, 0, 0, 0, 0, 0] }, 'answer', /at most 5 tokens, got 6/],
    ['NaN', { answer: [POSE], pose: pose.with(7, NaN) }, 'pose[7]', /finite number, got NaN/],
    ['no rotation', { answer: [POSE], pose: pose.with(10, 0) }, 'pose[6]', /joint 1 are parallel or zero/],
    ['a number array', { answer: [POSE], pose: Array.from(pose) }, 'pose', /expected a Float32Array/],
    ['an unknown field', { answer: [END], posee: pose }, 'posee', /no such field \(fields: answer, pose\)/],
    ['no object', 7, '', /expected an object with answer, pose, got 7/],
  ])('%s', (_, action, path, reason) => {
    const found = contains(answerWithPose, action);
    expect(found).toMatchObject({ contained: false, path, reason: expect.stringMatching(reason) as string });
  });

  const layered = hybrid({
    choices: multiCategorical({ categories: [2, 3] }),
    flags: bernoulli({ size: 2 }),
    pair: tuple([categorical({ categories: 2 }), box({ low: [0], high: [1] })]),
    by: when('choices', { at: 1, equals: 2 }, when('flags', { at: 0, equals: 1 }, real({ size: 1 }))),
  });
  const one = Float32Array.of(1);
  const sound = { choices: [1, 0], flags: [0, 1], pair: [1, one] };
  test.each<[string, unknown, string, RegExp]>([
    ['a choice too many', { ...sound, choices: [1, 0, 0] }, 'choices', /array of 2 integers, got 3/],
    ['no array of choices', { ...sound, choices: 1 }, 'choices', /array of 2 integers, got 1/],
    ['a foreign choice', { ...sound, choices: [1, 3] }, 'choices[1]', /integer in \[0, 3\), got 3/],
    ['a choice that is no integer', { ...sound, choices: [0.5, 1] }, 'choices[0]', /got 0.5/],
    ['a flag of 2', { ...sound, flags: [0, 2] }, 'flags[1]', /integer in \[0, 2\), got 2/],
    ['a boolean flag', { ...sound, flags: [true, 0] }, 'flags[0]', /integer in \[0, 2\), got true/],
    ['half a pair', { ...sound, pair: [1] }, 'pair', /array of 2 parts, got 1/],
    ['an object for a pair', { ...sound, pair: {} }, 'pair', /array of 2 parts, got {}/],
    ['a wrong part', { ...sound, pair: [2, one] }, 'pair[0]', /integer in \[0, 2\), got 2/],
    [
      'a part outside its box',
      { ...sound, pair: [0, Float32Array.of(-1)] },
      'pair[1][0]',
      /expected 0 <= x <= 1, got -1/,
    ],
    ['only the outer condition', { ...sound, choices: [0, 2], by: one }, 'by', /condition does not hold/],
    ['only the inner condition', { ...sound, flags: [1, 0], by: one }, 'by', /condition does not hold/],
    ['both, and nothing there', { ...sound, choices: [0, 2], flags: [1, 0] }, 'by', /got nothing/],
  ])('%s', (_, action, path, reason) => {
    expect(contains(layered, { ...sound, by: undefined })).toEqual({ contained: true });
    expect(contains(layered, { ...sound, choices: [0, 2], flags: [1, 0], by: one }).contained).toBe(true);
    const found = contains(layered, action);
    expect(found).toMatchObject({ contained: false, path, reason: expect.stringMatching(reason) as string });
  });

  test('a condition on an absent field does not hold', () => {
    const chain = hybrid({
      first: categorical({ categories: 2 }),
      second: when('first', { equals: 1 }, categorical({ categories: 2 })),
      third: when('second', { equals: 0 }, real({ size: 1 })),
    });
    expect(contains(chain, { first: 0 })).toEqual({ contained: true });
    expect(contains(chain, { first: 1, second: 0, third: one })).toEqual({ contained: true });
    expect(contains(chain, { first: 0, third: one })).toMatchObject({ path: 'third' });
  });

  test('and JSON that holds no action is refused with the same words', () => {
    expect(() => actionFromJson(answerWithPose, { answer: [9] })).toThrow(InvalidActionError);
    expect(() => actionFromJson(answerWithPose, { answer: [9] })).toThrow(/answer\[0\]: expected a token id/);
  });
});

describe('a space that contradicts itself is refused', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['no categories', () => categorical({ categories: 0 }), /categories: expected a positive integer, got 0/],
    [
      'an end outside the vocabulary',
      () => tokens({ vocabularySize: 3, maxLength: 2, end: 3 }),
      /tokens\.end/,
    ],
    ['corners out of order', () => box({ low: [1], high: [0] }), /low <= high, got low 1 and high 0/],
    ['unequal corners', () => box({ low: [1], high: [] }), /low has 1 numbers and high has 0/],
    ['no positions', () => multiCategorical({ categories: [] }), /at least one position/],
    ['a position without categories', () => multiCategorical({ categories: [2, 0] }), /categories\[1\]/],
    ['no flags', () => bernoulli({ size: 0 }), /bernoulli\.size/],
    ['no parts', () => tuple([]), /at least one part/],
    ['no fields', () => hybrid({}), /at least one field/],
    ['a corner beyond float32', () => box({ low: [0], high: [1e39] }), /finite low <= high/],
    ['a name that is a path', () => hybrid({ 'a[0]': real({ size: 1 }) }), /nor hold a dot or a bracket/],
    [
      'a name that is no name',
      () => parseSpace(JSON.parse('{"kind":"hybrid","fields":{"__proto__":{"kind":"real","size":1}}}')),
      /__proto__/,
    ],
    [
      'a condition on a position that is not there',
      () =>
        hybrid({
          choices: multiCategorical({ categories: [2, 3] }),
          x: when('choices', { at: 2, equals: 0 }, real({ size: 1 })),
        }),
      /x\.at: expected an integer in \[0, 2\), got 2/,
    ],
    [
      'a condition on a choice that is not there',
      () =>
        hybrid({
          choices: multiCategorical({ categories: [2, 3] }),
          x: when('choices', { at: 0, equals: 2 }, real({ size: 1 })),
        }),
      /x\.equals: expected an integer in \[0, 2\), got 2/,
    ],
    [
      'a flag that is no flag',
      () =>
        hybrid({ flags: bernoulli({ size: 1 }), x: when('flags', { at: 0, equals: 2 }, real({ size: 1 })) }),
      /x\.equals: expected an integer in \[0, 2\)/,
    ],
    [
      'a position of one category',
      () =>
        hybrid({
          choice: categorical({ categories: 2 }),
          x: when('choice', { at: 0, equals: 1 }, real({ size: 1 })),
        }),
      /does not fit a field of kind 'categorical'/,
    ],
    [
      'a condition of no known kind',
      () =>
        parseSpace({
          kind: 'hybrid',
          fields: {
            a: categorical({ categories: 2 }),
            b: { kind: 'when', field: 'a', predicate: { above: 1 }, space: real({ size: 1 }) },
          },
        }),
      /space\.b: not a condition/,
    ],
    ['a tuple of no space', () => parseSpace({ kind: 'tuple', parts: [{ kind: 'foo' }] }), /space\[0\]: not/],
    ['an unbounded box', () => box({ low: [0], high: [Infinity] }), /use real\(\)/],
    ['a number as a name', () => hybrid({ 1: real({ size: 1 }) }), /whole number/],
    [
      'a condition on a later field',
      () =>
        hybrid({
          pose: when('answer', { contains: 0 }, rotations({ joints: 1 })),
          answer: tokens({ vocabularySize: 2, maxLength: 2, end: 1 }),
        }),
      /reads the field 'answer', which does not come before it/,
    ],
    [
      'a condition of the wrong kind',
      () =>
        hybrid({
          choice: categorical({ categories: 2 }),
          x: when('choice', { contains: 1 }, real({ size: 1 })),
        }),
      /\{ equals: category \} on 'categorical'/,
    ],
    [
      'more occurrences than there are tokens',
      () =>
        hybrid({
          answer: tokens({ vocabularySize: 2, maxLength: 2, end: 1 }),
          x: when('answer', { contains: 0, atLeast: 3 }, real({ size: 1 })),
        }),
      /x\.atLeast: it is 3; expected an integer from 1 to .* 2/,
    ],
    [
      'JSON of no kind',
      () => parseSpace({ kind: 'hybrid', fields: { a: { kind: 'foo' } } }),
      /space\.a: not a space/,
    ],
  ])('%s', (_, build, message) => {
    expect(build).toThrow(InvalidSpaceError);
    expect(build).toThrow(message);
  });
});
