import { assertFolder, fileSize, findFiles, readFileRange } from '../files/dataset-files.js';
import type { DatasetDescriptor, ExpectedFiles } from './dataset-descriptor.js';
import { findDataset } from './datasets.js';

/** `optional` files may be missing; an `incomplete` set lacks some of the files that it should have. */
export type FilesState = 'complete' | 'incomplete' | 'missing' | 'optional' | 'in another form';

/** What there is of one kind of files. */
export interface FilesCheck {
  readonly expected: ExpectedFiles;
  readonly foundCount: number;
  readonly state: FilesState;
}

/** What a folder has of a data set. */
export interface DatasetCheck {
  readonly dataset: DatasetDescriptor;
  readonly folder: string;
  readonly files: readonly FilesCheck[];
  /** The splits that can be read whole. */
  readonly completeSplits: readonly string[];
  /** Files that a download did not finish, empty ones, and archives that were not unpacked. */
  readonly suspects: readonly { readonly path: string; readonly why: string }[];
}

const UNFINISHED = /\.(?:part|partial|crdownload|aria2|download|tmp)$/i;
const ARCHIVE = /\.(?:zip|tar|tgz|tbz2|7z|rar|tar\.(?:gz|bz2|xz))$/i;
/** So many files of a kind are looked into, at most: pictures come by the hundred thousand. */
const MOST_LOOKED_INTO = 2000;

/**
 * Says what of a data set is in a folder and what is missing, without reading it: which files of those that its
 * descriptor expects, which splits are complete, and which files look as if a download or unpacking had stopped.
 *
 * @throws UnknownDatasetError if the catalogue has no such data set
 * @throws FileAccessError if the folder is not there or may not be read
 * @example
 * ```ts
 * import { checkDataset, formatDatasetCheck } from '@pose-rft/datasets';
 *
 * const check = await checkDataset('cmu', '.');
 * console.log(formatDatasetCheck(check));
 * console.assert(check.completeSplits.length === 0); // no motion capture lies here
 * ```
 */
export async function checkDataset(name: string, folder: string): Promise<DatasetCheck> {
  const dataset = findDataset(name);
  await assertFolder(folder);
  const counted: { readonly expected: ExpectedFiles; readonly found: readonly string[] }[] = [];
  for (const expected of dataset.files)
    counted.push({ expected, found: await findFiles(folder, expected.pattern) });
  const alternativesThere = new Set(
    counted.filter(({ found }) => found.length > 0).map(({ expected }) => expected.alternative),
  );
  const files = counted.map(({ expected, found }) => ({
    expected,
    foundCount: found.length,
    state: stateOf(expected, found.length, alternativesThere),
  }));
  const isPresent = ({ state }: FilesCheck): boolean => state !== 'incomplete' && state !== 'missing';
  const completeSplits = dataset.splits
    .map((split) => split.name)
    .filter((split) =>
      files.every((check) => isPresent(check) || !(check.expected.splits?.includes(split) ?? true)),
    );
  const suspects: { path: string; why: string }[] = [];
  for (const path of await findFiles(folder, '**/*')) {
    if (UNFINISHED.test(path)) suspects.push({ path, why: 'a download that did not finish' });
    else if (ARCHIVE.test(path)) suspects.push({ path, why: 'an archive: unpack it' });
  }
  for (const { found } of counted)
    for (const path of found.slice(0, MOST_LOOKED_INTO)) {
      const why = await flawOf(folder, path);
      if (why !== undefined) suspects.push({ path, why });
    }
  return { dataset: describing(dataset), folder, files, completeSplits, suspects };
}

function describing(dataset: DatasetDescriptor): DatasetDescriptor {
  const { name, title, gives, homepage, licence, splits, files, formatSource } = dataset;
  return { name, title, gives, homepage, licence, splits, files, formatSource };
}

function stateOf(
  expected: ExpectedFiles,
  found: number,
  alternativesThere: ReadonlySet<string | undefined>,
): FilesState {
  if (found > 0) return found >= (expected.count ?? 1) ? 'complete' : 'incomplete';
  if (expected.isOptional === true) return 'optional';
  const isElsewhere = expected.alternative !== undefined && alternativesThere.has(expected.alternative);
  return isElsewhere ? 'in another form' : 'missing';
}

/** What a glance at a file's ends says against it. */
async function flawOf(folder: string, path: string): Promise<string | undefined> {
  const size = await fileSize(folder, path);
  if (size === 0) return 'empty';
  if (path.endsWith('.npz')) {
    const tail = await readFileRange(folder, path, Math.max(0, size - 65_557), size);
    if (!hasZipEnd(tail)) return 'no zip directory at its end: cut short?';
  }
  if (path.endsWith('.pkl')) {
    const [last] = await readFileRange(folder, path, size - 1, size);
    if (last !== 0x2e) return 'a pickle without its last operation: cut short?';
  }
  if (path.endsWith('.json')) {
    const tail = new TextDecoder().decode(await readFileRange(folder, path, Math.max(0, size - 64), size));
    if (!/[\]}]\s*$/.test(tail)) return 'JSON without its last bracket: cut short?';
  }
  return undefined;
}

function hasZipEnd(tail: Uint8Array): boolean {
  for (let at = tail.length - 22; at >= 0; at--)
    if (tail[at] === 0x50 && tail[at + 1] === 0x4b && tail[at + 2] === 5 && tail[at + 3] === 6) return true;
  return false;
}

/** A check in lines of text. */
export function formatDatasetCheck({
  dataset,
  folder,
  files,
  completeSplits,
  suspects,
}: DatasetCheck): string {
  const width = Math.max(...files.map(({ expected }) => expected.pattern.length));
  const lines = [`${dataset.title}, in ${folder}`];
  for (const { expected, foundCount, state } of files) {
    const count = expected.count === undefined ? String(foundCount) : `${foundCount} of ${expected.count}`;
    lines.push(
      `  ${expected.pattern.padEnd(width)}  ${count.padStart(9)}  ${state.padEnd(15)}  ${expected.what}`,
    );
  }
  for (const { path, why } of suspects.slice(0, 20)) lines.push(`  look at ${path}: ${why}`);
  if (suspects.length > 20) lines.push(`  ... and ${suspects.length - 20} more such files`);
  for (const { name, what } of dataset.splits)
    lines.push(`  split ${name}: ${completeSplits.includes(name) ? 'complete' : 'not complete'} (${what})`);
  if (completeSplits.length < dataset.splits.length)
    lines.push(`  get it at ${dataset.homepage} (${dataset.licence})`);
  return lines.join('\n');
}

/** The catalogue in lines of text. */
export function formatDatasetList(datasets: readonly DatasetDescriptor[]): string {
  return datasets
    .map(({ name, title, gives, splits, licence, homepage }) =>
      [
        `${name}: ${title}`,
        `  gives     ${gives}`,
        `  splits    ${splits.map((split) => split.name).join(', ')}`,
        `  licence   ${licence}`,
        `  from      ${homepage}`,
      ].join('\n'),
    )
    .join('\n');
}
