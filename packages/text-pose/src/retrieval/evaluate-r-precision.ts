import type { Random } from '@pose-rft/random';
import { countPairs, dotProduct } from './evaluate-recall.js';
import {
  POSESCRIPT_R_PRECISION,
  RetrievalEvaluationError,
  type PairedEmbeddings,
  type RPrecisionProtocol,
  type RPrecisionReport,
} from './recall.js';

/**
 * R-precision: each text against its own pose among `poolSize - 1` others, several times. An item exactly as similar as
 * the own one counts as half a better one.
 *
 * @param random - draws the pools
 * @throws RetrievalEvaluationError unless the embeddings pair up and there are at least `poolSize` pairs
 * @example
 * ```ts
 * import { createRandom } from '@pose-rft/random';
 * import { evaluateRPrecision } from '@pose-rft/text-pose/retrieval';
 *
 * const same = Float32Array.from({ length: 40 }, () => 1); // 40 texts and poses that cannot be told apart
 * const report = evaluateRPrecision({ texts: same, poses: same, size: 1 }, createRandom(1));
 * console.assert(report.textToPose[3] === 0);
 * ```
 */
export function evaluateRPrecision(
  pairs: PairedEmbeddings,
  random: Random,
  protocol: RPrecisionProtocol = POSESCRIPT_R_PRECISION,
): RPrecisionReport {
  const { poolSize, repetitions, ks, aggregation } = protocol;
  const pairCount = countPairs(pairs);
  if (pairCount < poolSize)
    throw new RetrievalEvaluationError(
      `Pools of ${poolSize} need at least as many pairs; found ${pairCount}. Give more, or a smaller poolSize.`,
    );
  const hits = ks.map(() => 0);
  for (let query = 0; query < pairCount; query++) {
    const ranks = Array.from({ length: repetitions }, () =>
      rankInPool(pairs, query, drawOthers(query, pairCount, poolSize - 1, random)),
    );
    const meanRank = ranks.reduce((sum, rank) => sum + rank, 0) / repetitions;
    ks.forEach((k, index) => {
      const share =
        aggregation === 'mean-rank'
          ? Number(meanRank < k)
          : ranks.filter((rank) => rank < k).length / repetitions;
      hits[index] = (hits[index] as number) + share;
    });
  }
  const textToPose = Object.fromEntries(
    ks.map((k, index) => [k, (100 * (hits[index] as number)) / pairCount]),
  );
  return { protocol, pairCount, textToPose };
}

/** One line with everything that the figures depend on. */
export function formatRPrecision({ protocol, pairCount, textToPose }: RPrecisionReport): string {
  const { name, poolSize, repetitions, ks, aggregation } = protocol;
  return (
    `${name} R-precision@${ks.join('/')} over ${pairCount} texts, pools of ${poolSize} poses, ${repetitions} ` +
    `repetitions, by ${aggregation === 'mean-rank' ? 'the mean rank' : 'the share of hits'}: ` +
    ks.map((k) => (textToPose[k] ?? Number.NaN).toFixed(1)).join(' / ')
  );
}

/** How many of the others are nearer to the text than its own pose; half for each that is exactly as near. */
function rankInPool(
  { texts, poses, size }: PairedEmbeddings,
  query: number,
  others: readonly number[],
): number {
  const own = dotProduct(texts, query, poses, query, size);
  let rank = 0;
  for (const other of others) {
    const similarity = dotProduct(texts, query, poses, other, size);
    if (similarity > own) rank += 1;
    else if (similarity === own) rank += 0.5;
  }
  return rank;
}

function drawOthers(query: number, pairCount: number, count: number, random: Random): readonly number[] {
  const others = new Set<number>();
  while (others.size < count) {
    const other = random.integer(pairCount);
    if (other !== query) others.add(other);
  }
  return [...others];
}
