import type { Random } from '@pose-rft/random';
import type { Phrase } from '../fact/phrase.js';

/** Who a caption is about. */
const PEOPLE = ['someone', 'a person', 'a man', 'a woman', 'the person', 'somebody'] as const;
const DETERMINERS = ['the', 'the', '', 'their'] as const;

/** Every word that a frame adds to wordings. */
export const FRAME_WORDS: readonly string[] = [...PEOPLE, ...DETERMINERS, 'is are with and , .']
  .join(' ')
  .split(' ')
  .filter((word) => word !== '');

/**
 * A sentence from an opening ("squatting") and phrases ("both arms" + "raised"), in one of several frames:
 * "someone squatting with both arms raised", "a man is squatting, both arms raised", "squatting. both arms are raised."
 */
export function composeSentence(
  posture: string | undefined,
  phrases: readonly Phrase[],
  random: Random,
): string {
  const limbs = phrases.filter(({ subject }) => subject !== '');
  const manners = phrases.filter(({ subject }) => subject === '').map(({ predicate }) => predicate);
  const opening = openingOf([...(posture === undefined ? [] : [posture]), ...manners], random);
  const sentence = limbs.length === 0 ? opening : attachLimbs(opening, limbs, random);
  return endSentence(sentence, random);
}

/** "someone", "a person squatting", "the man is squatting, looking down", or the bare posture. */
function openingOf(manners: readonly string[], random: Random): string {
  const person = random.pick(PEOPLE);
  if (manners.length === 0) return person;
  const said = manners.join(', ');
  const form = random.uniform();
  if (form < 0.2) return said;
  return form < 0.75 ? `${person} ${said}` : `${person} is ${said}`;
}

function attachLimbs(opening: string, limbs: readonly Phrase[], random: Random): string {
  const determiner = random.pick(DETERMINERS);
  const form = random.uniform();
  if (form < 0.25) {
    const clauses = limbs.map((limb) => clauseOf(limb, determiner));
    return isBarePerson(opening)
      ? joinWithAnd(clauses)
      : `${opening}. ${random.uniform() < 0.5 ? joinWithAnd(clauses) : clauses.join('. ')}`;
  }
  const list = joinWithAnd(limbs.map((limb) => nounPhrase(limb, determiner)));
  if (isBarePerson(opening)) return form < 0.75 ? `${opening} with ${list}` : list;
  // A second "with" right after the first ("kicking with the left leg with ...") reads badly.
  return form < 0.75 && !opening.includes(' with ') ? `${opening} with ${list}` : `${opening}, ${list}`;
}

function isBarePerson(opening: string): boolean {
  return (PEOPLE as readonly string[]).includes(opening);
}

/** "both arms raised" takes no article; "left arm" and "torso" may. */
function nounPhrase({ subject, predicate }: Phrase, determiner: string): string {
  return `${withDeterminer(subject, determiner)} ${predicate}`;
}

function clauseOf({ subject, predicate, isPlural }: Phrase, determiner: string): string {
  return `${withDeterminer(subject, determiner === '' ? 'the' : determiner)} ${isPlural ? 'are' : 'is'} ${predicate}`;
}

function withDeterminer(subject: string, determiner: string): string {
  const takesNone = subject.startsWith('both ') || subject.startsWith('one ') || determiner === '';
  return takesNone ? subject : `${determiner} ${subject}`;
}

/** "a", "a and b", "a, b and c". */
function joinWithAnd(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}

function endSentence(sentence: string, random: Random): string {
  return sentence.includes('.') || random.uniform() < 0.3 ? `${sentence}.` : sentence;
}
