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
 * The constraints that a sentence states, read by rules: cut into known phrases so that as few words as possible are left
 * over, the longer phrase first where that can be done in two ways.
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
  const lengths = phraseLengths(words);
  const found = new Map<number, Constraint>();
  for (let position = 0; position < words.length;) {
    const length = lengths[position] as number;
    for (const constraint of CONSTRAINTS_OF_WORDS.get(words.slice(position, position + length).join(' ')) ??
      []) {
      found.set(constraintKey(constraint), constraint);
    }
    position += Math.max(1, length);
  }
  return { constraints: [...found.values()], unknownWords: unknownWords(text) };
}

/** What stands between phrases, and so is not left over. */
const JOINTS: ReadonlySet<string> = new Set(['with', 'and', ',', '.']);

/**
 * The number of words of the phrase to read at each position, 0 for none: of "stepping forward with the left foot behind
 * the right foot" the first two, since what follows is then a phrase too.
 */
function phraseLengths(words: readonly string[]): Int32Array {
  const lengths = new Int32Array(words.length);
  /** How many words can be read from a position on. */
  const covered = new Int32Array(words.length + 1);
  for (let position = words.length - 1; position >= 0; position--) {
    covered[position] = (covered[position + 1] as number) + (JOINTS.has(words[position] as string) ? 1 : 0);
    for (let length = 1; length <= Math.min(LONGEST_PHRASE, words.length - position); length++) {
      const total = length + (covered[position + length] as number);
      if (total < (covered[position] as number)) continue;
      if (!CONSTRAINTS_OF_WORDS.has(words.slice(position, position + length).join(' '))) continue;
      covered[position] = total;
      lengths[position] = length;
    }
  }
  return lengths;
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
