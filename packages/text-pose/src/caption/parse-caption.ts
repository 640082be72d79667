import { constraintKey, type Constraint } from '../constraint/constraint.js';
import { FACTS, type Fact } from '../fact/facts.js';
import { bareText, type Phrase } from '../fact/phrase.js';
import { POSTURES, SIDELESS_POSTURES } from '../fact/postures.js';
import { contentWords } from '../sentence/content-words.js';
import { unknownWords } from '../sentence/normalise-sentence.js';

/** What a rule-based reading of a sentence found. */
export interface ParsedCaption {
  /** The claims that were recognised, each once, in the order of the sentence. */
  readonly constraints: readonly Constraint[];
  /** Words outside the caption vocabulary, each once. */
  readonly unknownWords: readonly string[];
}

const CONSTRAINTS_OF_WORDS = readablePhrases();
const LONGEST_PHRASE = Math.max(...[...CONSTRAINTS_OF_WORDS.keys()].map((words) => words.split(' ').length));

/**
 * The constraints that a sentence states, read by rules: at each word, the longest known phrase that starts there.
 * Reads back all that `captionPose` writes, and near variants ("the left arm raised", "raised left arm", "arms up");
 * what it does not recognise it passes over, so free text gives the part that it understood.
 *
 * @example
 * ```ts
 * import { constraintOf, parseCaption } from '@pose-rft/text-pose';
 *
 * const { constraints, unknownWords } = parseCaption('a zombie squats with both arms raised');
 * const raised = constraintOf('relativeY:left_wrist/neck', 'above');
 * console.assert(constraints.some(({ posecode }) => posecode === raised.posecode));
 * console.assert(unknownWords.join() === 'zombie');
 * ```
 */
export function parseCaption(text: string): ParsedCaption {
  const words = contentWords(text);
  const found = new Map<number, Constraint>();
  let position = 0;
  while (position < words.length) {
    const length = longestPhraseAt(words, position);
    for (const constraint of CONSTRAINTS_OF_WORDS.get(words.slice(position, position + length).join(' ')) ??
      []) {
      found.set(constraintKey(constraint), constraint);
    }
    position += Math.max(1, length);
  }
  return { constraints: [...found.values()], unknownWords: unknownWords(text) };
}

/** The number of words of the longest known phrase that starts at `position`; 0 for none. */
function longestPhraseAt(words: readonly string[], position: number): number {
  for (let length = Math.min(LONGEST_PHRASE, words.length - position); length > 0; length--) {
    if (CONSTRAINTS_OF_WORDS.has(words.slice(position, position + length).join(' '))) return length;
  }
  return 0;
}

/** What captions say, then variants of it that do not already mean something else. */
function readablePhrases(): ReadonlyMap<string, readonly Constraint[]> {
  const phrases = new Map<string, readonly Constraint[]>();
  const add = (text: string, constraints: readonly Constraint[]): void => {
    const words = contentWords(text).join(' ');
    if (words !== '' && !phrases.has(words)) phrases.set(words, constraints);
  };
  for (const { wordings, constraints } of [...POSTURES, ...SIDELESS_POSTURES.values()]) {
    for (const wording of wordings) add(wording, constraints);
  }
  for (const fact of FACTS) for (const phrase of fact.phrases) add(bareText(phrase), fact.constraints);
  for (const fact of FACTS)
    for (const phrase of fact.phrases) for (const text of variants(fact, phrase)) add(text, fact.constraints);
  return phrases;
}

/** "raised left arm" for "left arm raised"; "arms raised" and "raised arms" for "both arms raised". */
function variants({ scope }: Fact, { subject, predicate }: Phrase): readonly string[] {
  const isOneWord = !predicate.includes(' ');
  if (subject === '') return [];
  const inverted = isOneWord ? [`${predicate} ${subject}`] : [];
  if (scope !== 'both') return inverted;
  const limbs = subject.replace('both ', '');
  return [...inverted, `${limbs} ${predicate}`, ...(isOneWord ? [`${predicate} ${limbs}`] : [])];
}
