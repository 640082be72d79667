import type { JointName } from '@pose-rft/smpl';
import type { Random } from '@pose-rft/random';
import { pickWeighted, uniformBetween, type MixtureEntry } from './mixture.js';
import { turnMidline, type PoseDraft } from './pose-draft.js';

type Range = readonly [low: number, high: number];

/** A posture of a chain of joints: angles in radians, shared out among them. */
interface ChainPosture extends MixtureEntry {
  readonly name: string;
  /** To the front. */
  readonly bend?: Range;
  /** To either side: which one is drawn. */
  readonly lean?: Range;
  /** About the vertical, to either side: which one is drawn. */
  readonly turn?: Range;
}

/** What the torso can be doing, and how often. */
export const TORSO_POSTURES: readonly ChainPosture[] = [
  { name: 'upright', weight: 42 },
  { name: 'slightly bent', weight: 12, bend: [0.4, 1.0] },
  { name: 'strongly bent', weight: 10, bend: [1.1, 1.8] },
  { name: 'arched back', weight: 4, bend: [-0.9, -0.4] },
  { name: 'leaning to a side', weight: 14, lean: [0.35, 0.85] },
  { name: 'twisted', weight: 10, turn: [0.35, 0.95] },
  { name: 'bent and leaning', weight: 4, bend: [0.5, 1.2], lean: [0.3, 0.6] },
  { name: 'bent and twisted', weight: 4, bend: [0.5, 1.2], turn: [0.3, 0.7] },
];

/** What the head can be doing, relative to the torso, and how often. */
export const HEAD_POSTURES: readonly ChainPosture[] = [
  { name: 'straight', weight: 52 },
  { name: 'looking down', weight: 14, bend: [0.6, 1.1] },
  { name: 'looking up', weight: 10, bend: [-1.1, -0.6] },
  { name: 'turned', weight: 14, turn: [0.5, 1.2] },
  { name: 'tilted', weight: 10, lean: [0.5, 0.85] },
];

/** Joints and their shares of an angle, which add up to 1. */
type Chain = readonly (readonly [joint: JointName, share: number])[];

/** In proportion to what each vertebra's limits allow. */
const SPINE: Chain = [
  ['spine1', 0.42],
  ['spine2', 0.35],
  ['spine3', 0.23],
];
/** Most of it in the neck, whose turn the position of the head shows. */
const NECK_AND_HEAD: Chain = [
  ['neck', 0.7],
  ['head', 0.3],
];

/** Draws a posture for the spine and one for the head. */
export function drawTorsoAndHead(draft: PoseDraft, random: Random): void {
  drawChain(draft, random, SPINE, pickWeighted(random, TORSO_POSTURES));
  drawChain(draft, random, NECK_AND_HEAD, pickWeighted(random, HEAD_POSTURES));
}

function drawChain(draft: PoseDraft, random: Random, chain: Chain, { bend, lean, turn }: ChainPosture): void {
  const draw = (range: Range | undefined): number =>
    range === undefined ? 0 : uniformBetween(random, ...range);
  const eitherSide = (): number => (random.uniform() < 0.5 ? -1 : 1);
  const bendRadians = draw(bend);
  const leanRadians = eitherSide() * draw(lean);
  const turnRadians = eitherSide() * draw(turn);
  for (const [joint, share] of chain)
    turnMidline(draft, joint, share * bendRadians, share * turnRadians, share * leanRadians);
}
