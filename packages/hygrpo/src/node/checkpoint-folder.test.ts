import { createHash } from 'node:crypto';
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

describe('a folder of checkpoints', () => {
  test('keeps three, unless told otherwise, and goes by the number alone', async () => {
    for (const iteration of [1, 2, 3, 4, 10_000_000])
      await writeCheckpoint(root, iteration, (folder) => writeFile(join(folder, 'note'), 'x'));
    expect((await listCheckpoints(root)).map(({ iteration }) => iteration)).toEqual([3, 4, 10_000_000]);
    expect(await names()).toEqual(['iteration-0000003', 'iteration-0000004', 'iteration-10000000']);
    await writeCheckpoint(root, 11, (folder) => writeFile(join(folder, 'note'), 'x'), { keep: 1 });
    expect(await names()).toEqual(['iteration-10000000']);
  });

  test.each([0, -1, 1.5, NaN])('is not told to keep %d', async (keep) => {
    await expect(write(1, '', keep)).rejects.toThrow(
      new RangeError(`writeCheckpoint: keep must be an integer >= 1, got ${keep}`),
    );
    expect(await names()).toEqual([]);
  });

  test.each([-1, 1.5, NaN])('takes no iteration %d', async (iteration) => {
    await expect(write(iteration)).rejects.toThrow(
      new RangeError(`writeCheckpoint: iteration must be an integer >= 0, got ${iteration}`),
    );
    await write(0);
    expect((await openNewestCheckpoint(root))?.iteration).toBe(0);
  });

  test('takes only its own names for checkpoints', async () => {
    const others = [
      'iteration-12',
      'my-iteration-0000001',
      'iteration-0000001.bak',
      'iteration-0000001.x.tmp',
    ];
    for (const name of others) await mkdir(join(root, name));
    await write(2);
    expect((await listCheckpoints(root)).map(({ iteration }) => iteration)).toEqual([2]);
    await removeCheckpoints(root);
    expect(await names()).toEqual([...others].sort());
    await removeCheckpoints(join(root, 'nowhere'));
  });

  test('may not be a file', async () => {
    const file = join(root, 'file');
    await writeFile(file, '');
    await expect(listCheckpoints(file)).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  test('lists the files of each with their sizes and sums, in order', async () => {
    await write(4, 'at 4');
    const sum = (text: string): string => createHash('sha256').update(text).digest('hex');
    expect(JSON.parse(await readFile(fileOf(4, 'manifest.json'), 'utf8'))).toEqual({
      format: 'pose-rft checkpoint',
      version: 1,
      iteration: 4,
      files: {
        'model/weights': { bytes: 4, sha256: sum('at 4') },
        note: { bytes: 5, sha256: sum('short') },
      },
    });
    expect(await readFile(fileOf(4, 'manifest.json'), 'utf8')).toMatch(/^\{\n {2}"format"/);
    expect(await listCheckpoints(root)).toEqual([{ iteration: 4, path: fileOf(4) }]);
  });

  test('begins a checkpoint anew where a killed process of the same number left one', async () => {
    const left = join(root, `iteration-0000003.${process.pid}.tmp`);
    await mkdir(left);
    await writeFile(join(left, 'rubbish'), 'x');
    await write(3);
    expect((await readdir(fileOf(3))).sort()).toEqual(['manifest.json', 'model', 'note']);
  });

  test('prefers the new one of two of the same iteration', async () => {
    await write(5, 'old');
    await rename(fileOf(5), `${fileOf(5)}.replaced`);
    await write(6, 'newer', 3);
    expect((await listCheckpoints(root)).map(({ path }) => path)).toEqual([
      `${fileOf(5)}.replaced`,
      fileOf(6),
    ]);
    await mkdir(fileOf(5));
    expect((await listCheckpoints(root)).map(({ path }) => path)).toEqual([fileOf(5), fileOf(6)]);
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
    ['null', () => null, /expected "format": "pose-rft checkpoint", found none/],
    ['without a version', ({ version: _, ...manifest }) => manifest, /expected version 1, found none/],
    [
      'without an iteration',
      ({ iteration: _, ...manifest }) => manifest,
      /expected iteration 7, as its folder says, found none/,
    ],
    [
      'with a size that is none',
      (manifest) => ({ ...manifest, files: { note: { bytes: '5', sha256: 'x' } } }),
      /bytes and sha256, found \{"note":\{"bytes":"5","sha256":"x"\}\}/,
    ],
    [
      'with a sum that is none',
      (manifest) => ({ ...manifest, files: { note: { bytes: 5 } } }),
      /bytes and sha256, found \{"note":\{"bytes":5\}\}/,
    ],
    [
      'with a file outside',
      (manifest) => ({ ...manifest, files: { 'model/../../note': { bytes: 5, sha256: 'x' } } }),
      /bytes and sha256, found \{"model\/\.\.\/\.\.\/note"/,
    ],
  ])('%s', (_, change, message) =>
    damaged(async () => {
      const path = fileOf(7, 'manifest.json');
      const manifest = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
      await writeFile(path, JSON.stringify(change(manifest)));
    }, message),
  );
  test('whose list is no JSON', () =>
    damaged(() => truncate(fileOf(7, 'manifest.json'), 10), /expected JSON, found "\{/));
  test('whose list is empty', () =>
    damaged(() => truncate(fileOf(7, 'manifest.json'), 0), /expected JSON, found an empty file/));
  test('whose list is another text, of which the beginning is shown', () =>
    damaged(() => writeFile(fileOf(7, 'manifest.json'), 'x'.repeat(99)), /expected JSON, found "x{40}";/));

  test('with its place, expected and found as fields', async () => {
    await write(7);
    await rm(fileOf(7, 'note'));
    await expect(openNewestCheckpoint(root)).rejects.toMatchObject({
      name: 'TrainingCheckpointError',
      path: fileOf(7, 'note'),
      expected: 'a file of 5 bytes',
      found: 'none',
    });
  });
});
