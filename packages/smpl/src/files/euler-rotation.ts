import type { Vector3 } from '../vector3.js';
import { composeRotations } from '../rotation/rotation-matrix.js';

export type RotationAxis = 'x' | 'y' | 'z';

const AXES = { x: 0, y: 1, z: 2 } as const;

/**
 * Left-multiplies a row-major rotation matrix in place by a turn about a coordinate axis: turns about fixed axes, the
 * first call first.
 */
export function turnAboutAxis(
  matrix: Float64Array,
  offset: number,
  axis: RotationAxis,
  radians: number,
): void {
  const first = ((AXES[axis] + 1) % 3) * 3 + offset;
  const second = ((AXES[axis] + 2) % 3) * 3 + offset;
  const cosine = Math.cos(radians);
  const sine = Math.sin(radians);
  for (let column = 0; column < 3; column++) {
    const a = matrix[first + column] as number;
    const b = matrix[second + column] as number;
    matrix[first + column] = cosine * a - sine * b;
    matrix[second + column] = sine * a + cosine * b;
  }
}

/** The rotation about x, y and z by the given angles (radians), in the given order: 'xyz' is Rz Ry Rx. */
export function eulerMatrix(radians: Vector3, order: readonly RotationAxis[]): Float64Array {
  const matrix = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  for (const axis of order) turnAboutAxis(matrix, 0, axis, radians[AXES[axis]]);
  return matrix;
}

/** The smallest rotation that takes one unit vector to another; for opposite ones, half a turn about some normal. */
export function shortestRotation(from: Vector3, to: Vector3): Float64Array {
  const cosine = from[0] * to[0] + from[1] * to[1] + from[2] * to[2];
  const axis: Vector3 = [
    from[1] * to[2] - from[2] * to[1],
    from[2] * to[0] - from[0] * to[2],
    from[0] * to[1] - from[1] * to[0],
  ];
  if (cosine < -0.999999) {
    // R = 2 n n^T - I for a unit normal n.
    const normal: Vector3 = Math.abs(from[0]) < 0.9 ? [0, from[2], -from[1]] : [-from[2], 0, from[0]];
    const square = normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2;
    return Float64Array.from({ length: 9 }, (_, i) => {
      const product = (normal[Math.floor(i / 3) as 0 | 1 | 2] * normal[(i % 3) as 0 | 1 | 2] * 2) / square;
      return product - (i % 4 === 0 ? 1 : 0);
    });
  }
  // R = I + W + W^2 / (1 + cos), W the cross product matrix of the axis.
  const [x, y, z] = axis;
  const cross = Float64Array.of(0, -z, y, z, 0, -x, -y, x, 0);
  const square = new Float64Array(9);
  composeRotations(cross, 0, cross, 0, square, 0);
  return cross.map((value, i) => (i % 4 === 0 ? 1 : 0) + value + (square[i] as number) / (1 + cosine));
}
