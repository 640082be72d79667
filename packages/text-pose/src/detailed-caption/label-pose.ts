import { holdsForValue, constraintOf } from '../constraint/constraint.js';
import type { Random } from '@pose-rft/random';
import { match } from 'ts-pattern';
import type { PosecodeKind } from '../posecode/posecode.js';
import { posecodeIndex } from '../posecode/posecode-index.js';
import { POSECODES } from '../posecode/posecodes.js';

/**
 * How far labels may be off, in degrees or metres: PoseScript's tolerances (Delmas et al. 2022). A person who describes
 * a pose does not measure it, so a bend of 72 degrees may be called a right angle (75 to 105).
 *
 * @example
 * ```ts
 * import { labellingNoise } from '@pose-rft/text-pose';
 *
 * console.assert(labellingNoise('angle') === 5 && labellingNoise('distance') === 0.05);
 * ```
 */
export function labellingNoise(kind: PosecodeKind): number {
  return match(kind)
    .with('angle', 'pitchRoll', 'torsoBend', 'torsoLean', 'torsoTwist', () => 5)
    .with('headPitch', 'headTilt', 'headTurn', 'chestElevation', () => 5)
    .with('distance', 'gapY', 'gapZ', 'relativeX', 'relativeY', 'relativeZ', 'onGround', () => 0.05)
    .exhaustive();
}

const NOISE = Float64Array.from(POSECODES, ({ kind }) => labellingNoise(kind));
const BEND = posecodeIndex('torsoBend');
const LEAN = posecodeIndex('torsoLean');
const TWIST = posecodeIndex('torsoTwist');
const HEAD_PITCH = posecodeIndex('headPitch');
const HEAD_TILT = posecodeIndex('headTilt');
const ANKLES_BELOW_NECK = [
  constraintOf('relativeY:left_ankle/neck', 'below'),
  constraintOf('relativeY:right_ankle/neck', 'below'),
];
const TORSO_FLAT = constraintOf('pitchRoll:torso', 'flat');

/**
 * The values that categories are told by: the measured ones, each moved by up to its {@link labellingNoise} times
 * `noise`, and NaN where a posecode means nothing: who lies down or stands on his head neither bows nor leans, and the
 * twist of a level torso is not a turn about the vertical.
 */
export function labelPose(values: Float64Array, random?: Random, noise = 1): Float64Array {
  const labelled = values.slice();
  if (!ANKLES_BELOW_NECK.some((one) => holdsForValue(one, values[one.posecode] as number))) {
    labelled[BEND] = NaN;
    labelled[LEAN] = NaN;
  }
  if (holdsForValue(TORSO_FLAT, values[TORSO_FLAT.posecode] as number)) {
    labelled[TWIST] = NaN;
    labelled[HEAD_PITCH] = NaN;
    labelled[HEAD_TILT] = NaN;
    labelled[LEAN] = NaN;
  }
  if (random === undefined) return labelled;
  for (let posecode = 0; posecode < labelled.length; posecode++)
    labelled[posecode] =
      (labelled[posecode] as number) + noise * (NOISE[posecode] as number) * (2 * random.uniform() - 1);
  return labelled;
}
