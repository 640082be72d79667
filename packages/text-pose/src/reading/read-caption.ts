import { constraintKey, type Constraint } from '../constraint/constraint.js';
import { nounPhraseAt, subjectsOf, type NounPhrase } from './noun-phrase.js';
import { adjective, longestPredicate, PERSON, type Meaning } from './readable-phrases.js';
import { readingWords } from './reading-words.js';

/** One claim that a text makes. */
export interface ReadConstraint {
  readonly constraint: Constraint;
  /**
   * How surely the text says so, in (0, 1]: 1 for the wordings that captions use, less for looser wordings, for words
   * that had to be passed over, and for parts that were named by a neighbour ("the left arm at a right angle").
   */
  readonly confidence: number;
}

/** What a text says about a pose, as far as rules can tell. */
export interface ReadCaption {
  /** Each claim once, in the order of the text, with its largest confidence. */
  readonly claims: readonly ReadConstraint[];
  /** The words that told nothing, each once. */
  readonly unreadWords: readonly string[];
}

const LOOSE_WORDING = 0.9;
const BEFORE_ITS_NOUN = 0.95;
const NEIGHBOUR = 0.8;
const PASSED_OVER = 0.85;
const LEAST_CONFIDENCE = 0.3;

const CONJUNCTIONS: ReadonlySet<string> = new Set([
  'and',
  'while',
  'but',
  'whereas',
  'with',
  ',',
  '.',
  'as',
  'or',
]);
const SEPARATORS: ReadonlySet<string> = new Set(['.', 'while', 'but', 'whereas']);
const NEGATIONS: ReadonlySet<string> = new Set(['not', 'no', 'without', 'never', 'neither']);

/**
 * Reads a description of a pose, ours or a person's, by rules: who or what is spoken of ("the left arm", "both knees",
 * "the other one"), and the longest known predicate that follows or stands before it ("bent at a right angle",
 * "straight arms"). What it does not know it passes over, at a price in confidence. All that `captionPoseInDetail`
 * writes is read back.
 *
 * @example
 * ```ts
 * import { constraintKey, constraintOf, readCaption } from '@pose-rft/text-pose';
 *
 * const { claims } = readCaption('He is kneeling on one leg, his left arm stretched out to the side.');
 * const keys = claims.map(({ constraint }) => constraintKey(constraint));
 * const expected = constraintOf('relativeX:left_wrist/left_shoulder', 'farLeft');
 * console.assert(keys.includes(constraintKey(expected)));
 * ```
 */
export function readCaption(text: string): ReadCaption {
  const words = readingWords(text);
  const found = new Map<number, ReadConstraint>();
  const unread = new Set<string>();
  let subjects: readonly NounPhrase[] = [];
  let previous: NounPhrase | undefined;
  let hasPredicate = false;
  let passedOver = 0;
  let isNegated = false;
  /** The words before this have been understood already. */
  let readUpTo = 0;

  const claim = ({ constraints, isWritten }: Meaning, factor: number): void => {
    hasPredicate = true;
    if (!isNegated) {
      const confidence = factor * (isWritten ? 1 : LOOSE_WORDING) * PASSED_OVER ** passedOver;
      for (const constraint of constraints) keep(found, constraint, Math.max(confidence, LEAST_CONFIDENCE));
    }
    passedOver = 0;
    isNegated = false;
  };

  for (let position = 0; position < words.length;) {
    const word = words[position] as string;
    const before = adjectiveBefore(words, position, previous);
    if (before !== undefined && (hasPredicate || subjects.length === 0)) {
      subjects = [before.noun];
      previous = before.noun;
      for (const meaning of before.meanings) claim(meaning, BEFORE_ITS_NOUN);
      position += before.length;
      readUpTo = position;
      continue;
    }
    // "The back is straight" after a full stop is about the back, though "back" says something of a leg.
    const startsAnew = position > 0 && SEPARATORS.has(words[position - 1] as string);
    const noun = nounPhraseAt(words, position, previous);
    const isNoun = noun !== undefined && (startsAnew || isNewSubject(noun, words, position));
    const said = isNoun ? undefined : predicateAt(subjects, words, position);
    if (said !== undefined) {
      for (const { meaning, factor } of said.meanings) claim(meaning, factor);
      position += said.length;
      readUpTo = position;
      continue;
    }
    if (noun !== undefined) {
      const joins = !hasPredicate && subjects.length > 0 && CONJUNCTIONS.has(words[position - 1] ?? '');
      subjects = joins && noun.noun !== PERSON ? [...subjects.filter(isLimb), noun] : [noun];
      if (noun.noun !== PERSON) previous = noun;
      hasPredicate = false;
      passedOver = 0;
      isNegated = false;
      if (noun.noun !== PERSON && words[position - 1] === 'with') {
        const done = doneWith(noun, words, readUpTo, position - 1);
        if (done !== undefined) claim(done, BEFORE_ITS_NOUN);
      }
      position += noun.length;
      readUpTo = position;
      continue;
    }
    if (NEGATIONS.has(word)) isNegated = true;
    else if (SEPARATORS.has(word)) {
      passedOver = 0;
      isNegated = false;
    } else if (!CONJUNCTIONS.has(word) && word !== 'it') {
      unread.add(word);
      passedOver++;
    }
    position++;
  }
  return { claims: [...found.values()], unreadWords: [...unread] };
}

/** "... and the back bent forward": a conjunction, a noun, and what is said of it. */
function isNewSubject(noun: NounPhrase, words: readonly string[], position: number): boolean {
  return (
    noun.length === 1 &&
    CONJUNCTIONS.has(words[position - 1] ?? '') &&
    bestFor(noun, words, position + 1) !== undefined
  );
}

interface Said {
  readonly length: number;
  readonly meanings: readonly { readonly meaning: Meaning; readonly factor: number }[];
}

/** The longest predicate of the current subjects, else of the person as a whole. */
function predicateAt(
  subjects: readonly NounPhrase[],
  words: readonly string[],
  position: number,
): Said | undefined {
  const group = asPair(subjects);
  const found = group.flatMap((noun) => bestFor(noun, words, position) ?? []);
  const length = Math.max(0, ...found.map((one) => one.length));
  const ofPerson = longestPredicate(PERSON, words, position);
  if (ofPerson !== undefined && ofPerson.length > length)
    return { length: ofPerson.length, meanings: [{ meaning: ofPerson.meaning, factor: 1 }] };
  if (length === 0) return undefined;
  return { length, meanings: found.filter((one) => one.length === length) };
}

function bestFor(
  noun: NounPhrase,
  words: readonly string[],
  position: number,
): { readonly length: number; readonly meaning: Meaning; readonly factor: number } | undefined {
  const { own, aliases } = subjectsOf(noun);
  let best: { length: number; meaning: Meaning; factor: number } | undefined;
  for (const [names, factor] of [
    [own, 1],
    [aliases, NEIGHBOUR],
  ] as const)
    for (const name of names) {
      const said = longestPredicate(name, words, position);
      if (said !== undefined && said.length > (best?.length ?? 0))
        best = { ...said, factor: noun.isSideGuessed === true ? factor * NEIGHBOUR : factor };
    }
  return best;
}

/** "reaches forward with both arms": what stands right before "with", if nothing else was made of it. */
function doneWith(noun: NounPhrase, words: readonly string[], from: number, to: number): Meaning | undefined {
  for (let start = from; start < to; start++) {
    const said = bestFor(noun, words, start);
    if (said !== undefined && start + said.length === to) return said.meaning;
  }
  return undefined;
}

/** "the left hand and the right hand" are the hands. */
function asPair(subjects: readonly NounPhrase[]): readonly NounPhrase[] {
  const [first, second] = subjects;
  if (first === undefined || second === undefined || subjects.length !== 2) return subjects;
  const sides = new Set([first.side, second.side]);
  if (first.noun !== second.noun || !sides.has('left') || !sides.has('right')) return subjects;
  return [{ ...first, side: 'both' }];
}

/** "bent left knee", "straight arms": one or two words that say something of the noun right after them. */
function adjectiveBefore(
  words: readonly string[],
  position: number,
  previous: NounPhrase | undefined,
): { readonly noun: NounPhrase; readonly meanings: readonly Meaning[]; readonly length: number } | undefined {
  for (const count of [2, 1]) {
    const noun = nounPhraseAt(words, position + count, previous);
    if (noun === undefined || noun.noun === PERSON) continue;
    const said = words.slice(position, position + count).join(' ');
    const { own, aliases } = subjectsOf(noun);
    const meaning = [...own, ...aliases]
      .map((name) => adjective(name, said))
      .find((one) => one !== undefined);
    if (meaning !== undefined && /^\p{Letter}+(?: \p{Letter}+)?$/u.test(said) && !PREPOSITIONS.test(said))
      return { noun, meanings: [meaning], length: count + noun.length };
  }
  return undefined;
}

/** What cannot stand before a noun as its attribute: "up left arm". */
const PREPOSITIONS =
  /\b(?:up|down|out|back|forward|backward|behind|in|on|over|to|together|apart|touching|reaching|at|and|with)\b/;

function isLimb({ noun }: NounPhrase): boolean {
  return noun !== PERSON;
}

function keep(found: Map<number, ReadConstraint>, constraint: Constraint, confidence: number): void {
  const key = constraintKey(constraint);
  const known = found.get(key);
  if (known === undefined || known.confidence < confidence) found.set(key, { constraint, confidence });
}
