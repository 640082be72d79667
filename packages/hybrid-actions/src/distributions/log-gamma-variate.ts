import type { Random } from '@pose-rft/random';

/**
 * The logarithm of a gamma variate of scale 1 (Marsaglia and Tsang, "A Simple Method for Generating Gamma Variables",
 * 2000). In logarithms, since a variate of a small shape is often too small for a float.
 *
 * @param shape - positive
 */
export function logGammaVariate(shape: number, random: Random): number {
  // Below 1, a variate of shape + 1 times a uniform number to the power 1 / shape.
  if (shape < 1) return logGammaVariate(shape + 1, random) + Math.log(1 - random.uniform()) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * x * x + d * (1 - v + Math.log(v)))
      return Math.log(d * v);
  }
}
