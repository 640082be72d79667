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
