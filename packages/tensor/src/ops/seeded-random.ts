import * as tfjs from '@tensorflow/tfjs-core';

// tfjs takes seed 0 for "no seed" in these five functions and draws anew at each call. The wrappers have its names and
// signatures; seed 0 repeats like any other. For new code prefer @pose-rft/random, whose streams split and serialise.
const SEED_FOR_ZERO = 0x5eed0;

function mendedSeed(seed: number | undefined): number | undefined {
  return seed === 0 ? SEED_FOR_ZERO : seed;
}

/** tfjs's `randomNormal`, for which seed 0 is a seed too. */
export const randomNormal: typeof tfjs.randomNormal = (shape, mean, standardDeviation, dtype, seed) =>
  tfjs.randomNormal(shape, mean, standardDeviation, dtype, mendedSeed(seed));

/** tfjs's `randomStandardNormal`, for which seed 0 is a seed too. */
export const randomStandardNormal: typeof tfjs.randomStandardNormal = (shape, dtype, seed) =>
  tfjs.randomStandardNormal(shape, dtype, mendedSeed(seed));

/** tfjs's `truncatedNormal`, for which seed 0 is a seed too. */
export const truncatedNormal: typeof tfjs.truncatedNormal = (shape, mean, standardDeviation, dtype, seed) =>
  tfjs.truncatedNormal(shape, mean, standardDeviation, dtype, mendedSeed(seed));

/** tfjs's `randomGamma`, for which seed 0 is a seed too. */
export const randomGamma: typeof tfjs.randomGamma = (shape, alpha, beta, dtype, seed) =>
  tfjs.randomGamma(shape, alpha, beta, dtype, mendedSeed(seed));

/** tfjs's `multinomial`, for which seed 0 is a seed too. */
export const multinomial: typeof tfjs.multinomial = (logits, sampleCount, seed, normalized) =>
  tfjs.multinomial(logits, sampleCount, mendedSeed(seed), normalized);
