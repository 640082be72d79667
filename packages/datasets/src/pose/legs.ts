import type { Random } from '@pose-rft/random';
import { pickWeighted, uniformBetween, type MixtureEntry } from './mixture.js';
import { turnSided, type PoseDraft, type Side } from './pose-draft.js';

type Range = readonly [low: number, high: number];

/** One leg, in radians from the standing leg; a number is drawn from each range. */
interface LegPosture {
  /** Thigh to the front (positive) or back. */
  readonly hipFlexion: Range;
  /** Thigh away from the other leg. */
  readonly hipAbduction: Range;
  /** Knee and toes turned outward. */
  readonly hipTurn: Range;
  /** Heel towards the buttocks. */
  readonly kneeFlexion: Range;
  /** Toes stretched out behind, as under a kneeling shin; the foot is level otherwise, as far as the ankle allows. */
  readonly toesPointed?: boolean;
}

interface Stance extends MixtureEntry {
  readonly name: string;
  /** The two legs, or one posture for both. Which side gets which is drawn. */
  readonly legs: readonly [LegPosture, LegPosture];
}

const leg = (
  hipFlexion: Range,
  kneeFlexion: Range,
  hipAbduction: Range = [-0.02, 0.12],
  hipTurn: Range = [-0.1, 0.2],
): LegPosture => ({ hipFlexion, kneeFlexion, hipAbduction, hipTurn });

const STANDING_LEG = leg([-0.12, 0.1], [0, 0.2]);
const kneelingLeg = (hipFlexion: Range, kneeFlexion: Range): LegPosture => ({
  ...leg(hipFlexion, kneeFlexion, [0, 0.2]),
  toesPointed: true,
});
const both = (posture: LegPosture): readonly [LegPosture, LegPosture] => [posture, posture];

/** What the legs can be doing, and how often. */
export const STANCES: readonly Stance[] = [
  { name: 'standing', weight: 26, legs: both(STANDING_LEG) },
  { name: 'standing wide', weight: 8, legs: both(leg([-0.1, 0.25], [0, 0.3], [0.3, 0.6])) },
  { name: 'knees bent', weight: 6, legs: both(leg([0.3, 0.7], [0.6, 1.2], [0, 0.3])) },
  { name: 'squatting', weight: 9, legs: both(leg([1.5, 2.1], [1.7, 2.4], [0.1, 0.5], [0, 0.4])) },
  { name: 'sitting on a chair', weight: 9, legs: both(leg([1.3, 1.7], [1.2, 1.7], [0, 0.3])) },
  { name: 'sitting on the floor', weight: 4, legs: both(leg([1.35, 1.7], [0, 0.4], [0, 0.45])) },
  { name: 'kneeling on both knees', weight: 6, legs: both(kneelingLeg([-0.1, 0.25], [1.5, 2.1])) },
  {
    name: 'kneeling on one knee',
    weight: 7,
    legs: [leg([1.55, 1.85], [1.5, 1.85]), kneelingLeg([-0.2, 0.1], [1.5, 1.85])],
  },
  { name: 'stride', weight: 8, legs: [leg([0.3, 0.65], [0, 0.35]), leg([-0.45, -0.15], [0, 0.7])] },
  { name: 'lunge', weight: 6, legs: [leg([0.9, 1.4], [1.0, 1.6]), leg([-0.55, -0.2], [0, 0.6])] },
  { name: 'kick', weight: 4, legs: [leg([0.8, 1.5], [0, 0.35]), STANDING_LEG] },
  { name: 'one knee raised', weight: 5, legs: [leg([1.0, 1.8], [1.0, 2.0]), STANDING_LEG] },
  {
    name: 'one leg raised sideways',
    weight: 4,
    legs: [leg([-0.1, 0.3], [0, 0.3], [0.5, 1.0]), STANDING_LEG],
  },
  { name: 'one heel raised behind', weight: 4, legs: [leg([-0.4, 0.1], [1.0, 2.0]), STANDING_LEG] },
];

/** The ankle makes up for a slanting shin only so far, upwards and downwards. */
const ANKLE_RANGE_RADIANS: Range = [-0.5, 0.4];
const POINTED_TOES_RADIANS: Range = [0.75, 1];

/** Draws a stance for both legs. */
export function drawLegs(draft: PoseDraft, random: Random): void {
  const { legs } = pickWeighted(random, STANCES);
  const [first, second]: readonly [Side, Side] =
    random.uniform() < 0.5 ? ['left', 'right'] : ['right', 'left'];
  const [firstLeg, secondLeg] = legs;
  if (firstLeg !== secondLeg) {
    drawLeg(draft, random, first, firstLeg);
    drawLeg(draft, random, second, secondLeg);
    return;
  }
  // The legs of a symmetric stance stay near each other: each draws from a narrow band of the stance's ranges.
  const shared = narrowed(random, firstLeg);
  drawLeg(draft, random, first, shared);
  drawLeg(draft, random, second, shared);
}

function narrowed(random: Random, posture: LegPosture): LegPosture {
  const band = ([low, high]: Range): Range => {
    const centre = uniformBetween(random, low, high);
    return [(3 * centre + low) / 4, (3 * centre + high) / 4];
  };
  return {
    ...posture,
    hipFlexion: band(posture.hipFlexion),
    hipAbduction: band(posture.hipAbduction),
    hipTurn: band(posture.hipTurn),
    kneeFlexion: band(posture.kneeFlexion),
  };
}

function drawLeg(draft: PoseDraft, random: Random, side: Side, posture: LegPosture): void {
  const draw = (range: Range): number => uniformBetween(random, ...range);
  const hipFlexion = draw(posture.hipFlexion);
  const kneeFlexion = draw(posture.kneeFlexion);
  turnSided(draft, side, 'hip', 0, draw(posture.hipTurn), 0);
  turnSided(draft, side, 'hip', -hipFlexion, 0, 0);
  turnSided(draft, side, 'hip', 0, 0, draw(posture.hipAbduction));
  turnSided(draft, side, 'knee', kneeFlexion, 0, 0);
  turnSided(
    draft,
    side,
    'ankle',
    posture.toesPointed ? draw(POINTED_TOES_RADIANS) : levelAnkle(hipFlexion - kneeFlexion),
    0,
    0,
  );
}

function levelAnkle(shinSlant: number): number {
  const [least, most] = ANKLE_RANGE_RADIANS;
  return Math.min(Math.max(shinSlant, least), most);
}
