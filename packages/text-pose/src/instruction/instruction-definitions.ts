import type { Side } from '../fact/fact-definition.js';
import type { ChangeName } from './paircodes.js';

/**
 * Something that can be asked of a pose: the paircode and the way it changes, and how people ask for it. Wordings are
 * `noun|text`, where `@` in the text stands for the noun with its owner ("your left elbow", "both elbows").
 */
export interface InstructionDefinition {
  readonly name: string;
  readonly sided: boolean;
  /** `{side}` stands for the side. */
  readonly paircode: string;
  readonly category: ChangeName;
  /** What it is about: one instruction on a topic and side. */
  readonly topic: string;
  readonly wordings: readonly string[];
}

type Strength = 'slightly' | 'plainly' | 'strongly';

/** How much, behind the verb; several ways each. */
const AMOUNTS: Readonly<Record<Strength, readonly string[]>> = {
  slightly: ['a little', 'slightly', 'a bit'],
  plainly: ['', 'further', 'more'],
  strongly: ['a lot', 'much further', 'a great deal'],
};

function angleInstructions(joint: 'elbow' | 'knee', limb: 'arm' | 'leg'): InstructionDefinition[] {
  const definition = (
    way: 'bend' | 'straighten',
    strength: Strength,
    category: ChangeName,
    wordings: readonly string[],
  ): InstructionDefinition => ({
    name: `${way} ${joint} ${strength}`,
    sided: true,
    paircode: `angle:{side}_${joint}`,
    category,
    topic: `${joint} angle`,
    wordings: wordings.map((wording) => wording.replace(/^J/, joint).replace(/^L/, limb)),
  });
  return [
    definition('bend', 'strongly', 'muchLess', [
      'J|bend @ a lot more',
      'J|flex @ much more',
      'J|bend @ much further',
      'L|bend @ a great deal more',
    ]),
    definition('bend', 'plainly', 'less', ['J|bend @ more', 'J|flex @ more', 'L|bend @ further', 'J|bend @']),
    definition('bend', 'slightly', 'slightlyLess', [
      'J|bend @ slightly more',
      'J|flex @ a little',
      'L|bend @ a bit more',
      'J|bend @ a little',
    ]),
    definition('straighten', 'slightly', 'slightlyMore', [
      'J|straighten @ a little',
      'J|bend @ slightly less',
      'L|straighten @ a bit',
      'L|unbend @ slightly',
    ]),
    definition('straighten', 'plainly', 'more', [
      'J|straighten @',
      'J|bend @ less',
      'L|straighten @ more',
      'L|extend @',
    ]),
    definition('straighten', 'strongly', 'muchMore', [
      'J|straighten @ a lot',
      'J|bend @ much less',
      'L|stretch @ out all the way',
      'L|straighten @ much more',
    ]),
  ];
}

function distanceInstructions(joint: string, noun: string): InstructionDefinition[] {
  const definition = (
    name: string,
    category: ChangeName,
    texts: readonly string[],
  ): InstructionDefinition => ({
    name: `${noun} ${name}`,
    sided: false,
    paircode: `distance:left_${joint}/right_${joint}`,
    category,
    topic: `${noun} distance`,
    wordings: texts.map((text) => `${noun}|${text}`),
  });
  return [
    definition('much closer', 'muchLess', [
      'bring @ much closer together',
      'move @ a lot closer to each other',
      'greatly reduce the distance between @',
    ]),
    definition('closer', 'less', [
      'bring @ closer together',
      'move @ closer to each other',
      'reduce the distance between @',
    ]),
    definition('further apart', 'more', [
      'move @ further apart',
      'spread @ a bit wider',
      'increase the distance between @',
    ]),
    definition('much further apart', 'muchMore', [
      'move @ much further apart',
      'spread @ a lot wider',
      'greatly increase the distance between @',
    ]),
  ];
}

const AXES = {
  relativeX: [
    ['muchLess', 'strongly', 'right'],
    ['less', 'plainly', 'right'],
    ['more', 'plainly', 'left'],
    ['muchMore', 'strongly', 'left'],
  ],
  relativeY: [
    ['muchLess', 'strongly', 'down'],
    ['less', 'plainly', 'down'],
    ['more', 'plainly', 'up'],
    ['muchMore', 'strongly', 'up'],
  ],
  relativeZ: [
    ['muchLess', 'strongly', 'back'],
    ['less', 'plainly', 'back'],
    ['more', 'plainly', 'forward'],
    ['muchMore', 'strongly', 'forward'],
  ],
} as const;

/** Verbs by direction, plain and strong. */
const MOVES: Readonly<Record<'right' | 'left' | 'down' | 'up' | 'back' | 'forward', Moves>> = {
  right: {
    plainly: ['move @ to the right', 'shift @ to the right', 'bring @ further to the right'],
    strongly: ['move @ far to the right', 'shift @ far to the right', 'bring @ a lot further to the right'],
  },
  left: {
    plainly: ['move @ to the left', 'shift @ to the left', 'bring @ further to the left'],
    strongly: ['move @ far to the left', 'shift @ far to the left', 'bring @ a lot further to the left'],
  },
  down: {
    plainly: ['lower @', 'move @ down', 'bring @ further down'],
    strongly: ['lower @ a lot', 'move @ far down', 'bring @ down a great deal'],
  },
  up: {
    plainly: ['raise @', 'move @ up', 'lift @'],
    strongly: ['raise @ a lot', 'move @ far up', 'lift @ much higher'],
  },
  back: {
    plainly: ['move @ back', 'pull @ back', 'bring @ further back'],
    strongly: ['move @ far back', 'pull @ a long way back', 'bring @ a lot further back'],
  },
  forward: {
    plainly: ['move @ forward', 'push @ forward', 'bring @ further forward'],
    strongly: ['move @ far forward', 'push @ a long way forward', 'bring @ a lot further forward'],
  },
};

type Moves = Readonly<Record<'plainly' | 'strongly', readonly string[]>>;

function moveInstructions(
  kind: keyof typeof AXES,
  joints: string,
  nouns: readonly string[],
): InstructionDefinition[] {
  return AXES[kind].map(([category, strength, direction]) => ({
    name: `${nouns[0] ?? ''} ${strength} ${direction}`,
    sided: true,
    paircode: `${kind}:${joints}`,
    category,
    topic: `${nouns[0] ?? ''} ${kind}`,
    wordings: nouns.flatMap((noun) => MOVES[direction][strength].map((text) => `${noun}|${text}`)),
  }));
}

/** A turn of torso or head: the two ways, each in two strengths. */
function attitudeInstructions(
  paircode: string,
  negative: readonly string[],
  positive: readonly string[],
): InstructionDefinition[] {
  const ways: readonly (readonly [ChangeName, Strength, readonly string[]])[] = [
    ['muchLess', 'strongly', negative],
    ['less', 'plainly', negative],
    ['more', 'plainly', positive],
    ['muchMore', 'strongly', positive],
  ];
  return ways.map(([category, strength, texts]) => ({
    name: `${paircode} ${category}`,
    sided: false,
    paircode,
    category,
    topic: paircode,
    wordings: texts.flatMap((text) => AMOUNTS[strength].map((amount) => `|${text} ${amount}`.trimEnd())),
  }));
}

const TURNS: readonly (readonly [way: string, texts: readonly string[]])[] = [
  [
    'aroundX',
    ['turn around over the S', 'make a half turn to the S', 'rotate your whole body 180 degrees to the S'],
  ],
  ['farX', ['turn far around to the S', 'rotate your whole body far to the S', 'turn 135 degrees to the S']],
  [
    'quarterX',
    [
      'make a quarter turn to the S',
      'turn 90 degrees to the S',
      'rotate your whole body 90 degrees to the S',
    ],
  ],
  [
    'slightlyX',
    [
      'turn a little to the S',
      'rotate your whole body slightly to the S',
      'turn your whole body a bit to the S',
    ],
  ],
];

const turnInstructions = (['left', 'right'] as const).flatMap((side: Side) =>
  TURNS.map(([way, texts]): InstructionDefinition => {
    const category = way.replace('X', side === 'left' ? 'Left' : 'Right') as ChangeName;
    return {
      name: `turn ${category}`,
      sided: false,
      paircode: 'turn',
      category,
      topic: 'turn',
      wordings: texts.map((text) => `|${text.replace('S', side)}`),
    };
  }),
);

/** All that instructions can ask for. */
export const INSTRUCTIONS: readonly InstructionDefinition[] = [
  ...angleInstructions('elbow', 'arm'),
  ...angleInstructions('knee', 'leg'),
  ...distanceInstructions('hand', 'hands'),
  ...distanceInstructions('elbow', 'elbows'),
  ...distanceInstructions('knee', 'knees'),
  ...distanceInstructions('ankle', 'feet'),
  ...moveInstructions('relativeX', '{side}_wrist/{side}_shoulder', ['hand', 'arm']),
  ...moveInstructions('relativeX', '{side}_ankle/{side}_hip', ['foot', 'leg']),
  ...moveInstructions('relativeY', '{side}_wrist/{side}_shoulder', ['hand', 'arm']),
  ...moveInstructions('relativeY', '{side}_elbow/{side}_shoulder', ['elbow']),
  ...moveInstructions('relativeY', '{side}_knee/{side}_hip', ['knee']),
  ...moveInstructions('relativeY', '{side}_ankle/{side}_hip', ['foot', 'leg']),
  ...moveInstructions('relativeZ', '{side}_wrist/{side}_shoulder', ['hand', 'arm']),
  ...moveInstructions('relativeZ', '{side}_elbow/{side}_shoulder', ['elbow']),
  ...moveInstructions('relativeZ', '{side}_knee/{side}_hip', ['knee']),
  ...moveInstructions('relativeZ', '{side}_ankle/{side}_hip', ['foot', 'leg']),
  ...attitudeInstructions(
    'torsoBend',
    ['lean back', 'bend your torso back', 'straighten your back up'],
    ['lean forward', 'bend your torso forward', 'bend your upper body down'],
  ),
  ...attitudeInstructions(
    'torsoTwist',
    [
      'turn your torso to the right',
      'twist your upper body to the right',
      'rotate your shoulders to the right',
    ],
    ['turn your torso to the left', 'twist your upper body to the left', 'rotate your shoulders to the left'],
  ),
  ...attitudeInstructions(
    'torsoLean',
    ['lean to the right', 'bend your torso to the right', 'tilt your upper body to the right'],
    ['lean to the left', 'bend your torso to the left', 'tilt your upper body to the left'],
  ),
  ...attitudeInstructions(
    'headPitch',
    ['raise your head', 'tilt your head back', 'lift your chin'],
    ['lower your head', 'bend your head forward', 'drop your chin'],
  ),
  ...attitudeInstructions(
    'headTilt',
    ['tilt your head to the right', 'bend your neck to the right', 'lean your head to the right'],
    ['tilt your head to the left', 'bend your neck to the left', 'lean your head to the left'],
  ),
  ...turnInstructions,
];
