import type { Random } from '@pose-rft/random';
import { constraintKey, type Constraint } from '../constraint/constraint.js';
import { DETAILED_POSTURES, type DetailedPosture } from '../detailed-fact/detailed-postures.js';
import type { Posture } from '../fact/postures.js';
import type { JointPositions } from '../posecode/measure.js';
import { measurePose, type PoseRotations } from '../posecode/measure-pose.js';
import { knowledgeOf } from '../statistics/knowledge.js';
import type { PosecodeStatistics } from '../statistics/posecode-statistics.js';
import { SYNTHETIC_STATISTICS } from '../statistics/synthetic-statistics.generated.js';
import { clausesOf } from './clauses.js';
import { labelPose } from './label-pose.js';
import { isTrue, selectFacts } from './select-facts.js';
import { writeCaption } from './write-caption.js';

/** A description of a pose, and what it claims. */
export interface DetailedCaption {
  /** Sentences of plain English, with capitals, commas and full stops. */
  readonly text: string;
  /** All that the text states, each once. */
  readonly constraints: readonly Constraint[];
}

export interface DetailedCaptionOptions {
  /** The pose's rotations: with them the caption may tell where the head is turned, which joints do not show. */
  readonly rotations?: PoseRotations;
  /** How many things to say beside the posture; fewer where less is worth saying. Default: 4 to 9 at random. */
  readonly statements?: number;
  /** How far labels may be off, as a multiple of {@link labellingNoise}. Default 1; 0 labels exactly. */
  readonly noise?: number;
  /** Probability of leaving out a fact that is not rare. Default 0.15, PoseScript's. */
  readonly skipProbability?: number;
  /** What is rare, and what implies what. Default: learned from the synthetic poses of this project. */
  readonly statistics?: PosecodeStatistics;
}

const OPENS_WITH_POSTURE = 0.92;
const OPENS_WITH_STANDING = 0.6;
const LEAVES_SIDE_UNSAID = 0.35;
const FEWEST_STATEMENTS = 4;
const MOST_STATEMENTS = 9;

/**
 * Describes a pose in several sentences as PoseScript's captioning pipeline does (Delmas et al. 2022), in wordings of our
 * own: measures all posecodes, labels them with some tolerance, selects what tells most (rare before common, nothing that
 * follows from what was said), joins what is said of both sides, of one subject or with one predicate, and writes it
 * down. The same pose, options and stream give the same text.
 *
 * Give the joints upright: y against gravity, the person turned to face z (only the heading taken away), so that lying,
 * handstands and leaning can be told. In the body frame, where the pelvis is always upright, the text is true of the
 * body frame.
 *
 * @param joints - [..., 24, 3] metres
 * @param offset - where the pose starts in `joints`, in numbers
 * @returns the text, and the constraints that it states: each holds, or misses its interval by at most
 *   `noise` times `labellingNoise`; an empty text where nothing can be told (NaN)
 * @throws PoseRangeError if `joints` does not hold a whole pose at `offset`
 * @throws RangeError for options out of range
 * @example
 * ```ts
 * import { createRandom } from '@pose-rft/random';
 * import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 * import { captionPoseInDetail, satisfiedFraction } from '@pose-rft/text-pose';
 *
 * const joints = SYNTHETIC_SKELETON.restJointsMetres;
 * const { text, constraints } = captionPoseInDetail(joints, 0, createRandom(4), { noise: 0 });
 * console.log(text);
 * console.assert(satisfiedFraction(constraints, joints, 0) === 1);
 * ```
 */
export function captionPoseInDetail(
  joints: JointPositions,
  offset: number,
  random: Random,
  options: DetailedCaptionOptions = {},
): DetailedCaption {
  const {
    noise = 1,
    skipProbability = 0.15,
    statistics = SYNTHETIC_STATISTICS,
    statements = FEWEST_STATEMENTS + random.integer(MOST_STATEMENTS - FEWEST_STATEMENTS + 1),
  } = options;
  if (!Number.isInteger(statements) || statements < 0)
    throw new RangeError(`captionPoseInDetail: statements must be an integer >= 0, got ${statements}`);
  if (!(skipProbability >= 0 && skipProbability <= 1))
    throw new RangeError(`captionPoseInDetail: skipProbability must be in [0, 1], got ${skipProbability}`);
  if (!(noise >= 0 && noise <= 1))
    throw new RangeError(`captionPoseInDetail: noise must be in [0, 1], got ${noise}`);

  const labelled = labelPose(measurePose(joints, offset, options.rotations), random, noise);
  const drawn = choosePosture(labelled, random);
  const facts = selectFacts(
    labelled,
    drawn,
    knowledgeOf(statistics),
    { statements, skipProbability },
    random,
  );
  // A caption should say something.
  const posture = drawn ?? (facts.length > 0 ? undefined : truePosture(labelled));
  const clauses = clausesOf(facts, random);
  const opening = posture === undefined ? undefined : random.pick(posture.wordings);
  return {
    text: writeCaption(opening, clauses, random),
    constraints: distinct([
      ...(posture?.constraints ?? []),
      ...facts.flatMap(({ constraints }) => constraints),
    ]),
  };
}

function choosePosture(labelled: Float64Array, random: Random): Posture | undefined {
  const posture = truePosture(labelled);
  const share = posture?.name === 'standing' ? OPENS_WITH_STANDING : OPENS_WITH_POSTURE;
  if (posture === undefined || random.uniform() >= share) return undefined;
  const { sideless } = posture;
  if (sideless === undefined || random.uniform() >= LEAVES_SIDE_UNSAID) return posture;
  return isTrue(sideless, labelled) ? sideless : posture;
}

function truePosture(labelled: Float64Array): DetailedPosture | undefined {
  return DETAILED_POSTURES.find((one) => isTrue(one, labelled));
}

function distinct(constraints: readonly Constraint[]): readonly Constraint[] {
  return [...new Map(constraints.map((constraint) => [constraintKey(constraint), constraint])).values()];
}
