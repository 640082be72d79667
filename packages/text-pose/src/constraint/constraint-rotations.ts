import { jointIndex, movingRotations, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { match } from 'ts-pattern';
import type { Posecode } from '../posecode/posecode.js';
import { POSECODES } from '../posecode/posecodes.js';
import { InvalidConstraintError, type Constraint } from './constraint.js';

const ROOT = 0;
const MOVING = movingRotations(SYNTHETIC_SKELETON);
const ROTATIONS: readonly (readonly number[])[] = POSECODES.map(rotationsThatChange);

/**
 * The joints whose rotation can make the constraint true or false, in ascending order, without the root (positions are
 * in the body frame, where its orientation is taken away). Credit for the constraint belongs to exactly these joints:
 * an elbow's angle to the elbow, a hand's height to the whole arm and the spine. It depends on the kinematic tree
 * alone, so it holds for every body.
 *
 * @throws InvalidConstraintError if the constraint names nothing in `POSECODES`
 * @example
 * ```ts
 * import { jointIndex } from '@pose-rft/smpl';
 * import { constraintOf, constraintRotations } from '@pose-rft/text-pose';
 *
 * const rotations = constraintRotations(constraintOf('angle:left_elbow', 'bent'));
 * console.assert(rotations.join() === String(jointIndex('left_elbow')));
 * ```
 */
export function constraintRotations(constraint: Constraint): readonly number[] {
  const rotations = ROTATIONS[constraint.posecode];
  if (rotations === undefined) {
    throw new InvalidConstraintError(
      `There is no posecode ${constraint.posecode}; expected an integer in [0, ${POSECODES.length - 1}].`,
    );
  }
  return rotations;
}

function rotationsThatChange(posecode: Posecode): readonly number[] {
  const joints = posecode.joints.map(jointIndex);
  const moving = [...new Set(joints.flatMap(ancestors))]
    .filter((rotation) => rotation !== ROOT)
    .sort((first, second) => first - second);
  return (
    match(posecode.kind)
      .with('angle', 'distance', () => moving.filter((rotation) => !turnsAsOne(rotation, joints)))
      .with(
        'relativeX',
        'relativeY',
        'relativeZ',
        'gapY',
        'gapZ',
        'pitchRoll',
        'onGround',
        'torsoBend',
        'torsoLean',
        'torsoTwist',
        'headPitch',
        'headTilt',
        'chestElevation',
        () => moving,
      )
      // Of both joints' own rotations, which move neither of them.
      .with('headTurn', () => joints)
      .exhaustive()
  );
}

/** Angles and distances do not change where all their joints turn together about one joint, itself one of them or not. */
function turnsAsOne(rotation: number, joints: readonly number[]): boolean {
  return joints.every((joint) => joint === rotation || ancestors(joint).includes(rotation));
}

function ancestors(joint: number): readonly number[] {
  return MOVING[joint] ?? [];
}
