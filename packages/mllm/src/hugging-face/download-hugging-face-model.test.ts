import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  downloadHuggingFaceModel,
  HubDownloadError,
  type DownloadProgress,
} from './download-hugging-face-model.js';

const WEIGHTS = Uint8Array.from({ length: 5000 }, (_, index) => (index * 37) % 251);
const FILES: Readonly<Record<string, Uint8Array>> = {
  'README.md': new TextEncoder().encode('# A model'),
  'config.json': new TextEncoder().encode('{"model_type":"llama"}'),
  'model.safetensors': WEIGHTS,
  'pytorch_model.bin': WEIGHTS,
};

let scratch: string;
let folder: string;
let folders = 0;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'hub-'));
});
afterAll(() => rm(scratch, { recursive: true }));
beforeEach(() => {
  folder = join(scratch, `model-${folders++}`);
});

/** A hub on no network: lists files, answers HEAD, and GET with ranges. */
function createHub(
  options: { readonly failsAfterBytes?: number; readonly corrupts?: boolean; readonly status?: number } = {},
) {
  const ranges: string[] = [];
  const fetch = (async (...[input, init]: Parameters<typeof globalThis.fetch>): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : String(input));
    await Promise.resolve();
    if (options.status !== undefined) return Response.json({ error: 'refused' }, { status: options.status });
    if (url.pathname.includes('/tree/'))
      return Response.json(
        Object.entries(FILES).map(([path, bytes]) => ({
          type: 'file',
          path,
          size: bytes.length,
          oid: 'a'.repeat(40),
          ...(bytes === WEIGHTS
            ? {
                lfs: {
                  oid: createHash('sha256').update(bytes).digest('hex'),
                  size: bytes.length,
                  pointerSize: 130,
                },
              }
            : {}),
        })),
      );
    const name = url.pathname.split('/').at(-1) ?? '';
    const bytes = FILES[name];
    if (bytes === undefined) return new Response(null, { status: 404 });
    const range = new Headers(init?.headers).get('range');
    const [, first = '0', last = ''] = /bytes=(\d+)-(\d*)/.exec(range ?? '') ?? [];
    const end = last === '' ? bytes.length : Math.min(bytes.length, Number(last) + 1);
    const part = options.corrupts
      ? bytes.slice(Number(first), end).map((byte) => byte ^ 1)
      : bytes.slice(Number(first), end);
    const headers = {
      'accept-ranges': 'bytes',
      'content-length': String(part.length),
      'content-range': `bytes ${first}-${end - 1}/${bytes.length}`,
      etag: '"1"',
      'content-type': 'application/octet-stream',
    };
    if (init?.method === 'HEAD') return new Response(null, { status: 200, headers });
    if (name === 'model.safetensors') ranges.push(range ?? 'whole');
    const { failsAfterBytes } = options;
    const body =
      failsAfterBytes !== undefined && name === 'model.safetensors' && part.length > failsAfterBytes
        ? brokenStream(part.slice(0, failsAfterBytes))
        : part;
    return new Response(body, { status: range === null ? 200 : 206, headers });
  }) satisfies typeof globalThis.fetch;
  return { fetch, ranges };
}

function brokenStream(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (sent) controller.error(new TypeError('terminated'));
      else controller.enqueue(bytes);
      sent = true;
    },
  });
}

const download = (fetch: typeof globalThis.fetch, more = {}) =>
  downloadHuggingFaceModel({ repository: 'owner/model', folder, fetch, ...more });

describe('downloadHuggingFaceModel', () => {
  it('fetches configuration and safetensors, and nothing else, with its progress', async () => {
    const seen: DownloadProgress[] = [];
    const paths = await download(createHub().fetch, {
      onProgress: (step: DownloadProgress) => seen.push(step),
    });
    expect(paths).toEqual(['config.json', 'model.safetensors'].map((name) => join(folder, name)));
    expect((await readdir(folder)).sort()).toEqual(['config.json', 'model.safetensors']);
    expect(new Uint8Array(await readFile(join(folder, 'model.safetensors')))).toEqual(WEIGHTS);
    expect(seen.at(-1)).toEqual({ file: 'model.safetensors', bytes: 5000, totalBytes: 5000 });
    const again = createHub();
    await download(again.fetch);
    expect(again.ranges).toEqual([]);
  });

  it('goes on where it was cut off', async () => {
    await expect(download(createHub({ failsAfterBytes: 1800 }).fetch)).rejects.toThrow(
      /model.safetensors: .*goes on where it stopped/,
    );
    expect((await readdir(folder)).some((name) => name.endsWith('.partial'))).toBe(true);
    const { fetch, ranges } = createHub();
    await download(fetch);
    // The client asks for one byte to learn the size; then for what is missing.
    expect(ranges).toEqual(['bytes=0-0', 'bytes=1800-4999']);
    expect(new Uint8Array(await readFile(join(folder, 'model.safetensors')))).toEqual(WEIGHTS);
    expect((await readdir(folder)).sort()).toEqual(['config.json', 'model.safetensors']);
  });

  it('refuses a damaged file, and fetches it anew', async () => {
    const error = await download(createHub({ corrupts: true }).fetch).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(HubDownloadError);
    expect((error as Error).message).toMatch(/model.safetensors: its digest is not the one/);
    await download(createHub().fetch);
    expect(new Uint8Array(await readFile(join(folder, 'model.safetensors')))).toEqual(WEIGHTS);
  });

  it.each([
    [401, /accessToken/],
    [404, /Check the repository and the revision/],
    [500, /Check the connection/],
  ])('says what a refusal with %d means', async (status, message) => {
    await expect(download(createHub({ status }).fetch)).rejects.toThrow(HubDownloadError);
    await expect(download(createHub({ status }).fetch)).rejects.toThrow(message);
  });

  it('stops when it is aborted, and keeps what has arrived', async () => {
    const stop = new AbortController();
    const onProgress = ({ bytes }: DownloadProgress): void => {
      if (bytes > 0) stop.abort(new Error('enough'));
    };
    await expect(download(createHub().fetch, { signal: stop.signal, onProgress })).rejects.toThrow('enough');
  });

  it('names the package that it needs', async () => {
    vi.doMock('@huggingface/hub', () => {
      throw new Error('Cannot find package');
    });
    await expect(download(createHub().fetch)).rejects.toThrow(/npm install @huggingface\/hub/);
    vi.doUnmock('@huggingface/hub');
  });
});
