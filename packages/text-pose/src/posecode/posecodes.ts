import { JOINT_NAMES, type JointName } from '@pose-rft/smpl';
import {
  ANGLE_CATEGORIES,
  BEND_CATEGORIES,
  BODY_GROUND_CATEGORIES,
  CHEST_ELEVATION_CATEGORIES,
  DISTANCE_CATEGORIES,
  GAP_CATEGORIES,
  GROUND_CATEGORIES,
  HEAD_PITCH_CATEGORIES,
  HEAD_TILT_CATEGORIES,
  PITCH_ROLL_CATEGORIES,
  RELATIVE_X_CATEGORIES,
  RELATIVE_Y_CATEGORIES,
  RELATIVE_Z_CATEGORIES,
  sidewaysCategories,
} from './categories.js';
import type { Posecode } from './posecode.js';

type Pair = readonly [JointName, JointName];

/**
 * What may carry the body. Heights count from the lowest of these (and the measured joint itself) rather than of all
 * joints, so that a foot's height tells about the legs alone and credit for it goes to them.
 */
const SUPPORTS: readonly JointName[] = [
  'left_foot',
  'right_foot',
  'left_ankle',
  'right_ankle',
  'left_knee',
  'right_knee',
];

const SPELT = new Set<string>(JOINT_NAMES);

/** 'left'+'elbow' as a joint name; the catalogue below spells every joint once, without its side. */
function joint(side: 'left' | 'right', part: string): JointName {
  const name = `${side}_${part}`;
  if (!SPELT.has(name)) throw new RangeError(`'${name}' is not a joint`);
  return name as JointName;
}

/** left part to left part, left to right, right to left, right to right. */
function allPairs(from: string, to: string): readonly Pair[] {
  return [...samePairs(from, to), ...oppositePairs(from, to)];
}

function samePairs(from: string, to: string): readonly Pair[] {
  return [
    [joint('left', from), joint('left', to)],
    [joint('right', from), joint('right', to)],
  ];
}

function oppositePairs(from: string, to: string): readonly Pair[] {
  return [
    [joint('left', from), joint('right', to)],
    [joint('right', from), joint('left', to)],
  ];
}

function leftRightPair(part: string): Pair {
  return [joint('left', part), joint('right', part)];
}

function toMidline(from: string, to: JointName): readonly Pair[] {
  return [
    [joint('left', from), to],
    [joint('right', from), to],
  ];
}

function angles(): Posecode[] {
  const triples: readonly (readonly [JointName, JointName, JointName])[] = [
    ['left_shoulder', 'left_elbow', 'left_wrist'],
    ['right_shoulder', 'right_elbow', 'right_wrist'],
    ['left_hip', 'left_knee', 'left_ankle'],
    ['right_hip', 'right_knee', 'right_ankle'],
  ];
  return triples.map((joints) => ({
    kind: 'angle',
    name: `angle:${joints[1]}`,
    joints,
    categories: ANGLE_CATEGORIES,
  }));
}

function distances(): Posecode[] {
  const pairs: readonly Pair[] = [
    leftRightPair('hand'),
    leftRightPair('elbow'),
    leftRightPair('knee'),
    leftRightPair('ankle'),
    ...allPairs('hand', 'knee'),
    ...samePairs('hand', 'hip'),
    ...toMidline('hand', 'head'),
    ...allPairs('hand', 'shoulder'),
    ...oppositePairs('hand', 'elbow'),
    ...allPairs('hand', 'foot'),
    ...oppositePairs('foot', 'knee'),
  ];
  return pairs.map((joints) => ({
    kind: 'distance',
    name: `distance:${joints.join('/')}`,
    joints,
    categories: DISTANCE_CATEGORIES,
  }));
}

function relatives(): Posecode[] {
  const alongX: readonly Pair[] = [
    ...samePairs('wrist', 'shoulder'),
    ...toMidline('wrist', 'neck'),
    ...samePairs('ankle', 'hip'),
    leftRightPair('wrist'),
    leftRightPair('ankle'),
  ];
  const alongY: readonly Pair[] = [
    ...samePairs('wrist', 'shoulder'),
    ...samePairs('wrist', 'hip'),
    ...toMidline('wrist', 'neck'),
    ...toMidline('wrist', 'head'),
    ...samePairs('elbow', 'shoulder'),
    leftRightPair('wrist'),
    leftRightPair('knee'),
    leftRightPair('ankle'),
    ...samePairs('knee', 'hip'),
    ...samePairs('ankle', 'knee'),
  ];
  const alongZ: readonly Pair[] = [
    ...samePairs('wrist', 'shoulder'),
    ...toMidline('wrist', 'pelvis'),
    ...samePairs('elbow', 'shoulder'),
    leftRightPair('wrist'),
    leftRightPair('knee'),
    leftRightPair('ankle'),
    ...samePairs('knee', 'hip'),
    ...samePairs('ankle', 'hip'),
    ...samePairs('ankle', 'knee'),
  ];
  const along = (
    kind: 'relativeX' | 'relativeY' | 'relativeZ',
    pairs: readonly Pair[],
    categories: Posecode['categories'],
  ): Posecode[] => pairs.map((joints) => ({ kind, name: `${kind}:${joints.join('/')}`, joints, categories }));
  return [
    ...along('relativeX', alongX, RELATIVE_X_CATEGORIES),
    ...along('relativeY', alongY, RELATIVE_Y_CATEGORIES),
    ...along('relativeZ', alongZ, RELATIVE_Z_CATEGORIES),
  ];
}

function gaps(): Posecode[] {
  return [
    {
      kind: 'gapY',
      name: 'gapY:left_foot/right_foot',
      joints: leftRightPair('foot'),
      categories: GAP_CATEGORIES,
    },
    {
      kind: 'gapZ',
      name: 'gapZ:left_ankle/right_ankle',
      joints: leftRightPair('ankle'),
      categories: GAP_CATEGORIES,
    },
  ];
}

function pitchRolls(): Posecode[] {
  const limbs: readonly (readonly [name: string, Pair])[] = [
    ['left_forearm', ['left_elbow', 'left_wrist']],
    ['right_forearm', ['right_elbow', 'right_wrist']],
    ['left_upper_arm', ['left_shoulder', 'left_elbow']],
    ['right_upper_arm', ['right_shoulder', 'right_elbow']],
    ['left_thigh', ['left_hip', 'left_knee']],
    ['right_thigh', ['right_hip', 'right_knee']],
    ['left_shin', ['left_knee', 'left_ankle']],
    ['right_shin', ['right_knee', 'right_ankle']],
    ['torso', ['pelvis', 'neck']],
  ];
  return limbs.map(([limb, joints]) => ({
    kind: 'pitchRoll',
    name: `pitchRoll:${limb}`,
    joints,
    categories: PITCH_ROLL_CATEGORIES,
  }));
}

function grounds(): Posecode[] {
  const measured: readonly JointName[] = [
    'left_foot',
    'right_foot',
    'left_knee',
    'right_knee',
    'left_hand',
    'right_hand',
  ];
  return measured.map((first) => ({
    kind: 'onGround',
    name: `onGround:${first}`,
    joints: [first, ...SUPPORTS.filter((support) => support !== first)],
    categories: GROUND_CATEGORIES,
  }));
}

function torsoAndHead(): Posecode[] {
  return [
    { kind: 'torsoBend', name: 'torsoBend', joints: ['pelvis', 'neck'], categories: BEND_CATEGORIES },
    {
      kind: 'torsoLean',
      name: 'torsoLean',
      joints: ['pelvis', 'neck'],
      categories: sidewaysCategories(15, 30),
    },
    {
      kind: 'torsoTwist',
      name: 'torsoTwist',
      joints: ['right_shoulder', 'left_shoulder', 'right_hip', 'left_hip'],
      categories: sidewaysCategories(20, 50),
    },
    {
      kind: 'headPitch',
      name: 'headPitch',
      joints: ['spine3', 'neck', 'head'],
      categories: HEAD_PITCH_CATEGORIES,
    },
    {
      kind: 'headTilt',
      name: 'headTilt',
      joints: ['spine3', 'neck', 'head'],
      categories: HEAD_TILT_CATEGORIES,
    },
  ];
}

/**
 * What the detailed captions of PoseScript measure beside the above. Appended, so that the index of everything older
 * stays as it is.
 */
function furtherPosecodes(): Posecode[] {
  const along = (
    kind: 'relativeX' | 'relativeY' | 'relativeZ',
    pairs: readonly Pair[],
    categories: Posecode['categories'],
  ): Posecode[] => pairs.map((joints) => ({ kind, name: `${kind}:${joints.join('/')}`, joints, categories }));
  return [
    ...allPairs('elbow', 'knee').map((joints): Posecode => ({
      kind: 'distance',
      name: `distance:${joints.join('/')}`,
      joints,
      categories: DISTANCE_CATEGORIES,
    })),
    ...along(
      'relativeX',
      [
        ...samePairs('elbow', 'shoulder'),
        ...samePairs('knee', 'hip'),
        leftRightPair('elbow'),
        leftRightPair('knee'),
      ],
      RELATIVE_X_CATEGORIES,
    ),
    ...along(
      'relativeY',
      [
        leftRightPair('shoulder'),
        leftRightPair('elbow'),
        ...samePairs('wrist', 'knee'),
        ...samePairs('ankle', 'hip'),
        ...toMidline('ankle', 'neck'),
      ],
      RELATIVE_Y_CATEGORIES,
    ),
    ...along(
      'relativeZ',
      [leftRightPair('shoulder'), leftRightPair('elbow'), ...toMidline('wrist', 'neck')],
      RELATIVE_Z_CATEGORIES,
    ),
    ...BODY_CONTACTS.map((first): Posecode => ({
      kind: 'onGround',
      name: `onGround:${first}/body`,
      joints: [first, ...BODY_CONTACTS.filter((contact) => contact !== first)],
      categories: BODY_GROUND_CATEGORIES,
    })),
    {
      kind: 'chestElevation',
      name: 'chestElevation',
      joints: ['right_shoulder', 'left_shoulder', 'pelvis', 'neck'],
      categories: CHEST_ELEVATION_CATEGORIES,
    },
    {
      kind: 'headTurn',
      name: 'headTurn',
      joints: ['neck', 'head'],
      categories: sidewaysCategories(15, 30),
    },
  ];
}

/** What touches the ground when somebody stands, kneels, crawls, sits on the floor or lies. */
const BODY_CONTACTS: readonly JointName[] = [
  'left_foot',
  'right_foot',
  'left_ankle',
  'right_ankle',
  'left_knee',
  'right_knee',
  'left_hand',
  'right_hand',
  'left_elbow',
  'right_elbow',
  'pelvis',
  'neck',
  'head',
];

/**
 * The catalogue: every elementary measurement that captions, statements and rewards are made of. A posecode's index
 * in this list is its identity in a `Constraint`; new ones are appended, so that stored constraints stay valid.
 *
 * @example
 * ```ts
 * import { POSECODES } from '@pose-rft/text-pose';
 *
 * const elbow = POSECODES.find((posecode) => posecode.name === 'angle:left_elbow');
 * console.assert(elbow?.categories.some((category) => category.name === 'rightAngle'));
 * ```
 */
export const POSECODES: readonly Posecode[] = [
  ...angles(),
  ...distances(),
  ...relatives(),
  ...gaps(),
  ...pitchRolls(),
  ...grounds(),
  ...torsoAndHead(),
  ...furtherPosecodes(),
];
