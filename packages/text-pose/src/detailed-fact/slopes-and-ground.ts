import type { FactDefinition, Wording } from '../fact/fact-definition.js';

const LIMBS = [
  ['forearm', 'forearm', ['lower arm']],
  ['upper_arm', 'upper arm', []],
  ['thigh', 'thigh', ['upper leg']],
  ['shin', 'shin', ['lower leg', 'calf']],
] as const;

const VERTICAL = [
  'vertical',
  'straight up and down',
  'perpendicular to the ground',
  'at a right angle to the floor',
  'held vertical',
];
const HORIZONTAL = [
  'horizontal',
  'parallel to the ground',
  'parallel to the floor',
  'held horizontal',
  'horizontal to the ground',
];

const slopes = LIMBS.flatMap(([limb, noun, further]) =>
  (
    [
      ['vertical', VERTICAL],
      ['horizontal', HORIZONTAL],
    ] as const
  ).map(([category, predicates]): FactDefinition => ({
    name: `${noun} ${category}`,
    sided: true,
    topic: `pitchRoll:${limb}`,
    commonness: 'usual',
    claims: [[`pitchRoll:{side}_${limb}`, category]],
    wordings: predicates.map((predicate): Wording => `${noun}|${predicate}`),
    readings: further.flatMap((other) => predicates.map((predicate): Wording => `${other}|${predicate}`)),
    relation: `slope ${category}`,
  })),
);

const torsoSlopes: readonly FactDefinition[] = [
  {
    name: 'torso upright',
    sided: false,
    topic: 'torso slope',
    commonness: 'common',
    claims: [['pitchRoll:torso', 'vertical']],
    wordings: [
      'torso|upright',
      'torso|vertical',
      'upper body|upright',
      'upper body|straight up',
      'back|straight',
      'back|straight up',
    ],
    readings: ['person|upright', 'upper body|vertical', 'upper body|straight', 'torso|straight'],
  },
  {
    name: 'torso horizontal',
    sided: false,
    topic: 'torso slope',
    commonness: 'rare',
    claims: [['pitchRoll:torso', 'horizontal']],
    wordings: [
      'torso|horizontal',
      'torso|parallel to the ground',
      'torso|parallel to the floor',
      'upper body|horizontal',
      'upper body|parallel to the ground',
      'back|parallel to the floor',
    ],
  },
];

/** Noun of the part that touches, its posecode, and what else it is called. */
const CONTACTS = [
  ['foot', 'foot'],
  ['knee', 'knee'],
  ['hand', 'hand'],
  ['elbow', 'elbow'],
] as const;
const TOUCHING = [
  'on the ground',
  'on the floor',
  'touching the ground',
  'resting on the floor',
  'in contact with the ground',
  'down on the ground',
];
const LIFTED = [
  'off the ground',
  'in the air',
  'off the floor',
  'lifted off the ground',
  'clear of the ground',
  'not on the ground',
];

const contacts = CONTACTS.map(([joint, noun]): FactDefinition => ({
  name: `${noun} on the ground`,
  sided: true,
  topic: `${noun} on ground`,
  commonness: 'usual',
  claims: [[`onGround:{side}_${joint}/body`, 'onGround']],
  wordings: TOUCHING.map((predicate): Wording => `${noun}|${predicate}`),
  readings: [
    'planted on the ground',
    'flat on the ground',
    'planted on the floor',
    'flat on the floor',
    'resting on the ground',
    'touching the floor',
    'planted',
  ].map((predicate): Wording => `${noun}|${predicate}`),
  relation: 'on the ground',
}));

const liftedFoot: FactDefinition = {
  name: 'foot off the ground',
  sided: true,
  topic: 'foot on ground',
  commonness: 'rare',
  claims: [['onGround:{side}_foot/body', 'offGround']],
  wordings: LIFTED.map((predicate): Wording => `foot|${predicate}`),
  readings: [
    ...LIFTED.map((predicate): Wording => `leg|${predicate}`),
    'foot|raised',
    'foot|lifted',
    'leg|raised',
    'leg|lifted',
    'foot|up',
    'leg|up',
    'foot|up in the air',
    'leg|up in the air',
  ],
};

/** Limbs against the vertical, and what touches the ground. */
export const SLOPE_AND_GROUND_FACTS: readonly FactDefinition[] = [
  ...slopes,
  ...torsoSlopes,
  ...contacts,
  liftedFoot,
];
