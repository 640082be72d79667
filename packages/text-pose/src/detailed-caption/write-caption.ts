import type { Random } from '@pose-rft/random';
import { DETAILED_POSTURES } from '../detailed-fact/detailed-postures.js';
import type { Clause } from './clauses.js';
import { drawPerson, verbFor, type Person } from './person.js';

const NAMES_THE_OWNER = 0.4;
const JOINS_CLAUSES = 0.35;
const SAYS_HAVE = 0.35;
const USES_PRONOUN = 0.8;
const CONNECTS = 0.1;
const TAKES_A_LEG: ReadonlySet<string> = new Set(
  DETAILED_POSTURES.flatMap(({ sideless }) => sideless?.wordings ?? []),
);
/** What follows "the" and may follow "their" as well. */
const OWNED =
  /\bthe (?=(?:left |right )?(?:hand|elbow|shoulder|foot|knee|hip|forearm|head|neck|hips|shoulders|knees|feet|elbows|back|body|chest|stomach|belly)\b)/g;

/**
 * A text of correct English sentences from a posture ("kneeling"), if there is one, and clauses: who it is about, the
 * posture with none, one or two of the clauses, then the others one or two to a sentence.
 */
export function writeCaption(
  posture: string | undefined,
  clauses: readonly Clause[],
  random: Random,
): string {
  const person = drawPerson(random);
  const { sentence, used, isIntroduced } = openingOf(posture, clauses, person, random);
  const sentences = sentence === '' ? [] : [sentence];
  let introduced = isIntroduced;
  for (let index = used; index < clauses.length;) {
    const taken = index + 1 < clauses.length && random.uniform() < JOINS_CLAUSES ? 2 : 1;
    const said = clauses.slice(index, index + taken);
    sentences.push(sentenceOf(said, person, introduced, mayConnect(sentences), random));
    // Once somebody has been named, later sentences may say "they".
    introduced ||= sentences.at(-1)?.includes(person.noun) ?? false;
    index += taken;
  }
  return sentences.map((text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`).join(' ');
}

/** "Also" links to a sentence before, and not twice in a row. */
function mayConnect(sentences: readonly string[]): boolean {
  return sentences.length > 0 && !/^(?:also|meanwhile),/.test(sentences.at(-1) ?? '');
}

interface Opening {
  readonly sentence: string;
  /** How many clauses it has told already. */
  readonly used: number;
  readonly isIntroduced: boolean;
}

function openingOf(
  posture: string | undefined,
  clauses: readonly Clause[],
  person: Person,
  random: Random,
): Opening {
  if (posture === undefined) return { sentence: '', used: 0, isIntroduced: false };
  const [first, second] = clauses;
  const alone: Opening = { sentence: `${person.noun} is ${posture}`, used: 0, isIntroduced: true };
  const form = random.uniform();
  if (first === undefined || form < 0.25) return alone;
  if (isPerson(first)) {
    const said = [posture, ...first.predicates];
    return { sentence: `${person.noun} is ${joinWithAnd(said)}`, used: 1, isIntroduced: true };
  }
  const parts =
    second !== undefined && !isPerson(second) && random.uniform() < 0.5 ? [first, second] : [first];
  const said = joinWithAnd(parts.map((part) => absoluteOf(part, person, random)));
  const told = { used: parts.length, isIntroduced: true };
  // A second "with" right after the first ("kicking with the left leg with ...") reads badly, and "stepping forward
  // with the left leg slightly bent" would say which leg steps.
  if (form < 0.6)
    return posture.includes(' with ') || TAKES_A_LEG.has(posture)
      ? { ...told, sentence: `${person.noun} is ${posture}, ${said}` }
      : { ...told, sentence: `${person.noun} is ${posture} with ${said}` };
  if (form < 0.75) return { ...told, sentence: `${person.noun} is ${posture}, ${said}` };
  if (form < 0.85) return { ...told, sentence: `with ${said}, ${person.noun} is ${posture}` };
  if (form < 0.93) return { ...told, sentence: `in this pose, ${person.noun} is ${posture}, with ${said}` };
  const bare = joinWithAnd(parts.map((part) => absoluteOf(part, undefined, random)));
  return { sentence: `${posture}, with ${bare}`, used: parts.length, isIntroduced: false };
}

function sentenceOf(
  clauses: readonly Clause[],
  person: Person,
  isIntroduced: boolean,
  mayStartConnected: boolean,
  random: Random,
): string {
  const [first, second] = clauses;
  if (first === undefined) return '';
  const told = clauseOf(first, person, isIntroduced, random);
  if (second === undefined)
    return mayStartConnected && random.uniform() < CONNECTS
      ? `${random.pick(['also', 'meanwhile'])}, ${told}`
      : told;
  const contrast = contrastOf(first, second);
  if (contrast !== undefined && random.uniform() < 0.7)
    return `${finite(first, person, isIntroduced, random)}, ${random.pick(['while', 'and', 'but'])} ${contrast}`;
  const introduced = isIntroduced || told.startsWith(person.noun);
  return `${told}${random.pick([' and', ', and', ', while'])} ${clauseOf(second, person, introduced, random)}`;
}

/** "the right one is raised" after "the left hand is near the hip". */
function contrastOf(first: Clause, second: Clause): string | undefined {
  const [one, other] = [sideAndNoun(first), sideAndNoun(second)];
  if (one === undefined || other === undefined || one.noun !== other.noun || one.side === other.side)
    return undefined;
  return `the ${other.side} one is ${joinWithAnd(second.predicates)}`;
}

function sideAndNoun({ subjects }: Clause): { side: string; noun: string } | undefined {
  const [side = '', ...noun] = subjects.length === 1 ? (subjects[0] ?? '').split(' ') : [];
  return side === 'left' || side === 'right' ? { side, noun: noun.join(' ') } : undefined;
}

function clauseOf(clause: Clause, person: Person, isIntroduced: boolean, random: Random): string {
  if (isPerson(clause)) {
    const { name, be } = nameOf(person, isIntroduced, random);
    return `${name} ${be} ${joinWithAnd(clause.predicates.map((predicate) => own(predicate, person, random)))}`;
  }
  const saysHave =
    clause.subjects.length === 1 &&
    !clause.predicates.some((predicate) => /^(?:not|neither)\b/.test(predicate)) &&
    random.uniform() < SAYS_HAVE;
  if (!saysHave) return finite(clause, person, isIntroduced, random);
  const { name, pronoun } = nameOf(person, isIntroduced, random);
  const verb = random.pick(['have', 'have', 'keep'] as const);
  const subject = clause.subjects[0] ?? '';
  const owned = subject.startsWith('both ') ? subject : `${person.possessive} ${subject}`;
  return `${name} ${verbFor(pronoun, verb)} ${owned} ${predicatesOf(clause, person, random)}`;
}

/** "the left arm is raised", "both of their knees are bent". */
function finite(clause: Clause, person: Person, isIntroduced: boolean, random: Random): string {
  const owner = isIntroduced ? person : undefined;
  const subject = joinWithAnd(clause.subjects.map((one) => nounPhrase(one, owner, random)));
  return `${subject} ${clause.isPlural ? 'are' : 'is'} ${predicatesOf(clause, owner, random)}`;
}

/** "the left arm raised": what may follow "with". */
function absoluteOf(clause: Clause, person: Person | undefined, random: Random): string {
  const subject = joinWithAnd(clause.subjects.map((one) => nounPhrase(one, person, random)));
  return `${subject} ${predicatesOf(clause, person, random)}`;
}

function nounPhrase(subject: string, person: Person | undefined, random: Random): string {
  const isOwned = person !== undefined && random.uniform() < NAMES_THE_OWNER;
  if (subject.startsWith('both '))
    return isOwned ? `both of ${person.possessive} ${subject.slice('both '.length)}` : subject;
  return `${isOwned ? person.possessive : 'the'} ${subject}`;
}

function predicatesOf({ predicates }: Clause, person: Person | undefined, random: Random): string {
  return joinWithAnd(predicates.map((predicate) => own(predicate, person, random)));
}

/** "close to their left knee" for "close to the left knee", now and then. */
function own(predicate: string, person: Person | undefined, random: Random): string {
  if (person === undefined || random.uniform() >= NAMES_THE_OWNER) return predicate;
  return predicate.replace(OWNED, `${person.possessive} `);
}

/** How the person is named in a later sentence, with the verbs that go with it. */
function nameOf(
  person: Person,
  isIntroduced: boolean,
  random: Random,
): { readonly name: string; readonly be: string; readonly pronoun: Person['pronoun'] } {
  if (isIntroduced && random.uniform() < USES_PRONOUN)
    return { name: person.pronoun, be: verbFor(person.pronoun, 'be'), pronoun: person.pronoun };
  const name = isIntroduced ? person.noun.replace(/^(?:an?|this) /, 'the ') : person.noun;
  // A noun takes the singular, whatever pronoun follows it.
  return { name, be: 'is', pronoun: 'he' };
}

function isPerson({ subjects }: Clause): boolean {
  return subjects.length === 1 && subjects[0] === '';
}

/** "a", "a and b", "a, b and c". */
function joinWithAnd(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}
