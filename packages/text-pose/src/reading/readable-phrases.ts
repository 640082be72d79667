import type { Constraint } from '../constraint/constraint.js';
import { DETAILED_FACTS } from '../detailed-fact/detailed-facts.js';
import { DETAILED_POSTURES } from '../detailed-fact/detailed-postures.js';
import { phraseOf } from '../fact/phrase.js';
import { readingWords } from './reading-words.js';

/** What a predicate says of its subject. */
export interface Meaning {
  readonly constraints: readonly Constraint[];
  /** Whether captions write it; otherwise it is one of the looser wordings that people use. */
  readonly isWritten: boolean;
}

/** The subject of what is said about the body as a whole. */
export const PERSON = 'person';

/** Subjects as captions write them ('left arm', 'both arms', 'hands', 'person') -> predicates -> what they mean. */
const PHRASES = new Map<string, Map<string, Meaning>>();
/** Single words that may stand before their subject: "straight arms", "bent left knee". */
const SUBJECTS = new Set<string>();

function add(
  subject: string,
  predicate: string,
  constraints: readonly Constraint[],
  isWritten: boolean,
): void {
  const noun = readingWords(subject).join(' ') || PERSON;
  const words = readingWords(predicate).join(' ');
  const predicates = PHRASES.get(noun) ?? new Map<string, Meaning>();
  PHRASES.set(noun, predicates);
  SUBJECTS.add(noun);
  if (words !== '' && !predicates.has(words)) predicates.set(words, { constraints, isWritten });
}

for (const posture of DETAILED_POSTURES) {
  for (const wording of posture.wordings) add('', wording, posture.constraints, true);
  const { sideless } = posture;
  for (const wording of sideless?.wordings ?? []) add('', wording, sideless?.constraints ?? [], true);
}
for (const { constraints, phrases } of DETAILED_FACTS)
  for (const { subject, predicate } of phrases) add(subject, predicate, constraints, true);
for (const { constraints, definition, scope } of DETAILED_FACTS)
  for (const reading of definition.readings ?? []) {
    const { subject, predicate } = phraseOf(reading, scope);
    add(subject, predicate, constraints, false);
  }

const LONGEST = Math.max(
  ...[...PHRASES.values()].flatMap((predicates) =>
    [...predicates.keys()].map((words) => words.split(' ').length),
  ),
);

/** The longest known predicate of a subject that starts at a position, and how many words it takes. */
export function longestPredicate(
  subject: string,
  words: readonly string[],
  position: number,
): { readonly length: number; readonly meaning: Meaning } | undefined {
  const predicates = PHRASES.get(subject);
  if (predicates === undefined) return undefined;
  for (let length = Math.min(LONGEST, words.length - position); length > 0; length--) {
    const meaning = predicates.get(words.slice(position, position + length).join(' '));
    if (meaning !== undefined) return { length, meaning };
  }
  return undefined;
}

/** What a single word says of a subject. */
export function adjective(subject: string, word: string): Meaning | undefined {
  return PHRASES.get(subject)?.get(word);
}

/** Whether anything can be said of this subject. */
export function isSubject(subject: string): boolean {
  return SUBJECTS.has(subject);
}
