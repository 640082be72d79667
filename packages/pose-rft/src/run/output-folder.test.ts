import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OutputFolderError, prepareOutputFolder } from './output-folder.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pose-rft-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('prepareOutputFolder', () => {
  it('creates nested folders and returns the absolute path', async () => {
    expect(await prepareOutputFolder(join(folder, 'a', 'b'))).toBe(join(folder, 'a', 'b'));
    expect(await readdir(join(folder, 'a'))).toEqual(['b']);
  });

  it('names a file that stands in the way, and the way out', async () => {
    await writeFile(join(folder, 'file'), '');
    for (const path of [join(folder, 'file'), join(folder, 'file', 'below')]) {
      await expect(prepareOutputFolder(path)).rejects.toThrow(OutputFolderError);
      await expect(prepareOutputFolder(path)).rejects.toThrow(
        /is a file, not a folder; choose another one with --out/,
      );
    }
  });

  it('refuses a folder that the system keeps read-only', async () => {
    await expect(prepareOutputFolder('/proc/pose-rft')).rejects.toThrow(OutputFolderError);
  });
});
