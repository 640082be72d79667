import type { JointName } from '../skeleton/joints.js';
import type { Skeleton } from '../skeleton/skeleton.js';
import {
  blendedIntersection,
  blendedUnion,
  taperedCapsuleDistance,
  type DistanceField,
  type DistanceFunction,
  type Point,
  type TaperedCapsule,
} from './distance-field.js';

/** A joint's rest position plus an offset (metres): so the shape follows the skeleton. */
type Anchor = readonly [joint: JointName, x: number, y: number, z: number];

/** One piece of flesh: which joint it follows, where it lies, how thick it is, how softly it joins the rest. */
interface Flesh {
  readonly joint: JointName;
  readonly from: Anchor;
  readonly to: Anchor;
  readonly radii: readonly [fromMetres: number, toMetres: number];
  readonly flat?: TaperedCapsule['flattening'];
  readonly blendMetres: number;
}

function flesh(
  joint: JointName,
  from: Anchor,
  to: Anchor,
  radii: readonly [number, number],
  blendMetres: number,
  flat?: TaperedCapsule['flattening'],
): Flesh {
  return flat === undefined
    ? { joint, from, to, radii, blendMetres }
    : { joint, from, to, radii, blendMetres, flat };
}

const THICK = { axis: 'y', factor: 0.62 } as const;

/** The midline and the left half; the right half is its mirror image. Blended in this order. */
const MANNEQUIN: readonly Flesh[] = [
  // Trunk
  flesh('pelvis', ['pelvis', 0, 0.0, -0.005], ['left_hip', 0.004, 0.064, 0.0], [0.1, 0.1], 0.03),
  flesh(
    'pelvis',
    ['left_hip', -0.004, 0.005, -0.05],
    ['left_hip', -0.004, 0.022, -0.044],
    [0.082, 0.078],
    0.05,
  ),
  flesh('spine1', ['spine1', 0, 0.0, 0.026], ['spine1', 0.052, 0.0, 0.022], [0.1, 0.094], 0.09),
  flesh('spine2', ['spine2', 0, 0.0, 0.0], ['spine2', 0.06, -0.005, 0.0], [0.104, 0.098], 0.08),
  flesh('spine3', ['spine3', 0, 0.06, -0.008], ['spine3', 0.084, 0.064, -0.018], [0.112, 0.102], 0.08),
  flesh('spine3', ['spine3', 0.07, 0.045, 0.04], ['spine3', 0.078, 0.056, 0.036], [0.062, 0.062], 0.05),
  flesh(
    'left_collar',
    ['left_collar', -0.01, 0.012, -0.012],
    ['left_shoulder', -0.03, -0.012, 0],
    [0.064, 0.062],
    0.06,
  ),
  flesh(
    'left_collar',
    ['neck', 0.02, 0.005, -0.004],
    ['left_shoulder', -0.02, 0.006, -0.002],
    [0.05, 0.044],
    0.05,
  ),
  // Head: neck, skull front to back, jaw, nose, ear
  flesh('neck', ['neck', 0, -0.06, 0.002], ['head', 0, 0.01, -0.014], [0.062, 0.054], 0.05),
  flesh('head', ['head', 0, 0.086, -0.016], ['head', 0, 0.084, 0.02], [0.08, 0.074], 0.04),
  flesh('head', ['head', 0, 0.06, 0.026], ['head', 0, -0.008, 0.05], [0.066, 0.04], 0.05),
  flesh('head', ['head', 0, 0.072, 0.092], ['head', 0, 0.038, 0.108], [0.009, 0.0145], 0.02),
  flesh('head', ['head', 0.073, 0.068, -0.008], ['head', 0.074, 0.044, -0.002], [0.017, 0.011], 0.012),
  // Arm
  flesh(
    'left_shoulder',
    ['left_shoulder', 0.008, -0.004, 0],
    ['left_shoulder', 0.06, -0.008, -0.004],
    [0.06, 0.05],
    0.05,
  ),
  flesh(
    'left_shoulder',
    ['left_shoulder', 0.05, -0.004, -0.004],
    ['left_elbow', 0, 0, 0],
    [0.05, 0.04],
    0.03,
  ),
  flesh(
    'left_shoulder',
    ['left_shoulder', 0.13, -0.002, 0.002],
    ['left_shoulder', 0.17, -0.004, 0],
    [0.046, 0.042],
    0.04,
  ),
  flesh('left_elbow', ['left_elbow', 0, 0, 0], ['left_wrist', -0.01, 0, 0], [0.04, 0.027], 0.02),
  flesh('left_elbow', ['left_elbow', 0.045, 0, 0.003], ['left_elbow', 0.1, 0, 0.002], [0.042, 0.038], 0.04),
  // Hand: the two halves of the palm, the fingers two by two, the thumb
  flesh(
    'left_wrist',
    ['left_wrist', 0.01, 0, 0.006],
    ['left_hand', -0.004, 0, 0.019],
    [0.026, 0.024],
    0.02,
    THICK,
  ),
  flesh(
    'left_wrist',
    ['left_wrist', 0.01, 0, -0.006],
    ['left_hand', -0.004, 0, -0.017],
    [0.025, 0.023],
    0.02,
    THICK,
  ),
  flesh(
    'left_hand',
    ['left_hand', -0.004, 0, 0.019],
    ['left_hand', 0.074, -0.006, 0.014],
    [0.024, 0.016],
    0.016,
    THICK,
  ),
  flesh(
    'left_hand',
    ['left_hand', -0.004, 0, -0.017],
    ['left_hand', 0.062, -0.006, -0.016],
    [0.023, 0.015],
    0.016,
    THICK,
  ),
  flesh(
    'left_wrist',
    ['left_wrist', 0.026, -0.004, 0.02],
    ['left_wrist', 0.06, -0.01, 0.052],
    [0.019, 0.0145],
    0.016,
  ),
  flesh(
    'left_wrist',
    ['left_wrist', 0.06, -0.01, 0.052],
    ['left_wrist', 0.088, -0.014, 0.074],
    [0.0145, 0.012],
    0.008,
  ),
  // Leg
  flesh('left_hip', ['left_hip', 0.02, -0.02, -0.006], ['left_knee', 0, 0.0, 0.002], [0.084, 0.052], 0.045),
  flesh('left_hip', ['left_hip', 0.03, -0.11, 0.014], ['left_hip', 0.03, -0.21, 0.012], [0.066, 0.06], 0.05),
  flesh('left_knee', ['left_knee', 0, 0, 0.004], ['left_ankle', 0, 0.01, 0], [0.05, 0.034], 0.03),
  flesh(
    'left_knee',
    ['left_knee', 0, -0.085, -0.022],
    ['left_knee', -0.004, -0.17, -0.028],
    [0.046, 0.04],
    0.06,
  ),
  // Foot: heel, instep, sole, toes
  flesh('left_ankle', ['left_ankle', 0, 0.0, 0], ['left_ankle', 0, -0.05, -0.022], [0.034, 0.036], 0.03),
  flesh(
    'left_ankle',
    ['left_ankle', 0.002, -0.03, 0.01],
    ['left_foot', 0, 0.0, -0.008],
    [0.036, 0.034],
    0.03,
  ),
  flesh('left_ankle', ['left_ankle', 0.0, -0.052, 0.0], ['left_foot', 0.0, 0, -0.01], [0.034, 0.044], 0.02, {
    axis: 'y',
    factor: 0.7,
  }),
  flesh(
    'left_foot',
    ['left_foot', 0, -0.003, 0],
    ['left_foot', -0.004, -0.006, 0.048],
    [0.046, 0.037],
    0.02,
    { axis: 'y', factor: 0.56 },
  ),
];

/** What is taken away: the eye sockets. */
const HOLLOWS: readonly Flesh[] = [
  flesh('head', ['head', 0.034, 0.076, 0.118], ['head', 0.036, 0.075, 0.116], [0.022, 0.02], 0.014),
];

/** How far the soles lie below the foot joints. */
const SOLE_BELOW_FOOT_METRES = 0.022;
/** Rounds the crease of the midline. */
const MIDLINE_ROUNDING_METRES = 0.01;
const SOLE_ROUNDING_METRES = 0.012;
/** Beyond it, with the midline's rounding, one piece does not change another's surface. */
const WIDEST_BLEND_METRES = 0.13;

/** The body's solid, and that of each joint's flesh alone. */
export interface MannequinShape {
  readonly field: DistanceField;
  /** Distance to the flesh that follows each joint, at a point: written to `distances`, [J]. Infinity without any. */
  readonly distancesByJoint: (x: number, y: number, z: number, distances: Float64Array) => void;
}

/** A piece of flesh put in its place. */
interface Solid {
  readonly distance: DistanceFunction;
  readonly blendMetres: number;
  readonly joint: number;
  readonly mirrorJoint: number;
}

/** The mannequin's flesh around a skeleton with SMPL's joints. */
export function mannequinShape(skeleton: Skeleton): MannequinShape {
  const jointOf = (name: JointName): number => skeleton.names.indexOf(name);
  const place = ([name, x, y, z]: Anchor): Point => {
    const offset = jointOf(name) * 3;
    const rest = skeleton.restJointsMetres;
    return [(rest[offset] as number) + x, (rest[offset + 1] as number) + y, (rest[offset + 2] as number) + z];
  };
  const solidOf = (piece: Flesh): Solid => {
    const capsule: TaperedCapsule = {
      from: place(piece.from),
      to: place(piece.to),
      fromRadiusMetres: piece.radii[0],
      toRadiusMetres: piece.radii[1],
      ...(piece.flat === undefined ? {} : { flattening: piece.flat }),
    };
    return {
      distance: taperedCapsuleDistance(capsule),
      blendMetres: piece.blendMetres,
      joint: jointOf(piece.joint),
      mirrorJoint: jointOf(piece.joint.replace('left_', 'right_') as JointName),
    };
  };
  const pieces = MANNEQUIN.map(solidOf);
  const hollows = HOLLOWS.map(solidOf);
  const soleHeight = place(['left_foot', 0, -SOLE_BELOW_FOOT_METRES, 0])[1];

  const unionOf =
    (parts: readonly Solid[]): DistanceFunction =>
    (x, y, z) => {
      const halfX = Math.sqrt(x * x + MIDLINE_ROUNDING_METRES * MIDLINE_ROUNDING_METRES);
      let value = 1;
      for (const piece of parts) value = blendedUnion(value, piece.distance(halfX, y, z), piece.blendMetres);
      for (const { distance, blendMetres } of hollows)
        value = blendedIntersection(value, -distance(halfX, y, z), blendMetres);
      return blendedIntersection(value, soleHeight - y, SOLE_ROUNDING_METRES);
    };
  const at = unionOf(pieces);
  const near: DistanceField['near'] = (x, y, z, radiusMetres) => {
    const farthest = at(x, y, z) + 2 * radiusMetres + WIDEST_BLEND_METRES;
    return unionOf(pieces.filter((piece) => piece.distance(Math.abs(x), y, z) < farthest));
  };

  const distancesByJoint: MannequinShape['distancesByJoint'] = (x, y, z, distances) => {
    distances.fill(Infinity);
    for (const piece of pieces) {
      const left = piece.distance(x, y, z);
      const right = piece.distance(-x, y, z);
      const { joint, mirrorJoint } = piece;
      distances[joint] = Math.min(distances[joint] as number, left);
      distances[mirrorJoint] = Math.min(distances[mirrorJoint] as number, right);
    }
  };
  return { field: { at, near }, distancesByJoint };
}
