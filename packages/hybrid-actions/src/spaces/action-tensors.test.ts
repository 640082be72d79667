import { tensor1d, tensor2d, tidy, useBackend, type Tensor } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bernoulli,
  box,
  categorical,
  hybrid,
  InvalidActionError,
  multiCategorical,
  real,
  rotations,
  stackActions,
  tokens,
  tuple,
  unstackActions,
  when,
} from '../index.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

function described(tensor: Tensor): unknown {
  return [tensor.dtype, tensor.shape, Array.from(tensor.dataSync())];
}

const POSE = 3;
const identity = [1, 0, 0, 0, 1, 0];
const space = hybrid({
  answer: tokens({ vocabularySize: 9, maxLength: 3, end: 1 }),
  choices: multiCategorical({ categories: [2, 3] }),
  pair: tuple([categorical({ categories: 4 }), bernoulli({ size: 2 })]),
  pose: when('answer', { contains: POSE }, rotations({ joints: 2 })),
  at: when('answer', { contains: POSE }, box({ low: [-1, 2], high: [3, 8] })),
  by: when('answer', { contains: POSE }, real({ size: 2 })),
  words: when('answer', { contains: POSE }, tokens({ vocabularySize: 5, maxLength: 2, end: 1 })),
  parts: when('answer', { contains: POSE }, tuple([categorical({ categories: 3 }), bernoulli({ size: 1 })])),
  inner: when('answer', { contains: POSE }, hybrid({ gears: multiCategorical({ categories: [2, 2] }) })),
});
const present = {
  answer: [POSE, 1],
  choices: [1, 2],
  pair: [3, [0, 1]],
  pose: Float32Array.of(0, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0),
  at: Float32Array.of(0.5, 2.5),
  by: Float32Array.of(-4, 5),
  words: [4, 4],
  parts: [2, [1]],
  inner: { gears: [1, 1] },
} as const;
const absent = { answer: [5, 6, 7], choices: [0, 1], pair: [2, [1, 0]] } as const;

describe('stacked actions', () => {
  test('have one row each, of the types and shapes that distributions take', () => {
    tidy(() => {
      const stacked = stackActions(space, [present, absent]);
      expect(described(stacked.answer)).toEqual(['int32', [2, 3], [POSE, 1, -1, 5, 6, 7]]);
      expect(described(stacked.choices)).toEqual(['int32', [2, 2], [1, 2, 0, 1]]);
      expect(stacked.pair.map(described)).toEqual([
        ['int32', [2], [3, 2]],
        ['int32', [2, 2], [0, 1, 1, 0]],
      ]);
    });
  });

  test('hold a sound placeholder where a field is absent', () => {
    tidy(() => {
      const stacked = stackActions(space, [present, absent]);
      expect(described(stacked.pose)).toEqual([
        'float32',
        [2, 12],
        [...present.pose, ...identity, ...identity],
      ]);
      // The middle of the box.
      expect(described(stacked.at)).toEqual(['float32', [2, 2], [0.5, 2.5, 1, 5]]);
      expect(described(stacked.by)).toEqual(['float32', [2, 2], [-4, 5, 0, 0]]);
      expect(described(stacked.words)).toEqual(['int32', [2, 2], [4, 4, -1, -1]]);
      expect(stacked.parts.map(described)).toEqual([
        ['int32', [2], [2, 0]],
        ['int32', [2, 1], [1, 0]],
      ]);
      expect(described(stacked.inner.gears)).toEqual(['int32', [2, 2], [1, 1, 0, 0]]);
    });
  });

  test('come back as they were, without what is absent', () => {
    tidy(() => {
      expect(unstackActions(space, stackActions(space, [present, absent]))).toStrictEqual([present, absent]);
      const pair = tuple([categorical({ categories: 2 }), real({ size: 1 })]);
      const actions = [
        [1, Float32Array.of(3)],
        [0, Float32Array.of(4)],
      ] as const;
      expect(unstackActions(pair, stackActions(pair, actions))).toStrictEqual(actions);
    });
  });

  test('may have no token at all', () => {
    tidy(() => {
      const words = tokens({ vocabularySize: 3, maxLength: 2, end: 1 });
      const stacked = stackActions(words, [[], [2, 0]]);
      expect(described(stacked)).toEqual(['int32', [2, 2], [-1, -1, 2, 0]]);
      expect(unstackActions(words, stacked)).toStrictEqual([[], [2, 0]]);
    });
  });

  test('may be none', () => {
    tidy(() => {
      const none = stackActions(space, []);
      expect(none.answer.shape).toEqual([0, 3]);
      expect(unstackActions(space, none)).toEqual([]);
    });
  });

  test('must be of the space', () => {
    const refused = (): unknown => stackActions(space, [present, { ...absent, choices: [0, 3] }]);
    expect(refused).toThrow(InvalidActionError);
    expect(refused).toThrow(expect.objectContaining({ path: 'choices[1]' }) as Error);
  });
});

test('rows that are no action are refused by row and path', () => {
  tidy(() => {
    const gears = multiCategorical({ categories: [2, 2] });
    expect(() => unstackActions(gears, tensor2d([0, 1, 1, 2], [2, 2], 'int32'))).toThrow(
      expect.objectContaining({
        name: 'InvalidActionError',
        path: 'row 1, [1]',
        reason: 'expected an integer in [0, 2), got 2',
      }) as Error,
    );
    expect(() => unstackActions(categorical({ categories: 2 }), tensor1d([0, 2], 'int32'))).toThrow(
      expect.objectContaining({ path: 'row 1' }) as Error,
    );
  });
});
