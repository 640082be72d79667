import type { ANNOTATOR_SENTENCES } from './annotator-sentences.js';

/** Written after the reader was finished on the sentences above, and tried once: what it makes of unseen wording. */
export const FURTHER_SENTENCES: typeof ANNOTATOR_SENTENCES = [
  [
    'The subject stands upright with the left arm extended to the side and the right hand on the hip.',
    [
      ['relativeX:left_wrist/left_shoulder', 'farLeft'],
      ['distance:right_hand/right_hip', 'close'],
    ],
  ],
  [
    'Both elbows are bent at right angles and the hands are held in front of the body.',
    [
      ['angle:left_elbow', 'rightAngle'],
      ['angle:right_elbow', 'rightAngle'],
      ['relativeZ:left_wrist/pelvis', 'inFront'],
      ['relativeZ:right_wrist/pelvis', 'inFront'],
    ],
  ],
  [
    'The person is crawling on hands and knees, the head is lowered.',
    [
      ['onGround:left_knee/body', 'nearGround'],
      ['headPitch', 'forward'],
    ],
  ],
  [
    'His right leg is stretched out backwards, the left knee is deeply bent.',
    [
      ['relativeZ:right_ankle/right_hip', 'farBehind'],
      ['angle:left_knee', 'almostCompletelyBent'],
    ],
  ],
  [
    'She raises her left hand over her head and keeps the right arm down.',
    [
      ['relativeY:left_wrist/head', 'above'],
      ['relativeY:right_wrist/right_shoulder', 'farBelow'],
    ],
  ],
  [
    'The feet are close to each other and the knees slightly bent.',
    [
      ['distance:left_ankle/right_ankle', 'close'],
      ['angle:left_knee', 'slightlyBent'],
      ['angle:right_knee', 'slightlyBent'],
    ],
  ],
  [
    'The left hand rests on the right shoulder while the right arm hangs loosely.',
    [
      ['distance:left_hand/right_shoulder', 'close'],
      ['relativeY:right_wrist/right_shoulder', 'farBelow'],
    ],
  ],
  [
    'Someone balances on one foot, arms spread like wings.',
    [
      ['gapY:left_foot/right_foot', 'apart'],
      ['relativeX:left_wrist/left_shoulder', 'farLeft'],
      ['relativeX:right_wrist/right_shoulder', 'farRight'],
    ],
  ],
  [
    'The upper body leans far forward, almost parallel to the ground.',
    [
      ['torsoBend', 'stronglyForward'],
      ['pitchRoll:torso', 'horizontal'],
    ],
  ],
  [
    'The right hand is lower than the left one and behind the hips.',
    [
      ['relativeY:left_wrist/right_wrist', 'above'],
      ['relativeZ:right_wrist/pelvis', 'behind'],
    ],
  ],
  [
    'Legs are crossed, the person sits on the floor.',
    [
      ['relativeX:left_ankle/right_ankle', 'crossed'],
      ['pitchRoll:left_thigh', 'flat'],
    ],
  ],
  [
    'The right thigh is parallel to the floor with the knee at ninety degrees.',
    [
      ['pitchRoll:right_thigh', 'horizontal'],
      ['angle:right_knee', 'rightAngle'],
    ],
  ],
];
