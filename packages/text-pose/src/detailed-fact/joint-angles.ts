import type { FactDefinition, Wording } from '../fact/fact-definition.js';
import type { CategoryName } from '../posecode/posecode.js';

/** `J` stands for the joint, `L` for the limb that it bends. */
const ANGLES: readonly (readonly [
  category: CategoryName,
  name: string,
  coarser: string | undefined,
  wordings: readonly string[],
  readings: readonly string[],
])[] = [
  [
    'completelyBent',
    'completely bent',
    'bent',
    [
      'J|completely bent',
      'J|fully bent',
      'J|bent as far as possible',
      'J|bent all the way',
      'L|tightly folded',
      'L|folded up completely',
    ],
    ['L|completely bent', 'L|fully bent', 'J|tightly folded', 'J|tightly bent', 'L|tightly bent'],
  ],
  [
    'almostCompletelyBent',
    'sharply bent',
    'bent',
    [
      'J|sharply bent',
      'J|bent sharply',
      'J|strongly bent',
      'L|bent sharply at the J|bent sharply at the Js',
      'L|strongly bent',
      'J|bent at an acute angle|bent at acute angles',
    ],
    ['J|almost completely bent', 'L|sharply bent', 'J|deeply bent', 'L|deeply bent', 'L|bent deeply'],
  ],
  [
    'rightAngle',
    'at right angle',
    'bent',
    [
      'J|at a right angle|at right angles',
      'J|bent at a right angle|bent at right angles',
      'J|bent to about ninety degrees',
      'L|bent at ninety degrees',
      'L|forming an L shape|forming L shapes',
      'J|forming a right angle|forming right angles',
    ],
    ['L|bent at a right angle|bent at right angles', 'J|bent ninety degrees', 'J|at ninety degrees'],
  ],
  [
    'partiallyBent',
    'partially bent',
    'bent',
    [
      'J|partially bent',
      'J|half bent',
      'J|partly bent',
      'J|moderately bent',
      'L|half bent',
      'L|bent halfway',
      'L|partly bent',
    ],
    ['L|partially bent', 'L|moderately bent', 'J|bent halfway'],
  ],
  [
    'slightlyBent',
    'slightly bent',
    undefined,
    [
      'J|slightly bent',
      'J|bent slightly',
      'J|bent a little',
      'L|slightly bent',
      'L|almost straight',
      'J|just a little bent',
    ],
    ['L|bent slightly', 'L|bent a little', 'J|almost straight', 'L|bent slightly at the J'],
  ],
  [
    'straight',
    'straight',
    undefined,
    ['J|straight', 'L|straight', 'L|fully extended', 'J|not bent', 'L|stretched out straight', 'L|unbent'],
    ['L|extended', 'L|stretched', 'L|stretched out', 'J|extended', 'J|locked', 'L|completely straight'],
  ],
  [
    'bent',
    'bent',
    undefined,
    ['J|bent', 'L|bent', 'L|bent at the J|bent at the Js', 'J|flexed', 'L|flexed', 'L|visibly bent'],
    ['J|folded', 'J|visibly bent', 'L|folded at the J|folded at the Js'],
  ],
];

/** Elbows and knees, by the categories of PoseScript and the plain "bent". */
export const JOINT_ANGLE_FACTS: readonly FactDefinition[] = (
  [
    ['elbow', 'arm'],
    ['knee', 'leg'],
  ] as const
).flatMap(([joint, limb]) => {
  const fill = (wordings: readonly string[]): Wording[] =>
    wordings.map((wording) => wording.replaceAll(/\bJ/g, joint).replace(/^L\|/, `${limb}|`));
  return ANGLES.map(([category, name, coarser, wordings, readings]): FactDefinition => ({
    name: `${joint} ${name}`,
    sided: true,
    topic: `${joint} angle`,
    commonness: 'usual',
    claims: [[`angle:{side}_${joint}`, category]],
    wordings: fill(wordings),
    readings: fill(readings),
    relation: `angle ${name}`,
    ...(coarser === undefined ? {} : { coarser: `${joint} ${coarser}` }),
  }));
});
