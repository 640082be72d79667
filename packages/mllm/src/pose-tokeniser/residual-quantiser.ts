import type { PoseTokeniserConfig } from './pose-tokeniser-config.js';

/** The codebooks of a tokeniser with what a search for the nearest entry needs. Plain data. */
export interface Codebooks {
  readonly levelCount: number;
  readonly codebookSize: number;
  readonly latentSize: number;
  /** [K, C, latentSize] */
  readonly entries: Float32Array;
  /** [K, C] half the squared length of each entry. */
  readonly halfSquares: Float64Array;
}

/** Makes the codebooks searchable. `entries` is not copied: change it, and make them again. */
export function createCodebooks(
  {
    levelCount,
    codebookSize,
    latentSize,
  }: Pick<PoseTokeniserConfig, 'levelCount' | 'codebookSize' | 'latentSize'>,
  entries: Float32Array,
): Codebooks {
  const halfSquares = new Float64Array(levelCount * codebookSize);
  for (let entry = 0; entry < halfSquares.length; entry++) {
    let sum = 0;
    for (let axis = 0; axis < latentSize; axis++) sum += (entries[entry * latentSize + axis] as number) ** 2;
    halfSquares[entry] = sum / 2;
  }
  return { levelCount, codebookSize, latentSize, entries, halfSquares };
}

/**
 * The entry of a level that is nearest to a vector; of equally near ones the first. Least |e|^2 / 2 - v e is least
 * |v - e|^2, at one product a number.
 */
export function nearestEntry(
  { codebookSize, latentSize, entries, halfSquares }: Codebooks,
  level: number,
  vectors: Float64Array,
  offset: number,
): number {
  let nearest = 0;
  let least = Infinity;
  for (let code = 0; code < codebookSize; code++) {
    const entry = level * codebookSize + code;
    let score = halfSquares[entry] as number;
    for (let axis = 0, at = entry * latentSize; axis < latentSize; axis++, at++)
      score -= (entries[at] as number) * (vectors[offset + axis] as number);
    if (score < least) {
      least = score;
      nearest = code;
    }
  }
  return nearest;
}

/**
 * Codes latents level by level: each level takes the entry nearest to what the levels before have left over.
 *
 * @param residuals - [N, latentSize] latents; on return, what all the levels have left over
 * @param codes - [N, K] receives the codes
 * @param onResidual - sees each residual before its code is taken from it: `residuals`, where it starts, level and code
 */
export function quantiseResiduals(
  codebooks: Codebooks,
  residuals: Float64Array,
  codes: Int32Array,
  onResidual?: (residuals: Float64Array, offset: number, level: number, code: number) => void,
): void {
  const { levelCount, codebookSize, latentSize, entries } = codebooks;
  const count = residuals.length / latentSize;
  for (let row = 0; row < count; row++) {
    const offset = row * latentSize;
    for (let level = 0; level < levelCount; level++) {
      const code = nearestEntry(codebooks, level, residuals, offset);
      codes[row * levelCount + level] = code;
      onResidual?.(residuals, offset, level, code);
      const entry = (level * codebookSize + code) * latentSize;
      for (let axis = 0; axis < latentSize; axis++)
        residuals[offset + axis] = (residuals[offset + axis] as number) - (entries[entry + axis] as number);
    }
  }
}

/**
 * Adds up the entries that codes name.
 *
 * @param codes - [N, K]
 * @param levels - how many levels count, from the first on
 * @param latents - [N, latentSize] receives the sums
 */
export function sumOfEntries(
  { levelCount, codebookSize, latentSize, entries }: Codebooks,
  codes: Int32Array,
  levels: number,
  latents: Float64Array,
): void {
  latents.fill(0);
  const count = codes.length / levelCount;
  for (let row = 0; row < count; row++)
    for (let level = 0; level < levels; level++) {
      const entry = (level * codebookSize + (codes[row * levelCount + level] as number)) * latentSize;
      for (let axis = 0; axis < latentSize; axis++)
        latents[row * latentSize + axis] =
          (latents[row * latentSize + axis] as number) + (entries[entry + axis] as number);
    }
}
