import type { Random } from '@pose-rft/random';
import { constraintKey, holds, type Constraint } from '../constraint/constraint.js';
import { FACTS, factHolds, type Fact } from '../fact/facts.js';
import { POSTURES, SIDELESS_POSTURES, type Posture } from '../fact/postures.js';
import { assertPose } from '../posecode/assert-pose.js';
import type { JointPositions } from '../posecode/measure.js';
import { composeSentence } from './sentence-frames.js';

/** A sentence about a pose, and what it claims. */
export interface Caption {
  /** Lower-case words, `,` and `.`; every word is in `CAPTION_VOCABULARY`. */
  readonly text: string;
  /** All that the sentence states, each once: every one holds on the pose that was captioned. */
  readonly constraints: readonly Constraint[];
}

export interface CaptionOptions {
  /**
   * How many things to say, the posture ("squatting") included; fewer where less is true of the pose.
   * Default: 2, 3 or 4 at random.
   */
  readonly statements?: number;
}

/** How much likelier a fact is to be told than a common one. */
const WEIGHT = { rare: 12, usual: 5, common: 1 } as const;
const OPENS_WITH_POSTURE = 0.85;
const OPENS_WITH_STANDING = 0.6;
const LEAVES_SIDE_UNSAID = 0.4;
const PREFERS_BOTH_SIDES = 0.9;

/**
 * A true sentence about a pose, in one of many wordings: "someone squatting with both arms raised". It opens with the
 * posture where one can be told (squatting, kneeling, sitting, standing on one leg, ...) and adds facts, the rarer the
 * likelier; what holds on both sides is mostly said of both. The same pose and stream of random numbers give the same
 * caption.
 *
 * @param joints - [..., 24, 3] positions in the body frame (root orientation identity), metres
 * @param offset - where the pose starts in `joints`, in numbers
 * @throws PoseRangeError if `joints` does not hold a whole pose at `offset`
 * @throws RangeError if `options.statements` is not a positive integer
 * @example
 * ```ts
 * import { createRandom } from '@pose-rft/random';
 * import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 * import { captionPose, satisfiedFraction } from '@pose-rft/text-pose';
 *
 * const joints = SYNTHETIC_SKELETON.restJointsMetres;
 * const caption = captionPose(joints, 0, createRandom(1), { statements: 3 });
 * console.log(caption.text);
 * console.assert(satisfiedFraction(caption.constraints, joints, 0) === 1);
 * ```
 */
export function captionPose(
  joints: JointPositions,
  offset: number,
  random: Random,
  options: CaptionOptions = {},
): Caption {
  assertPose(joints, offset);
  const statements = options.statements ?? 2 + random.integer(3);
  if (!Number.isInteger(statements) || statements < 1) {
    throw new RangeError(`captionPose: statements must be a positive integer, got ${statements}`);
  }
  const posture = choosePosture(joints, offset, random);
  const facts = chooseFacts(
    FACTS.filter((fact) => factHolds(fact, joints, offset)),
    statements - (posture === undefined ? 0 : 1),
    new Set(posture?.settledTopics),
    random,
  );
  const phrases = facts.map(({ phrases }) => random.pick(phrases));
  return {
    text: composeSentence(posture === undefined ? undefined : random.pick(posture.wordings), phrases, random),
    constraints: distinct([
      ...(posture?.constraints ?? []),
      ...facts.flatMap(({ constraints }) => constraints),
    ]),
  };
}

function choosePosture(joints: JointPositions, offset: number, random: Random): Posture | undefined {
  const isTrue = (posture: Posture): boolean =>
    posture.constraints.every((constraint) => holds(constraint, joints, offset));
  const posture = POSTURES.find(isTrue);
  const share = posture?.name === 'standing' ? OPENS_WITH_STANDING : OPENS_WITH_POSTURE;
  if (posture === undefined || random.uniform() >= share) return undefined;
  const sideless = SIDELESS_POSTURES.get(posture.name);
  if (sideless === undefined || random.uniform() >= LEAVES_SIDE_UNSAID) return posture;
  return isTrue(sideless) ? sideless : posture;
}

/** Draws facts without replacement, weighted by how much they tell, and none on a topic that is settled. */
function chooseFacts(
  held: readonly Fact[],
  count: number,
  settled: Set<string>,
  random: Random,
): readonly Fact[] {
  const chosen: Fact[] = [];
  let candidates = preferBothSides(held, random);
  while (chosen.length < count) {
    candidates = candidates.filter(({ topics }) => !topics.some((topic) => settled.has(topic)));
    const fact = drawWeighted(candidates, random);
    if (fact === undefined) break;
    chosen.push(fact);
    for (const topic of fact.topics) settled.add(topic);
  }
  return chosen;
}

function preferBothSides(held: readonly Fact[], random: Random): readonly Fact[] {
  const saidOfBoth = new Set(
    held.filter(({ scope }) => scope === 'both').flatMap(({ constraints }) => constraints.map(constraintKey)),
  );
  if (random.uniform() >= PREFERS_BOTH_SIDES) return held.filter(({ scope }) => scope !== 'both');
  return held.filter(
    ({ scope, constraints }) =>
      scope === 'both' ||
      scope === 'whole' ||
      !constraints.every((one) => saidOfBoth.has(constraintKey(one))),
  );
}

function drawWeighted(facts: readonly Fact[], random: Random): Fact | undefined {
  const total = facts.reduce((sum, { commonness }) => sum + WEIGHT[commonness], 0);
  let rest = random.uniform() * total;
  for (const fact of facts) {
    rest -= WEIGHT[fact.commonness];
    if (rest < 0) return fact;
  }
  return facts.at(-1);
}

function distinct(constraints: readonly Constraint[]): readonly Constraint[] {
  return [...new Map(constraints.map((constraint) => [constraintKey(constraint), constraint])).values()];
}
