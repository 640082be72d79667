import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chooseWheel, download, listProject, PythonIndexError } from './python-index.js';

const wheelBytes = Buffer.from('the bytes of a wheel');
const sha256 = createHash('sha256').update(wheelBytes).digest('hex');
const filename = 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl';

let server: Server;
let index = '';
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'index-'));
  server = createServer((request, response) => {
    if (request.url === '/simple/tensorflow-cpu/') {
      response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json');
      // A relative address, as mirrors give.
      const file = { filename, url: `../../files/${filename}`, hashes: { sha256 }, size: wheelBytes.length };
      response.end(JSON.stringify({ files: [file] }));
    } else if (request.url === `/files/${filename}`) response.end(wheelBytes);
    else if (request.url === '/simple/html/') response.end('<!DOCTYPE html>');
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  index = `http://127.0.0.1:${address.port}/simple/`;
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

describe('an index', () => {
  test('is listed, and its file downloaded whole', async () => {
    const [file] = await listProject(index, 'tensorflow-cpu');
    if (file === undefined) throw new Error('no file');
    expect(file.url).toBe(new URL(`../files/${filename}`, index).href);
    const target = await download(file, folder);
    expect(await readFile(target)).toEqual(wheelBytes);
  });

  test('whose file has other bytes leaves nothing behind', async () => {
    const file = {
      filename: 'other.whl',
      url: new URL(`../files/${filename}`, index).href,
      hashes: { sha256: 'f00d' },
    };
    const target = path.join(folder, 'damaged');
    await expect(download(file, target)).rejects.toThrow(/other\.whl arrived damaged/);
    expect(await readdir(target)).toEqual([]);
    await expect(download({ ...file, hashes: {} }, target)).rejects.toThrow(/no SHA-256/);
  });

  test('that answers otherwise is refused', async () => {
    await expect(listProject(index, 'html')).rejects.toThrow(/does not answer in JSON/);
    await expect(listProject(index, 'nothing')).rejects.toThrow(/answers 404/);
    await expect(listProject('http://127.0.0.1:1', 'x')).rejects.toThrow(PythonIndexError);
  });
});

test('the wheel is chosen by release and architecture, the smallest of several', () => {
  const file = (name: string, size: number) => ({ filename: name, url: '', hashes: {}, size });
  const files = [
    file('tensorflow_cpu-2.21.0-cp310-cp310-win_amd64.whl', 1),
    file('tensorflow_cpu-2.21.0-cp310-cp310-manylinux_2_27_aarch64.whl', 2),
    file('tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl', 30),
    file('tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl', 20),
    file('tensorflow_cpu-2.21.0rc0-cp311-cp311-manylinux_2_27_x86_64.whl', 3),
  ];
  expect(chooseWheel(files, 'tensorflow-cpu', '2.21.0', 'x86_64')).toBe(files[3]);
  expect(chooseWheel(files, 'tensorflow-cpu', '2.21.0', 'aarch64')).toBe(files[1]);
  expect(() => chooseWheel(files, 'tensorflow-cpu', '2.20.0', 'x86_64')).toThrow(PythonIndexError);
});
