import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readDataset } from '../catalogue/read-dataset.js';
import { PROBLEM_KINDS } from '../reading/dataset-problem.js';
import type { ReadOptions, ReadSummary } from '../reading/dataset-reading.js';
import type { DatasetRecord } from '../record/dataset-record.js';

/** Small folders in the data sets' formats, made by `tools/parity/datasets/generate.py`. */
export const GOLDEN_FOLDER = resolve(import.meta.dirname, '../../../../tools/parity/datasets/golden');

/** What NumPy and SciPy make of them. */
export function goldenExpected(dataset: string): Readonly<Record<string, readonly number[]>> {
  const all = JSON.parse(readFileSync(join(GOLDEN_FOLDER, 'expected.json'), 'utf8')) as Readonly<
    Record<string, Readonly<Record<string, unknown>>>
  >;
  return Object.fromEntries(
    Object.entries(all[dataset] ?? {}).map(([name, values]) => [
      name,
      [values].flat(Infinity) as readonly number[],
    ]),
  );
}

export interface ReadGolden {
  readonly records: readonly DatasetRecord[];
  readonly summary: ReadSummary;
  /** Problem and exclusion counts that are not 0. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** All records of a golden data set, what is wrong skipped. */
export async function readGolden(dataset: string, options: Partial<ReadOptions> = {}): Promise<ReadGolden> {
  const reading = readDataset(dataset, {
    folder: join(GOLDEN_FOLDER, dataset),
    onProblem: 'skip',
    ...options,
  });
  const records: DatasetRecord[] = [];
  for await (const record of reading) records.push(record);
  const summary = reading.summary();
  const counts = { ...summary.problemCounts, ...summary.excludedCounts };
  return {
    records,
    summary,
    leftOut: Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
  };
}

/** How many problems a summary counts. */
export function problemTotal({ problemCounts }: ReadSummary): number {
  return PROBLEM_KINDS.reduce((sum, kind) => sum + problemCounts[kind], 0);
}
