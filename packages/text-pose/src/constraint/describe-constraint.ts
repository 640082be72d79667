import { match } from 'ts-pattern';
import { POSECODES } from '../posecode/posecodes.js';
import type { Posecode } from '../posecode/posecode.js';
import { constraintKey, type Constraint } from './constraint.js';

/**
 * A technical description of any constraint, for reports: what is measured, and the interval that it must be in.
 *
 * @throws InvalidConstraintError if the constraint names nothing in `POSECODES`
 * @example
 * ```ts
 * import { constraintOf, describeConstraint } from '@pose-rft/text-pose';
 *
 * const text = describeConstraint(constraintOf('distance:left_hand/right_hand', 'close'));
 * console.assert(text === 'distance of left hand to right hand at most 0.2 m');
 * ```
 */
export function describeConstraint(constraint: Constraint): string {
  constraintKey(constraint); // checks it
  const posecode = POSECODES[constraint.posecode] as Posecode;
  const { above, upTo } = posecode.categories[constraint.category] as Posecode['categories'][number];
  const unit = unitOf(posecode.kind);
  const interval =
    above === -Infinity
      ? `at most ${upTo} ${unit}`
      : upTo === Infinity
        ? `above ${above} ${unit}`
        : `between ${above} and ${upTo} ${unit}`;
  return `${measurementOf(posecode)} ${interval}`;
}

function unitOf(kind: Posecode['kind']): 'degrees' | 'm' {
  return match<Posecode['kind'], 'degrees' | 'm'>(kind)
    .with(
      'angle',
      'pitchRoll',
      'torsoBend',
      'torsoLean',
      'torsoTwist',
      'headPitch',
      'headTilt',
      'headTurn',
      'chestElevation',
      () => 'degrees',
    )
    .with('distance', 'relativeX', 'relativeY', 'relativeZ', 'gapY', 'gapZ', 'onGround', () => 'm')
    .exhaustive();
}

function measurementOf(posecode: Posecode): string {
  const [first, second] = posecode.joints.map((name) => name.replace('_', ' '));
  return match(posecode.kind)
    .with('angle', () => `angle at ${second ?? ''}`)
    .with('distance', () => `distance of ${first ?? ''} to ${second ?? ''}`)
    .with('relativeX', () => `${first ?? ''} to the left of ${second ?? ''}, by`)
    .with('relativeY', () => `${first ?? ''} higher than ${second ?? ''}, by`)
    .with('relativeZ', () => `${first ?? ''} in front of ${second ?? ''}, by`)
    .with('gapY', () => `height difference of ${first ?? ''} and ${second ?? ''}`)
    .with('gapZ', () => `depth difference of ${first ?? ''} and ${second ?? ''}`)
    .with(
      'pitchRoll',
      () => `slope of ${posecode.name.split(':')[1]?.replaceAll('_', ' ') ?? ''} from the vertical`,
    )
    .with('onGround', () =>
      posecode.name.endsWith('/body')
        ? `height of ${first ?? ''} above the lowest part of the body`
        : `height of ${first ?? ''} above the ground`,
    )
    .with('torsoBend', () => 'forward bend of the torso')
    .with('torsoLean', () => 'lean of the torso to the left')
    .with('torsoTwist', () => 'twist of the torso to the left')
    .with('headPitch', () => 'forward bend of the head')
    .with('headTilt', () => 'tilt of the head to the left')
    .with('headTurn', () => 'turn of the head to the left')
    .with('chestElevation', () => 'direction of the chest above the horizontal')
    .exhaustive();
}
