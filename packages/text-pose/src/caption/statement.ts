import type { Random } from '@pose-rft/random';
import { constraintKey, type Constraint } from '../constraint/constraint.js';
import { describeConstraint } from '../constraint/describe-constraint.js';
import { FACTS } from '../fact/facts.js';
import { bareText } from '../fact/phrase.js';
import { contentWords } from '../sentence/content-words.js';

/** Thrown when no wording says a constraint by itself. */
export class UnwordedConstraintError extends Error {
  override readonly name = 'UnwordedConstraintError';
}

const SINGLE_FACTS = FACTS.filter(({ constraints, scope }) => constraints.length === 1 && scope !== 'both');

const STATEMENTS_OF = new Map<number, string[]>();
const CONSTRAINT_OF_WORDS = new Map<string, Constraint>();
for (const { constraints, phrases } of SINGLE_FACTS) {
  for (const constraint of constraints) {
    const statements = STATEMENTS_OF.get(constraintKey(constraint)) ?? [];
    for (const phrase of phrases) {
      statements.push(bareText(phrase));
      CONSTRAINT_OF_WORDS.set(contentWords(bareText(phrase)).join(' '), constraint);
    }
    STATEMENTS_OF.set(constraintKey(constraint), statements);
  }
}

/**
 * A short phrase that states one constraint, such as "left elbow bent" or "torso leaning forward": what answers are
 * made of. {@link parseStatement} reads it back.
 *
 * @param random - picks among the wordings; without it the first, plainest one is given
 * @throws UnwordedConstraintError if no wording says this constraint by itself (those of `describePose` all have one)
 * @example
 * ```ts
 * import { constraintOf, statement } from '@pose-rft/text-pose';
 *
 * console.assert(statement(constraintOf('angle:left_elbow', 'bent')) === 'left elbow bent');
 * ```
 */
export function statement(constraint: Constraint, random?: Random): string {
  const statements = STATEMENTS_OF.get(constraintKey(constraint));
  const first = statements?.[0];
  if (statements === undefined || first === undefined) {
    throw new UnwordedConstraintError(
      `No statement says '${describeConstraint(constraint)}' by itself. ` +
        'Use describeConstraint for a technical description.',
    );
  }
  return random === undefined ? first : random.pick(statements);
}

/**
 * The constraint that a phrase states, or undefined where it is not one of {@link statement}'s wordings. Articles,
 * "is" and inflections do not matter ("the left elbow is bent").
 *
 * @example
 * ```ts
 * import { constraintOf, parseStatement } from '@pose-rft/text-pose';
 *
 * const parsed = parseStatement('the left elbow is bent');
 * const expected = constraintOf('angle:left_elbow', 'bent');
 * console.assert(parsed?.posecode === expected.posecode && parsed.category === expected.category);
 * console.assert(parseStatement('left elbow purple') === undefined);
 * ```
 */
export function parseStatement(text: string): Constraint | undefined {
  return CONSTRAINT_OF_WORDS.get(
    contentWords(text)
      .filter((word) => word !== ',' && word !== '.')
      .join(' '),
  );
}

/**
 * What each part of an answer states: the parts stand between commas, full stops, colons, semicolons and "and", up to
 * the first `<...>` token. A part that cannot be read is undefined, so that padding takes a place of its own.
 *
 * @example
 * ```ts
 * import { constraintOf, parseStatements } from '@pose-rft/text-pose';
 *
 * const [elbow, unread, knee] = parseStatements('left elbow bent, as you see, and the right knee is bent: <POSE>.');
 * console.assert(elbow?.posecode === constraintOf('angle:left_elbow', 'bent').posecode && unread === undefined);
 * console.assert(knee?.posecode === constraintOf('angle:right_knee', 'bent').posecode);
 * ```
 */
export function parseStatements(text: string): readonly (Constraint | undefined)[] {
  const [words = ''] = text.split('<');
  return words
    .split(/[,.;:]|\band\b/u)
    .filter((part) => part.trim() !== '')
    .map((part) => parseStatement(part));
}
