// Finds and downloads wheels of a Python package index, without Python.
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * @typedef {object} IndexFile
 * @property {string} filename
 * @property {string} url
 * @property {Readonly<Record<string, string>>} hashes
 * @property {number} [size]
 */

/** Thrown when the index cannot be read, has no fitting wheel, or gives a damaged one. */
export class PythonIndexError extends Error {
  name = 'PythonIndexError';
}

/**
 * The wheel of a release for a platform, for whatever Python: only its libraries are wanted.
 *
 * @param {readonly IndexFile[]} files all files of the project
 * @param {string} project for example `tensorflow-cpu`
 * @param {string} version for example `2.21.0`
 * @param {string} architecture as wheels name it: `x86_64` or `aarch64`
 * @returns {IndexFile}
 */
export function chooseWheel(files, project, version, architecture) {
  const prefix = `${project.replaceAll('-', '_')}-${version}-`;
  const fitting = files.filter(
    ({ filename }) =>
      filename.startsWith(prefix) &&
      filename.includes('manylinux') &&
      filename.endsWith(`_${architecture}.whl`),
  );
  const smallest = fitting.toSorted((a, b) => (a.size ?? 0) - (b.size ?? 0))[0];
  if (smallest === undefined)
    throw new PythonIndexError(
      `the index has no wheel of ${project} ${version} for Linux on ${architecture}`,
    );
  return smallest;
}

/**
 * The files of a project, by the index's JSON (PEP 691).
 *
 * @param {string} index for example `https://pypi.org/simple`
 * @param {string} project
 * @returns {Promise<readonly IndexFile[]>}
 */
export async function listProject(index, project) {
  const url = `${index.replace(/\/$/, '')}/${project}/`;
  const response = await request(url, { accept: 'application/vnd.pypi.simple.v1+json' });
  /** @type {{ files?: readonly IndexFile[] }} */
  const answer = await response.json().catch(() => ({}));
  if (!Array.isArray(answer.files))
    throw new PythonIndexError(`${url} does not answer in JSON (PEP 691): name another index with --index`);
  return answer.files.map((file) => ({ ...file, url: new URL(file.url, url).href }));
}

/**
 * Downloads a file into a folder unless it is there, and checks its SHA-256: what is there is whole.
 *
 * @param {IndexFile} file
 * @param {string} folder
 * @returns {Promise<string>} its path
 */
export async function download(file, folder) {
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
    Readable.fromWeb(/** @type {import('node:stream/web').ReadableStream} */ (response.body)),
    async function* (chunks) {
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

/** @param {string} url @param {Record<string, string>} headers */
async function request(url, headers) {
  const response = await fetch(url, { headers }).catch((error) => {
    throw new PythonIndexError(`${url} cannot be reached: ${error?.cause?.message ?? error}`);
  });
  if (!response.ok) throw new PythonIndexError(`${url} answers ${response.status} ${response.statusText}`);
  return response;
}
