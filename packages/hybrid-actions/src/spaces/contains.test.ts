import { describe, expect, test } from 'vitest';
import {
  bernoulli,
  box,
  categorical,
  contains,
  hybrid,
  real,
  rotations,
  tokens,
  type Space,
} from '../index.js';

const gauge = box({ low: [0, -1], high: [1, 5] });
const words = tokens({ vocabularySize: 6, maxLength: 5, end: 1 });

test.each<[string, Space, unknown, string, string]>([
  ['above its box', gauge, Float32Array.of(0, 6), '[1]', 'expected -1 <= x <= 5, got 6'],
  ['below its box', gauge, Float32Array.of(-1, 0), '[0]', 'expected 0 <= x <= 1, got -1'],
  ['too short a vector', gauge, new Float32Array(1), '', 'expected 2 numbers, got 1'],
  ['too long a vector', real({ size: 2 }), new Float32Array(3), '', 'expected 2 numbers, got 3'],
  [
    'infinite',
    real({ size: 2 }),
    Float32Array.of(0, -Infinity),
    '[1]',
    'expected a finite number, got -Infinity',
  ],
  ['no tokens', words, 7, '', 'expected an array of token ids, got 7'],
  [
    'tokens of a typed array',
    words,
    Int32Array.of(2, 1),
    '',
    'expected an array of token ids, got Int32Array',
  ],
  ['a negative token', words, [2, -1], '[1]', 'expected a token id in [0, 6), got -1'],
  ['half a token', words, [0.5], '[0]', 'expected a token id in [0, 6), got 0.5'],
  ['a word for a token', words, ['2'], '[0]', 'expected a token id in [0, 6), got "2"'],
  ['a negative category', categorical({ categories: 3 }), -1, '', 'expected an integer in [0, 3), got -1'],
  ['a category too high', categorical({ categories: 3 }), 3, '', 'expected an integer in [0, 3), got 3'],
  ['a function', categorical({ categories: 3 }), () => 1, '', 'expected an integer in [0, 3), got function'],
  ['nothing', categorical({ categories: 3 }), undefined, '', 'expected an integer in [0, 3), got nothing'],
  [
    'something long',
    categorical({ categories: 3 }),
    'x'.repeat(99),
    '',
    `expected an integer in [0, 3), got "${'x'.repeat(79)}`,
  ],
  ['a flag missing', bernoulli({ size: 2 }), [1], '', 'expected an array of 2 integers, got 1'],
  ['null for fields', hybrid({ words }), null, '', 'expected an object with words, got null'],
  ['words for fields', hybrid({ words }), 'words', '', 'expected an object with words, got "words"'],
  [
    'a part of a field',
    hybrid({ at: hybrid({ gauge }) }),
    { at: { gauge: Float32Array.of(2, 0) } },
    'at.gauge[0]',
    'expected 0 <= x <= 1, got 2',
  ],
  [
    'a field of a field',
    hybrid({ at: hybrid({ gauge }) }),
    { at: { gauge: new Float32Array(2), gage: 1 } },
    'at.gage',
    'no such field (fields: gauge)',
  ],
])('%s is not contained', (_, space, value, path, reason) => {
  expect(contains(space, value)).toEqual({ contained: false, path, reason });
});

test.each<[string, Space, unknown]>([
  ['the corners of a box', gauge, Float32Array.of(0, 5)],
  ['corners that float32 rounds', box({ low: [0.1], high: [0.3] }), Float32Array.of(0.3)],
  ['a box of one point', box({ low: [2], high: [2] }), Float32Array.of(2)],
  ['no tokens at all', words, []],
  ['as many tokens as there may be', words, [0, 2, 3, 4, 5]],
  ['an end at the very last', words, [0, 2, 3, 4, 1]],
  ['the first category', categorical({ categories: 3 }), 0],
  ['the last category', categorical({ categories: 3 }), 2],
])('%s is contained', (_, space, value) => {
  expect(contains(space, value)).toEqual({ contained: true });
});

describe('rotations', () => {
  const joint = rotations({ joints: 1 });

  test.each<[string, number[]]>([
    ['parallel', [1, 2, 3, 2, 4, 6]],
    ['opposite', [1, 2, 3, -1, -2, -3]],
    ['zero first', [0, 0, 0, 0, 1, 0]],
    ['zero second', [0, 1, 0, 0, 0, 0]],
    ['too short first', [1e-7, 0, 0, 0, 1, 0]],
    ['too short second', [0, 1, 0, 1e-7, 0, 0]],
    ['nearly parallel', [1, 0, 0, 1, 1e-7, 0]],
    ['nearly parallel, the first long', [1000, 1e-4, 0, 1, 0, 0]],
    ['nearly parallel, the second long', [1, 0, 0, 1000, 1e-4, 0]],
  ])('columns that are %s span none', (_, columns) => {
    expect(contains(joint, Float32Array.from(columns))).toEqual({
      contained: false,
      path: '[0]',
      reason: 'the two columns of joint 0 are parallel or zero',
    });
  });

  test.each<[string, number[]]>([
    ['the identity', [1, 0, 0, 0, 1, 0]],
    ['columns neither unit nor orthogonal', [1, 2, 3, 3, 2, 1]],
    ['columns in a plane of two axes', [0, 1, 2, 0, 2, 1]],
    ['short columns', [1e-5, 0, 0, 0, 1e-5, 0]],
    ['columns at an angle of 1e-5', [1000, 0, 0, 1000, 1e-2, 0]],
  ])('%s do', (_, columns) => {
    expect(contains(joint, Float32Array.from(columns))).toEqual({ contained: true });
  });

  test('the joint is named', () => {
    const pose = Float32Array.of(1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0);
    expect(contains(rotations({ joints: 3 }), pose)).toEqual({
      contained: false,
      path: '[12]',
      reason: 'the two columns of joint 2 are parallel or zero',
    });
  });
});
