import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { writeFileAtomically } from '@pose-rft/tensor';

/** Thrown when a checkpoint cannot be read: cut off, changed, of another format, or simply not there. */
export class TrainingCheckpointError extends Error {
  override readonly name = 'TrainingCheckpointError';
  constructor(
    /** The file or folder at fault. */
    readonly path: string,
    readonly expected: string,
    readonly found: string,
    remedy: string,
  ) {
    super(`${path}: expected ${expected}, found ${found}; ${remedy}`);
  }
}

/** A complete checkpoint on disk. */
export interface CheckpointFolder {
  readonly iteration: number;
  readonly path: string;
}

const FORMAT = 'pose-rft checkpoint';
const VERSION = 1;
const MANIFEST = 'manifest.json';
const COMPLETE = /^iteration-(\d{7,})(\.replaced)?$/;
const HALF_WRITTEN = /^iteration-\d{7,}\.\d+\.tmp$/;
const DEFAULT_KEPT = 3;

interface FileRecord {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes a checkpoint into a folder of its own, which gets its name only when everything in it, and a list of its files
 * with their sizes and SHA-256 sums, lies on the disk: a process that is killed at any moment leaves the last complete
 * checkpoint whole. Then removes all but the newest, and what killed processes had left half-written.
 *
 * @param root - the folder of all checkpoints of a run; made if need be
 * @param write - puts the files of the checkpoint into the (temporary) folder that it is given
 * @param options - `keep` newest ones remain, >= 1. Default 3
 * @throws RangeError if `keep` or `iteration` make no sense
 * @example
 * ```ts
 * import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { openNewestCheckpoint, writeCheckpoint } from '@pose-rft/hygrpo/node';
 *
 * const root = await mkdtemp(join(tmpdir(), 'run-'));
 * await writeCheckpoint(root, 50, (folder) => writeFile(join(folder, 'note.txt'), 'so far, so good'));
 * const newest = await openNewestCheckpoint(root);
 * console.assert(newest?.iteration === 50);
 * console.assert((await readFile(join(newest?.path ?? '', 'note.txt'), 'utf8')) === 'so far, so good');
 * await rm(root, { recursive: true });
 * ```
 */
export async function writeCheckpoint(
  root: string,
  iteration: number,
  write: (folder: string) => Promise<void>,
  options: { readonly keep?: number } = {},
): Promise<void> {
  const { keep = DEFAULT_KEPT } = options;
  if (!(Number.isSafeInteger(keep) && keep >= 1))
    throw new RangeError(`writeCheckpoint: keep must be an integer >= 1, got ${keep}`);
  if (!(Number.isSafeInteger(iteration) && iteration >= 0))
    throw new RangeError(`writeCheckpoint: iteration must be an integer >= 0, got ${iteration}`);
  const name = `iteration-${String(iteration).padStart(7, '0')}`;
  const temporary = join(root, `${name}.${process.pid}.tmp`);
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  await write(temporary);
  const files: Record<string, FileRecord> = {};
  for (const file of await filesIn(temporary)) {
    await flush(join(temporary, file));
    files[file] = await recordOf(join(temporary, file));
  }
  const manifest = { format: FORMAT, version: VERSION, iteration, files };
  await writeFileAtomically(join(temporary, MANIFEST), JSON.stringify(manifest, null, 2));
  await replaceFolder(temporary, join(root, name));
  await flush(root);
  await prune(root, keep);
}

/**
 * The newest complete checkpoint, after checking every file in it against its size and sum.
 *
 * @returns undefined if there is none
 * @throws TrainingCheckpointError if it is damaged or of another format; the one before it is not taken in its place, because
 *   that would lose iterations unnoticed
 */
export async function openNewestCheckpoint(root: string): Promise<CheckpointFolder | undefined> {
  const newest = (await listCheckpoints(root)).at(-1);
  if (newest) await checkCheckpoint(newest);
  return newest;
}

/** The complete checkpoints, oldest first, unchecked; what was left half-written does not count. */
export async function listCheckpoints(root: string): Promise<readonly CheckpointFolder[]> {
  const names = await readdir(root).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const found = names.flatMap((name) => {
    const [, digits, replaced] = COMPLETE.exec(name) ?? [];
    return digits === undefined ? [] : [{ iteration: Number(digits), path: join(root, name), replaced }];
  });
  // One that was about to be replaced by another of the same iteration counts only until that is in place.
  const newer = new Set(found.filter(({ replaced }) => !replaced).map(({ iteration }) => iteration));
  return found
    .filter(({ iteration, replaced }) => !replaced || !newer.has(iteration))
    .map(({ iteration, path }) => ({ iteration, path }))
    .sort((a, b) => a.iteration - b.iteration);
}

/** Removes all checkpoints, so that they cannot be taken for those of a new run; nothing else in the folder. */
export async function removeCheckpoints(root: string): Promise<void> {
  const names = await readdir(root).catch(() => []);
  for (const name of names)
    if (COMPLETE.test(name) || HALF_WRITTEN.test(name))
      await rm(join(root, name), { recursive: true, force: true });
}

async function checkCheckpoint({ path, iteration }: CheckpointFolder): Promise<void> {
  const remedy = `remove ${path} to continue from the checkpoint before it, if there is one`;
  const at = join(path, MANIFEST);
  const refuse = (file: string, expected: string, found: string): never => {
    throw new TrainingCheckpointError(file, expected, found, remedy);
  };
  const text = await readFile(at, 'utf8').catch(() =>
    refuse(at, 'the list of its files', 'nothing readable'),
  );
  const files = parseManifest(text, iteration, (expected, found) => refuse(at, expected, found));
  for (const [name, { bytes, sha256 }] of Object.entries(files)) {
    const file = join(path, name);
    const size = await stat(file).then(
      (entry) => entry.size,
      () => refuse(file, `a file of ${bytes} bytes`, 'none'),
    );
    if (size !== bytes) refuse(file, `${bytes} bytes`, `${size}`);
    const sum = (await recordOf(file)).sha256;
    if (sum !== sha256) refuse(file, `contents with the SHA-256 sum ${sha256}`, sum);
  }
}

function parseManifest(
  text: string,
  iteration: number,
  refuse: (expected: string, found: string) => never,
): Readonly<Record<string, FileRecord>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refuse('JSON', text === '' ? 'an empty file' : JSON.stringify(text.slice(0, 40)));
  }
  const { format, version, iteration: own, files } = recordFrom(json);
  if (format !== FORMAT) refuse(`"format": "${FORMAT}"`, JSON.stringify(format) ?? 'none');
  if (version !== VERSION) refuse(`version ${VERSION}`, JSON.stringify(version) ?? 'none');
  if (own !== iteration) refuse(`iteration ${iteration}, as its folder says`, JSON.stringify(own) ?? 'none');
  const records: Record<string, FileRecord> = {};
  for (const [name, entry] of Object.entries(recordFrom(files))) {
    const { bytes, sha256 } = recordFrom(entry);
    if (typeof bytes !== 'number' || typeof sha256 !== 'string' || name.split('/').includes('..'))
      return refuse('for each file in it bytes and sha256', JSON.stringify({ [name]: entry }));
    records[name] = { bytes, sha256 };
  }
  return records;
}

function recordFrom(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** Relative, with forward slashes, in a fixed order. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

async function recordOf(path: string): Promise<FileRecord> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Puts a folder in the place of another: at every moment one of the two is there under a name that counts. */
async function replaceFolder(from: string, to: string): Promise<void> {
  const replaced = `${to}.replaced`;
  const isThere = await stat(to).then(
    () => true,
    () => false,
  );
  if (isThere) {
    await rm(replaced, { recursive: true, force: true });
    await rename(to, replaced);
  }
  await rename(from, to);
  await rm(replaced, { recursive: true, force: true });
}

async function prune(root: string, keep: number): Promise<void> {
  const kept = new Set((await listCheckpoints(root)).slice(-keep).map(({ path }) => path));
  for (const name of await readdir(root)) {
    const isCheckpoint = COMPLETE.test(name) || HALF_WRITTEN.test(name);
    if (isCheckpoint && !kept.has(join(root, name)))
      await rm(join(root, name), { recursive: true, force: true });
  }
}

/** Makes a file, or the names in a folder, outlive a power cut, where the platform lets folders be flushed. */
async function flush(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    // Windows neither opens folders nor flushes what is open for reading; its files are flushed by their writers.
    if (process.platform !== 'win32') throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
