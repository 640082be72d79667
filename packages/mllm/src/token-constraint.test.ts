import { describe, expect, it } from 'vitest';
import { createTokenConstraint } from './token-constraint.js';
import {
  choice,
  literal,
  noneOf,
  oneOf,
  repeat,
  sequence,
  TokenPatternError,
  type TokenPattern,
} from './token-pattern.js';

const END = 1;
/** Of the tokens 0 to 11, 0 and 3 are never answered with. */
const vocabulary = {
  config: { vocabularySize: 12, tokenIds: { endOfSequence: END } },
  canAnswerWith: (id: number) => id >= 0 && id !== 0 && id !== 3 && id < 12,
};
const compile = (pattern: TokenPattern) => createTokenConstraint(pattern, vocabulary);
const idsOf = (mask: Uint8Array): number[] => [...mask.keys()].filter((id) => mask[id] === 1);

describe('createTokenConstraint', () => {
  const template = compile(sequence(literal([4, 5]), repeat(noneOf(2, 6), { minimum: 1 }), oneOf(2), oneOf(6))); // prettier-ignore

  it('allows what the pattern has next', () => {
    let state = template.start;
    expect(idsOf(template.allowed(state))).toEqual([4]);
    state = template.next(template.next(state, 4), 5);
    expect(idsOf(template.allowed(state))).toEqual([4, 5, 7, 8, 9, 10, 11]);
    state = template.next(state, 9);
    expect(idsOf(template.allowed(state))).toEqual([2, 4, 5, 7, 8, 9, 10, 11]);
    state = template.next(state, 2);
    expect(idsOf(template.allowed(state))).toEqual([6]);
    state = template.next(state, 6);
    expect(idsOf(template.allowed(state))).toEqual([END]);
    expect(template.next(state, END)).toBe(-1);
    expect(template.next(state, 5)).toBe(-1);
  });

  it('takes the same state for the same future', () => {
    const loop = compile(repeat(oneOf(7, 8)));
    const state = loop.next(loop.start, 7);
    expect(loop.next(state, 8)).toBe(state);
    expect(loop.next(loop.next(state, 7), 8)).toBe(state);
  });

  it('counts repetitions', () => {
    const twoOrThree = compile(repeat(oneOf(7), { minimum: 2, maximum: 3 }));
    expect([0, 1, 2, 3, 4].map((count) => twoOrThree.matches(new Array<number>(count).fill(7)))).toEqual(
      [false, false, true, true, false], // prettier-ignore
    );
    expect(compile(repeat(oneOf(7), { maximum: 0 })).matches([])).toBe(true);
  });

  it('chooses, also between options that begin alike', () => {
    const either = compile(choice(literal([4, 5]), literal([4, 6, 7])));
    expect(idsOf(either.allowed(either.next(either.start, 4)))).toEqual([5, 6]);
    expect([[4, 5], [4, 6, 7], [4, 6], [5]].map((ids) => either.matches(ids))).toEqual([true, true, false, false]); // prettier-ignore
  });

  it.each<[TokenPattern, RegExp]>([
    [oneOf(), /oneOf names no token/],
    [oneOf(3), /token 3, which the model never answers with/],
    [oneOf(END), /token 1, which .* ends an answer/],
    [oneOf(40), /token 40/],
    [noneOf(2, 4, 5, 6, 7, 8, 9, 10, 11), /noneOf excludes every token/],
    [choice(), /choice has no options/],
    [repeat(oneOf(4), { minimum: 3, maximum: 2 }), /minimum 3 and the maximum 2/],
    [repeat(oneOf(4), { minimum: -1 }), /minimum -1/],
    [repeat(repeat(oneOf(4), { minimum: 1000 }), { minimum: 1000 }), /more than 100000 places/],
  ])('refuses %j', (pattern, message) => {
    expect(() => compile(pattern)).toThrow(TokenPatternError);
    expect(() => compile(pattern)).toThrow(message);
  });
});
