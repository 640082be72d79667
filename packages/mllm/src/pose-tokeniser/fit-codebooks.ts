import type { Random } from '@pose-rft/random';
import { createCodebooks, nearestEntry, type Codebooks } from './residual-quantiser.js';

/** Rounds of Lloyd's algorithm; more change little, as training goes on moving the entries. */
const ROUNDS = 10;

/**
 * Fits codebooks to latents by k-means, level by level: each level's entries are the centres of what the levels before
 * leave over. Entry 0 of every level but the first is zero, and stays so: a level can always leave things as they are,
 * so no level makes a latent's error larger.
 *
 * @param latents - [N, latentSize]; at least as many as a codebook has entries, to be of use
 * @param entries - [K, C, latentSize] receives the codebooks
 */
export function fitCodebooks(
  sizes: Pick<Codebooks, 'levelCount' | 'codebookSize' | 'latentSize'>,
  latents: Float64Array,
  entries: Float32Array,
  random: Random,
): void {
  const { levelCount, codebookSize, latentSize } = sizes;
  const residuals = Float64Array.from(latents);
  const count = residuals.length / latentSize;
  const width = codebookSize * latentSize;
  const codes = new Int32Array(count);
  for (let level = 0; level < levelCount; level++) {
    const own = entries.subarray(level * width, (level + 1) * width);
    startAtResiduals(own, residuals, latentSize, level, random);
    for (let round = 0; round <= ROUNDS; round++) {
      const codebook = createCodebooks({ levelCount: 1, codebookSize, latentSize }, own);
      for (let row = 0; row < count; row++)
        codes[row] = nearestEntry(codebook, 0, residuals, row * latentSize);
      if (round < ROUNDS) moveToCentres(own, residuals, codes, latentSize, level);
    }
    for (let row = 0; row < count; row++)
      for (let axis = 0; axis < latentSize; axis++)
        residuals[row * latentSize + axis] =
          (residuals[row * latentSize + axis] as number) -
          (own[(codes[row] as number) * latentSize + axis] as number);
  }
}

/** Entries start as residuals drawn at random, each at most once while they last. */
function startAtResiduals(
  entries: Float32Array,
  residuals: Float64Array,
  latentSize: number,
  level: number,
  random: Random,
): void {
  const count = residuals.length / latentSize;
  const order = random.shuffle(Array.from({ length: count }, (_, row) => row));
  for (let code = 0; code * latentSize < entries.length; code++)
    for (let axis = 0; axis < latentSize; axis++)
      entries[code * latentSize + axis] =
        isZeroEntry(level, code) || count === 0
          ? 0
          : (residuals[(order[code % count] as number) * latentSize + axis] as number);
}

function moveToCentres(
  entries: Float32Array,
  residuals: Float64Array,
  codes: Int32Array,
  latentSize: number,
  level: number,
): void {
  const counts = new Float64Array(entries.length / latentSize);
  const sums = new Float64Array(entries.length);
  codes.forEach((code, row) => {
    counts[code] = (counts[code] as number) + 1;
    for (let axis = 0; axis < latentSize; axis++)
      sums[code * latentSize + axis] =
        (sums[code * latentSize + axis] as number) + (residuals[row * latentSize + axis] as number);
  });
  counts.forEach((occurrences, code) => {
    if (occurrences === 0 || isZeroEntry(level, code)) return;
    for (let axis = 0; axis < latentSize; axis++)
      entries[code * latentSize + axis] = (sums[code * latentSize + axis] as number) / occurrences;
  });
}

/** Whether an entry stands for "nothing more". */
export function isZeroEntry(level: number, code: number): boolean {
  return level > 0 && code === 0;
}
