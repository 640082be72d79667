import type { Random } from '@pose-rft/random';
import { isZeroEntry } from './fit-codebooks.js';
import type { Codebooks } from './residual-quantiser.js';

/** Share of the past that an average keeps at each batch. */
const DECAY = 0.99;
/** An entry that is taken this rarely, as a share of what an entry would be taken if all were alike, is dead. */
const DEAD_SHARE = 0.03;
/** Latents of a batch, among which dead entries find a new place. */
const KEPT_RESIDUALS = 512;

/** Moves codebooks after what is coded with them. */
export interface CodebookAverages {
  /** Takes in that a residual got a code: `onResidual` of `quantiseResiduals`. */
  observe(residuals: Float64Array, offset: number, level: number, code: number): void;
  /**
   * Moves every entry to the average of what it stood for, and dead entries to residuals of the batch, drawn at random
   * (van den Oord et al., "Neural discrete representation learning", appendix A.1; Zeghidour et al., "SoundStream").
   *
   * @returns how many entries were revived
   */
  update(random: Random): number;
}

/** @param codebooks - whose entries are moved in place */
export function createCodebookAverages({
  levelCount,
  codebookSize,
  latentSize,
  entries,
}: Codebooks): CodebookAverages {
  const counts = new Float64Array(levelCount * codebookSize).fill(1);
  const sums = Float64Array.from(entries);
  const batchCounts = new Float64Array(counts.length);
  const batchSums = new Float64Array(sums.length);
  const kept = Array.from({ length: levelCount }, () => new Float64Array(KEPT_RESIDUALS * latentSize));
  const observed = new Int32Array(levelCount);

  return {
    observe(residuals, offset, level, code) {
      const entry = level * codebookSize + code;
      batchCounts[entry] = (batchCounts[entry] as number) + 1;
      const place = ((observed[level] as number) % KEPT_RESIDUALS) * latentSize;
      observed[level] = (observed[level] as number) + 1;
      for (let axis = 0; axis < latentSize; axis++) {
        const value = residuals[offset + axis] as number;
        batchSums[entry * latentSize + axis] = (batchSums[entry * latentSize + axis] as number) + value;
        (kept[level] as Float64Array)[place + axis] = value;
      }
    },
    update(random) {
      let revived = 0;
      for (let level = 0; level < levelCount; level++) {
        const share = (observed[level] as number) / codebookSize;
        for (let code = 0; code < codebookSize; code++) {
          if (isZeroEntry(level, code)) continue;
          const entry = level * codebookSize + code;
          counts[entry] = DECAY * (counts[entry] as number) + (1 - DECAY) * (batchCounts[entry] as number);
          const isDead = counts[entry] < DEAD_SHARE * share;
          const place = isDead
            ? random.integer(Math.min(KEPT_RESIDUALS, observed[level] as number)) * latentSize
            : 0;
          if (isDead) {
            revived++;
            counts[entry] = Math.min(1, share);
          }
          for (let axis = 0; axis < latentSize; axis++) {
            const at = entry * latentSize + axis;
            sums[at] = isDead
              ? counts[entry] * ((kept[level] as Float64Array)[place + axis] as number)
              : DECAY * (sums[at] as number) + (1 - DECAY) * (batchSums[at] as number);
            entries[at] = sums[at] / counts[entry];
          }
        }
      }
      batchCounts.fill(0);
      batchSums.fill(0);
      observed.fill(0);
      return revived;
    },
  };
}
