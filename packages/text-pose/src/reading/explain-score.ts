import { match } from 'ts-pattern';
import { constraintKey, holdsForValue, type Constraint } from '../constraint/constraint.js';
import type { JointPositions } from '../posecode/measure.js';
import { measurePose, type PoseRotations } from '../posecode/measure-pose.js';
import type { CategoryName, Posecode } from '../posecode/posecode.js';
import { POSECODES } from '../posecode/posecodes.js';
import { readCaption, type ReadConstraint } from './read-caption.js';

/** One claim of a text held against a pose. */
export interface ExplainedClaim extends ReadConstraint {
  /** The measured value, degrees or metres; NaN where the joints do not tell it. */
  readonly value: number;
  /** Undefined where the value cannot be told. */
  readonly holds: boolean | undefined;
  /** "left elbow: wanted straight, is bent 80°". */
  readonly line: string;
}

/** How well a pose does what a text asks, and why. */
export interface ScoreExplanation {
  /** Mean over the claims that can be told of whether they hold, weighted by confidence; NaN if there are none. */
  readonly score: number;
  readonly claims: readonly ExplainedClaim[];
  /** Words of the text that told nothing. */
  readonly unreadWords: readonly string[];
}

/**
 * Reads a text ({@link readCaption}) and says of every claim whether the pose satisfies it, and what it has instead.
 *
 * @param joints - [..., 24, 3] metres, in the frame that the text speaks of (see `captionPoseInDetail`)
 * @param offset - where the pose starts in `joints`, in numbers
 * @throws PoseRangeError if `joints` does not hold a whole pose at `offset`
 * @example
 * ```ts
 * import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 * import { explainScore } from '@pose-rft/text-pose';
 *
 * const { score, claims } = explainScore('Both arms are straight, the left knee is bent.', SYNTHETIC_SKELETON.restJointsMetres, 0);
 * console.assert(Math.abs(score - 2 / 3) < 1e-9);
 * console.assert(claims[2]?.line === 'left knee: wanted bent, is straight');
 * ```
 */
export function explainScore(
  text: string,
  joints: JointPositions,
  offset: number,
  options: { readonly rotations?: PoseRotations } = {},
): ScoreExplanation {
  const values = measurePose(joints, offset, options.rotations);
  const { claims, unreadWords } = readCaption(text);
  let weight = 0;
  let satisfied = 0;
  const explained = claims.map((claim): ExplainedClaim => {
    const value = values[claim.constraint.posecode] as number;
    const holds = Number.isNaN(value) ? undefined : holdsForValue(claim.constraint, value);
    if (holds !== undefined) {
      weight += claim.confidence;
      if (holds) satisfied += claim.confidence;
    }
    return { ...claim, value, holds, line: explainConstraint(claim.constraint, value) };
  });
  return { score: weight === 0 ? NaN : satisfied / weight, claims: explained, unreadWords };
}

/**
 * A constraint beside what was measured, in words: "left hand: wanted above the head, is 0.12 m below".
 *
 * @throws InvalidConstraintError if the constraint names nothing in `POSECODES`
 */
export function explainConstraint(constraint: Constraint, value: number): string {
  constraintKey(constraint); // checks it
  const posecode = POSECODES[constraint.posecode] as Posecode;
  const category = posecode.categories[constraint.category] as Posecode['categories'][number];
  const { subject, wanted, is } = wordsFor(posecode, category.name, value);
  if (Number.isNaN(value)) return `${subject}: wanted ${wanted}, which cannot be told`;
  return holdsForValue(constraint, value)
    ? `${subject}: ${wanted}, as wanted (${is})`
    : `${subject}: wanted ${wanted}, is ${is}`;
}

interface Words {
  readonly subject: string;
  readonly wanted: string;
  readonly is: string;
}

function wordsFor(posecode: Posecode, category: CategoryName, value: number): Words {
  const [first = '', second = ''] = posecode.joints.map(partName);
  const limb = (posecode.name.split(':')[1] ?? posecode.name).replaceAll('_', ' ');
  const plain = spelled(category);
  const towards = (positive: string, negative: string): string => signed(value, 'm', positive, negative);
  const turned = (positive: string, negative: string): string => signed(value, '°', positive, negative);
  return match<Posecode['kind'], Words>(posecode.kind)
    .with('angle', () => ({
      subject: second,
      wanted: plain === 'right angle' ? 'at a right angle' : plain,
      is: value > 160 ? 'straight' : `bent ${Math.round(180 - value)}°`,
    }))
    .with('distance', () => ({
      subject: `${first} and ${second}`,
      wanted: plain,
      is: `${value.toFixed(2)} m apart`,
    }))
    .with('relativeX', () => ({
      subject: first,
      wanted: `${plain} of the ${second}`,
      is: towards('to its left', 'to its right'),
    }))
    .with('relativeY', () => ({
      subject: first,
      wanted: `${plain === 'level' ? 'level with' : plain} the ${second}`,
      is: towards('above', 'below'),
    }))
    .with('relativeZ', () => ({
      subject: first,
      wanted: `${plain} the ${second}`,
      is: towards('in front', 'behind'),
    }))
    .with('gapY', () => ({
      subject: `${first} and ${second}`,
      wanted: `${plain} in height`,
      is: `${value.toFixed(2)} m apart in height`,
    }))
    .with('gapZ', () => ({
      subject: `${first} and ${second}`,
      wanted: `${plain} from front to back`,
      is: `${value.toFixed(2)} m apart from front to back`,
    }))
    .with('pitchRoll', () => ({
      subject: limb,
      wanted: plain,
      is: `${Math.round(value)}° from the vertical`,
    }))
    .with('onGround', () => ({ subject: first, wanted: plain, is: `${value.toFixed(2)} m above it` }))
    .with('torsoBend', () => ({
      subject: 'torso',
      wanted: `bent ${plain}`,
      is: turned('forward', 'back'),
    }))
    .with('torsoLean', () => ({
      subject: 'torso',
      wanted: `leaning ${plain}`,
      is: turned('to the left', 'to the right'),
    }))
    .with('torsoTwist', () => ({
      subject: 'torso',
      wanted: `turned ${plain}`,
      is: turned('to the left', 'to the right'),
    }))
    .with('headPitch', () => ({
      subject: 'head',
      wanted: `bent ${plain}`,
      is: turned('forward', 'back'),
    }))
    .with('headTilt', () => ({
      subject: 'head',
      wanted: `tilted ${plain}`,
      is: turned('to the left', 'to the right'),
    }))
    .with('headTurn', () => ({
      subject: 'head',
      wanted: `turned ${plain}`,
      is: turned('to the left', 'to the right'),
    }))
    .with('chestElevation', () => ({
      subject: 'chest',
      wanted: `facing ${plain}`,
      is: turned('above the horizontal', 'below the horizontal'),
    }))
    .exhaustive();
}

/** "left_wrist" as people say it. */
function partName(joint: string): string {
  return joint.replace('_', ' ').replace('wrist', 'hand').replace('ankle', 'foot');
}

/** "almostCompletelyBent" as words. */
function spelled(category: CategoryName): string {
  return category.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function signed(value: number, unit: 'm' | '°', positive: string, negative: string): string {
  const size = unit === 'm' ? `${Math.abs(value).toFixed(2)} m` : `${Math.round(Math.abs(value))}°`;
  return `${size} ${value < 0 ? negative : positive}`;
}
