import type { PoseTokeniserConfig } from './pose-tokeniser-config.js';

/** How much of a level's codebook is used. */
export interface LevelUsage {
  /** Entries that at least one pose has. */
  readonly used: number;
  /** exp of the entropy of the codes: how many equally frequent entries carry as much. At most C. */
  readonly perplexity: number;
}

/**
 * Usage of the codebooks, level by level.
 *
 * @param codes - [N, K] as `encodePoses` gives them
 * @example
 * ```ts
 * import { codebookUsage } from '@pose-rft/mllm';
 *
 * const [first, second] = codebookUsage(Int32Array.of(0, 5, 1, 5, 2, 5, 3, 5), { levelCount: 2, codebookSize: 8 });
 * console.assert(first?.used === 4 && Math.abs(first.perplexity - 4) < 1e-12);
 * console.assert(second?.used === 1 && second.perplexity === 1);
 * ```
 */
export function codebookUsage(
  codes: Int32Array,
  { levelCount, codebookSize }: Pick<PoseTokeniserConfig, 'levelCount' | 'codebookSize'>,
): readonly LevelUsage[] {
  const count = codes.length / levelCount;
  return Array.from({ length: levelCount }, (_, level) => {
    const counts = new Float64Array(codebookSize);
    for (let row = 0; row < count; row++) {
      const code = codes[row * levelCount + level] as number;
      counts[code] = (counts[code] as number) + 1;
    }
    let entropy = 0;
    let used = 0;
    for (const occurrences of counts) {
      if (occurrences === 0) continue;
      used++;
      entropy -= (occurrences / count) * Math.log(occurrences / count);
    }
    return { used, perplexity: Math.exp(entropy) };
  });
}
