import { createRandom } from '@pose-rft/random';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  actionFromJson,
  actionToJson,
  box,
  categorical,
  contains,
  hybrid,
  InvalidActionError,
  InvalidSpaceError,
  parseSpace,
  real,
  rotations,
  sampleAction,
  tokens,
  when,
  type ActionOf,
  type Space,
} from './index.js';

const END = 1;
const POSE = 3;
const answerWithPose = hybrid({
  answer: tokens({ vocabularySize: 6, maxLength: 5, end: END }),
  pose: when('answer', { contains: POSE }, rotations({ joints: 2 })),
});

/** Any space, conditions included. */
const anySpace: fc.Arbitrary<Space> = fc.letrec<{ space: Space; flat: Space }>((tie) => ({
  flat: fc.oneof(
    fc
      .record({ vocabularySize: fc.integer({ min: 2, max: 9 }), maxLength: fc.integer({ min: 1, max: 6 }) })
      .map((size) => tokens({ ...size, end: 1 })),
    fc.integer({ min: 1, max: 7 }).map((categories) => categorical({ categories })),
    fc.integer({ min: 1, max: 4 }).map((size) => real({ size })),
    fc
      .array(fc.tuple(fc.integer(), fc.nat()), { minLength: 1, maxLength: 3 })
      .map((sides) =>
        box({ low: sides.map(([low]) => low / 7), high: sides.map(([low, width]) => low / 7 + width / 3) }),
      ),
    fc.integer({ min: 1, max: 3 }).map((joints) => rotations({ joints })),
  ),
  space: fc.oneof(
    { depthSize: 'small' },
    tie('flat'),
    fc.tuple(tie('space'), tie('space')).map(([first, second]) =>
      parseSpace({
        kind: 'hybrid',
        fields: {
          words: tokens({ vocabularySize: 5, maxLength: 3, end: 1 }),
          choice: categorical({ categories: 2 }),
          first: { kind: 'when', field: 'words', predicate: { contains: 4 }, space: first },
          second: { kind: 'when', field: 'choice', predicate: { equals: 1 }, space: second },
        },
      }),
    ),
  ),
})).space;

describe('laws', () => {
  const given = fc.property.bind(fc);

  test('a sampled action is in its space', () => {
    fc.assert(
      given(anySpace, fc.integer(), (space, seed) => {
        expect(contains(space, sampleAction(space, createRandom(seed)))).toEqual({ contained: true });
      }),
    );
  });

  test('spaces survive JSON, with the order of their fields', () => {
    fc.assert(
      given(anySpace, (space) => {
        const json = JSON.stringify(space);
        expect(JSON.stringify(parseSpace(JSON.parse(json)))).toBe(json);
      }),
    );
  });

  test('actions survive JSON bit for bit', () => {
    fc.assert(
      given(anySpace, fc.integer(), (space, seed) => {
        const action = sampleAction(space, createRandom(seed));
        const text = JSON.stringify(actionToJson(space, action));
        expect(actionFromJson(space, JSON.parse(text))).toEqual(action);
      }),
    );
  });

  test('one stream gives one action after the other, equal seeds equal ones', () => {
    const random = createRandom(5);
    const space = real({ size: 2 });
    const first = sampleAction(space, random);
    expect(sampleAction(space, random)).not.toEqual(first);
    expect(sampleAction(space, createRandom(5))).toEqual(first);
  });
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
  });

  test('a condition on a field that is not there does not compile', () => {
    expect(() =>
      hybrid({
        answer: tokens({ vocabularySize: 6, maxLength: 5, end: END }),
        // @ts-expect-error there is no field 'text'
        pose: when('text', { contains: POSE }, rotations({ joints: 2 })),
      }),
    ).toThrow(InvalidSpaceError);
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
      'JSON of no kind',
      () => parseSpace({ kind: 'hybrid', fields: { a: { kind: 'foo' } } }),
      /space\.a: not a space/,
    ],
  ])('%s', (_, build, message) => {
    expect(build).toThrow(InvalidSpaceError);
    expect(build).toThrow(message);
  });
});
