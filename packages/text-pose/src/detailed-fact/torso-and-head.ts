import type { FactDefinition, Wording } from '../fact/fact-definition.js';
import type { CategoryName } from '../posecode/posecode.js';

interface Attitude {
  readonly name: string;
  readonly claim: readonly [posecode: string, category: CategoryName];
  readonly wordings: readonly Wording[];
  readonly readings?: readonly Wording[];
  readonly coarser?: string;
}

const BENDS: readonly Attitude[] = [
  {
    name: 'torso slightly forward',
    claim: ['torsoBend', 'slightlyForward'],
    coarser: 'torso forward',
    wordings: [
      'torso|slightly bent forward',
      'torso|leaning slightly forward',
      'person|leaning forward a little',
      'person|bending slightly forward',
      'upper body|inclined slightly forward',
      'back|slightly bent forward',
    ],
    readings: ['upper body|leaning slightly forward', 'person|leaning slightly forward'],
  },
  {
    name: 'torso far forward',
    claim: ['torsoBend', 'stronglyForward'],
    coarser: 'torso forward',
    wordings: [
      'torso|bent far forward',
      'torso|leaning far forward',
      'person|bending far forward',
      'person|bent over deeply',
      'upper body|bent deeply forward',
      'back|bent far forward',
    ],
    readings: ['person|leaning far forward', 'person|bent far forward', 'upper body|bent far forward'],
  },
  {
    name: 'torso forward',
    claim: ['torsoBend', 'forward'],
    wordings: [
      'torso|bent forward',
      'torso|leaning forward',
      'person|leaning forward',
      'person|bending forward',
      'upper body|tipped forward',
      'upper body|bent forward',
    ],
    readings: [
      'person|bent forward',
      'person|bending over',
      'person|bent over',
      'upper body|leaning forward',
      'back|bent forward',
      'person|bowing',
      'person|hunched forward',
      'torso|hunched forward',
      'person|bending down',
    ],
  },
  {
    name: 'torso slightly back',
    claim: ['torsoBend', 'slightlyBack'],
    coarser: 'torso back',
    wordings: [
      'torso|slightly bent backward',
      'torso|leaning slightly backward',
      'person|leaning backward a little',
      'person|leaning slightly backward',
      'upper body|inclined slightly backward',
    ],
  },
  {
    name: 'torso far back',
    claim: ['torsoBend', 'stronglyBack'],
    coarser: 'torso back',
    wordings: [
      'torso|bent far backward',
      'torso|leaning far backward',
      'person|bending far backward',
      'person|leaning far backward',
      'upper body|bent deeply backward',
    ],
  },
  {
    name: 'torso back',
    claim: ['torsoBend', 'back'],
    wordings: [
      'torso|bent backward',
      'torso|leaning backward',
      'person|leaning backward',
      'person|bending backward',
      'upper body|tipped backward',
    ],
    readings: [
      'person|bent backward',
      'back|arched',
      'back|arched backward',
      'person|arched backward',
      'upper body|leaning backward',
    ],
  },
];

/** To one side or the other; `S` is the side. */
const SIDEWAYS = (['left', 'right'] as const).flatMap((side): Attitude[] => {
  const said = (wordings: readonly Wording[]): Wording[] =>
    wordings.map((wording) => wording.replaceAll('S', side));
  const [slight, strong] =
    side === 'left'
      ? (['slightlyLeft', 'stronglyLeft'] as const)
      : (['slightlyRight', 'stronglyRight'] as const);
  return [
    {
      name: `torso slightly ${side}`,
      claim: ['torsoLean', slight],
      coarser: `torso to the ${side}`,
      wordings: said([
        'torso|leaning slightly to the S',
        'torso|slightly tilted to the S',
        'person|leaning a little to the S',
        'upper body|inclined slightly to the S',
        'person|leaning slightly to the S',
      ]),
    },
    {
      name: `torso far ${side}`,
      claim: ['torsoLean', strong],
      coarser: `torso to the ${side}`,
      wordings: said([
        'torso|leaning far to the S',
        'torso|tilted strongly to the S',
        'person|leaning far to the S',
        'upper body|bent deeply to the S',
        'person|bending far to the S',
      ]),
    },
    {
      name: `torso to the ${side}`,
      claim: ['torsoLean', side],
      wordings: said([
        'torso|leaning to the S',
        'torso|tilted to the S',
        'person|leaning to the S',
        'upper body|inclined to the S',
        'upper body|bent to the S',
      ]),
      readings: said([
        'person|bending to the S',
        'person|bent to the S',
        'torso|bent to the S',
        'upper body|leaning to the S',
        'body|leaning to the S',
      ]),
    },
    {
      name: `torso slightly turned ${side}`,
      claim: ['torsoTwist', slight],
      coarser: `torso turned ${side}`,
      wordings: said([
        'torso|slightly twisted to the S',
        'torso|turned slightly to the S',
        'upper body|rotated slightly to the S',
        'chest|turned a little to the S',
        'shoulders|turned slightly to the S',
      ]),
    },
    {
      name: `torso far turned ${side}`,
      claim: ['torsoTwist', strong],
      coarser: `torso turned ${side}`,
      wordings: said([
        'torso|twisted far to the S',
        'torso|turned far to the S',
        'upper body|rotated strongly to the S',
        'chest|turned far to the S',
        'shoulders|turned far to the S',
      ]),
    },
    {
      name: `torso turned ${side}`,
      claim: ['torsoTwist', side],
      wordings: said([
        'torso|twisted to the S',
        'torso|turned to the S',
        'upper body|rotated to the S',
        'chest|turned to the S',
        'shoulders|turned to the S',
      ]),
      readings: said([
        'person|twisting to the S',
        'person|twisted to the S',
        'upper body|twisted to the S',
        'upper body|turned to the S',
        'torso|rotated to the S',
        'body|twisted to the S',
      ]),
    },
    {
      name: `head tilted ${side}`,
      claim: ['headTilt', side],
      wordings: said([
        'head|tilted to the S',
        'head|leaning to the S',
        'head|cocked to the S',
        'neck|bent to the S',
        'head|inclined to the S',
      ]),
      readings: said(['head|bent to the S', 'head|tilted towards the S shoulder']),
    },
    {
      name: `head slightly turned ${side}`,
      claim: ['headTurn', slight],
      coarser: `head turned ${side}`,
      wordings: said([
        'head|turned slightly to the S',
        'head|slightly rotated to the S',
        'face|turned a little to the S',
        'person|looking slightly to the S',
        'head|turned a little to the S',
      ]),
    },
    {
      name: `head far turned ${side}`,
      claim: ['headTurn', strong],
      coarser: `head turned ${side}`,
      wordings: said([
        'head|turned far to the S',
        'head|strongly rotated to the S',
        'face|turned far to the S',
        'person|looking far to the S',
        'head|twisted far to the S',
      ]),
    },
    {
      name: `head turned ${side}`,
      claim: ['headTurn', side],
      wordings: said([
        'head|turned to the S',
        'head|rotated to the S',
        'face|turned to the S',
        'person|looking to the S',
        'person|facing to the S',
      ]),
      readings: said([
        'person|looking S',
        'head|facing S',
        'head|facing to the S',
        'head|looking to the S',
        'head|looking S',
        'head|turned S',
      ]),
    },
  ];
});

const HEAD: readonly Attitude[] = [
  {
    name: 'head down',
    claim: ['headPitch', 'forward'],
    wordings: ['head|bowed', 'head|bent forward', 'person|looking down', 'head|lowered', 'chin|down'],
    readings: [
      'head|down',
      'head|tilted forward',
      'head|tilted down',
      'person|facing down',
      'head|looking down',
      'person|looking at the ground',
      'person|looking at the floor',
      'chin|tucked in',
      'head|facing down',
    ],
  },
  {
    name: 'head up',
    claim: ['headPitch', 'back'],
    wordings: ['head|tilted back', 'head|bent backward', 'person|looking up', 'head|thrown back', 'chin|up'],
    readings: [
      'head|up',
      'head|tilted up',
      'head|raised',
      'person|facing up',
      'head|looking up',
      'person|looking at the sky',
      'head|tilted backward',
      'head|leaning backward',
    ],
  },
];

const CHEST: readonly Attitude[] = [
  {
    name: 'chest to the ceiling',
    claim: ['chestElevation', 'upwards'],
    wordings: [
      'chest|facing up',
      'chest|facing the sky',
      'chest|pointing up',
      'belly|facing up',
      'torso|facing up',
    ],
  },
  {
    name: 'chest to the floor',
    claim: ['chestElevation', 'downwards'],
    wordings: [
      'chest|facing the ground',
      'chest|facing down',
      'chest|pointing down',
      'belly|facing the floor',
      'torso|facing the ground',
    ],
  },
];

/** Bend, lean and twist of the torso; pitch, tilt and turn of the head. */
export const TORSO_AND_HEAD_FACTS: readonly FactDefinition[] = [...BENDS, ...SIDEWAYS, ...HEAD, ...CHEST].map(
  ({ claim, ...attitude }) => ({
    ...attitude,
    sided: false,
    topic: claim[0],
    commonness: 'rare',
    claims: [claim],
  }),
);
