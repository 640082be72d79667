import type { Posecode } from '../posecode/posecode.js';
import { posecodeIndex } from '../posecode/posecode-index.js';
import { POSECODES } from '../posecode/posecodes.js';

/** What may become of a posecode's value from one pose to another; `more` and `less` stand beside their strength. */
export type ChangeName =
  | 'muchLess'
  | 'less'
  | 'slightlyLess'
  | 'slightlyMore'
  | 'more'
  | 'muchMore'
  | 'aroundRight'
  | 'farRight'
  | 'quarterRight'
  | 'slightlyRight'
  | 'slightlyLeft'
  | 'quarterLeft'
  | 'farLeft'
  | 'aroundLeft';

/** A named interval of a change, `above < change <= upTo`, in degrees or metres. */
export interface ChangeCategory {
  readonly name: ChangeName;
  readonly above: number;
  readonly upTo: number;
}

/** One elementary difference between two poses (PoseFix's paircodes; Delmas et al. 2023). */
export interface Paircode {
  /** The posecode's name, or `turn`: how far the whole body turns about the vertical, positive to its left. */
  readonly name: string;
  /** Index in `POSECODES` of what is measured on both poses; -1 for `turn`. */
  readonly posecode: number;
  readonly categories: readonly ChangeCategory[];
}

const infinity = Number.POSITIVE_INFINITY;
const category = (name: ChangeName, above: number, upTo: number): ChangeCategory => ({ name, above, upTo });

/** Degrees at a knee or an elbow; positive straightens. */
const ANGLE: readonly ChangeCategory[] = [
  category('muchLess', -infinity, -80),
  category('less', -80, -45),
  category('slightlyLess', -45, -18),
  category('slightlyMore', 18, 45),
  category('more', 45, 80),
  category('muchMore', 80, infinity),
];

/** Two strengths each way. */
function twoStrengths(slight: number, strong: number): readonly ChangeCategory[] {
  return [
    category('muchLess', -infinity, -strong),
    category('less', -strong, -slight),
    category('more', slight, strong),
    category('muchMore', strong, infinity),
  ];
}

const TURN: readonly ChangeCategory[] = [
  category('aroundRight', -infinity, -150),
  category('farRight', -150, -120),
  category('quarterRight', -120, -60),
  category('slightlyRight', -60, -20),
  category('slightlyLeft', 20, 60),
  category('quarterLeft', 60, 120),
  category('farLeft', 120, 150),
  category('aroundLeft', 150, infinity),
];

const SIDES = ['left', 'right'] as const;
const sided = (names: readonly string[]): readonly string[] =>
  names.flatMap((name) => SIDES.map((side) => name.replaceAll('{side}', side)));

const ANGLES = sided(['angle:{side}_elbow', 'angle:{side}_knee']);
const DISTANCES = ['hand', 'elbow', 'knee', 'ankle'].map((joint) => `distance:left_${joint}/right_${joint}`);
const POSITIONS = sided([
  'relativeX:{side}_wrist/{side}_shoulder',
  'relativeX:{side}_ankle/{side}_hip',
  'relativeY:{side}_wrist/{side}_shoulder',
  'relativeY:{side}_elbow/{side}_shoulder',
  'relativeY:{side}_knee/{side}_hip',
  'relativeY:{side}_ankle/{side}_hip',
  'relativeZ:{side}_wrist/{side}_shoulder',
  'relativeZ:{side}_elbow/{side}_shoulder',
  'relativeZ:{side}_knee/{side}_hip',
  'relativeZ:{side}_ankle/{side}_hip',
]);

const of =
  (categories: readonly ChangeCategory[]) =>
  (name: string): Paircode => ({ name, posecode: posecodeIndex(name), categories });

/**
 * The catalogue of differences, with PoseFix's thresholds where it has the measurement (those of the head are our own).
 * A paircode's index is its identity in a `PoseChange`; new ones are appended.
 *
 * @example
 * ```ts
 * import { PAIRCODES } from '@pose-rft/text-pose';
 *
 * const elbow = PAIRCODES.find(({ name }) => name === 'angle:left_elbow');
 * console.assert(elbow?.categories[0]?.upTo === -80);
 * ```
 */
export const PAIRCODES: readonly Paircode[] = [
  ...ANGLES.map(of(ANGLE)),
  ...DISTANCES.map(of(twoStrengths(0.1, 0.4))),
  ...POSITIONS.map(of(twoStrengths(0.15, 0.4))),
  ...['torsoBend', 'torsoTwist'].map(of(twoStrengths(20, 45))),
  of(twoStrengths(15, 30))('torsoLean'),
  ...['headPitch', 'headTilt'].map(of(twoStrengths(20, 40))),
  { name: 'turn', posecode: -1, categories: TURN },
];

/** The posecode that a paircode compares; undefined for `turn`. */
export function posecodeOf(paircode: Paircode): Posecode | undefined {
  return POSECODES[paircode.posecode];
}
