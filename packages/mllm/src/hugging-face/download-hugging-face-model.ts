import { match } from 'ts-pattern';

/** Thrown when a model cannot be fetched from the hub. */
export class HubDownloadError extends Error {
  override readonly name = 'HubDownloadError';

  constructor(
    readonly repository: string,
    /** The file in the repository; undefined if all of it is concerned. */
    readonly file: string | undefined,
    problem: string,
    /** What to do about it. */
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(`${repository}${file === undefined ? '' : `/${file}`}: ${problem}. ${remedy}`, options);
  }
}

export interface DownloadOptions {
  /** Owner and name: `llava-hf/llava-1.5-7b-hf`. */
  readonly repository: string;
  /** Where the files go; is created if need be. */
  readonly folder: string;
  /** A branch, a tag or a commit (default: `main`). */
  readonly revision?: string;
  /** For repositories that ask for one. */
  readonly accessToken?: string;
  /** Default: the hub's own address. */
  readonly hubUrl?: string;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof fetch;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
}

export interface DownloadProgress {
  readonly file: string;
  /** Bytes of the file that are there, those of an earlier attempt included. */
  readonly bytes: number;
  readonly totalBytes: number;
}

/** Weights as safetensors, and what tokenizer, image preprocessing and configuration say; no pickles, no documents. */
const WANTED = /^[^/]+\.(safetensors|json|jinja)$|^tokenizer\.model$/;

/**
 * Fetches a model's configuration, tokenizer and safetensors from the Hugging Face hub. Nothing of this package goes to
 * the network unless this function is called. Needs the optional peer `@huggingface/hub`.
 *
 * A download that was cut off goes on where it stopped when it is called again, and files that are there whole are not
 * fetched twice. Sizes are checked, and the digests of large files.
 *
 * @returns the paths of all files
 * @throws HubDownloadError if the peer is not installed, the hub refuses or lacks a file, or a file arrives damaged
 * @throws the reason of `signal`, once it is aborted; what has arrived is kept
 */
export async function downloadHuggingFaceModel(options: DownloadOptions): Promise<readonly string[]> {
  const { repository, folder, revision = 'main', accessToken, hubUrl, onProgress, signal } = options;
  const { mkdir } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const { listFiles, downloadFile } = await loadHub(repository);
  const request = {
    repo: repository,
    revision,
    ...(accessToken === undefined ? {} : { accessToken }),
    ...(hubUrl === undefined ? {} : { hubUrl }),
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  };
  const files: RemoteFile[] = [];
  await refusing(repository, undefined, async () => {
    for await (const { type, path, size, lfs } of listFiles(request))
      if (type === 'file' && WANTED.test(path)) files.push({ path, size, sha256: lfs?.oid });
  });
  if (!files.some(({ path }) => path.endsWith('.safetensors')))
    throw new HubDownloadError(
      repository,
      undefined,
      'there are no safetensors in it',
      'Take a repository that has them: pickles can run any code when they are read.',
    );

  await mkdir(folder, { recursive: true });
  const paths: string[] = [];
  for (const file of files) {
    signal?.throwIfAborted();
    const path = join(folder, file.path);
    paths.push(path);
    const report = (bytes: number): void => onProgress?.({ file: file.path, bytes, totalBytes: file.size });
    await fetchFile(repository, file, path, { report, signal }, async (start) => {
      const blob = await refusing(repository, file.path, () => downloadFile({ ...request, path: file.path }));
      if (blob === null)
        throw new HubDownloadError(repository, file.path, 'there is no such file', 'Check the revision.');
      return (start === 0 ? blob : blob.slice(start)).stream();
    });
  }
  return paths;
}

interface RemoteFile {
  readonly path: string;
  readonly size: number;
  /** Known of large files. */
  readonly sha256: string | undefined;
}

async function fetchFile(
  repository: string,
  { path: name, size, sha256 }: RemoteFile,
  path: string,
  run: { readonly report: (bytes: number) => void; readonly signal: AbortSignal | undefined },
  open: (start: number) => Promise<ReadableStream<Uint8Array>>,
): Promise<void> {
  const { appendFile, rename, rm } = await import('node:fs/promises');
  if ((await sizeOf(path)) === size) return run.report(size);
  // The digest in the name keeps the parts of two versions of a file apart.
  const partial = `${path}.${(sha256 ?? String(size)).slice(0, 12)}.partial`;
  let bytes = (await sizeOf(partial)) ?? 0;
  if (bytes > size) {
    await rm(partial);
    bytes = 0;
  }
  run.report(bytes);
  if (bytes < size || size === 0) {
    const stream = await open(bytes);
    const reader = stream.getReader();
    if (size === 0) await appendFile(partial, '');
    await refusing(repository, name, async () => {
      try {
        for (;;) {
          run.signal?.throwIfAborted();
          const { done, value } = await reader.read();
          if (done) break;
          await appendFile(partial, value);
          bytes += value.length;
          run.report(bytes);
        }
      } finally {
        await reader.cancel().catch(() => undefined);
      }
    });
  }
  const problem =
    bytes !== size
      ? `expected ${size} bytes, found ${bytes}`
      : sha256 !== undefined && (await sha256Of(partial)) !== sha256
        ? 'its digest is not the one that the hub names'
        : undefined;
  if (problem !== undefined) {
    // More bytes do not mend what is wrong; fewer can be fetched.
    if (bytes >= size) await rm(partial);
    throw new HubDownloadError(repository, name, problem, 'Call again: what is missing is fetched anew.');
  }
  await rename(partial, path);
}

async function sizeOf(path: string): Promise<number | undefined> {
  const { stat } = await import('node:fs/promises');
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

async function sha256Of(path: string): Promise<string> {
  const { createHash } = await import('node:crypto');
  const { createReadStream } = await import('node:fs');
  const digest = createHash('sha256');
  for await (const chunk of createReadStream(path)) digest.update(chunk as Buffer);
  return digest.digest('hex');
}

async function loadHub(repository: string): Promise<typeof import('@huggingface/hub')> {
  try {
    return await import('@huggingface/hub');
  } catch (cause) {
    throw new HubDownloadError(
      repository,
      undefined,
      'the package @huggingface/hub is not installed',
      'Install it (npm install @huggingface/hub), or download the files by other means and give their folder.',
      { cause },
    );
  }
}

/** Says what a refusal of the hub means. */
async function refusing<Result>(
  repository: string,
  file: string | undefined,
  body: () => Promise<Result>,
): Promise<Result> {
  try {
    return await body();
  } catch (cause) {
    if (cause instanceof HubDownloadError || (cause instanceof Error && cause.name === 'AbortError'))
      throw cause;
    const status: unknown =
      typeof cause === 'object' && cause !== null && 'statusCode' in cause ? cause.statusCode : undefined;
    const remedy = match(status)
      .with(
        401,
        403,
        () => 'The repository asks for an accessToken, or for its terms to be accepted on the hub.',
      )
      .with(404, () => 'Check the repository and the revision; a private one needs an accessToken.')
      .otherwise(() => 'Check the connection and call again: the download goes on where it stopped.');
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new HubDownloadError(repository, file, message, remedy, { cause });
  }
}
