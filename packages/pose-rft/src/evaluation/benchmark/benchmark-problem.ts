/** What can be wrong with predictions, or keep a sample from being scored; each is counted by itself. */
export const BENCHMARK_PROBLEM_KINDS = [
  /** Part of the data set is not there. */
  'incomplete-data',
  /** A record of the data set was wrong; the reader's summary says how. */
  'broken-record',
  /** The sample has no truth under the protocol. */
  'no-truth',
  /** A line of predictions that is no JSON, or not in the format. */
  'broken-line',
  /** Another number of joints or coefficients than expected. */
  'wrong-count',
  /** NaN or infinity where a number is needed. */
  'not-finite',
  /** A prediction for a sample that the benchmark does not have. */
  'unknown-id',
  /** A second prediction for one sample. */
  'duplicate-id',
  /** A sample without a prediction. */
  'missing-prediction',
  /** The predictor saw nobody where somebody is. */
  'no-person',
  /** Predictions that lack what the protocol measures. */
  'unscorable',
] as const;

export type BenchmarkProblemKind = (typeof BENCHMARK_PROBLEM_KINDS)[number];

/** One thing that was wrong. */
export interface BenchmarkProblem {
  readonly kind: BenchmarkProblemKind;
  /** A file and line, or a sample. */
  readonly where: string;
  readonly message: string;
}

/** What was left out of an evaluation: counts of everything, and some examples spelled out. */
export interface BenchmarkProblems {
  readonly counts: Readonly<Record<BenchmarkProblemKind, number>>;
  /** The first of each kind, at most {@link PROBLEM_EXAMPLES}. */
  readonly examples: readonly BenchmarkProblem[];
}

/** How many problems of a kind are spelled out. */
export const PROBLEM_EXAMPLES = 5;

/** `throw` ends at the first problem; `skip` leaves out the smallest thing that is wrong, and counts it. */
export type ProblemPolicy = 'skip' | 'throw';

/** Thrown for the first problem of an evaluation that refuses problems. */
export class BenchmarkProblemError extends Error {
  override readonly name = 'BenchmarkProblemError';
  constructor(readonly problem: BenchmarkProblem) {
    super(
      `${problem.where}: ${problem.message} (${problem.kind}). ` +
        'Mend it, or evaluate with --on-problem skip to leave out what is wrong; what is left out is counted.',
    );
  }
}

/** Counts problems, or refuses the first. */
export interface ProblemTally {
  /** @throws BenchmarkProblemError unless problems are skipped */
  add(kind: BenchmarkProblemKind, where: string, message: string, count?: number): void;
  summary(): BenchmarkProblems;
}

export function createProblemTally(policy: ProblemPolicy): ProblemTally {
  const counts = zeroCounts();
  const examples: BenchmarkProblem[] = [];
  return {
    add(kind, where, message, count = 1) {
      const problem = { kind, where, message };
      if (policy === 'throw') throw new BenchmarkProblemError(problem);
      if (counts[kind] < PROBLEM_EXAMPLES) examples.push(problem);
      counts[kind] += count;
    },
    summary: () => ({ counts: { ...counts }, examples: [...examples] }),
  };
}

/** Nothing wrong. */
export function noProblems(): BenchmarkProblems {
  return { counts: zeroCounts(), examples: [] };
}

/** Problems of several stages together. */
export function joinedProblems(...parts: readonly BenchmarkProblems[]): BenchmarkProblems {
  const counts = zeroCounts();
  for (const kind of BENCHMARK_PROBLEM_KINDS) for (const part of parts) counts[kind] += part.counts[kind];
  return { counts, examples: parts.flatMap(({ examples }) => examples) };
}

/** Problems in lines of text, without kinds that did not occur; no line if nothing was wrong. */
export function formatProblems({ counts, examples }: BenchmarkProblems): readonly string[] {
  return BENCHMARK_PROBLEM_KINDS.filter((kind) => counts[kind] > 0).flatMap((kind) => {
    const spelled = examples.filter((problem) => problem.kind === kind);
    const further = counts[kind] - spelled.length;
    return [
      `${counts[kind]} ${kind}`,
      ...spelled.map(({ where, message }) => `  ${where}: ${message}`),
      ...(further > 0 ? [`  ... and ${further} more`] : []),
    ];
  });
}

function zeroCounts(): Record<BenchmarkProblemKind, number> {
  return Object.fromEntries(BENCHMARK_PROBLEM_KINDS.map((kind) => [kind, 0])) as Record<
    BenchmarkProblemKind,
    number
  >;
}
