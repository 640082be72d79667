import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Thrown when results cannot be written where the user wants them. */
export class OutputFolderError extends Error {
  override readonly name = 'OutputFolderError';
}

/**
 * Makes sure that `folder` exists and can be written to, before any work is spent on results for it.
 *
 * @returns its absolute path
 * @throws OutputFolderError naming the folder, what is wrong with it, and the way out
 */
export async function prepareOutputFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  try {
    await createFolder(path);
    if (!(await stat(path)).isDirectory()) throw new Error('it is a file, not a folder');
    await access(path, constants.W_OK | constants.X_OK);
    return path;
  } catch (error) {
    throw new OutputFolderError(
      `cannot write to the output folder ${path}: ${reasonOf(error, path)}; choose another one with --out DIR`,
      { cause: error },
    );
  }
}

/**
 * Creates a folder and those above it. Not `mkdir({ recursive: true })`: on file systems that refuse new entries as
 * if the parent were missing (/proc), that never returns.
 */
async function createFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path || (await exists(parent))) throw error;
    await createFolder(parent);
    await mkdir(path);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function reasonOf(error: unknown, path: string): string {
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return 'no permission';
    case 'EROFS':
      return 'the file system is read-only';
    case 'EEXIST':
    case 'ENOTDIR':
      return `${dirname(path)} is a file, not a folder`;
    case 'ENOSPC':
      return 'the disk is full';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
