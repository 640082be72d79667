import {
  POSESCRIPT_RECALL,
  RetrievalEvaluationError,
  type PairedEmbeddings,
  type RecallHits,
  type RecallProtocol,
  type RecallReport,
} from './recall.js';

/**
 * R@K in both directions over all pairs. Similarity is the dot product, the cosine for rows of length 1. Where others
 * are exactly as similar as the own item, the figure is what breaking the tie by lot gives on average: an encoder that
 * says the same of everything scores chance, K/N, and a duplicate costs half a place.
 *
 * @throws RetrievalEvaluationError unless both arrays hold the same number of rows, one at least, of finite numbers
 * @example
 * ```ts
 * import { evaluateRecall, formatRecall } from '@pose-rft/text-pose/retrieval';
 *
 * const texts = Float32Array.of(1, 0, 0, 1);
 * const report = evaluateRecall({ texts, poses: texts, size: 2 });
 * console.assert(report.meanRecall === 100);
 * console.log(formatRecall(report));
 * ```
 */
export function evaluateRecall(
  pairs: PairedEmbeddings,
  protocol: RecallProtocol = POSESCRIPT_RECALL,
): RecallReport {
  const { textToPose, poseToText } = recallHits(pairs, protocol.ks);
  const percentages = (hits: RecallHits['textToPose']): Readonly<Record<number, number>> =>
    Object.fromEntries(protocol.ks.map((k) => [k, 100 * meanOf(hits[k] ?? new Float64Array(0))]));
  const byText = percentages(textToPose);
  const byPose = percentages(poseToText);
  const all = [...Object.values(byText), ...Object.values(byPose)];
  return {
    protocol,
    pairCount: countPairs(pairs),
    textToPose: byText,
    poseToText: byPose,
    meanRecall: all.reduce((sum, value) => sum + value, 0) / all.length,
  };
}

/**
 * What {@link evaluateRecall} takes the mean of: for each query the probability, in [0, 1], that its own item is among the
 * K most similar when ties are broken by lot. For intervals, which resample queries.
 *
 * @throws RetrievalEvaluationError as `evaluateRecall`
 * @example
 * ```ts
 * import { recallHits } from '@pose-rft/text-pose/retrieval';
 *
 * const texts = Float32Array.of(1, 0, 0, 1, 0, 1); // the second and the third text say the same
 * const { textToPose } = recallHits({ texts, poses: texts, size: 2 }, [1]);
 * console.assert(textToPose[1]?.join() === '1,0.5,0.5');
 * ```
 */
export function recallHits(pairs: PairedEmbeddings, ks: readonly number[]): RecallHits {
  const { textToPose, poseToText } = rivals(pairs, countPairs(pairs));
  const byK = (counts: Rivals): Readonly<Record<number, Float64Array>> =>
    Object.fromEntries(ks.map((k) => [k, hitsOf(counts, k)]));
  return { textToPose: byK(textToPose), poseToText: byK(poseToText) };
}

/** One line with everything that the figures depend on. */
export function formatRecall({
  protocol,
  pairCount,
  textToPose,
  poseToText,
  meanRecall,
}: RecallReport): string {
  const list = (figures: Readonly<Record<number, number>>): string =>
    protocol.ks.map((k) => (figures[k] ?? Number.NaN).toFixed(1)).join(' / ');
  return (
    `${protocol.name} R@${protocol.ks.join('/')} over ${pairCount} pairs: text to pose ${list(textToPose)}, ` +
    `pose to text ${list(poseToText)}, mRecall (mean of ${2 * protocol.ks.length}) ${meanRecall.toFixed(1)}`
  );
}

/** For each query, how many other items are more similar than its own, and how many exactly as similar. */
interface Rivals {
  readonly better: Int32Array;
  readonly equal: Int32Array;
}

function rivals(
  { texts, poses, size }: PairedEmbeddings,
  pairCount: number,
): { textToPose: Rivals; poseToText: Rivals } {
  const empty = (): Rivals => ({ better: new Int32Array(pairCount), equal: new Int32Array(pairCount) });
  const textToPose = empty();
  const poseToText = empty();
  const own = Float64Array.from({ length: pairCount }, (_, pair) =>
    dotProduct(texts, pair, poses, pair, size),
  );
  for (let text = 0; text < pairCount; text++) {
    for (let pose = 0; pose < pairCount; pose++) {
      if (text === pose) continue;
      const similarity = dotProduct(texts, text, poses, pose, size);
      count(textToPose, text, similarity, own[text] as number);
      count(poseToText, pose, similarity, own[pose] as number);
    }
  }
  return { textToPose, poseToText };
}

function count({ better, equal }: Rivals, query: number, similarity: number, own: number): void {
  if (similarity > own) better[query] = (better[query] as number) + 1;
  else if (similarity === own) equal[query] = (equal[query] as number) + 1;
}

/** The probability that the own item is among the first k when ties are broken by lot, for each query. */
function hitsOf({ better, equal }: Rivals, k: number): Float64Array {
  return Float64Array.from(better, (ahead, query) =>
    Math.min(1, Math.max(0, (k - ahead) / ((equal[query] as number) + 1))),
  );
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The dot product of row i of one array with row j of another, always summed in the same order. */
export function dotProduct(
  first: Float32Array,
  i: number,
  second: Float32Array,
  j: number,
  size: number,
): number {
  const a = i * size;
  const b = j * size;
  let sum = 0;
  for (let index = 0; index < size; index++)
    sum += (first[a + index] as number) * (second[b + index] as number);
  return sum;
}

/** @throws RetrievalEvaluationError unless the embeddings pair up */
export function countPairs({ texts, poses, size }: PairedEmbeddings): number {
  const pairCount = texts.length / size;
  if (!Number.isInteger(pairCount) || pairCount < 1 || texts.length !== poses.length)
    throw new RetrievalEvaluationError(
      `Expected texts and poses as [N, ${size}] embeddings with N >= 1, found ${texts.length} and ${poses.length} ` +
        'numbers. Embed one text for each pose.',
    );
  for (const [what, values] of [
    ['texts', texts],
    ['poses', poses],
  ] as const) {
    const broken = values.findIndex((value) => !Number.isFinite(value));
    if (broken >= 0)
      throw new RetrievalEvaluationError(
        `Expected finite embeddings, found ${values[broken]} in row ${Math.floor(broken / size)} of the ${what}.`,
      );
  }
  return pairCount;
}
