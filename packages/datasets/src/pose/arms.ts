import type { Random } from '@pose-rft/random';
import { pickWeighted, uniformBetween, type MixtureEntry } from './mixture.js';
import { poseArm, turnSided, type Direction, type PoseDraft, type Side } from './pose-draft.js';

/** A range of flexion of the elbow, in radians; 0 is a straight arm. */
type Flexion = readonly [leastRadians: number, mostRadians: number];

interface ArmPosture extends MixtureEntry {
  readonly name: string;
  /** Centre of the upper arm's direction; torso's frame, x outward. */
  readonly upperArm: Direction;
  /** Standard deviation added to each component of `upperArm`. */
  readonly spread: number;
  /** Where the forearm may swing when the elbow bends: one is drawn. */
  readonly bendTowards: readonly Direction[];
  /** One is drawn. */
  readonly flexion: readonly Flexion[];
  /** Whether only both arms together make sense. */
  readonly bothArms?: boolean;
}

const STRAIGHT: Flexion = [0.02, 0.4];
const BENT: Flexion = [0.8, 2.2];

const FRONT: Direction = [0, 0, 1];
const UP: Direction = [0, 1, 0.1];
const DOWN: Direction = [0, -1, 0.1];
const INWARD: Direction = [-1, 0, 0.3];

/** What an arm can be doing, and how often. */
export const ARM_POSTURES: readonly ArmPosture[] = [
  {
    name: 'hanging',
    weight: 28,
    upperArm: [0.25, -1, 0],
    spread: 0.12,
    bendTowards: [FRONT, FRONT, [-0.6, 0, 0.8]],
    flexion: [STRAIGHT, BENT],
  },
  {
    name: 'raised',
    weight: 15,
    upperArm: [0.4, 1, 0.05],
    spread: 0.2,
    bendTowards: [FRONT, INWARD],
    flexion: [STRAIGHT, STRAIGHT, BENT],
  },
  {
    name: 'forward',
    weight: 14,
    upperArm: [0.15, 0, 1],
    spread: 0.2,
    bendTowards: [UP, INWARD],
    flexion: [STRAIGHT, BENT],
  },
  {
    name: 'sideways',
    weight: 15,
    upperArm: [1, 0, 0.1],
    spread: 0.2,
    bendTowards: [FRONT, UP, DOWN],
    flexion: [STRAIGHT, BENT],
  },
  {
    name: 'backward',
    weight: 5,
    upperArm: [0.25, -0.9, -0.7],
    spread: 0.12,
    bendTowards: [FRONT],
    flexion: [STRAIGHT, [0.5, 1.4]],
  },
  {
    name: 'hand on the hip',
    weight: 8,
    upperArm: [0.75, -0.8, -0.35],
    spread: 0.06,
    bendTowards: [[-0.8, -0.5, 0.45]],
    flexion: [[1.45, 1.75]],
  },
  {
    name: 'hand at the head',
    weight: 5,
    upperArm: [0.85, 0.4, 0.3],
    spread: 0.1,
    bendTowards: [[-0.7, 0.7, 0.1]],
    flexion: [[1.9, 2.3]],
  },
  {
    name: 'crossed over the chest',
    weight: 6,
    upperArm: [0.15, -0.85, 0.5],
    spread: 0.07,
    bendTowards: [[-1, 0.1, 0.35]],
    flexion: [[1.45, 1.8]],
    bothArms: true,
  },
  {
    name: 'hands together in front',
    weight: 4,
    upperArm: [0.1, -0.6, 0.75],
    spread: 0.07,
    bendTowards: [[-0.75, 0.5, 0.4]],
    flexion: [[0.7, 1.2]],
    bothArms: true,
  },
];

const ONE_ARM_POSTURES = ARM_POSTURES.filter(({ bothArms }) => bothArms !== true);
/** How often both arms do the same, each with its own deviation. */
const SAME_POSTURE_PROBABILITY = 0.45;
/** A raised arm takes the shoulder blade along. */
const RAISED_COLLAR_RADIANS = 0.25;

/** Draws a posture for each arm. */
export function drawArms(draft: PoseDraft, random: Random): void {
  const first = pickWeighted(random, ARM_POSTURES);
  const isSame = first.bothArms === true || random.uniform() < SAME_POSTURE_PROBABILITY;
  const second = isSame ? first : pickWeighted(random, ONE_ARM_POSTURES);
  const flexion = random.pick(first.flexion);
  const bendTowards = random.pick(first.bendTowards);
  const [firstSide, secondSide]: readonly [Side, Side] =
    random.uniform() < 0.5 ? ['left', 'right'] : ['right', 'left'];
  drawArm(draft, random, firstSide, first, flexion, bendTowards);
  drawArm(
    draft,
    random,
    secondSide,
    second,
    isSame ? flexion : random.pick(second.flexion),
    isSame ? bendTowards : random.pick(second.bendTowards),
  );
}

function drawArm(
  draft: PoseDraft,
  random: Random,
  side: Side,
  { upperArm, spread }: ArmPosture,
  flexion: Flexion,
  bendTowards: Direction,
): void {
  const direction: Direction = [
    upperArm[0] + spread * random.normal(),
    upperArm[1] + spread * random.normal(),
    upperArm[2] + spread * random.normal(),
  ];
  poseArm(draft, side, direction, bendTowards, uniformBetween(random, ...flexion));
  turnSided(draft, side, 'collar', 0, 0, RAISED_COLLAR_RADIANS * Math.max(0, direction[1]));
}
