import type { FactDefinition, Wording } from '../fact/fact-definition.js';
import type { CategoryName } from '../posecode/posecode.js';

const PAIR_WORDINGS: readonly (readonly [
  category: CategoryName,
  name: string,
  predicates: readonly string[],
  readings: readonly string[],
])[] = [
  [
    'close',
    'close together',
    [
      'close together',
      'near each other',
      'next to each other',
      'right beside each other',
      'close to one another',
      'held near each other',
    ],
    ['together', 'side by side', 'touching', 'touching each other', 'close to each other', 'joined'],
  ],
  [
    'shoulderWidth',
    'shoulder width',
    [
      'shoulder width apart',
      'about shoulder width apart',
      'at shoulder width',
      'as far apart as the shoulders',
      'roughly as wide apart as the shoulders',
      'a shoulder width away from each other',
    ],
    ['hip width apart', 'at hip width', 'slightly apart', 'a bit apart'],
  ],
  [
    'spread',
    'spread',
    [
      'clearly apart',
      'clearly apart from each other',
      'some way apart',
      'a good distance apart',
      'wider than the shoulders',
      'held some distance apart',
    ],
    ['more than shoulder width apart', 'wider than shoulder width'],
  ],
  [
    'wide',
    'wide apart',
    [
      'wide apart',
      'far apart',
      'far away from each other',
      'spread wide',
      'spread far apart',
      'a long way apart',
    ],
    ['wide', 'spread wide apart', 'very far apart'],
  ],
  ['apart', 'apart', ['apart', 'spread', 'spread apart', 'apart from each other', 'not close together'], []],
];

/** The parts of a pair: joint of the posecode, noun, further nouns that people use for the same. */
const PAIRS = [
  ['hand', 'hands', ['hands']],
  ['elbow', 'elbows', ['elbows']],
  ['knee', 'knees', ['knees']],
  ['ankle', 'feet', ['feet', 'legs']],
] as const;

const pairFacts = PAIRS.flatMap(([joint, noun, nouns]) =>
  PAIR_WORDINGS.map(([category, name, predicates, readings]): FactDefinition => ({
    name: `${noun} ${name}`,
    sided: false,
    topic: `${noun} distance`,
    commonness: 'usual',
    claims: [[`distance:left_${joint}/right_${joint}`, category]],
    wordings: predicates.map((predicate): Wording => `${noun}|${predicate}`),
    readings: nouns.flatMap((each) =>
      (each === noun ? readings : [...predicates, ...readings]).map(
        (predicate): Wording => `${each}|${predicate}`,
      ),
    ),
    ...(category === 'spread' || category === 'wide' ? { coarser: `${noun} apart` } : {}),
  })),
);

const NEAR = ['close to', 'near', 'next to', 'right by', 'right beside', 'held near'];
const CONTACT = [
  'on',
  'touching',
  'resting on',
  'holding',
  'at',
  'placed on',
  'against',
  'by',
  'beside',
  'in contact with',
  'grabbing',
  'reaching for',
];

interface Nearness {
  readonly from: string;
  readonly to: string;
  readonly plural: string;
  /** Whether the target is of the same side, the other, or none. */
  readonly target: 'same' | 'other' | 'midline';
}

const NEARNESS: readonly Nearness[] = [
  ...(['same', 'other'] as const).flatMap((target): Nearness[] => [
    { from: 'hand', to: 'knee', plural: 'knees', target },
    { from: 'hand', to: 'shoulder', plural: 'shoulders', target },
    { from: 'hand', to: 'foot', plural: 'feet', target },
    { from: 'elbow', to: 'knee', plural: 'knees', target },
  ]),
  { from: 'hand', to: 'hip', plural: 'hips', target: 'same' },
  { from: 'hand', to: 'elbow', plural: 'elbows', target: 'other' },
  { from: 'hand', to: 'head', plural: 'head', target: 'midline' },
  { from: 'foot', to: 'knee', plural: 'knees', target: 'other' },
];

const nearFacts = NEARNESS.map(({ from, to, plural, target }): FactDefinition => {
  const side = { same: '{side} ', other: '{other} ', midline: '' }[target];
  const both = { same: `the ${plural}`, other: `the opposite ${plural}`, midline: `the ${to}` }[target];
  const posecode = target === 'midline' ? to : `${side.trim()}_${to}`;
  const worded = (preposition: string, singular: string): Wording =>
    `${from}|${preposition} the ${singular}|${preposition} ${both}`;
  // "left hand on the hip", "right hand on the shoulder": the same side unless another is named.
  const unsided = target === 'same' ? [...NEAR, ...CONTACT].map((word) => worded(word, to)) : [];
  return {
    name: `${from} near ${target} ${to}`,
    sided: true,
    topic: `${from} near ${target} ${to}`,
    commonness: 'rare',
    claims: [[`distance:{side}_${from}/${posecode}`, 'close']],
    wordings: NEAR.map((preposition) => worded(preposition, `${side}${to}`)),
    readings: [...CONTACT.map((preposition) => worded(preposition, `${side}${to}`)), ...unsided],
  };
});

/** How far the limbs of a pair are from each other, and what is close to what. */
export const DISTANCE_FACTS: readonly FactDefinition[] = [...pairFacts, ...nearFacts];
