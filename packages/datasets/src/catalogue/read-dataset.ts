import { createReading, type DatasetReading, type ReadOptions } from '../reading/dataset-reading.js';
import { assertFolder } from '../files/dataset-files.js';
import { findDataset, UnknownDatasetError } from './datasets.js';

/**
 * Reads a real data set of the catalogue (`DATASETS`), one record at a time; files are opened when their records are
 * asked for, and pictures never: a record says where they are. What is wrong in the data is counted by kind and left
 * out, or thrown, as `onProblem` says; the summary accounts for every record. Needs a file system (Node).
 *
 * @param name - such as `3dpw`; `pose-rft data list` lists them
 * @throws UnknownDatasetError for a name or a split that is not in the catalogue
 * @throws ReadOptionsError for options that make no sense
 * @throws DatasetProblemError while reading, for the first problem, unless `onProblem` is `skip`
 * @example
 * ```ts
 * import { formatReadSummary, readDataset } from '@pose-rft/datasets';
 *
 * const reading = readDataset('3dpw', { folder: 'no/such/folder', split: 'test', onProblem: 'skip' });
 * for await (const { id, image, body } of reading) console.log(id, image?.path, body?.axisAngles);
 * console.log(formatReadSummary(reading.summary()));
 * console.assert(reading.summary().problemCounts['missing-file'] === 1);
 * ```
 */
export function readDataset(name: string, options: ReadOptions): DatasetReading {
  const dataset = findDataset(name);
  const { generate } = dataset;
  if (generate === undefined)
    throw new UnknownDatasetError(`${name} has a reader of its own: use ${dataset.readBy ?? 'that'}.`);
  const split = options.split ?? dataset.splits[0]?.name ?? 'all';
  if (!dataset.splits.some((known) => known.name === split))
    throw new UnknownDatasetError(
      `${name} has no split "${split}". Use one of: ${dataset.splits.map((known) => known.name).join(', ')}.`,
    );
  return createReading(split, options, async function* (context) {
    const isThere = await context.attempt(context.folder, async () => {
      await assertFolder(context.folder);
      return true;
    });
    if (isThere === true) yield* generate(context);
  });
}
