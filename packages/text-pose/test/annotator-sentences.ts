import type { CategoryName } from '../src/posecode/posecode.js';

/**
 * How people describe poses, with what each sentence claims: written for this test by hand, in the manner of annotators,
 * before the reader was tried on them. What cannot be put in posecodes is not listed.
 */
export const ANNOTATOR_SENTENCES: readonly (readonly [
  sentence: string,
  claims: readonly (readonly [posecode: string, category: CategoryName])[],
])[] = [
  [
    'The person is standing with their feet shoulder width apart and both arms raised above their head.',
    [
      ['distance:left_ankle/right_ankle', 'shoulderWidth'],
      ['relativeY:left_wrist/head', 'above'],
      ['relativeY:right_wrist/head', 'above'],
    ],
  ],
  [
    'He is kneeling on his right knee, the left hand is resting on the left knee.',
    [
      ['onGround:right_knee', 'nearGround'],
      ['distance:left_hand/left_knee', 'close'],
    ],
  ],
  [
    'Someone is squatting down with hands clasped together in front of the chest.',
    [
      ['angle:left_knee', 'deeplyBent'],
      ['distance:left_hand/right_hand', 'close'],
    ],
  ],
  ['The left arm is bent at a 90 degree angle.', [['angle:left_elbow', 'rightAngle']]],
  [
    'Both arms are stretched out to the sides.',
    [
      ['relativeX:left_wrist/left_shoulder', 'farLeft'],
      ['relativeX:right_wrist/right_shoulder', 'farRight'],
    ],
  ],
  [
    'The torso is leaning slightly to the right and the head is looking down.',
    [
      ['torsoLean', 'slightlyRight'],
      ['headPitch', 'forward'],
    ],
  ],
  [
    'Standing on the left leg, the right knee is bent and lifted up.',
    [
      ['onGround:left_foot', 'onGround'],
      ['angle:right_knee', 'bent'],
      ['relativeY:right_knee/right_hip', 'raised'],
    ],
  ],
  [
    'The person has their hands on their hips.',
    [
      ['distance:left_hand/left_hip', 'close'],
      ['distance:right_hand/right_hip', 'close'],
    ],
  ],
  [
    'The right foot is in front of the left foot, like taking a step.',
    [['relativeZ:left_ankle/right_ankle', 'behind']],
  ],
  [
    'A woman is bending forward with straight legs, her hands near the feet.',
    [
      ['torsoBend', 'forward'],
      ['angle:left_knee', 'straight'],
      ['angle:right_knee', 'straight'],
      ['distance:left_hand/left_foot', 'close'],
      ['distance:right_hand/right_foot', 'close'],
    ],
  ],
  [
    'The body is twisted to the left while the head is turned to the right.',
    [
      ['torsoTwist', 'left'],
      ['headTurn', 'right'],
    ],
  ],
  [
    'Right arm is straight and pointing forward, left arm hanging by the side.',
    [
      ['angle:right_elbow', 'straight'],
      ['relativeZ:right_wrist/right_shoulder', 'farInFront'],
      ['relativeY:left_wrist/left_shoulder', 'farBelow'],
    ],
  ],
  [
    'The figure is lying on its back with knees bent.',
    [
      ['chestElevation', 'upwards'],
      ['angle:left_knee', 'bent'],
      ['angle:right_knee', 'bent'],
    ],
  ],
  [
    'Left elbow is bent sharply so that the left hand is close to the left shoulder.',
    [
      ['angle:left_elbow', 'almostCompletelyBent'],
      ['distance:left_hand/left_shoulder', 'close'],
    ],
  ],
  [
    'He holds his arms crossed over his chest.',
    [
      ['distance:left_hand/right_elbow', 'close'],
      ['distance:right_hand/left_elbow', 'close'],
    ],
  ],
  [
    'The person is sitting, with both feet flat on the ground and hands on the knees.',
    [
      ['pitchRoll:left_thigh', 'flat'],
      ['onGround:left_foot/body', 'onGround'],
      ['onGround:right_foot/body', 'onGround'],
      ['distance:left_hand/left_knee', 'close'],
      ['distance:right_hand/right_knee', 'close'],
    ],
  ],
  [
    'Left leg is extended straight behind, the right leg is slightly bent.',
    [
      ['relativeZ:left_ankle/left_hip', 'farBehind'],
      ['angle:right_knee', 'slightlyBent'],
    ],
  ],
  [
    'The right hand is raised up higher than the head; the other hand is down by the side.',
    [
      ['relativeY:right_wrist/head', 'above'],
      ['relativeY:left_wrist/left_shoulder', 'farBelow'],
    ],
  ],
  [
    'They are on all fours with the head tilted back.',
    [
      ['onGround:left_hand/body', 'nearGround'],
      ['headPitch', 'back'],
    ],
  ],
  [
    'The legs are wide apart, the knees are partially bent.',
    [
      ['distance:left_ankle/right_ankle', 'wide'],
      ['angle:left_knee', 'partiallyBent'],
      ['angle:right_knee', 'partiallyBent'],
    ],
  ],
  [
    'Both of his forearms are parallel to the ground and his palms are together.',
    [
      ['pitchRoll:left_forearm', 'horizontal'],
      ['pitchRoll:right_forearm', 'horizontal'],
      ['distance:left_hand/right_hand', 'close'],
    ],
  ],
  [
    'The dancer bends backwards, looking up at the sky.',
    [
      ['torsoBend', 'back'],
      ['headPitch', 'back'],
    ],
  ],
  ['Left thigh is horizontal.', [['pitchRoll:left_thigh', 'horizontal']]],
  [
    'The man is lunging forward on the right leg with the arms outstretched to the sides.',
    [
      ['angle:right_knee', 'bent'],
      ['relativeX:left_wrist/left_shoulder', 'farLeft'],
      ['relativeX:right_wrist/right_shoulder', 'farRight'],
    ],
  ],
  ['The right elbow is higher than the right shoulder.', [['relativeY:right_elbow/right_shoulder', 'above']]],
  ['His left hand touches his right elbow.', [['distance:left_hand/right_elbow', 'close']]],
  [
    'The person reaches forward with both arms, which are straight.',
    [
      ['relativeZ:left_wrist/left_shoulder', 'farInFront'],
      ['relativeZ:right_wrist/right_shoulder', 'farInFront'],
      ['angle:left_elbow', 'straight'],
      ['angle:right_elbow', 'straight'],
    ],
  ],
  [
    'The left foot is off the ground and behind the right foot.',
    [
      ['onGround:left_foot/body', 'offGround'],
      ['relativeZ:left_ankle/right_ankle', 'behind'],
    ],
  ],
  [
    'Walking, the left arm swings forward and the right arm is back.',
    [
      ['gapZ:left_ankle/right_ankle', 'wide'],
      ['relativeZ:left_wrist/pelvis', 'inFront'],
      ['relativeZ:right_wrist/pelvis', 'behind'],
    ],
  ],
  [
    'The hands are shoulder-width apart at chest height and the elbows are tucked in.',
    [['distance:left_hand/right_hand', 'shoulderWidth']],
  ],
  [
    'The knees are touching each other and the feet are far apart.',
    [
      ['distance:left_knee/right_knee', 'close'],
      ['distance:left_ankle/right_ankle', 'wide'],
    ],
  ],
  [
    'He kicks with his left leg, the right arm is across the chest.',
    [
      ['onGround:left_foot', 'offGround'],
      ['relativeX:right_wrist/neck', 'left'],
    ],
  ],
  [
    'Upper body is upright, head tilted to the left.',
    [
      ['pitchRoll:torso', 'vertical'],
      ['headTilt', 'left'],
    ],
  ],
  ['The right leg is crossed in front of the left leg.', [['relativeZ:left_ankle/right_ankle', 'behind']]],
  [
    'Both hands are behind the back.',
    [
      ['relativeZ:left_wrist/pelvis', 'behind'],
      ['relativeZ:right_wrist/pelvis', 'behind'],
    ],
  ],
  [
    'The person is bent over at the waist, their arms are hanging down.',
    [
      ['torsoBend', 'forward'],
      ['relativeY:left_wrist/left_shoulder', 'farBelow'],
      ['relativeY:right_wrist/right_shoulder', 'farBelow'],
    ],
  ],
  [
    'The left arm is raised to shoulder height and the right one is by the head.',
    [
      ['relativeY:left_wrist/left_shoulder', 'level'],
      ['distance:right_hand/head', 'close'],
    ],
  ],
  [
    'Right hand is placed on the head with the elbow bent.',
    [
      ['distance:right_hand/head', 'close'],
      ['angle:right_elbow', 'bent'],
    ],
  ],
  [
    'The person crouches with one hand on the floor and looks to the left.',
    [
      ['angle:left_knee', 'deeplyBent'],
      ['headTurn', 'left'],
    ],
  ],
  [
    'A person is leaning to the left with the left hand almost touching the left knee and the right arm straight up.',
    [
      ['torsoLean', 'left'],
      ['distance:left_hand/left_knee', 'close'],
      ['relativeY:right_wrist/head', 'above'],
    ],
  ],
];
