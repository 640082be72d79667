import type { AngleRange, JointLimits } from '../limits/joint-limits.js';

/** An axis about which a joint bends this many times further to one side than to the other is a hinge's. */
const ONE_SIDED = 10;

/** A joint that bends about one axis, to one side: knees and elbows. */
export interface Hinge {
  /** The unit axis about which a positive angle bends, in the joint's own rest frame. */
  readonly axis: Float64Array;
  /** How much of the joint's bone, over its length, lies along the axis: the same for every bend. */
  readonly alongAxis: number;
  /** On which side of the axis the bent bone points, seen along the bone above: -1 or 1. */
  readonly side: number;
}

/**
 * The hinge that a joint is by its limits; undefined for joints that bend to either side.
 *
 * @param bone - [x, y, z] of the joint's bone at rest
 * @param boneAbove - [x, y, z] of the bone that ends in the joint
 */
export function hingeOf(limits: JointLimits, bone: Float64Array, boneAbove: Float64Array): Hinge | undefined {
  const place = (['x', 'y', 'z'] as const).findIndex(
    (axis) => axis !== limits.boneAxis && isOneSided(limits[axis]),
  );
  if (place < 0) return undefined;
  const [minimum, maximum] = limits[(['x', 'y', 'z'] as const)[place] ?? 'x'];
  const axis = new Float64Array(3);
  axis[place] = minimum + maximum < 0 ? -1 : 1;
  const alongAxis = dot(axis, bone) / Math.hypot(...bone);
  // A bend moves the bone towards axis x bone; seen along the bone above, that is on this side of the axis.
  const side = dot(axis, boneAbove) * alongAxis * Math.hypot(...bone) - dot(bone, boneAbove) < 0 ? -1 : 1;
  return { axis, alongAxis, side };
}

function isOneSided([minimum, maximum]: AngleRange): boolean {
  return Math.max(-minimum, maximum) > ONE_SIDED * Math.min(-minimum, maximum);
}

function dot(first: Float64Array, second: Float64Array): number {
  return first.reduce((sum, value, axis) => sum + value * (second[axis] as number), 0);
}

/**
 * The angle in radians by which the joint above a hinge must turn about its bone, so that the hinge can point its own bone
 * where it is wanted: rotating about its axis cannot change how much of the bone lies along the axis.
 *
 * @param alongBone - the unit bone above the hinge, in the world
 * @param axis - the hinge's axis in the world, before the turn
 * @param direction - the wanted unit direction of the hinge's own bone
 */
export function twistForHinge(
  { alongAxis, side }: Hinge,
  alongBone: Float64Array,
  axis: Float64Array,
  direction: Float64Array,
): number {
  const [ax = 0, ay = 0, az = 0] = alongBone;
  const [hx = 0, hy = 0, hz = 0] = axis;
  const [wx = 0, wy = 0, wz = 0] = direction;
  const axisAlong = dot(axis, alongBone);
  const directionAlong = dot(direction, alongBone);
  // Of both, the parts across the bone: how they lie to each other now, and how they should.
  const across = Math.sqrt(Math.max(0, (1 - axisAlong ** 2) * (1 - directionAlong ** 2)));
  if (across === 0) return 0;
  const sine = ax * (hy * wz - hz * wy) + ay * (hz * wx - hx * wz) + az * (hx * wy - hy * wx);
  const cosine = hx * wx + hy * wy + hz * wz - axisAlong * directionAlong;
  const wantedCosine = (alongAxis - axisAlong * directionAlong) / across;
  const wanted = side * Math.acos(Math.min(1, Math.max(-1, wantedCosine)));
  const twist = Math.atan2(sine, cosine) - wanted;
  return twist - 2 * Math.PI * Math.round(twist / (2 * Math.PI));
}
