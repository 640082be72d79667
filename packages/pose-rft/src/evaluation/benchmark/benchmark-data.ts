import {
  checkDataset,
  FileAccessError,
  findDataset,
  formatDatasetCheck,
  PROBLEM_KINDS,
  type ReadSummary,
} from '@pose-rft/datasets';
import { createProblemTally, type BenchmarkProblems, type ProblemPolicy } from './benchmark-problem.js';

/** Thrown when a benchmark's data are not there; the message says what is missing and where it comes from. */
export class BenchmarkDataError extends Error {
  override readonly name = 'BenchmarkDataError';
}

/** Where a benchmark's data lie, and how to take what is wrong with them. */
export interface BenchmarkDataOptions {
  /** The data set's folder, laid out as `pose-rft data list` says. */
  readonly folder: string;
  /** The data set's usual benchmark split unless given. */
  readonly split?: string;
  /** `throw` unless given. */
  readonly onProblem?: ProblemPolicy;
  /** Takes every nth frame of motions and videos; 1 unless given. */
  readonly frameStride?: number;
}

/**
 * Looks whether a split can be read before it is read.
 *
 * @returns the problems found: part of the split may be missing, if problems are skipped
 * @throws BenchmarkDataError if the folder or the split is missing, or part of it and problems are not skipped
 */
export async function requireData(
  dataset: string,
  split: string,
  { folder, onProblem = 'throw' }: BenchmarkDataOptions,
): Promise<BenchmarkProblems> {
  const { homepage, licence } = findDataset(dataset);
  const help =
    `Get it at ${homepage} (${licence}), unpack it, and give its folder with --data DIR; ` +
    `\`pose-rft data check ${dataset} --folder DIR\` says what of it is there.`;
  const check = await checkDataset(dataset, folder).catch((error: unknown) => {
    if (!(error instanceof FileAccessError)) throw error;
    throw new BenchmarkDataError(`${dataset}: ${error.message}. ${help}`, { cause: error });
  });
  const tally = createProblemTally('skip');
  if (check.completeSplits.includes(split)) return tally.summary();
  const lacking = check.files.filter(
    ({ state, expected }) =>
      (state === 'missing' || state === 'incomplete') && (expected.splits?.includes(split) ?? true),
  );
  const names = lacking
    .map(({ expected: { pattern, count }, foundCount }) =>
      count === undefined ? pattern : `${pattern} (${foundCount} of ${count})`,
    )
    .join(', ');
  const isMissing = lacking.some(({ state }) => state === 'missing');
  if (isMissing || onProblem === 'throw')
    throw new BenchmarkDataError(
      `${dataset}: split ${split} lacks ${names}.\n${formatDatasetCheck(check)}\n${help}` +
        (isMissing ? '' : '\nWith --on-problem skip, what is there is evaluated, and the gap is counted.'),
    );
  tally.add('incomplete-data', folder, `split ${split} lacks ${names}`);
  return tally.summary();
}

/** What a reader left out, as problems of a benchmark. */
export function readingProblems({ problemCounts, examples }: ReadSummary): BenchmarkProblems {
  const tally = createProblemTally('skip');
  for (const kind of PROBLEM_KINDS) {
    const own = kind === 'missing-file' ? 'incomplete-data' : 'broken-record';
    const spelled = examples.filter((example) => example.kind === kind);
    for (const { where, message } of spelled) tally.add(own, where, `${message} (${kind})`);
    const further = problemCounts[kind] - spelled.length;
    if (further > 0) tally.add(own, 'the data set', `further records (${kind})`, further);
  }
  return tally.summary();
}

/** What the data set's own protocol leaves out, in words. */
export function exclusionNotes({ excludedCounts }: ReadSummary): readonly string[] {
  return Object.entries(excludedCounts)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `the data set leaves out ${count} people (${reason})`);
}
