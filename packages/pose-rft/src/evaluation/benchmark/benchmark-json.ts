import type { BenchmarkCase, BenchmarkResult } from './benchmark-result.js';

/** Bumped when a reader of the old form could not read the new one. */
export const BENCHMARK_JSON_VERSION = 1;

/**
 * A result as JSON: every figure with its interval, without the single samples (`benchmarkRows` has those). What was not
 * measured is null or absent, never NaN.
 */
export function benchmarkJson(result: BenchmarkResult): string {
  const tasks = result.tasks.map(({ rows: _, best, worst, retrieval, ...task }) => ({
    ...task,
    retrieval: retrieval.map(({ cosines: __, ...figures }) => figures),
    best: best.map(caseJson),
    worst: worst.map(caseJson),
  }));
  return `${JSON.stringify({ format: 'pose-rft-benchmark', version: BENCHMARK_JSON_VERSION, ...result, tasks }, undefined, 2)}\n`;
}

/** The scores of every sample, one JSON object a line: for comparisons of two predictors sample by sample. */
export function benchmarkRows(result: BenchmarkResult): string {
  return result.tasks
    .flatMap(({ task, rows }) =>
      rows.map(({ id, cluster, scores }) => `${JSON.stringify({ id, task, cluster, ...scores })}\n`),
    )
    .join('');
}

function caseJson({ sample: { id, question, cluster }, text, scores }: BenchmarkCase) {
  return { id, cluster, question, ...(text !== undefined && { text }), scores };
}
