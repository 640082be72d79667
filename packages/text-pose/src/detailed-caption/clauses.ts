import type { Random } from '@pose-rft/random';
import type { Fact } from '../fact/facts.js';
import type { Phrase } from '../fact/phrase.js';

/** One subject, or several that share a predicate, and what is said of it. */
export interface Clause {
  /** "left arm"; empty for the person. */
  readonly subjects: readonly string[];
  readonly isPlural: boolean;
  readonly predicates: readonly string[];
}

const SHARES_SUBJECT = 0.65;
const SHARES_PREDICATE = 0.6;
const MOST_PREDICATES = 2;

const REGIONS: readonly (readonly [region: string, nouns: RegExp])[] = [
  ['arms', /\b(?:arm|arms|hand|hands|elbow|elbows|forearm)\b/],
  ['legs', /\b(?:leg|legs|foot|feet|knee|knees|thigh|shin)\b/],
];

/**
 * The facts put into clauses: ordered by regions of the body and by sides within them, neighbours with one subject
 * joined ("the left arm is raised and bent at the elbow"), and facts of different joints with one predicate ("the left
 * elbow and the right knee are bent").
 */
export function clausesOf(facts: readonly Fact[], random: Random): readonly Clause[] {
  const clauses: Clause[] = [];
  const waiting = [...inOrder(facts, random)];
  for (let fact = waiting.shift(); fact !== undefined; fact = waiting.shift()) {
    const shared = random.uniform() < SHARES_PREDICATE ? sharedPredicate(fact, waiting, random) : undefined;
    if (shared !== undefined) {
      clauses.push(shared);
      continue;
    }
    const previous = clauses.at(-1);
    const phrase = choosePhrase(fact, previous, random);
    if (previous !== undefined && canJoin(previous, phrase))
      clauses[clauses.length - 1] = {
        ...previous,
        predicates: [...previous.predicates, phrase.predicate],
      };
    else
      clauses.push({
        subjects: [phrase.subject],
        isPlural: phrase.isPlural,
        predicates: [phrase.predicate],
      });
  }
  return clauses;
}

function canJoin({ subjects, predicates }: Clause, { subject, predicate }: Phrase): boolean {
  return (
    subjects.length === 1 &&
    subjects[0] === subject &&
    predicates.length < MOST_PREDICATES &&
    !predicates.includes(predicate)
  );
}

function choosePhrase({ phrases }: Fact, previous: Clause | undefined, random: Random): Phrase {
  const fitting = previous === undefined ? [] : phrases.filter((phrase) => canJoin(previous, phrase));
  return fitting.length > 0 && random.uniform() < SHARES_SUBJECT
    ? random.pick(fitting)
    : random.pick(phrases);
}

/** Takes a fact of the same relation out of `waiting` if some wording of both has the same predicate. */
function sharedPredicate(fact: Fact, waiting: Fact[], random: Random): Clause | undefined {
  const { relation } = fact.definition;
  if (relation === undefined) return undefined;
  const at = waiting.findIndex((other) => other.definition.relation === relation);
  const partner = waiting[at];
  if (partner === undefined) return undefined;
  const pairs = fact.phrases.flatMap((first) =>
    partner.phrases
      .filter((second) => second.predicate === first.predicate && second.subject !== first.subject)
      .map((second) => [first, second] as const),
  );
  if (pairs.length === 0) return undefined;
  waiting.splice(at, 1);
  const [first, second] = random.pick(pairs);
  return { subjects: [first.subject, second.subject], isPlural: true, predicates: [first.predicate] };
}

function inOrder(facts: readonly Fact[], random: Random): readonly Fact[] {
  const regions = random.shuffle(['arms', 'legs', 'trunk']);
  const scopes = random.shuffle(['both', 'whole', 'left', 'right']);
  return random
    .shuffle(facts)
    .map((fact) => ({
      fact,
      rank: regions.indexOf(regionOf(fact)) * scopes.length + scopes.indexOf(fact.scope),
    }))
    .sort((first, second) => first.rank - second.rank)
    .map(({ fact }) => fact);
}

function regionOf({ phrases }: Fact): string {
  const subject = phrases[0]?.subject ?? '';
  return REGIONS.find(([, nouns]) => nouns.test(subject))?.[0] ?? 'trunk';
}
