import type { JointName } from '@pose-rft/smpl';

/**
 * One named interval of a posecode's value, open below and closed above: `above < value <= upTo`, in the posecode's
 * unit (degrees or metres). Intervals may overlap ('bent' holds whenever 'rightAngle' does) and need not cover all
 * values: where a value is in none, the posecode makes no statement.
 */
export interface Category {
  readonly name: CategoryName;
  readonly above: number;
  readonly upTo: number;
}

/** Every name that a {@link Category} can have. */
export type CategoryName =
  | 'completelyBent'
  | 'almostCompletelyBent'
  | 'rightAngle'
  | 'partiallyBent'
  | 'slightlyBent'
  | 'straight'
  | 'bent'
  | 'deeplyBent'
  | 'extended'
  | 'close'
  | 'shoulderWidth'
  | 'spread'
  | 'wide'
  | 'apart'
  | 'right'
  | 'aligned'
  | 'left'
  | 'farRight'
  | 'farLeft'
  | 'crossed'
  | 'below'
  | 'level'
  | 'above'
  | 'farBelow'
  | 'behind'
  | 'inFront'
  | 'farBehind'
  | 'farInFront'
  | 'raised'
  | 'underneath'
  | 'ahead'
  | 'vertical'
  | 'horizontal'
  | 'steep'
  | 'flat'
  | 'onGround'
  | 'offGround'
  | 'nearGround'
  | 'low'
  | 'stronglyForward'
  | 'slightlyForward'
  | 'forward'
  | 'slightlyBack'
  | 'stronglyBack'
  | 'back'
  | 'slightlyLeft'
  | 'stronglyLeft'
  | 'slightlyRight'
  | 'stronglyRight'
  | 'upwards'
  | 'downwards';

interface PosecodeOf<Kind extends string, Joints extends readonly JointName[]> {
  readonly kind: Kind;
  /** A stable, unique name, such as `angle:left_elbow` or `relativeY:left_wrist/neck`. */
  readonly name: string;
  readonly joints: Joints;
  readonly categories: readonly Category[];
}

type Pair = readonly [JointName, JointName];
type Triple = readonly [JointName, JointName, JointName];

/**
 * One elementary measurement of a pose, tagged by its kind. Joint positions are in the body frame: the pelvis at the
 * origin with its orientation taken away, x to the body's left, y up along the body, z to its front.
 *
 * | kind | value | unit |
 * |---|---|---|
 * | angle | between the two limbs at the middle joint; 180 is straight | degrees |
 * | distance | between the two joints | metres |
 * | relativeX, relativeY, relativeZ | first joint minus second joint on that axis | metres |
 * | gapY, gapZ | the same without its sign: says that a pair of limbs differs, not which one leads | metres |
 * | pitchRoll | of the limb from the first to the second joint against the vertical, 0 to 90 | degrees |
 * | onGround | height of the first joint above the lowest of all the listed joints | metres |
 * | torsoBend | of pelvis to neck, positive to the front | degrees |
 * | torsoLean | of pelvis to neck, positive to the left | degrees |
 * | torsoTwist | of the shoulder line against the hip line, positive when the chest turns left | degrees |
 * | headPitch | of neck to head against the upper spine, 0 at rest, positive when the chin drops | degrees |
 * | headTilt | of neck to head against the upper spine, positive to the left | degrees |
 * | headTurn | of the head against the chest, positive to the left; from rotations only (see `measurePose`) | degrees |
 * | chestElevation | of the direction that the chest faces above the horizontal; 90 faces straight up | degrees |
 */
export type Posecode =
  | PosecodeOf<'angle', Triple>
  | PosecodeOf<'distance', Pair>
  | PosecodeOf<'relativeX' | 'relativeY' | 'relativeZ', Pair>
  | PosecodeOf<'gapY' | 'gapZ', Pair>
  | PosecodeOf<'pitchRoll', Pair>
  | PosecodeOf<'onGround', readonly [JointName, ...JointName[]]>
  | PosecodeOf<'torsoBend' | 'torsoLean', Pair>
  | PosecodeOf<'torsoTwist', readonly [JointName, JointName, JointName, JointName]>
  | PosecodeOf<'headPitch' | 'headTilt', Triple>
  | PosecodeOf<'headTurn', Pair>
  | PosecodeOf<'chestElevation', readonly [JointName, JointName, JointName, JointName]>;

/** The tag of a {@link Posecode}. */
export type PosecodeKind = Posecode['kind'];
