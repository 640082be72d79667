import { labellingNoise } from '../detailed-caption/label-pose.js';
import { assertPose } from '../posecode/assert-pose.js';
import { measure, type JointPositions } from '../posecode/measure.js';
import { PAIRCODES, posecodeOf, type ChangeName, type Paircode } from './paircodes.js';

/** A checkable claim about two poses: a paircode's change lies in one of its categories. Plain data. */
export interface PoseChange {
  /** Index in `PAIRCODES`. */
  readonly paircode: number;
  /** Index in that paircode's `categories`. */
  readonly category: number;
}

/** Two poses, before and after; joints as for `captionPoseInDetail`. */
export interface PosePair {
  /** [..., 24, 3] metres. */
  readonly source: JointPositions;
  /** Where the pose starts in `source`, in numbers; 0 by default. */
  readonly sourceOffset?: number;
  /** [..., 24, 3] metres. */
  readonly target: JointPositions;
  /** Where the pose starts in `target`, in numbers; 0 by default. */
  readonly targetOffset?: number;
  /** How far the body as a whole turns to its left about the vertical, degrees in [-180, 180]; unknown by default. */
  readonly turnDegrees?: number;
}

/** Thrown when a change names a paircode or a category that does not exist. */
export class InvalidPoseChangeError extends Error {
  override readonly name = 'InvalidPoseChangeError';
}

/**
 * The change with these names.
 *
 * @throws InvalidPoseChangeError if there is no such paircode or category
 * @example
 * ```ts
 * import { poseChangeOf, poseChangeHolds } from '@pose-rft/text-pose';
 *
 * const bendMore = poseChangeOf('angle:left_elbow', 'less'); // a smaller angle
 * console.assert(poseChangeHolds(bendMore, -60) && !poseChangeHolds(bendMore, 10));
 * ```
 */
export function poseChangeOf(paircodeName: string, category: ChangeName): PoseChange {
  const paircode = PAIRCODES.findIndex(({ name }) => name === paircodeName);
  const categories = PAIRCODES[paircode]?.categories;
  const index = categories?.findIndex(({ name }) => name === category) ?? -1;
  if (index >= 0) return { paircode, category: index };
  throw new InvalidPoseChangeError(
    categories === undefined
      ? `There is no paircode '${paircodeName}'. Use one of: ${PAIRCODES.map(({ name }) => name).join(', ')}.`
      : `'${paircodeName}' has no category '${category}'. Use one of: ${categories.map(({ name }) => name).join(', ')}.`,
  );
}

/**
 * One number for a change, equal for equal changes: a key for maps and sets, not for storage.
 *
 * @throws InvalidPoseChangeError if the change names nothing in `PAIRCODES`
 */
export function poseChangeKey(change: PoseChange): number {
  categoryOf(change);
  return change.paircode * MOST_CATEGORIES + change.category;
}

const MOST_CATEGORIES = Math.max(...PAIRCODES.map(({ categories }) => categories.length));

/**
 * Whether a measured change satisfies a claim, or misses it by at most `slack` degrees or metres. False for NaN.
 *
 * @throws InvalidPoseChangeError if the change names nothing in `PAIRCODES`
 */
export function poseChangeHolds(change: PoseChange, value: number, slack = 0): boolean {
  const { above, upTo } = categoryOf(change);
  return value > above - slack && value <= upTo + slack;
}

/**
 * The changes of all paircodes from one pose to another, [P] in degrees or metres, target minus source, in the order of
 * `PAIRCODES`; NaN for the turn of the body if the pair does not say it.
 *
 * @throws PoseRangeError if an array does not hold a whole pose at its offset
 * @example
 * ```ts
 * import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 * import { measurePoseChanges } from '@pose-rft/text-pose';
 *
 * const rest = SYNTHETIC_SKELETON.restJointsMetres;
 * const changes = measurePoseChanges({ source: rest, target: rest, turnDegrees: 0 });
 * console.assert(changes.every((change) => change === 0));
 * ```
 */
export function measurePoseChanges(pair: PosePair): Float64Array {
  const { source, sourceOffset = 0, target, targetOffset = 0, turnDegrees = NaN } = pair;
  assertPose(source, sourceOffset);
  assertPose(target, targetOffset);
  return Float64Array.from(PAIRCODES, (paircode) => {
    const kind = posecodeOf(paircode)?.kind;
    if (kind === undefined) return turnDegrees;
    const before = measure(paircode.posecode, source, sourceOffset);
    const after = measure(paircode.posecode, target, targetOffset);
    return kind === 'torsoTwist' || kind === 'headTilt' || kind === 'headPitch'
      ? wrapDegrees(after - before)
      : after - before;
  });
}

/** How far labels of changes may be off: the posecode's tolerance; 5 degrees for the turn of the body. */
export function changeNoise(paircode: Paircode): number {
  const posecode = posecodeOf(paircode);
  return posecode === undefined ? 5 : labellingNoise(posecode.kind);
}

function categoryOf({ paircode, category }: PoseChange): Paircode['categories'][number] {
  const found = PAIRCODES[paircode]?.categories[category];
  if (found !== undefined) return found;
  throw new InvalidPoseChangeError(
    `There is no paircode ${paircode} with a category ${category}; ` +
      `expected a paircode in [0, ${PAIRCODES.length - 1}] and an index of its categories.`,
  );
}

function wrapDegrees(degrees: number): number {
  if (degrees > 180) return degrees - 360;
  return degrees <= -180 ? degrees + 360 : degrees;
}
