/** What can be wrong with data, by name; each is counted by itself. */
export const PROBLEM_KINDS = [
  /** A file that others speak of is not there, or none of the expected ones is. */
  'missing-file',
  /** A file that cannot be read as what it should be: cut short, damaged, or asking for code to be run. */
  'broken-file',
  /** One record of a file lacks a field, or a field holds something else. */
  'broken-record',
  /** Annotations that belong together differ in number. */
  'disagreeing-counts',
  /** NaN or infinity where a number is needed. */
  'not-finite',
  /** An image name that would lead out of the data set's folder. */
  'unsafe-path',
] as const;

export type ProblemKind = (typeof PROBLEM_KINDS)[number];

/** Why a sound record is not given: the data set, its protocol or the caller leaves it out. */
export const EXCLUSION_REASONS = [
  /** The data set marks the camera of this frame as not aligned with the picture. */
  'camera-not-valid',
  /** The person is out of the picture or fully covered. */
  'person-out-of-view',
  /** The picture or annotation has no person with any keypoint. */
  'no-person',
  /** The caller asked for pictures of one person alone. */
  'several-people',
  /** One annotation stands for a crowd. */
  'crowd',
] as const;

export type ExclusionReason = (typeof EXCLUSION_REASONS)[number];

/** One thing that was wrong. */
export interface DatasetProblem {
  readonly kind: ProblemKind;
  /** File, and place in it. */
  readonly where: string;
  readonly message: string;
}

/** Thrown for the first problem of a reading that refuses problems (`onProblem: 'throw'`). */
export class DatasetProblemError extends Error {
  override readonly name = 'DatasetProblemError';
  constructor(
    readonly problem: DatasetProblem,
    options?: ErrorOptions,
  ) {
    super(
      `${problem.where}: ${problem.message} (${problem.kind}). ` +
        "Mend or remove it, or read with onProblem: 'skip' to leave out what is wrong.",
      options,
    );
  }
}

/** Thrown by what decodes one record; the reading counts it by its kind. */
export class RecordFieldError extends Error {
  override readonly name = 'RecordFieldError';
  constructor(
    readonly kind: ProblemKind,
    message: string,
  ) {
    super(message);
  }
}
