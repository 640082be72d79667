import type { Category, CategoryName } from './posecode.js';

/*
 * The thresholds are PoseScript's (Delmas et al. 2022, their captioning configuration) where it has the measurement:
 * its categories partition the values. To them come coarser and farther ones of our own, marked 'own', because people
 * say "bent" more often than "partially bent", and "out to the side" for more than 15 cm.
 */
const { POSITIVE_INFINITY: infinity } = Number;

function category(name: CategoryName, above: number, upTo: number): Category {
  return { name, above, upTo };
}

/** Degrees at a knee or an elbow; 180 is straight. */
export const ANGLE_CATEGORIES: readonly Category[] = [
  category('completelyBent', -infinity, 45),
  category('almostCompletelyBent', 45, 75),
  category('rightAngle', 75, 105),
  category('partiallyBent', 105, 135),
  category('slightlyBent', 135, 160),
  category('straight', 160, infinity),
  category('bent', -infinity, 135), // own
  category('deeplyBent', -infinity, 105), // own
  category('extended', 135, infinity), // own
];

/** Metres between two joints. */
export const DISTANCE_CATEGORIES: readonly Category[] = [
  category('close', -infinity, 0.2),
  category('shoulderWidth', 0.2, 0.4),
  category('spread', 0.4, 0.8),
  category('wide', 0.8, infinity),
  category('apart', 0.4, infinity), // own
];

/** Metres; x points to the body's left. */
export const RELATIVE_X_CATEGORIES: readonly Category[] = [
  category('right', -infinity, -0.15),
  category('aligned', -0.05, 0.05),
  category('left', 0.15, infinity),
  category('farRight', -infinity, -0.4), // own, the far threshold of PoseFix
  category('farLeft', 0.4, infinity), // own
  category('crossed', -infinity, -0.05), // own: a left limb to the right of its partner
];

/** Metres; y points up. */
export const RELATIVE_Y_CATEGORIES: readonly Category[] = [
  category('below', -infinity, -0.15),
  category('level', -0.05, 0.05),
  category('above', 0.15, infinity),
  category('farBelow', -infinity, -0.4), // own
  category('raised', -0.15, infinity), // own: not below
];

/** Metres; z points to the front. */
export const RELATIVE_Z_CATEGORIES: readonly Category[] = [
  category('behind', -infinity, -0.15),
  category('aligned', -0.05, 0.05),
  category('inFront', 0.15, infinity),
  category('farBehind', -infinity, -0.4), // own
  category('farInFront', 0.4, infinity), // own
  category('underneath', -0.3, 0.3), // own: a foot that carries the hips
  category('ahead', 0.3, infinity), // own
];

/** Metres without a sign, between the two limbs of a pair. */
export const GAP_CATEGORIES: readonly Category[] = [
  category('apart', 0.2, infinity), // own
  category('wide', 0.4, infinity), // own
];

/** Degrees between a limb and the vertical, 0 to 90. */
export const PITCH_ROLL_CATEGORIES: readonly Category[] = [
  category('vertical', -infinity, 10),
  category('horizontal', 80, infinity),
  category('steep', -infinity, 45), // own
  category('flat', 60, infinity), // own
];

/** Metres above the lowest joint. */
export const GROUND_CATEGORIES: readonly Category[] = [
  category('onGround', -infinity, 0.1),
  category('offGround', 0.2, infinity), // own
  category('nearGround', -infinity, 0.2), // own: a knee is up to 15 cm above the toes of a kneeling person
];

/** Metres above the lowest part of the whole body. */
export const BODY_GROUND_CATEGORIES: readonly Category[] = [
  ...GROUND_CATEGORIES,
  category('low', -infinity, 0.35), // own: the pelvis of somebody who lies on the side
];

/** Degrees, positive to the front. */
export const BEND_CATEGORIES: readonly Category[] = [
  category('stronglyBack', -infinity, -50),
  category('slightlyBack', -50, -20),
  category('slightlyForward', 20, 50),
  category('stronglyForward', 50, infinity),
  category('back', -infinity, -20), // own
  category('forward', 20, infinity), // own
];

/** Degrees to the left (positive) or right, in two strengths. */
export function sidewaysCategories(slightDegrees: number, strongDegrees: number): readonly Category[] {
  return [
    category('stronglyRight', -infinity, -strongDegrees),
    category('slightlyRight', -strongDegrees, -slightDegrees),
    category('slightlyLeft', slightDegrees, strongDegrees),
    category('stronglyLeft', strongDegrees, infinity),
    category('right', -infinity, -slightDegrees), // own
    category('left', slightDegrees, infinity), // own
  ];
}

/** Degrees; PoseScript reads the head's rotation, we only its position, which moves less: hence own thresholds. */
export const HEAD_PITCH_CATEGORIES: readonly Category[] = [
  category('back', -infinity, -25),
  category('forward', 25, infinity),
];

/** Degrees; own thresholds, as for the pitch. */
export const HEAD_TILT_CATEGORIES: readonly Category[] = [
  category('right', -infinity, -20),
  category('left', 20, infinity),
];

/** Degrees above the horizontal; own. */
export const CHEST_ELEVATION_CATEGORIES: readonly Category[] = [
  category('downwards', -infinity, -45),
  category('upwards', 45, infinity),
];
