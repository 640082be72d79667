import { match } from 'ts-pattern';
import type { CategoryName, Posecode } from '../posecode/posecode.js';
import { posecodeIndex } from '../posecode/posecode-index.js';
import { POSECODES } from '../posecode/posecodes.js';
import { measure, type JointPositions } from '../posecode/measure.js';

/**
 * A checkable claim about a pose: the value of a posecode lies in one of its categories. Plain data: it can be stored
 * with a prompt, compared, and sent anywhere.
 */
export interface Constraint {
  /** Index in `POSECODES`. */
  readonly posecode: number;
  /** Index in that posecode's `categories`. */
  readonly category: number;
}

/** Thrown when a constraint names a posecode or a category that does not exist. */
export class InvalidConstraintError extends Error {
  override readonly name = 'InvalidConstraintError';
}

/* The intervals and scales as flat tables, so that checking a constraint reads numbers only. */
const FIRST_CATEGORY = new Int32Array(POSECODES.length + 1);
POSECODES.forEach((posecode, index) => {
  FIRST_CATEGORY[index + 1] = (FIRST_CATEGORY[index] as number) + posecode.categories.length;
});
const ABOVE = Float64Array.from(POSECODES.flatMap(({ categories }) => categories.map(({ above }) => above)));
const UP_TO = Float64Array.from(POSECODES.flatMap(({ categories }) => categories.map(({ upTo }) => upTo)));
const STEEPNESS = Float64Array.from(POSECODES, (posecode) => 2 / softScale(posecode.kind));

/**
 * How far, in degrees or metres, a value may be from its interval's edge before soft satisfaction saturates: at this
 * distance inside it is sigmoid(2) = 0.88, outside 0.12.
 *
 * @example
 * ```ts
 * import { softScale } from '@pose-rft/text-pose';
 *
 * console.assert(softScale('angle') === 15);
 * ```
 */
export function softScale(kind: Posecode['kind']): number {
  return match(kind)
    .with('angle', 'pitchRoll', 'torsoBend', 'torsoLean', 'torsoTwist', 'headPitch', 'headTilt', () => 15)
    .with('headTurn', 'chestElevation', () => 15)
    .with('distance', 'gapY', 'gapZ', () => 0.1)
    .with('relativeX', 'relativeY', 'relativeZ', 'onGround', () => 0.08)
    .exhaustive();
}

/**
 * The constraint with these names.
 *
 * @throws UnknownPosecodeNameError if there is no such posecode
 * @throws InvalidConstraintError if the posecode has no such category
 * @example
 * ```ts
 * import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 * import { constraintOf, holds } from '@pose-rft/text-pose';
 *
 * const bent = constraintOf('angle:left_elbow', 'bent');
 * console.assert(!holds(bent, SYNTHETIC_SKELETON.restJointsMetres, 0));
 * ```
 */
export function constraintOf(posecodeName: string, category: CategoryName): Constraint {
  const posecode = posecodeIndex(posecodeName);
  const categories = POSECODES[posecode]?.categories ?? [];
  const index = categories.findIndex(({ name }) => name === category);
  if (index < 0) {
    throw new InvalidConstraintError(
      `'${posecodeName}' has no category '${category}'. Use one of: ${categories.map(({ name }) => name).join(', ')}.`,
    );
  }
  return { posecode, category: index };
}

/**
 * One number for a constraint, equal for equal constraints: a key for maps and sets. Not for storage: it may change
 * when the catalogue grows.
 *
 * @throws InvalidConstraintError if the constraint names nothing in `POSECODES`
 * @example
 * ```ts
 * import { constraintKey, constraintOf } from '@pose-rft/text-pose';
 *
 * const bent = constraintOf('angle:left_elbow', 'bent');
 * console.assert(constraintKey(bent) === constraintKey({ ...bent }));
 * ```
 */
export function constraintKey(constraint: Constraint): number {
  return intervalOf(constraint);
}

/**
 * Whether the pose satisfies the constraint: `above < value <= upTo`. False where the value is NaN.
 *
 * @param joints - [..., 24, 3] positions in the body frame (root orientation identity), metres
 * @param offset - where the pose starts in `joints`, in numbers
 * @throws InvalidConstraintError if the constraint names nothing in `POSECODES`
 * @example
 * ```ts
 * import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 * import { constraintOf, holds } from '@pose-rft/text-pose';
 *
 * const apart = constraintOf('distance:left_hand/right_hand', 'wide');
 * console.assert(holds(apart, SYNTHETIC_SKELETON.restJointsMetres, 0));
 * ```
 */
export function holds(constraint: Constraint, joints: JointPositions, offset: number): boolean {
  const interval = intervalOf(constraint);
  const value = measure(constraint.posecode, joints, offset);
  return value > (ABOVE[interval] as number) && value <= (UP_TO[interval] as number);
}

/**
 * Whether a measured value satisfies the constraint, or misses it by at most `slack` degrees or metres. False for NaN.
 * With the values of `measurePose`, each posecode is measured once however many constraints ask for it.
 *
 * @throws InvalidConstraintError if the constraint names nothing in `POSECODES`
 * @example
 * ```ts
 * import { constraintOf, holdsForValue } from '@pose-rft/text-pose';
 *
 * const straight = constraintOf('angle:left_elbow', 'straight'); // above 160 degrees
 * console.assert(!holdsForValue(straight, 158) && holdsForValue(straight, 158, 5));
 * ```
 */
export function holdsForValue(constraint: Constraint, value: number, slack = 0): boolean {
  const interval = intervalOf(constraint);
  return value > (ABOVE[interval] as number) - slack && value <= (UP_TO[interval] as number) + slack;
}

/**
 * How well the pose satisfies the constraint, in (0, 1): the sigmoid of twice the margin over {@link softScale}, where
 * the margin is the signed distance to the nearer edge of the interval (positive inside). 0.5 on the edge; above 0.5
 * exactly where the constraint holds; NaN where the value is NaN. A reward made of it has a slope everywhere, which
 * the yes or no of {@link holds} has not.
 *
 * @param joints - [..., 24, 3] positions in the body frame (root orientation identity), metres
 * @param offset - where the pose starts in `joints`, in numbers
 * @throws InvalidConstraintError if the constraint names nothing in `POSECODES`
 * @example
 * ```ts
 * import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 * import { constraintOf, softSatisfaction } from '@pose-rft/text-pose';
 *
 * const straight = constraintOf('angle:left_elbow', 'straight');
 * console.assert(softSatisfaction(straight, SYNTHETIC_SKELETON.restJointsMetres, 0) > 0.5);
 * ```
 */
export function softSatisfaction(constraint: Constraint, joints: JointPositions, offset: number): number {
  const interval = intervalOf(constraint);
  const value = measure(constraint.posecode, joints, offset);
  const margin = Math.min(value - (ABOVE[interval] as number), (UP_TO[interval] as number) - value);
  return 1 / (1 + Math.exp(-margin * (STEEPNESS[constraint.posecode] as number)));
}

/**
 * The share of the constraints that hold, in [0, 1]; 1 for none at all, as nothing was asked. About 0.1 microseconds a
 * constraint.
 *
 * @param joints - [..., 24, 3] positions in the body frame (root orientation identity), metres
 * @param offset - where the pose starts in `joints`, in numbers
 * @throws InvalidConstraintError if a constraint names nothing in `POSECODES`
 * @example
 * ```ts
 * import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 * import { constraintOf, satisfiedFraction } from '@pose-rft/text-pose';
 *
 * const asked = [constraintOf('angle:left_elbow', 'straight'), constraintOf('angle:left_elbow', 'bent')];
 * console.assert(satisfiedFraction(asked, SYNTHETIC_SKELETON.restJointsMetres, 0) === 0.5);
 * ```
 */
export function satisfiedFraction(
  constraints: readonly Constraint[],
  joints: JointPositions,
  offset: number,
): number {
  let satisfied = 0;
  for (let index = 0; index < constraints.length; index++) {
    if (holds(constraints[index] as Constraint, joints, offset)) satisfied++;
  }
  return constraints.length === 0 ? 1 : satisfied / constraints.length;
}

function intervalOf(constraint: Constraint): number {
  const { posecode, category } = constraint;
  const interval = (FIRST_CATEGORY[posecode] as number) + category;
  if (interval < (FIRST_CATEGORY[posecode + 1] as number) && category >= 0) return interval;
  const known = POSECODES[posecode];
  throw new InvalidConstraintError(
    known === undefined
      ? `There is no posecode ${posecode}; expected an integer in [0, ${POSECODES.length - 1}].`
      : `'${known.name}' has no category ${category}; expected an integer in [0, ${known.categories.length - 1}].`,
  );
}
