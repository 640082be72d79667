import type { Random } from '@pose-rft/random';
import { holdsForValue } from '../constraint/constraint.js';
import { detailedFact, DETAILED_FACTS } from '../detailed-fact/detailed-facts.js';
import type { Posture } from '../fact/postures.js';
import type { Fact } from '../fact/facts.js';
import { postureKey } from '../statistics/posecode-statistics.js';
import type { Knowledge } from '../statistics/knowledge.js';

export interface Selection {
  /** How many things to say, those of both sides counted once. */
  readonly statements: number;
  /** Probability that a fact is left out though it holds, unless it is rare. */
  readonly skipProbability: number;
}

/** Facts on at most this share of poses are worth saying whenever they hold (PoseScript). */
const RARE_SHARE = 0.06;
/** What holds on more poses than this is not worth saying. */
const COMMON_SHARE = 0.85;
const SMALLEST_SHARE = 0.002;
/** How readily people mention a fact of a definition's commonness, beside how much it tells. */
const MENTIONS = { rare: 2, usual: 1, common: 0.3 } as const;
const MERGES_SIDES = 0.9;
const SAYS_LESS = 0.25;
const SAYS_LESS_TO_MERGE = 0.5;

const COARSE: ReadonlySet<string | undefined> = new Set(
  DETAILED_FACTS.map(({ definition }) => definition.coarser),
);
/** What may be selected: one side at a time, and the finest category; both sides and coarser words come after. */
const CANDIDATES = DETAILED_FACTS.filter(
  ({ scope, definition }) => scope !== 'both' && !COARSE.has(definition.name),
);

/**
 * What to say of a pose: first what few poses have, in random order weighted by how much it tells, then the rest; nothing
 * that the posture or an earlier fact implies; what holds on both sides of both.
 *
 * @param labelled - values of all posecodes, as `labelPose` gives them
 */
export function selectFacts(
  labelled: Float64Array,
  posture: Posture | undefined,
  knowledge: Knowledge,
  { statements, skipProbability }: Selection,
  random: Random,
): readonly Fact[] {
  const settled = new Set<string>();
  const settledPosecodes = new Set(posture?.constraints.map(({ posecode }) => posecode));
  const said = new Set<string>(posture === undefined ? [] : [postureKey(posture.name)]);
  const held = new Set<string>();
  const ranked: { readonly fact: Fact; readonly isRare: boolean; readonly rank: number }[] = [];
  for (const fact of CANDIDATES) {
    if (!isTrue(fact, labelled)) continue;
    held.add(fact.name);
    const share = knowledge.shareOf(fact.name);
    const { commonness } = fact;
    const isRare = share <= RARE_SHARE && commonness !== 'common';
    if (share > COMMON_SHARE || (!isRare && random.uniform() < skipProbability)) continue;
    if (fact.constraints.some(({ posecode }) => settledPosecodes.has(posecode))) continue;
    // Weighted sampling without replacement (Efraimidis and Spirakis 2006): the largest u^(1/weight) first.
    const weight = -Math.log(Math.max(share, SMALLEST_SHARE)) * MENTIONS[commonness];
    ranked.push({ fact, isRare, rank: Math.log(random.uniform()) / weight });
  }
  ranked.sort((first, second) => Number(second.isRare) - Number(first.isRare) || second.rank - first.rank);

  const chosen: Fact[] = [];
  for (const { fact } of ranked) {
    if (chosen.length === statements) break;
    if (fact.topics.some((topic) => settled.has(topic)) || knowledge.isImplied(fact.name, said)) continue;
    const other = mirrored(fact);
    const both =
      other !== undefined && held.has(other) && random.uniform() < MERGES_SIDES ? ofBoth(fact) : undefined;
    const toSay = both ?? fact;
    chosen.push(toSay);
    for (const topic of toSay.topics) settled.add(topic);
    said.add(fact.name);
    if (both !== undefined && other !== undefined) said.add(other);
  }
  return mergeCoarser(chosen, random).map((fact) =>
    random.uniform() < SAYS_LESS ? (coarser(fact) ?? fact) : fact,
  );
}

/** Whether all that the fact claims is true of labelled values. */
export function isTrue({ constraints }: Pick<Fact, 'constraints'>, labelled: Float64Array): boolean {
  for (const one of constraints) if (!holdsForValue(one, labelled[one.posecode] as number)) return false;
  return true;
}

/** "Both elbows are bent" where one is at a right angle and the other half bent. */
function mergeCoarser(facts: readonly Fact[], random: Random): readonly Fact[] {
  const merged: Fact[] = [];
  const dropped = new Set<Fact>();
  for (const fact of facts) {
    if (dropped.has(fact)) continue;
    const less = fact.scope === 'left' || fact.scope === 'right' ? coarser(fact) : undefined;
    const partnerName = less === undefined ? undefined : mirrored(less);
    const partner = facts.find((other) => !dropped.has(other) && coarser(other)?.name === partnerName);
    const both = less === undefined || partner === undefined ? undefined : ofBoth(less);
    if (both === undefined || partner === undefined || random.uniform() >= SAYS_LESS_TO_MERGE) {
      merged.push(fact);
      continue;
    }
    dropped.add(partner);
    merged.push(both);
  }
  return merged.filter((fact) => !dropped.has(fact));
}

function coarser({ scope, definition }: Fact): Fact | undefined {
  if (definition.coarser === undefined) return undefined;
  return detailedFact(scope === 'whole' ? definition.coarser : `${scope} ${definition.coarser}`);
}

function ofBoth({ definition }: Fact): Fact | undefined {
  return detailedFact(`both ${definition.name}`);
}

/** The name of the same fact on the other side. */
function mirrored({ scope, definition }: Fact): string | undefined {
  if (scope !== 'left' && scope !== 'right') return undefined;
  return `${scope === 'left' ? 'right' : 'left'} ${definition.name}`;
}
