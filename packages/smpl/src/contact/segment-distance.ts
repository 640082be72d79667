/** Squared lengths below this count as zero: a segment that is a point. */
const POINT = 1e-24;

/**
 * The distance between two segments, each [x, y, z] of its start and then of its end, from an offset of an array
 * (Ericson, "Real-Time Collision Detection", 2004, section 5.1.9). Segments may be points, parallel or crossing.
 */
export function segmentDistance(
  first: Float64Array,
  firstOffset: number,
  second: Float64Array,
  secondOffset: number,
): number {
  const p0 = first[firstOffset] as number;
  const p1 = first[firstOffset + 1] as number;
  const p2 = first[firstOffset + 2] as number;
  const q0 = second[secondOffset] as number;
  const q1 = second[secondOffset + 1] as number;
  const q2 = second[secondOffset + 2] as number;
  const u0 = (first[firstOffset + 3] as number) - p0;
  const u1 = (first[firstOffset + 4] as number) - p1;
  const u2 = (first[firstOffset + 5] as number) - p2;
  const v0 = (second[secondOffset + 3] as number) - q0;
  const v1 = (second[secondOffset + 4] as number) - q1;
  const v2 = (second[secondOffset + 5] as number) - q2;
  const r0 = p0 - q0;
  const r1 = p1 - q1;
  const r2 = p2 - q2;
  const uu = u0 * u0 + u1 * u1 + u2 * u2;
  const vv = v0 * v0 + v1 * v1 + v2 * v2;
  const uv = u0 * v0 + u1 * v1 + u2 * v2;
  const ur = u0 * r0 + u1 * r1 + u2 * r2;
  const vr = v0 * r0 + v1 * r1 + v2 * r2;
  // The nearest points are p + s u and q + t v, with s and t in [0, 1].
  const crossSquared = uu * vv - uv * uv;
  let s = 0;
  let t = 0;
  if (uu > POINT && vv > POINT) {
    s = crossSquared > 1e-12 * uu * vv ? clamp((uv * vr - ur * vv) / crossSquared) : 0;
    t = (uv * s + vr) / vv;
    if (t < 0) {
      t = 0;
      s = clamp(-ur / uu);
    } else if (t > 1) {
      t = 1;
      s = clamp((uv - ur) / uu);
    }
  } else if (uu > POINT) {
    s = clamp(-ur / uu);
  } else if (vv > POINT) {
    t = clamp(vr / vv);
  }
  const x = r0 + s * u0 - t * v0;
  const y = r1 + s * u1 - t * v1;
  const z = r2 + s * u2 - t * v2;
  return Math.sqrt(x * x + y * y + z * z);
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
