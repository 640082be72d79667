/**
 * The error function, to 2e-15 absolute: its Maclaurin series near 0, and beyond it the continued fraction of its
 * complement (Abramowitz and Stegun, "Handbook of Mathematical Functions", 7.1.6 and 7.1.14).
 */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (!(size < 6)) return Number.isNaN(x) ? Number.NaN : Math.sign(x);
  return Math.sign(x) * (size < 2 ? series(size) : 1 - complement(size));
}

/**
 * The probability that a normal variable lies within `size` standard deviations of its mean, in [0, 1].
 *
 * @example
 * ```ts
 * import { normalCoverage } from 'pose-rft';
 *
 * console.assert(Math.abs(normalCoverage(1.959963984540054) - 0.95) < 1e-12);
 * ```
 */
export function normalCoverage(size: number): number {
  return erf(size / Math.SQRT2);
}

function series(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > 1e-17 * sum; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

function complement(x: number): number {
  let fraction = x;
  for (let n = 60; n >= 1; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
}
