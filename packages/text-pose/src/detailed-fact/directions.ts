import type { FactDefinition, SidedCategory, Wording } from '../fact/fact-definition.js';

/** Prepositions by category; `D` is the direction of a category along x, seen from the person. */
const PREPOSITIONS: Readonly<Record<'above' | 'below' | 'level' | 'inFront' | 'behind' | 'aside', Words>> = {
  above: {
    written: ['above', 'higher than', 'raised above', 'positioned above', 'further up than', 'held above'],
    read: ['over', 'up above', 'up over', 'on top of'],
  },
  below: {
    written: [
      'below',
      'lower than',
      'at a lower level than',
      'positioned below',
      'further down than',
      'held below',
    ],
    read: ['under', 'beneath', 'underneath', 'down below'],
  },
  level: {
    written: [
      'level with',
      'at the same height as',
      'as high as',
      'at the height of',
      'about as high up as',
      'on a level with',
    ],
    read: ['at the level of', 'in line with'],
  },
  inFront: {
    written: [
      'in front of',
      'ahead of',
      'further forward than',
      'positioned in front of',
      'out in front of',
      'held in front of',
    ],
    read: ['forward of', 'before', 'stretched in front of', 'extended in front of'],
  },
  behind: {
    written: [
      'behind',
      'further back than',
      'positioned behind',
      'to the rear of',
      'in back of',
      'held behind',
    ],
    read: ['back of', 'stretched behind'],
  },
  aside: {
    written: [
      'to the D of',
      'on the D of',
      'further to the D than',
      'on the D side of',
      'off to the D of',
      'positioned to the D of',
    ],
    read: ['D of'],
  },
};

interface Words {
  readonly written: readonly string[];
  readonly read: readonly string[];
}

/** A limb's part against something else: joints of the posecode, noun, target for one side and for both. */
interface Direction {
  readonly posecode: string;
  readonly noun: string;
  readonly target: string;
  readonly targetOfBoth: string;
}

const against = (
  posecode: string,
  noun: string,
  target: string,
  targetOfBoth: string = target,
): Direction => ({ posecode, noun, target, targetOfBoth });

const ACROSS = [
  against('{side}_wrist/{side}_shoulder', 'hand', 'the {side} shoulder', 'the shoulders'),
  against('{side}_elbow/{side}_shoulder', 'elbow', 'the {side} shoulder', 'the shoulders'),
  against('{side}_ankle/{side}_hip', 'foot', 'the {side} hip', 'the hips'),
  against('{side}_knee/{side}_hip', 'knee', 'the {side} hip', 'the hips'),
];
const UPWARDS = [
  against('{side}_wrist/{side}_shoulder', 'hand', 'the {side} shoulder', 'the shoulders'),
  against('{side}_wrist/{side}_hip', 'hand', 'the {side} hip', 'the hips'),
  against('{side}_wrist/neck', 'hand', 'the neck'),
  against('{side}_wrist/head', 'hand', 'the head'),
  against('{side}_wrist/{side}_knee', 'hand', 'the {side} knee', 'the knees'),
  against('{side}_elbow/{side}_shoulder', 'elbow', 'the {side} shoulder', 'the shoulders'),
  against('{side}_knee/{side}_hip', 'knee', 'the {side} hip', 'the hips'),
  against('{side}_ankle/{side}_knee', 'foot', 'the {side} knee', 'the knees'),
  against('{side}_ankle/{side}_hip', 'foot', 'the {side} hip', 'the hips'),
  against('{side}_ankle/neck', 'foot', 'the neck'),
];
const FORWARD = [
  against('{side}_wrist/{side}_shoulder', 'hand', 'the {side} shoulder', 'the shoulders'),
  against('{side}_wrist/pelvis', 'hand', 'the hips'),
  against('{side}_wrist/neck', 'hand', 'the neck'),
  against('{side}_elbow/{side}_shoulder', 'elbow', 'the {side} shoulder', 'the shoulders'),
  against('{side}_knee/{side}_hip', 'knee', 'the {side} hip', 'the hips'),
  against('{side}_ankle/{side}_hip', 'foot', 'the {side} hip', 'the hips'),
  against('{side}_ankle/{side}_knee', 'foot', 'the {side} knee', 'the knees'),
];
/** Limbs that are compared with each other, and along which axes. */
const PARTNERS = [
  ['wrist', 'hand', 'xyz'],
  ['ankle', 'foot', 'xyz'],
  ['elbow', 'elbow', 'xyz'],
  ['knee', 'knee', 'xyz'],
  ['shoulder', 'shoulder', 'yz'],
] as const;

const worded = (
  noun: string,
  prepositions: readonly string[],
  target: string,
  targetOfBoth: string,
): Wording[] =>
  prepositions.map((preposition) => `${noun}|${preposition} ${target}|${preposition} ${targetOfBoth}`);

function directionFact(
  kind: 'relativeX' | 'relativeY' | 'relativeZ',
  { posecode, noun, target, targetOfBoth }: Direction,
  category: SidedCategory,
  { written, read }: Words,
): FactDefinition {
  const unsided = target.replace('{side} ', '');
  return {
    name: `${noun} ${category} ${unsided.replace('the ', '')}`,
    sided: true,
    topic: `${kind}:${posecode}`,
    commonness: category === 'level' ? 'common' : 'usual',
    claims: [[`${kind}:${posecode}`, category]],
    wordings: worded(noun, written, target, targetOfBoth),
    readings: [
      ...worded(noun, read, target, targetOfBoth),
      ...(unsided === target ? [] : worded(noun, [...written, ...read], unsided, targetOfBoth)),
    ],
  };
}

const towards = ({ written, read }: Words, direction: string): Words => ({
  written: written.map((words) => words.replace('D', direction)),
  read: read.map((words) => words.replace('D', direction)),
});

/** Left and right of something: a pair does it symmetrically, which has wordings of its own. */
function acrossFacts(direction: Direction): FactDefinition[] {
  const { noun, targetOfBoth } = direction;
  const sided = (['outward', 'inward'] as const).map((category): FactDefinition => {
    const fact = directionFact(
      'relativeX',
      direction,
      category,
      towards(PREPOSITIONS.aside, category === 'outward' ? '{side}' : '{other}'),
    );
    const ofBoth =
      category === 'outward'
        ? ['outside', 'further out than', 'out beyond', 'to either side of', 'on the outer side of']
        : ['inside', 'further in than', 'inward of', 'closer in than', 'on the inner side of'];
    const reword = (wordings: readonly Wording[]): Wording[] =>
      wordings.map((wording, index) => {
        const [subject = '', singular = ''] = wording.split('|');
        return `${subject}|${singular}|${ofBoth[index % ofBoth.length] ?? ''} ${targetOfBoth}`;
      });
    return { ...fact, wordings: reword(fact.wordings), readings: reword(fact.readings ?? []) };
  });
  const aligned: FactDefinition = {
    ...directionFact('relativeX', direction, 'aligned', {
      written: [
        'vertically aligned with',
        'straight in line with',
        'lined up with',
        'neither left nor right of',
        'neither to the left nor to the right of',
      ],
      read: [],
    }),
    name: `${noun} in line with ${targetOfBoth.replace('the ', '')}`,
    commonness: 'common',
  };
  return [...sided, aligned];
}

/** One limb of a pair against the other: said of the side that leads; both sides cannot hold at once. */
function partnerFacts(joint: string, noun: string, axes: string): FactDefinition[] {
  const compared = (
    kind: 'relativeX' | 'relativeY' | 'relativeZ',
    name: string,
    category: SidedCategory,
    { written, read }: Words,
  ): FactDefinition => ({
    name: `${noun} ${name} its partner`,
    sided: true,
    pairs: false,
    topic: `${kind}:left_${joint}/right_${joint}`,
    commonness: 'usual',
    claims: [[`${kind}:left_${joint}/right_${joint}`, category]],
    wordings: written.map((preposition): Wording => `${noun}|${preposition} the {other} ${noun}`),
    readings: [...written, ...read].flatMap((preposition): Wording[] => [
      `${noun}|${preposition} the {other} one`,
      `${noun}|${preposition} the other one`,
      `${noun}|${preposition} the other`,
      ...(written.includes(preposition) ? [] : [`${noun}|${preposition} the {other} ${noun}`]),
      ...(noun === 'foot' ? [`leg|${preposition} the {other} leg`, `leg|${preposition} the other`] : []),
      ...(noun === 'hand' ? [`arm|${preposition} the {other} arm`] : []),
    ]),
  });
  return [
    ...(axes.includes('x')
      ? [compared('relativeX', 'across from', 'right', towards(PREPOSITIONS.aside, '{other}'))]
      : []),
    compared('relativeY', 'above', 'higher', PREPOSITIONS.above),
    compared('relativeY', 'below', 'lower', PREPOSITIONS.below),
    compared('relativeZ', 'in front of', 'leads', PREPOSITIONS.inFront),
    compared('relativeZ', 'behind', 'trails', PREPOSITIONS.behind),
  ];
}

/** The limbs of a pair at one height. */
const LEVEL_PAIRS: readonly FactDefinition[] = (
  [
    ['wrist', 'hands'],
    ['elbow', 'elbows'],
    ['knee', 'knees'],
    ['shoulder', 'shoulders'],
  ] as const
).map(([joint, noun]) => ({
  name: `${noun} level`,
  sided: false,
  topic: `relativeY:left_${joint}/right_${joint}`,
  commonness: 'common',
  claims: [[`relativeY:left_${joint}/right_${joint}`, 'level']],
  wordings: [
    `${noun}|level with each other`,
    `${noun}|at the same height`,
    `${noun}|equally high`,
    `${noun}|on the same level`,
    `${noun}|as high as each other`,
  ],
}));

/** Where parts of limbs are, seen from joints of the body: left and right, above and below, in front and behind. */
export const DIRECTION_FACTS: readonly FactDefinition[] = [
  ...ACROSS.flatMap(acrossFacts),
  ...UPWARDS.flatMap((direction) =>
    (['above', 'below', 'level'] as const).map((word) =>
      directionFact('relativeY', direction, word, PREPOSITIONS[word]),
    ),
  ),
  ...FORWARD.flatMap((direction) =>
    // A hand behind the plane of the neck is not what "behind the neck" brings to mind.
    (direction.target === 'the neck' ? (['inFront'] as const) : (['inFront', 'behind'] as const)).map(
      (word) => directionFact('relativeZ', direction, word, PREPOSITIONS[word]),
    ),
  ),
  ...PARTNERS.flatMap(([joint, noun, axes]) => partnerFacts(joint, noun, axes)),
  ...LEVEL_PAIRS,
];
