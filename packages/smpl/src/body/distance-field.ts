/** A point in the body frame: x to the body's left, y up, z front; metres. */
export type Point = readonly [number, number, number];

/**
 * A tapered capsule: the convex hull of two spheres, optionally flattened along an axis.
 * A single ball is a capsule whose ends coincide.
 */
export interface TaperedCapsule {
  readonly from: Point;
  readonly to: Point;
  readonly fromRadiusMetres: number;
  readonly toRadiusMetres: number;
  /** Thickness relative to the radius, in (0, 1], along `axis`. */
  readonly flattening?: { readonly axis: 'x' | 'y' | 'z'; readonly factor: number };
}

/** A signed distance, or a lower bound of it: negative inside, gradient no longer than 1. Metres. */
export type DistanceFunction = (x: number, y: number, z: number) => number;

/** A solid, and the same solid as seen from within a ball, where far parts need not be evaluated. */
export interface DistanceField {
  readonly at: DistanceFunction;
  /** A function that equals `at` within `radiusMetres` of a point up to far-off detail, and is cheaper. */
  readonly near: (x: number, y: number, z: number, radiusMetres: number) => DistanceFunction;
}

const AXES = { x: 0, y: 1, z: 2 } as const;

/**
 * Signed distance to a tapered capsule. Seen in the plane through its axis it is the hull of two discs, so a point is
 * measured against whichever of the three faces it: the first ball, the cone's tangent line, or the second ball.
 * A flattened capsule is measured in stretched space and scaled back, which keeps it a lower bound.
 */
export function taperedCapsuleDistance(capsule: TaperedCapsule): DistanceFunction {
  const factor = capsule.flattening?.factor ?? 1;
  const stretch: [number, number, number] = [1, 1, 1];
  if (capsule.flattening !== undefined) stretch[AXES[capsule.flattening.axis]] = 1 / factor;
  const [stretchX, stretchY, stretchZ] = stretch;
  const fromX = capsule.from[0] * stretchX;
  const fromY = capsule.from[1] * stretchY;
  const fromZ = capsule.from[2] * stretchZ;
  const axisX = capsule.to[0] * stretchX - fromX;
  const axisY = capsule.to[1] * stretchY - fromY;
  const axisZ = capsule.to[2] * stretchZ - fromZ;
  const length = Math.hypot(axisX, axisY, axisZ);
  const fromRadius = capsule.fromRadiusMetres;
  const narrowing = fromRadius - capsule.toRadiusMetres;
  // Sine and cosine of the angle between the axis and the cone's side; one ball swallows the other at 1.
  const sine = length > 0 ? narrowing / length : 1;
  if (Math.abs(sine) >= 1) {
    const radius = Math.max(fromRadius, capsule.toRadiusMetres);
    const [centreX, centreY, centreZ] =
      narrowing >= 0 ? [fromX, fromY, fromZ] : [fromX + axisX, fromY + axisY, fromZ + axisZ];
    return (x, y, z) =>
      factor *
      (Math.sqrt(
        (x * stretchX - centreX) ** 2 + (y * stretchY - centreY) ** 2 + (z * stretchZ - centreZ) ** 2,
      ) -
        radius);
  }
  const cosine = Math.sqrt(1 - sine * sine);
  const unitX = axisX / length;
  const unitY = axisY / length;
  const unitZ = axisZ / length;
  return (x, y, z) => {
    const px = x * stretchX - fromX;
    const py = y * stretchY - fromY;
    const pz = z * stretchZ - fromZ;
    const along = px * unitX + py * unitY + pz * unitZ;
    const across = Math.sqrt(Math.max(0, px * px + py * py + pz * pz - along * along));
    // Where the perpendicular to the cone's side meets the axis.
    const foot = along - (across * sine) / cosine;
    if (foot <= 0) return factor * (Math.sqrt(along * along + across * across) - fromRadius);
    if (foot >= length) {
      const beyond = along - length;
      return factor * (Math.sqrt(beyond * beyond + across * across) - capsule.toRadiusMetres);
    }
    return factor * (along * sine + across * cosine - fromRadius);
  };
}

/**
 * The union of two solids with a fillet: the smaller distance, less up to `blend / 4` where the two are closer to each
 * other than `blend` metres (quadratic polynomial blend).
 */
export function blendedUnion(a: number, b: number, blend: number): number {
  const overlap = Math.max(0, blend - Math.abs(a - b));
  return Math.min(a, b) - (overlap * overlap) / (4 * blend);
}

/** The intersection of two solids with a rounded edge; the counterpart of {@link blendedUnion}. */
export function blendedIntersection(a: number, b: number, blend: number): number {
  return -blendedUnion(-a, -b, blend);
}
