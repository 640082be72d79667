import type { Constraint } from '../constraint/constraint.js';
import { constraintOfClaim, nameSides } from './claim.js';
import type { Claim, Side } from './fact-definition.js';

/** What the body as a whole is doing, as far as joint positions can tell: the opening of a caption. */
export interface PostureDefinition {
  readonly name: string;
  readonly sided: boolean;
  /** All that must hold. `{side}` is the side that the wording names. */
  readonly claims: readonly Claim[];
  /** Put behind "someone" or "a person is". */
  readonly wordings: readonly string[];
  /** Topics that saying the posture has settled already (see `FactDefinition`), on both sides. */
  readonly settles: readonly string[];
}

/** A posture of a pose, with the side filled in. */
export interface Posture {
  readonly name: string;
  readonly constraints: readonly Constraint[];
  readonly wordings: readonly string[];
  readonly settledTopics: readonly string[];
}

const FEET_ON_GROUND: readonly Claim[] = [
  ['onGround:left_foot', 'onGround'],
  ['onGround:right_foot', 'onGround'],
];
const KNEES_IN_FRONT: readonly Claim[] = [
  ['relativeZ:left_knee/left_hip', 'inFront'],
  ['relativeZ:right_knee/right_hip', 'inFront'],
];
const KNEES_EXTENDED: readonly Claim[] = [
  ['angle:left_knee', 'extended'],
  ['angle:right_knee', 'extended'],
];
const LEG_TOPICS = [
  'leg forward',
  'leg sideways',
  'thigh',
  'shin',
  'knee',
  'foot height',
  'knee height',
  'feet compared',
  'knees compared',
];

/** From the most specific to the least: a caption opens with the first that holds. */
export const POSTURE_DEFINITIONS: readonly PostureDefinition[] = [
  {
    name: 'kneeling on both knees',
    sided: false,
    claims: [
      ['onGround:left_knee', 'nearGround'],
      ['onGround:right_knee', 'nearGround'],
      ['angle:left_knee', 'bent'],
      ['angle:right_knee', 'bent'],
      ['relativeZ:left_ankle/left_knee', 'behind'],
      ['relativeZ:right_ankle/right_knee', 'behind'],
    ],
    wordings: [
      'kneeling',
      'kneeling on both knees',
      'kneeling down',
      'on both knees',
      'kneeling on the floor',
    ],
    settles: LEG_TOPICS,
  },
  {
    name: 'kneeling on one knee',
    sided: true,
    claims: [
      ['onGround:{side}_knee', 'nearGround'],
      ['angle:{side}_knee', 'bent'],
      ['relativeZ:{side}_ankle/{side}_knee', 'behind'],
      ['onGround:{other}_foot', 'onGround'],
      ['angle:{other}_knee', 'bent'],
    ],
    wordings: [
      'kneeling on the {side} knee',
      'down on the {side} knee',
      'on the {side} knee',
      'kneeling down on the {side} knee',
      'kneeling only on the {side} knee',
    ],
    settles: LEG_TOPICS,
  },
  {
    name: 'squatting',
    sided: false,
    claims: [
      ['angle:left_knee', 'deeplyBent'],
      ['angle:right_knee', 'deeplyBent'],
      ...FEET_ON_GROUND,
      ...KNEES_IN_FRONT,
      ['relativeZ:left_ankle/left_hip', 'underneath'],
      ['relativeZ:right_ankle/right_hip', 'underneath'],
    ],
    wordings: ['squatting', 'crouching', 'squatting down', 'crouching down', 'crouched down'],
    settles: LEG_TOPICS,
  },
  {
    name: 'sitting',
    sided: false,
    claims: [
      ['pitchRoll:left_thigh', 'flat'],
      ['pitchRoll:right_thigh', 'flat'],
      ...KNEES_IN_FRONT,
      ['angle:left_knee', 'bent'],
      ['angle:right_knee', 'bent'],
      ['relativeZ:left_ankle/left_hip', 'ahead'],
      ['relativeZ:right_ankle/right_hip', 'ahead'],
    ],
    wordings: ['sitting', 'seated', 'sitting down', 'sitting on a chair', 'seated on a chair'],
    settles: LEG_TOPICS,
  },
  {
    name: 'sitting with straight legs',
    sided: false,
    claims: [
      ['pitchRoll:left_thigh', 'flat'],
      ['pitchRoll:right_thigh', 'flat'],
      ...KNEES_IN_FRONT,
      ...KNEES_EXTENDED,
    ],
    wordings: [
      'sitting with straight legs',
      'sitting on the floor with straight legs',
      'seated with straight legs',
      'sitting on the ground with straight legs',
    ],
    settles: LEG_TOPICS,
  },
  {
    name: 'kicking',
    sided: true,
    claims: [
      ['relativeZ:{side}_ankle/{side}_hip', 'farInFront'],
      ['onGround:{side}_foot', 'offGround'],
      ['angle:{side}_knee', 'extended'],
      ['onGround:{other}_foot', 'onGround'],
    ],
    wordings: [
      'kicking with the {side} leg',
      'kicking forward with the {side} leg',
      'kicking with the {side} foot',
      'kicking out with the {side} foot',
    ],
    settles: ['leg forward', 'foot height', 'feet compared', 'knees compared', 'thigh'],
  },
  {
    name: 'standing on one leg',
    sided: true,
    claims: [
      ['onGround:{side}_foot', 'onGround'],
      ['angle:{side}_knee', 'extended'],
      ['pitchRoll:{side}_thigh', 'steep'],
      ['onGround:{other}_foot', 'offGround'],
    ],
    wordings: [
      'standing on the {side} leg',
      'balancing on the {side} leg',
      'standing on the {side} foot',
      'standing only on the {side} leg',
      'balancing on the {side} foot',
    ],
    settles: ['foot height', 'feet compared'],
  },
  {
    name: 'lunging',
    sided: true,
    claims: [
      ['relativeZ:left_ankle/right_ankle', 'farLeads'],
      ['angle:{side}_knee', 'bent'],
      ['relativeZ:{side}_knee/{side}_hip', 'inFront'],
      ['onGround:{side}_foot', 'nearGround'],
      ['relativeZ:{other}_ankle/{other}_hip', 'behind'],
    ],
    wordings: [
      'lunging with the {side} leg forward',
      'lunging forward on the {side} leg',
      'lunging with the {side} leg in front',
      'lunging with the {side} knee bent',
    ],
    settles: ['leg forward', 'foot height', 'feet compared', 'knees compared', 'thigh'],
  },
  {
    name: 'striding',
    sided: true,
    claims: [
      ['relativeZ:left_ankle/right_ankle', 'farLeads'],
      ['angle:{side}_knee', 'extended'],
    ],
    wordings: [
      'walking with the {side} leg in front',
      'stepping forward with the {side} leg',
      'striding with the {side} leg in front',
      'stepping forward with the {side} foot',
      'walking with the {side} foot forward',
    ],
    settles: ['feet compared', 'foot height', 'knees compared'],
  },
  {
    name: 'bowing',
    sided: false,
    claims: [['torsoBend', 'forward'], ...KNEES_EXTENDED, ...FEET_ON_GROUND],
    wordings: ['bowing', 'bowing forward', 'bending forward', 'bending over', 'bowing down'],
    settles: ['torso bend', 'foot height', 'knee', 'thigh'],
  },
  {
    name: 'standing',
    sided: false,
    claims: [
      ...FEET_ON_GROUND,
      ...KNEES_EXTENDED,
      ['pitchRoll:left_thigh', 'steep'],
      ['pitchRoll:right_thigh', 'steep'],
    ],
    wordings: ['standing', 'standing up', 'standing on both feet', 'standing on the ground'],
    settles: ['foot height', 'knee height', 'thigh', 'shin'],
  },
];

/**
 * Postures that people name without their side. They check less than the sided ones, because a constraint cannot say
 * "this leg or that one"; the captions use them only where the sided posture holds.
 */
export const SIDELESS_DEFINITIONS: readonly (PostureDefinition & { readonly impliedBy: string })[] = [
  {
    name: 'standing on some leg',
    impliedBy: 'standing on one leg',
    sided: false,
    claims: [['gapY:left_foot/right_foot', 'apart']],
    wordings: [
      'standing on one leg',
      'balancing on one leg',
      'standing on one foot',
      'balancing on one foot',
    ],
    settles: ['feet compared'],
  },
  {
    name: 'striding with some leg',
    impliedBy: 'striding',
    sided: false,
    claims: [['gapZ:left_ankle/right_ankle', 'wide']],
    wordings: ['walking', 'striding', 'walking forward', 'stepping forward'],
    settles: ['foot height'],
  },
];

/** Every posture, most specific first; sided ones once a side. */
export const POSTURES: readonly Posture[] = POSTURE_DEFINITIONS.flatMap(posturesOf);

/** For a posture's name without its side, the posture that leaves the side unsaid. */
export const SIDELESS_POSTURES: ReadonlyMap<string, Posture> = new Map(
  SIDELESS_DEFINITIONS.flatMap((definition) =>
    posturesOf(definition).flatMap((posture) =>
      (['left', 'right'] as const).map((side): [string, Posture] => [
        `${definition.impliedBy}, ${side}`,
        posture,
      ]),
    ),
  ),
);

/** A definition said of the left and the right side, or of the whole body. */
export function posturesOf(definition: PostureDefinition): readonly Posture[] {
  const sides: readonly (Side | undefined)[] = definition.sided ? ['left', 'right'] : [undefined];
  return sides.map((side) => ({
    name: side === undefined ? definition.name : `${definition.name}, ${side}`,
    constraints: definition.claims.map((claim) => constraintOfClaim(claim, side)),
    wordings: definition.wordings.map((wording) => nameSides(wording, side)),
    settledTopics: definition.settles.flatMap((topic) => [topic, `left ${topic}`, `right ${topic}`]),
  }));
}
