import { DataFileError, MotionFileError, RetargetError } from '@pose-rft/smpl';
import { FileAccessError } from '../files/file-access-error.js';
import { JsonStreamError } from '../json/json-stream-error.js';
import type { DatasetRecord } from '../record/dataset-record.js';
import {
  DatasetProblemError,
  EXCLUSION_REASONS,
  PROBLEM_KINDS,
  RecordFieldError,
  type DatasetProblem,
  type ExclusionReason,
  type ProblemKind,
} from './dataset-problem.js';

export interface ReadOptions {
  /** Where the data set lies, laid out as its descriptor says. */
  readonly folder: string;
  /** One of the descriptor's splits; its first by default. */
  readonly split?: string;
  /**
   * `throw` (the default) ends the reading at the first problem. `skip` leaves out the smallest thing that is wrong (a
   * record, a person, a file) and counts it.
   */
  readonly onProblem?: 'skip' | 'throw';
  /** `all` (the default) gives a record for each person; `alone` leaves out pictures of several people, and counts them. */
  readonly people?: 'all' | 'alone';
  /** Takes every nth frame of motions and videos, counted within each. 1 by default. */
  readonly frameStride?: number;
  /** Only sequences whose name it accepts. */
  readonly sequences?: (name: string) => boolean;
}

/** What a reading gave and left out: every record that the options ask for is in one of the three counts. */
export interface ReadSummary {
  readonly recordCount: number;
  /** How many of each kind; kinds that did not occur are 0. A broken file counts once, whatever it held. */
  readonly problemCounts: Readonly<Record<ProblemKind, number>>;
  /** Sound records that the data set's protocol or the options leave out. */
  readonly excludedCounts: Readonly<Record<ExclusionReason, number>>;
  /** The first problems of each kind, at most {@link EXAMPLES_PER_KIND}. */
  readonly examples: readonly DatasetProblem[];
  /** False while records are still being read, or when the reading was left early. */
  readonly isComplete: boolean;
}

/** How many problems of a kind a summary spells out. */
export const EXAMPLES_PER_KIND = 5;

/** Records one at a time, as they are asked for; and, any time, what was left out so far. */
export interface DatasetReading extends AsyncIterable<DatasetRecord> {
  summary(): ReadSummary;
}

/** What a reader has of the reading that it works for. */
export interface ReadingContext {
  readonly folder: string;
  readonly split: string;
  readonly people: 'all' | 'alone';
  readonly frameStride: number;
  readonly takesSequence: (name: string) => boolean;
  /** Counts a problem, or throws it. */
  problem(kind: ProblemKind, where: string, message: string, cause?: unknown): void;
  exclude(reason: ExclusionReason, count?: number): void;
  /** The result, or undefined if a typed error says that the data are bad; other errors are not caught. */
  attempt<Result>(where: string, work: () => Result | Promise<Result>): Promise<Result | undefined>;
}

export type RecordGenerator = (context: ReadingContext) => AsyncGenerator<DatasetRecord, void, undefined>;

/** Thrown for options that no reading can have. */
export class ReadOptionsError extends Error {
  override readonly name = 'ReadOptionsError';
}

/** Turns a generator of records into a reading that keeps count. Iterating anew begins anew, the counts too. */
export function createReading(
  split: string,
  options: ReadOptions,
  generate: RecordGenerator,
): DatasetReading {
  const { frameStride = 1, onProblem = 'throw' } = options;
  if (!Number.isSafeInteger(frameStride) || frameStride < 1)
    throw new ReadOptionsError(`frameStride is ${frameStride}; expected an integer of at least 1.`);
  let tally = emptyTally();

  async function* read(): AsyncGenerator<DatasetRecord, void, undefined> {
    const own = emptyTally();
    tally = own;
    const problem: ReadingContext['problem'] = (kind, where, message, cause) => {
      const found = { kind, where, message };
      if (onProblem === 'throw') throw new DatasetProblemError(found, { cause });
      own.problems[kind]++;
      if (own.problems[kind] <= EXAMPLES_PER_KIND) own.examples.push(found);
    };
    const context: ReadingContext = {
      folder: options.folder,
      split,
      people: options.people ?? 'all',
      frameStride,
      takesSequence: options.sequences ?? (() => true),
      problem,
      exclude: (reason, count = 1) => {
        own.excluded[reason] += count;
      },
      attempt: async (where, work) => {
        try {
          return await work();
        } catch (error) {
          const kind = problemKindOf(error);
          if (kind === undefined) throw error;
          problem(kind, where, (error as Error).message, error);
          return undefined;
        }
      },
    };
    for await (const record of generate(context)) {
      own.recordCount++;
      yield record;
    }
    own.isComplete = true;
  }

  return {
    [Symbol.asyncIterator]: read,
    summary: () => ({
      recordCount: tally.recordCount,
      problemCounts: { ...tally.problems },
      excludedCounts: { ...tally.excluded },
      examples: [...tally.examples],
      isComplete: tally.isComplete,
    }),
  };
}

/** A summary in lines of text, without what did not occur. */
export function formatReadSummary(summary: ReadSummary): string {
  const lines = [`${summary.recordCount} records${summary.isComplete ? '' : ' so far'}`];
  for (const reason of EXCLUSION_REASONS)
    if (summary.excludedCounts[reason] > 0)
      lines.push(`left out: ${summary.excludedCounts[reason]} ${reason}`);
  for (const kind of PROBLEM_KINDS) {
    if (summary.problemCounts[kind] === 0) continue;
    lines.push(`wrong: ${summary.problemCounts[kind]} ${kind}`);
    for (const { kind: of, where, message } of summary.examples)
      if (of === kind) lines.push(`  ${where}: ${message}`);
  }
  return lines.join('\n');
}

interface Tally {
  recordCount: number;
  readonly problems: Record<ProblemKind, number>;
  readonly excluded: Record<ExclusionReason, number>;
  readonly examples: DatasetProblem[];
  isComplete: boolean;
}

function emptyTally(): Tally {
  return {
    recordCount: 0,
    problems: zeros(PROBLEM_KINDS),
    excluded: zeros(EXCLUSION_REASONS),
    examples: [],
    isComplete: false,
  };
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}

/** What an error says about the data; undefined if it says nothing about them. */
function problemKindOf(error: unknown): ProblemKind | undefined {
  if (error instanceof FileAccessError) return error.isMissing ? 'missing-file' : 'broken-file';
  if (error instanceof RecordFieldError) return error.kind;
  const isBroken =
    error instanceof DataFileError ||
    error instanceof MotionFileError ||
    error instanceof RetargetError ||
    error instanceof JsonStreamError;
  return isBroken ? 'broken-file' : undefined;
}
