import { cp, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FileAccessError } from '../files/file-access-error.js';
import { GOLDEN_FOLDER } from '../testing/golden.js';
import { checkDataset, formatDatasetCheck, formatDatasetList } from './check-dataset.js';
import { DATASETS, findDataset, UnknownDatasetError } from './datasets.js';
import { readDataset } from './read-dataset.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datasets-check-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('checkDataset', () => {
  test('says what is there, what is missing and which splits are whole', async () => {
    const check = await checkDataset('h36m', join(GOLDEN_FOLDER, 'h36m'));
    expect(check.completeSplits).toEqual(['protocol2', 'protocol1', 'train', 'motion-train', 'motion-test']);
    expect(check.files.map(({ state }) => state)).toEqual([
      'complete',
      'in another form',
      'complete',
      'complete',
      'in another form',
      'complete',
      'optional',
    ]);
    expect(check.suspects).toEqual([]);
  });

  test('counts sequences against the whole data set', async () => {
    const check = await checkDataset('3dpw', join(GOLDEN_FOLDER, '3dpw'));
    expect(check.completeSplits).toEqual([]);
    expect(check.files.map(({ state, foundCount }) => [foundCount, state])).toEqual([
      [1, 'incomplete'],
      [1, 'incomplete'],
      [1, 'incomplete'],
      [0, 'optional'],
    ]);
    const text = formatDatasetCheck(check);
    expect(text).toContain('1 of 24');
    expect(text).toMatch(/split test: not complete \(24 sequences/);
    expect(text).toContain('get it at https://virtualhumans.mpi-inf.mpg.de/3DPW (non-commercial research)');
  });

  test('finds what a download or an unpacking left behind', async () => {
    const damaged = join(folder, 'h36m');
    await cp(join(GOLDEN_FOLDER, 'h36m'), damaged, { recursive: true });
    await truncate(join(damaged, 'h36m_val_p2.npz'), 3000);
    await truncate(join(damaged, 'h36m_train.npz'), 0);
    await writeFile(join(damaged, 'data_3d_h36m.npz.part'), 'x');
    await mkdir(join(damaged, 'images'));
    await writeFile(join(damaged, 'images', 'S9.tar.gz'), 'x');
    const { suspects } = await checkDataset('h36m', damaged);
    expect(Object.fromEntries(suspects.map(({ path, why }) => [path, why]))).toEqual({
      'data_3d_h36m.npz.part': 'a download that did not finish',
      'images/S9.tar.gz': 'an archive: unpack it',
      'h36m_val_p2.npz': 'no zip directory at its end: cut short?',
      'h36m_train.npz': 'empty',
    });
    const pickles = join(folder, '3dpw');
    await cp(join(GOLDEN_FOLDER, '3dpw'), pickles, { recursive: true });
    await truncate(join(pickles, 'sequenceFiles/test/downtown_walk_00.pkl'), 5000);
    expect((await checkDataset('3dpw', pickles)).suspects[0]?.why).toMatch(/pickle without its last/);
    const mpii = await checkDataset('mpii', join(GOLDEN_FOLDER, 'mpii'));
    expect(mpii.suspects).toEqual([
      { path: 'annot/valid.json', why: 'JSON without its last bracket: cut short?' },
    ]);
  });

  test('refuses a folder that is none', async () => {
    await expect(checkDataset('cmu', join(folder, 'nowhere'))).rejects.toThrow(FileAccessError);
    await expect(checkDataset('cmu', import.meta.filename)).rejects.toThrow(/is a file, not a folder/);
  });
});

describe('the catalogue', () => {
  test('has each data set once, with splits that its files name', () => {
    expect(new Set(DATASETS.map(({ name }) => name)).size).toBe(DATASETS.length);
    for (const { name, splits, files, formatSource, licence, homepage, generate, readBy } of DATASETS) {
      expect((generate === undefined) !== (readBy === undefined), name).toBe(true);
      const names = splits.map((split) => split.name);
      expect(names.length, name).toBeGreaterThan(0);
      for (const { splits: needed = [] } of files)
        for (const split of needed) expect(names, name).toContain(split);
      expect(licence.length * formatSource.length * homepage.length).toBeGreaterThan(0);
    }
    expect(formatDatasetList(DATASETS).split('\n')).toHaveLength(5 * DATASETS.length);
  });

  test('says which names and splits there are', () => {
    expect(() => findDataset('coc')).toThrow(UnknownDatasetError);
    expect(() => readDataset('coco', { folder, split: 'train' })).toThrow(
      /no split "train"\. Use one of: train2017, val2017/,
    );
    expect(() => readDataset('posefix', { folder })).toThrow(/reader of its own: use readPoseFix/);
    expect(() => readDataset('coco', { folder, frameStride: 0 })).toThrow(/frameStride is 0/);
  });
});
