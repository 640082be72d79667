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

/** All that can be read. */
interface Readable {
  /** Subjects as captions write them ('left arm', 'both arms', 'hands', 'person') -> predicates -> what they mean. */
  readonly phrases: ReadonlyMap<string, ReadonlyMap<string, Meaning>>;
  /** The words of the longest predicate. */
  readonly longest: number;
}

let prepared: Readable | undefined;

/** Laid out when first asked for: it takes a fifth of a second, which those who only write captions need not wait. */
function readable(): Readable {
  return (prepared ??= prepare());
}

function prepare(): Readable {
  const phrases = new Map<string, Map<string, Meaning>>();
  const add = (subject: string, predicate: string, meaning: Meaning): void => {
    const noun = readingWords(subject).join(' ') || PERSON;
    const words = readingWords(predicate).join(' ');
    const predicates = phrases.get(noun) ?? new Map<string, Meaning>();
    phrases.set(noun, predicates);
    if (words !== '' && !predicates.has(words)) predicates.set(words, meaning);
  };
  for (const posture of DETAILED_POSTURES)
    for (const { wordings, constraints } of [
      posture,
      ...(posture.sideless === undefined ? [] : [posture.sideless]),
    ])
      for (const wording of wordings) add('', wording, { constraints, isWritten: true });
  for (const fact of DETAILED_FACTS)
    for (const { subject, predicate } of fact.phrases)
      add(subject, predicate, { constraints: fact.constraints, isWritten: true });
  for (const { constraints, definition, scope } of DETAILED_FACTS)
    for (const reading of definition.readings ?? []) {
      const { subject, predicate } = phraseOf(reading, scope);
      add(subject, predicate, { constraints, isWritten: false });
    }
  const lengths = [...phrases.values()].flatMap((predicates) =>
    [...predicates.keys()].map((words) => words.split(' ').length),
  );
  return { phrases, longest: Math.max(...lengths) };
}

/** The longest known predicate of a subject that starts at a position, and how many words it takes. */
export function longestPredicate(
  subject: string,
  words: readonly string[],
  position: number,
): { readonly length: number; readonly meaning: Meaning } | undefined {
  const { phrases, longest } = readable();
  const predicates = phrases.get(subject);
  if (predicates === undefined) return undefined;
  for (let length = Math.min(longest, words.length - position); length > 0; length--) {
    const meaning = predicates.get(words.slice(position, position + length).join(' '));
    if (meaning !== undefined) return { length, meaning };
  }
  return undefined;
}

/** What a single word says of a subject. */
export function adjective(subject: string, word: string): Meaning | undefined {
  return readable().phrases.get(subject)?.get(word);
}

/** Whether anything can be said of this subject. */
export function isSubject(subject: string): boolean {
  return readable().phrases.has(subject);
}
