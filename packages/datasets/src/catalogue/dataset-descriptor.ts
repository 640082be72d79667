import type { RecordGenerator } from '../reading/dataset-reading.js';

/** Files that a data set consists of. */
export interface ExpectedFiles {
  /** Relative to the data set's folder; `*` stands for any part of a name, `**` for any folders. */
  readonly pattern: string;
  readonly what: string;
  /** How many there are in the whole data set; at least one where the number is not known. */
  readonly count?: number;
  /** Which splits need them; all by default. */
  readonly splits?: readonly string[];
  /** Readers do without them (pictures, for one who needs none). */
  readonly isOptional?: boolean;
  /** One of several forms of the same: with one form there, the others are not missed. */
  readonly alternative?: string;
}

/** A split, and what its authors mean by it. */
export interface DatasetSplit {
  readonly name: string;
  readonly what: string;
}

/** All there is to know of a data set before reading it. */
export interface DatasetDescriptor {
  readonly name: string;
  readonly title: string;
  readonly gives: string;
  /** Where its authors hand it out. */
  readonly homepage: string;
  /** In short; the authors' own text is what counts. */
  readonly licence: string;
  /** The first is read unless another is asked for. */
  readonly splits: readonly DatasetSplit[];
  readonly files: readonly ExpectedFiles[];
  /** Where the format was read. */
  readonly formatSource: string;
}

/** A descriptor with the reader of its data set. */
export interface CataloguedDataset extends DatasetDescriptor {
  /** What `readDataset` runs; without it, the data set has a reader of its own, `readBy`. */
  readonly generate?: RecordGenerator;
  /** The function of this package that reads a set whose records are not those of the others. */
  readonly readBy?: string;
}
