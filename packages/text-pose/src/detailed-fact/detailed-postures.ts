import {
  POSTURE_DEFINITIONS,
  posturesOf,
  SIDELESS_DEFINITIONS,
  type Posture,
  type PostureDefinition,
} from '../fact/postures.js';

/** Postures that need the direction of gravity: a body frame that turns with the pelvis has all of them standing. */
const AGAINST_GRAVITY: readonly PostureDefinition[] = [
  {
    name: 'doing a handstand',
    sided: false,
    claims: [
      ['onGround:left_hand/body', 'nearGround'],
      ['onGround:right_hand/body', 'nearGround'],
      ['relativeY:left_ankle/neck', 'above'],
      ['relativeY:right_ankle/neck', 'above'],
    ],
    wordings: [
      'doing a handstand',
      'standing on both hands',
      'upside down on both hands',
      'in a handstand',
      'balancing on both hands',
    ],
    settles: [],
  },
  {
    name: 'on all fours',
    sided: false,
    claims: [
      ['chestElevation', 'downwards'],
      ['onGround:left_hand/body', 'nearGround'],
      ['onGround:right_hand/body', 'nearGround'],
      ['onGround:left_knee/body', 'nearGround'],
      ['onGround:right_knee/body', 'nearGround'],
      ['angle:left_knee', 'bent'],
      ['angle:right_knee', 'bent'],
    ],
    wordings: [
      'on all fours',
      'on hands and knees',
      'crawling on all fours',
      'down on all fours',
      'crawling on hands and knees',
    ],
    settles: [],
  },
  {
    name: 'lying on the back',
    sided: false,
    claims: [
      ['pitchRoll:torso', 'flat'],
      ['chestElevation', 'upwards'],
      ['onGround:pelvis/body', 'nearGround'],
    ],
    wordings: [
      'lying on the back',
      'lying face up',
      'lying flat on the back',
      'lying down face up',
      'stretched out on the back',
    ],
    settles: [],
  },
  {
    name: 'lying on the stomach',
    sided: false,
    claims: [
      ['pitchRoll:torso', 'flat'],
      ['chestElevation', 'downwards'],
      ['onGround:pelvis/body', 'nearGround'],
    ],
    wordings: [
      'lying on the stomach',
      'lying face down',
      'lying flat on the stomach',
      'lying on the belly',
      'stretched out face down',
    ],
    settles: [],
  },
  ...(['left', 'right'] as const).map((side): PostureDefinition => ({
    name: `lying on the ${side} side`,
    sided: false,
    claims: [
      ['pitchRoll:torso', 'flat'],
      ['onGround:pelvis/body', 'low'],
      ['relativeY:left_shoulder/right_shoulder', side === 'left' ? 'below' : 'above'],
    ],
    wordings: [
      `lying on the ${side} side`,
      `lying on the ${side} side of the body`,
      `lying down on the ${side} side`,
      `stretched out on the ${side} side`,
      `lying sideways on the ${side} side`,
    ],
    settles: [],
  })),
];

/** Looser than squatting: the feet may be anywhere, the torso too. */
const CROUCH: PostureDefinition = {
  name: 'crouching low',
  sided: false,
  claims: [
    ['angle:left_knee', 'deeplyBent'],
    ['angle:right_knee', 'deeplyBent'],
    ['onGround:left_foot', 'nearGround'],
    ['onGround:right_foot', 'nearGround'],
    ['relativeY:left_knee/left_hip', 'raised'],
    ['relativeY:right_knee/right_hip', 'raised'],
  ],
  wordings: [
    'crouching low',
    'hunkered down',
    'in a low crouch',
    'crouched low to the ground',
    'hunkering down low',
  ],
  settles: [],
};

/** What detailed captions call the postures that the short ones know too. */
const WORDINGS: Readonly<Record<string, readonly string[]>> = {
  'kneeling on both knees': [
    'kneeling',
    'kneeling on both knees',
    'kneeling down',
    'kneeling on the ground',
    'kneeling on the floor',
    'down on both knees',
  ],
  'kneeling on one knee': [
    'kneeling on the {side} knee',
    'down on the {side} knee',
    'kneeling down on the {side} knee',
    'kneeling on just the {side} knee',
    'kneeling with the {side} knee down',
  ],
  squatting: [
    'squatting',
    'crouching',
    'squatting down',
    'crouching down low',
    'in a deep squat',
    'crouched down',
  ],
  sitting: ['sitting', 'seated', 'sitting down', 'sitting as if on a chair', 'seated as if on a stool'],
  'sitting with straight legs': [
    'sitting with straight legs',
    'sitting with outstretched legs',
    'seated with straight legs',
    'sitting on the floor with straight legs',
    'seated on the ground with outstretched legs',
  ],
  kicking: [
    'kicking with the {side} leg',
    'kicking forward with the {side} leg',
    'kicking with the {side} foot',
    'kicking out with the {side} foot',
    'in the middle of a kick with the {side} leg',
  ],
  'standing on one leg': [
    'standing on the {side} leg',
    'balancing on the {side} leg',
    'standing on the {side} foot',
    'standing only on the {side} leg',
    'balancing on the {side} foot',
  ],
  lunging: [
    'lunging with the {side} leg forward',
    'lunging forward on the {side} leg',
    'in a lunge with the {side} leg in front',
    'in a deep step with the {side} leg in front',
    'lunging onto the {side} foot',
  ],
  striding: [
    'walking with the {side} leg in front',
    'stepping forward with the {side} leg',
    'in mid-stride with the {side} leg in front',
    'taking a step with the {side} foot',
    'striding with the {side} foot ahead',
  ],
  bowing: ['bowing', 'bowing forward', 'bending over', 'bowing down', 'taking a bow'],
  standing: ['standing', 'standing up', 'standing on both feet', 'standing on both legs', 'on both feet'],
  'standing on some leg': [
    'standing on one leg',
    'balancing on one leg',
    'standing on one foot',
    'balancing on one foot',
    'standing on a single leg',
  ],
  'striding with some leg': [
    'walking',
    'striding',
    'in mid-stride',
    'in the middle of a step',
    'stepping forward',
  ],
};

const reworded = (definition: PostureDefinition): PostureDefinition => ({
  ...definition,
  wordings: WORDINGS[definition.name] ?? definition.wordings,
});

/** A posture, and the same with its side left unsaid where people do so. */
export interface DetailedPosture extends Posture {
  readonly sideless?: Posture;
}

/** The postures of detailed captions, most specific first: the first that holds opens the caption. */
export const DETAILED_POSTURES: readonly DetailedPosture[] = [
  ...AGAINST_GRAVITY,
  ...POSTURE_DEFINITIONS.map(reworded),
  CROUCH,
].flatMap((definition) => {
  const unsided = SIDELESS_DEFINITIONS.find(({ impliedBy }) => impliedBy === definition.name);
  const [sideless] = unsided === undefined ? [] : posturesOf(reworded(unsided));
  return posturesOf(definition).map((posture) =>
    sideless === undefined ? posture : { ...posture, sideless },
  );
});
