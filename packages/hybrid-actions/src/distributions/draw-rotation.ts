import type { Random } from '@pose-rft/random';

type Vector = readonly [number, number, number];

/**
 * Draws from the isotropic Gaussian on SO(3), exactly: a Gaussian vector in the tangent space, kept with probability
 * sin(w / 2) / (w / 2) for its length w, has the density of the heat kernel, but for images beyond 2 pi, which carry
 * less than exp(-2 pi^2 / s^2). Wider spreads are products of draws with at most 1 radian each: variances add up.
 *
 * @param means - 6D numbers, not necessarily orthonormal
 * @param offset - of the joint's six numbers, in `means` and `target`
 * @param deviation - about each axis, in radians
 * @param target - receives the two orthonormal columns
 */
export function drawRotation(
  means: Float32Array,
  offset: number,
  deviation: number,
  random: Random,
  target: Float32Array,
): void {
  const [ax = 0, ay = 0, az = 0, bx = 0, by = 0, bz = 0] = means.subarray(offset, offset + 6);
  let first = unit([ax, ay, az]);
  const along = dot(first, [bx, by, bz]);
  let second = unit([bx - along * first[0], by - along * first[1], bz - along * first[2]]);
  const steps = Math.max(1, Math.ceil(deviation * deviation));
  for (let step = 0; step < steps; step++) {
    const turn = drawTangent(deviation / Math.sqrt(steps), random);
    // From the left: the density depends on the angle alone, so it is the same from either side.
    first = rotated(first, turn);
    second = rotated(second, turn);
  }
  target.set([...first, ...second], offset);
}

function drawTangent(deviation: number, random: Random): Vector {
  for (;;) {
    const turn: Vector = [
      deviation * random.normal(),
      deviation * random.normal(),
      deviation * random.normal(),
    ];
    const half = 0.5 * Math.hypot(...turn);
    if (half === 0 || random.uniform() < Math.sin(half) / half) return turn;
  }
}

/** Rodrigues' formula for the rotation vector `turn` (radians). */
function rotated(v: Vector, turn: Vector): Vector {
  const angle = Math.hypot(...turn);
  if (angle === 0) return v;
  const axis = unit(turn);
  const [x, y, z] = axis;
  const across: Vector = [y * v[2] - z * v[1], z * v[0] - x * v[2], x * v[1] - y * v[0]];
  const along = dot(axis, v) * (1 - Math.cos(angle));
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  return [
    cosine * v[0] + sine * across[0] + along * x,
    cosine * v[1] + sine * across[1] + along * y,
    cosine * v[2] + sine * across[2] + along * z,
  ];
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function unit(v: Vector): Vector {
  const length = Math.hypot(...v);
  return [v[0] / length, v[1] / length, v[2] / length];
}
