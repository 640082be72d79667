import type { AngleRange, JointLimits } from '../limits/joint-limits.js';
import { swingTwistToMatrix } from '../limits/swing-twist.js';

/** An axis about which a joint bends this many times further to one side than to the other is a hinge's. */
const ONE_SIDED = 10;

/**
 * The direction in which the bone of a hinge (knee, elbow) points when the joint is bent to the middle of its range, in
 * the joint's own rest frame; undefined for joints that bend to either side.
 *
 * @param bone - [x, y, z] of the bone at rest
 */
export function hingeDirection(limits: JointLimits, bone: Float64Array): Float64Array | undefined {
  const angles = Float64Array.from(['x', 'y', 'z'] as const, (axis) =>
    axis !== limits.boneAxis && isOneSided(limits[axis]) ? (limits[axis][0] + limits[axis][1]) / 2 : 0,
  );
  if (angles.every((angle) => angle === 0)) return undefined;
  const matrix = new Float64Array(9);
  swingTwistToMatrix(angles, 0, limits.boneAxis, matrix, 0);
  const [x = 0, y = 0, z = 0] = bone;
  return Float64Array.from(
    [0, 3, 6],
    (row) => (matrix[row] ?? 0) * x + (matrix[row + 1] ?? 0) * y + (matrix[row + 2] ?? 0) * z,
  );
}

function isOneSided([minimum, maximum]: AngleRange): boolean {
  const [smaller, larger] = [-minimum, maximum].sort((a, b) => a - b);
  return (larger ?? 0) > ONE_SIDED * (smaller ?? 0);
}
