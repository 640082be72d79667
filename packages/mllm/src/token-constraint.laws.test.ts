import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { createTokenConstraint } from './token-constraint.js';
import { choice, noneOf, oneOf, repeat, sequence, type TokenPattern } from './token-pattern.js';

const vocabulary = {
  config: { vocabularySize: 6, tokenIds: { endOfSequence: 0 } },
  canAnswerWith: (id: number) => id >= 0 && id < 6,
};
const letter = fc.integer({ min: 1, max: 4 });
const { pattern } = fc.letrec<{ pattern: TokenPattern }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 3 },
    fc.array(letter, { minLength: 1, maxLength: 2 }).map((ids) => oneOf(...ids)),
    fc.array(letter, { maxLength: 2 }).map((ids) => noneOf(...ids)),
    fc.array(tie('pattern'), { maxLength: 3 }).map((parts) => sequence(...parts)),
    fc.array(tie('pattern'), { minLength: 1, maxLength: 3 }).map((options) => choice(...options)),
    fc
      .tuple(tie('pattern'), fc.nat({ max: 2 }), fc.constantFrom(0, 1, Infinity))
      .map(([part, minimum, more]) => repeat(part, { minimum, maximum: minimum + more })),
  ),
}));
const word = fc.array(letter, { maxLength: 6 });

/** The same language as a regular expression over the characters of the ids. */
function asExpression(part: TokenPattern): string {
  switch (part.kind) {
    case 'oneOf':
      return `[${part.ids.join('')}]`;
    case 'noneOf':
      return `[${[1, 2, 3, 4, 5].filter((id) => !part.ids.includes(id)).join('')}]`;
    case 'sequence':
      return part.parts.map((each) => `(?:${asExpression(each)})`).join('');
    case 'choice':
      return `(?:${part.options.map(asExpression).join('|')})`;
    case 'repeat':
      return `(?:${asExpression(part.part)}){${part.minimum},${part.maximum === Infinity ? '' : part.maximum}}`;
  }
}

describe('a token constraint', () => {
  test.prop([pattern, word])('matches what the same regular expression matches', (given, ids) => {
    const constraint = createTokenConstraint(given, vocabulary);
    expect(constraint.matches(ids)).toBe(new RegExp(`^(?:${asExpression(given)})$`).test(ids.join('')));
  });

  test.prop([pattern, fc.array(fc.nat(), { maxLength: 12 })])(
    'always allows something, and what it allows leads on',
    (given, choices) => {
      const constraint = createTokenConstraint(given, vocabulary);
      let state = constraint.start;
      for (const pick of choices) {
        const mask = constraint.allowed(state);
        const ids = [...mask.keys()].filter((id) => mask[id] === 1);
        expect(ids.length).toBeGreaterThan(0);
        const id = ids[pick % ids.length] as number;
        if (id === 0) return;
        state = constraint.next(state, id);
        expect(state).toBeGreaterThanOrEqual(0);
      }
    },
  );
});
