import { mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  TrainingCheckpointError,
  listCheckpoints,
  openNewestCheckpoint,
  removeCheckpoints,
  writeCheckpoint,
} from '../node.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hygrpo-checkpoint-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const write = (iteration: number, text = `at ${iteration}`, keep = 2): Promise<void> =>
  writeCheckpoint(
    root,
    iteration,
    async (folder) => {
      await mkdir(join(folder, 'model'));
      await writeFile(join(folder, 'model', 'weights'), text);
      await writeFile(join(folder, 'note'), 'short');
    },
    { keep },
  );
const names = async (): Promise<string[]> => (await readdir(root)).sort();
const fileOf = (iteration: number, ...path: string[]): string =>
  join(root, `iteration-000000${iteration}`, ...path);

describe('checkpoints on disk', () => {
  test('are read back as they were written, the newest first, by number', async () => {
    expect(await openNewestCheckpoint(root)).toBeUndefined();
    for (const iteration of [2, 9, 10]) await write(iteration);
    expect(await names()).toEqual(['iteration-0000009', 'iteration-0000010']);
    const newest = await openNewestCheckpoint(root);
    expect(newest?.iteration).toBe(10);
    expect(await readFile(join(newest?.path ?? '', 'model', 'weights'), 'utf8')).toBe('at 10');
    expect(await listCheckpoints(join(root, 'nowhere'))).toEqual([]);
  });

  test('are not those that a crash left half-written; these go with the next, and nothing else', async () => {
    await write(2);
    await mkdir(join(root, 'iteration-0000050.4711.tmp'));
    await writeFile(join(root, 'my notes.txt'), '');
    expect((await openNewestCheckpoint(root))?.iteration).toBe(2);
    await write(3);
    expect(await names()).toEqual(['iteration-0000002', 'iteration-0000003', 'my notes.txt']);
    await removeCheckpoints(root);
    expect(await names()).toEqual(['my notes.txt']);
  });

  test('can be replaced by one of the same iteration, and one is there at every moment', async () => {
    await write(5, 'old');
    await rename(fileOf(5), `${fileOf(5)}.replaced`);
    // As a crash between the two renames leaves it.
    const between = await openNewestCheckpoint(root);
    expect(await readFile(join(between?.path ?? '', 'model', 'weights'), 'utf8')).toBe('old');
    await write(5, 'new');
    expect(await names()).toEqual(['iteration-0000005']);
    expect(await readFile(fileOf(5, 'model', 'weights'), 'utf8')).toBe('new');
  });

  test('that cannot be written leave those before them as they are', async () => {
    await write(1);
    const failing = writeCheckpoint(root, 2, () => Promise.reject(new Error('the disk is full')));
    await expect(failing).rejects.toThrow('the disk is full');
    expect((await openNewestCheckpoint(root))?.iteration).toBe(1);
    await expect(write(1, '', 0)).rejects.toThrow(RangeError);
    await expect(write(-1)).rejects.toThrow(RangeError);
  });
});

describe('a damaged checkpoint is refused, naming the fault and the way out', () => {
  const damaged = async (damage: () => Promise<unknown>, message: RegExp): Promise<void> => {
    await write(6);
    await write(7);
    await damage();
    const opening = openNewestCheckpoint(root);
    await expect(opening).rejects.toThrow(TrainingCheckpointError);
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.toThrow(
      /remove .*iteration-0000007 to continue from the checkpoint before it/,
    );
    await rm(fileOf(7), { recursive: true });
    expect((await openNewestCheckpoint(root))?.iteration).toBe(6);
  };

  test('cut off', () =>
    damaged(() => truncate(fileOf(7, 'model', 'weights'), 2), /weights: expected 4 bytes, found 2/));
  test('changed in one byte', () =>
    damaged(
      () => writeFile(fileOf(7, 'model', 'weights'), 'at 8'),
      /weights: expected contents with the SHA-256/,
    ));
  test('without one of its files', () =>
    damaged(() => rm(fileOf(7, 'note')), /note: expected a file of 5 bytes, found none/));
  test('without its list of files', () =>
    damaged(() => rm(fileOf(7, 'manifest.json')), /manifest\.json: expected the list of its files/));

  test.each<[string, (manifest: Record<string, unknown>) => unknown, RegExp]>([
    ['of another version', (manifest) => ({ ...manifest, version: 9 }), /expected version 1, found 9/],
    [
      'of another format',
      ({ format: _, ...manifest }) => manifest,
      /expected "format": "pose-rft checkpoint", found none/,
    ],
    [
      'renamed',
      (manifest) => ({ ...manifest, iteration: 3 }),
      /expected iteration 7, as its folder says, found 3/,
    ],
    [
      'with sums that are none',
      (manifest) => ({ ...manifest, files: { note: 5 } }),
      /bytes and sha256, found \{"note":5\}/,
    ],
    ['a list', () => [], /"format"/],
  ])('%s', (_, change, message) =>
    damaged(async () => {
      const path = fileOf(7, 'manifest.json');
      const manifest = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
      await writeFile(path, JSON.stringify(change(manifest)));
    }, message),
  );
  test('whose list is no JSON', () =>
    damaged(() => truncate(fileOf(7, 'manifest.json'), 10), /expected JSON, found "\{/));
});
