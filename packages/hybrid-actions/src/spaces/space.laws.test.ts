import { createRandom } from '@pose-rft/random';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bernoulli,
  box,
  categorical,
  flatLayout,
  flatten,
  multiCategorical,
  parseSpace,
  real,
  rotations,
  sampleAction,
  tokens,
  tuple,
  type ActionOf,
  type Space,
} from '../index.js';
import { spaceLaws, type SpaceOperations } from '../laws.js';
import { brokenLaws } from '../testing/broken-laws.js';

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
    fc
      .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 })
      .map((categories) => multiCategorical({ categories })),
    fc.integer({ min: 1, max: 3 }).map((size) => bernoulli({ size })),
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
          flags: bernoulli({ size: 2 }),
          third: {
            kind: 'when',
            field: 'flags',
            predicate: { at: 1, equals: 1 },
            space: { kind: 'when', field: 'words', predicate: { contains: 2, atLeast: 2 }, space: first },
          },
        },
      }),
    ),
    fc.array(tie('space'), { minLength: 1, maxLength: 3 }).map((parts) => tuple(parts)),
  ),
})).space;

describe('spaces of every kind', () => {
  for (const law of spaceLaws(anySpace)) test(law.name, () => law.check());

  test('one stream gives one action after the other', () => {
    const random = createRandom(5);
    const space = tuple([real({ size: 2 })]);
    const first = sampleAction(space, random);
    expect(sampleAction(space, random)).not.toEqual(first);
  });
});

/** Each breaks one operation, and is caught by the laws named after it. */
const planted: readonly (readonly [string, Partial<SpaceOperations>, readonly string[]])[] = [
  [
    'a sampler that leaves the space',
    {
      sampleAction: (space, random) =>
        space.kind === 'categorical' ? space.categories : sampleAction(space, random),
    },
    ['a sampled action is in its space'],
  ],
  [
    'a sampler with a global generator',
    { sampleAction: (space) => sampleAction(space, createRandom(Math.floor(Math.random() * 2 ** 32))) },
    ['equal seeds sample equal actions'],
  ],
  [
    'parts that share one stream',
    {
      sampleAction: function sample(space, random): unknown {
        if (space.kind === 'tuple') return space.parts.map((part) => sample(part, random)).reverse();
        return sampleAction(space, random);
      },
    },
    ['a draw does not depend on how many siblings it has'],
  ],
  [
    'an equality by kind',
    { spacesEqual: (a, b) => a.kind === b.kind },
    ['a space equals itself and no other'],
  ],
  [
    'an equality of nothing, not even of itself',
    { spacesEqual: () => false },
    ['a space equals itself and no other'],
  ],
  [
    'fields that are drawn from one stream',
    {
      sampleAction: function sample(space, random): unknown {
        if (space.kind !== 'hybrid') return sampleAction(space, random);
        const draws = Object.entries(space.fields).map(([name, field]) => [
          name,
          field.kind === 'when' ? undefined : sample(field, random),
        ]);
        return Object.fromEntries(draws);
      },
    },
    ['a draw does not depend on how many siblings it has'],
  ],
  [
    'an equality by identity',
    { spacesEqual: (a, b) => a === b },
    ['parseSpace(JSON of a space) = the space, its fields in order'],
  ],
  [
    'a reader that sorts the fields',
    {
      parseSpace: (json) => {
        const space = parseSpace(json);
        if (space.kind !== 'hybrid') return space;
        return { kind: 'hybrid', fields: Object.fromEntries(Object.entries(space.fields).sort()) };
      },
    },
    ['parseSpace(JSON of a space) = the space, its fields in order'],
  ],
  [
    'vectors that come back from JSON as arrays',
    { actionFromJson: (_, json) => json },
    ['actionFromJson(actionToJson(x)) = x'],
  ],
  [
    'a layout with a gap',
    {
      flatLayout: (space) => {
        const { size, components } = flatLayout(space);
        return { size: size + 1, components: components.map((c) => ({ ...c, offset: c.offset + 1 })) };
      },
    },
    ['the components of the flat layout lie side by side', 'unflatten(flatten(x)) = x'],
  ],
  [
    'a layout that ends too early',
    {
      flatLayout: (space) => {
        const { size, components } = flatLayout(space);
        return { size: size - 1, components };
      },
    },
    ['the components of the flat layout lie side by side', 'unflatten(flatten(x)) = x'],
  ],
  [
    'a layout with an empty component',
    {
      flatLayout: (space) => {
        const { size, components } = flatLayout(space);
        const [first] = components;
        const empty = first === undefined ? [] : [{ ...first, path: 'nothing', size: 0 }];
        return { size, components: [...empty, ...components] };
      },
    },
    ['the components of the flat layout lie side by side'],
  ],
  [
    'components that share a path',
    {
      flatLayout: (space) => {
        const { size, components } = flatLayout(space);
        return { size, components: components.map((component) => ({ ...component, path: 'all' })) };
      },
    },
    ['the components of the flat layout lie side by side'],
  ],
  [
    'flat actions with a number too many',
    { flatten: (space, action) => Float32Array.of(...flatten(space, action as ActionOf<Space>), 0) },
    ['unflatten(flatten(x)) = x'],
  ],
  [
    'a containment that refuses everything',
    { contains: () => ({ contained: false, path: '', reason: 'no' }) },
    ['a sampled action is in its space'],
  ],
  [
    'a flat form that loses the first number',
    { flatten: (space, action) => flatten(space, action as ActionOf<Space>).fill(0, 0, 1) },
    ['unflatten(flatten(x)) = x'],
  ],
];

describe('the laws catch', () => {
  test.each(planted)('%s', (_, operations, expected) => {
    const broken = brokenLaws(spaceLaws(anySpace, { operations, runs: 100 }));
    expect(broken).toEqual(expect.arrayContaining([...expected]));
  });
});
