import { createHash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A file of a project, as an index lists it (PEP 691). */
export interface IndexFile {
  readonly filename: string;
  readonly url: string;
  readonly hashes: Readonly<Record<string, string>>;
  readonly size?: number;
}

/** Thrown when the index cannot be read, has no fitting wheel, or gives a damaged one. */
export class PythonIndexError extends Error {
  override readonly name = 'PythonIndexError';
}

/**
 * The wheel of a release for a platform, for whatever Python: only its libraries are wanted.
 *
 * @param files - all files of the project
 * @param project - for example `tensorflow-cpu`
 * @param version - for example `2.21.0`
 * @param architecture - as wheels name it: `x86_64` or `aarch64`
 * @throws PythonIndexError if there is none
 */
export function chooseWheel(
  files: readonly IndexFile[],
  project: string,
  version: string,
  architecture: string,
): IndexFile {
  const prefix = `${project.replaceAll('-', '_')}-${version}-`;
  const fitting = files.filter(
    ({ filename }) =>
      filename.startsWith(prefix) &&
      filename.includes('manylinux') &&
      filename.endsWith(`_${architecture}.whl`),
  );
  const smallest = [...fitting].sort((a, b) => (a.size ?? 0) - (b.size ?? 0))[0];
  if (smallest === undefined)
    throw new PythonIndexError(
      `the index has no wheel of ${project} ${version} for Linux on ${architecture}`,
    );
  return smallest;
}

/**
 * The files of a project.
 *
 * @param index - for example `https://pypi.org/simple`
 * @throws PythonIndexError if the index cannot be reached or does not answer in JSON
 */
export async function listProject(index: string, project: string): Promise<readonly IndexFile[]> {
  const url = `${index.replace(/\/$/, '')}/${project}/`;
  const response = await request(url, { accept: 'application/vnd.pypi.simple.v1+json' });
  const answer = (await response.json().catch(() => ({}))) as { files?: readonly IndexFile[] };
  if (!Array.isArray(answer.files))
    throw new PythonIndexError(`${url} does not answer in JSON (PEP 691): name another index with --index`);
  const files: readonly IndexFile[] = answer.files;
  return files.map((file) => ({ ...file, url: new URL(file.url, url).href }));
}

/**
 * Downloads a file into a folder unless it is there, and checks its SHA-256: what is there is whole.
 *
 * @returns its path
 * @throws PythonIndexError if it arrives damaged
 */
export async function download(file: IndexFile, folder: string): Promise<string> {
  const target = path.join(folder, file.filename);
  if (existsSync(target)) return target;
  const wanted = file.hashes['sha256'];
  if (wanted === undefined) throw new PythonIndexError(`the index gives no SHA-256 of ${file.filename}`);
  await mkdir(folder, { recursive: true });
  const response = await request(file.url, {});
  if (response.body === null) throw new PythonIndexError(`${file.url} sent nothing`);
  const partial = `${target}.part`;
  const hash = createHash('sha256');
  await pipeline(
    Readable.fromWeb(response.body),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(partial),
  );
  if (hash.digest('hex') !== wanted) {
    await rm(partial);
    throw new PythonIndexError(
      `${file.filename} arrived damaged (its SHA-256 differs): run the command again`,
    );
  }
  await rename(partial, target);
  return target;
}

async function request(url: string, headers: Record<string, string>): Promise<Response> {
  const response = await fetch(url, { headers }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new PythonIndexError(`${url} cannot be reached: ${String(cause)}`);
  });
  if (!response.ok) throw new PythonIndexError(`${url} answers ${response.status} ${response.statusText}`);
  return response;
}
