import { readFileSync } from 'node:fs';
import type { RunResult } from './problems.js';
import type { Trained } from './training.js';

/** One trained policy of the benchmark. */
export interface BenchmarkRun extends RunResult {
  readonly problem: string;
  readonly trained: Trained;
  readonly seed: number;
}

/** Beside the sources, one run a line. */
export const RUNS_FILE = new URL('../runs.jsonl', import.meta.url);

export function readRuns(): readonly BenchmarkRun[] {
  return readFileSync(RUNS_FILE, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as BenchmarkRun);
}
