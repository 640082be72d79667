import { FileAccessError } from './file-access-error.js';

/** Node's file system, imported when it is first needed, so that the rest of the package loads in browsers. */
async function node() {
  const [fs, promises, path] = await Promise.all([
    import('node:fs'),
    import('node:fs/promises'),
    import('node:path'),
  ]);
  return { fs, promises, path };
}

/**
 * The files of a folder that match a pattern, relative to it, with `/`, sorted. In a pattern `*` stands for any part of
 * one name and `**` for any folders. A folder that is not there has no files.
 */
export async function findFiles(folder: string, pattern: string): Promise<readonly string[]> {
  const segments = pattern.split('/');
  const found: string[] = [];
  await search(folder, '', segments, found);
  return found.sort((first, second) => (first < second ? -1 : 1));
}

async function search(root: string, at: string, segments: readonly string[], found: string[]): Promise<void> {
  const [segment, ...rest] = segments;
  if (segment === undefined) return;
  const { promises, path } = await node();
  const entries = await promises
    .readdir(path.join(root, at), { withFileTypes: true })
    .catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
      throw accessError(path.join(root, at), error);
    });
  const matches = nameMatcher(segment);
  for (const entry of entries) {
    const here = at === '' ? entry.name : `${at}/${entry.name}`;
    if (segment === '**') {
      // Links are not followed: they may lead in circles.
      if (entry.isDirectory()) await search(root, here, segments, found);
      continue;
    }
    if (!matches(entry.name)) continue;
    if (rest.length > 0) {
      if (!entry.isFile()) await search(root, here, rest, found);
    } else if (!entry.isDirectory()) found.push(here);
  }
  if (segment === '**') await search(root, at, rest, found);
}

function nameMatcher(segment: string): (name: string) => boolean {
  if (!segment.includes('*')) return (name) => name === segment;
  const escaped = segment.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  const expression = new RegExp(`^${escaped}$`);
  return (name) => expression.test(name);
}

/** @throws FileAccessError */
export async function readFileBytes(folder: string, relative: string): Promise<Uint8Array> {
  const { promises, path } = await node();
  const full = path.join(folder, relative);
  try {
    return await promises.readFile(full);
  } catch (error) {
    throw accessError(full, error);
  }
}

/** The bytes of a file, piece by piece. @throws FileAccessError */
export async function* streamFile(
  folder: string,
  relative: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { fs, path } = await node();
  const full = path.join(folder, relative);
  try {
    for await (const chunk of fs.createReadStream(full, { highWaterMark: 1 << 18 })) yield chunk as Buffer;
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    throw accessError(full, error);
  }
}

/** Bytes `start` to `end` of a file. @throws FileAccessError */
export async function readFileRange(
  folder: string,
  relative: string,
  start: number,
  end: number,
): Promise<Uint8Array> {
  const { promises, path } = await node();
  const full = path.join(folder, relative);
  try {
    const handle = await promises.open(full);
    try {
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
      return bytes.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw accessError(full, error);
  }
}

/** @throws FileAccessError unless there is a folder */
export async function assertFolder(folder: string): Promise<void> {
  const { promises } = await node();
  const stat = await promises.stat(folder).catch((error: unknown) => {
    throw accessError(folder, error);
  });
  if (!stat.isDirectory()) throw new FileAccessError(`${folder} is a file, not a folder`, false);
}

/** Bytes of a file. @throws FileAccessError */
export async function fileSize(folder: string, relative: string): Promise<number> {
  const { promises, path } = await node();
  const full = path.join(folder, relative);
  try {
    return (await promises.stat(full)).size;
  } catch (error) {
    throw accessError(full, error);
  }
}

function accessError(path: string, error: unknown): FileAccessError {
  const code = codeOf(error);
  const reason =
    code === 'ENOENT'
      ? 'is not there'
      : code === 'EACCES' || code === 'EPERM'
        ? 'may not be read'
        : code === 'EISDIR'
          ? 'is a folder, not a file'
          : `cannot be read (${error instanceof Error ? error.message : String(error)})`;
  return new FileAccessError(`${path} ${reason}`, code === 'ENOENT', { cause: error });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
