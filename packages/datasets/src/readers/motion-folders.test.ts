import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GOLDEN_FOLDER, readGolden, goldenExpected, problemTotal } from '../testing/golden.js';
import { isMotionFile } from './amass.js';

const recordings = resolve(import.meta.dirname, '../../../../../shared/data/cmu-mocap');
const isThere = existsSync(recordings);
if (!isThere)
  console.info(`skipped: no CMU recordings in ${recordings} (mocap.cs.cmu.edu, subjects 01 and 02)`);

describe('AMASS', () => {
  test('gives frames of the split, and passes over shapes', async () => {
    const train = await readGolden('amass');
    expect(train.records.map(({ id }) => id)).toEqual(['CMU/01/01_01_poses/0', 'CMU/01/01_01_poses/1']);
    expect(train.leftOut).toEqual({});
    expect(train.records[0]).toMatchObject({
      identity: { subject: 'CMU/01', sequence: 'CMU/01/01_01_poses', frame: 0 },
      body: { model: 'smplh', frame: 'world-z-up', gender: 'female' },
    });
    expect(train.records[0]?.body?.axisAngles.length).toBe(156);
    const subjects = async (split: string): Promise<readonly (string | undefined)[]> =>
      (await readGolden('amass', { split })).records.map(({ identity }) => identity.subject);
    expect(await subjects('validation')).toEqual(['HumanEva/S1']);
    expect(await subjects('test')).toEqual(['SSM_synced/2020']);
    expect((await readGolden('amass', { split: 'all' })).records).toHaveLength(4);
  });

  test('says that a split has no motion at all', async () => {
    const { summary } = await readGolden('amass', {
      split: 'test',
      folder: join(GOLDEN_FOLDER, 'amass/CMU'),
    });
    expect(summary.examples[0]?.message).toBe('none of 1 motions is of the split test');
  });

  test('knows motions by their names', () => {
    expect(isMotionFile('CMU/01/01_01_poses.npz')).toBe(true);
    expect(isMotionFile('CMU/01/shape.npz')).toBe(false);
    expect(isMotionFile('CMU/01/neutral_stagei.npz')).toBe(false);
    expect(isMotionFile('CMU/01/01_01_stageii.npz')).toBe(true);
  });
});

describe('EMDB', () => {
  const expected = goldenExpected('emdb');

  test('gives good frames with valid boxes, the root as the camera sees it', async () => {
    const { records, leftOut } = await readGolden('emdb');
    expect(records.map(({ id }) => id)).toEqual(['P0_00_mvs_a/0', 'P0_00_mvs_a/2']);
    expect(leftOut).toEqual({ 'person-out-of-view': 2 });
    const [, second] = records;
    expect(second).toMatchObject({
      identity: { subject: 'P0', sequence: 'P0_00_mvs_a', frame: 2, person: 0 },
      image: {
        path: 'P0/00_mvs_a/images/00002.jpg',
        crop: { left: 100, top: 200, width: 400, height: 700 },
        widthPixels: 1440,
      },
      body: { gender: 'female', frame: 'camera' },
    });
    second?.body?.axisAngles
      .slice(0, 3)
      .forEach((value, i) => expect(value).toBeCloseTo(expected['frame2_root_camera']?.[i] ?? NaN, 5));
    second?.keypoints2d?.pixels.forEach((value, i) =>
      expect(value).toBeCloseTo(expected['frame2_keypoints']?.[i] ?? NaN, 3),
    );
  });

  test('knows its splits', async () => {
    const second = await readGolden('emdb', { split: 'emdb2' });
    expect(second.records).toEqual([]);
    expect(second.summary.examples[0]?.message).toBe('none of 1 sequences is of emdb2');
    expect((await readGolden('emdb', { split: 'all' })).records).toHaveLength(2);
  });
});

describe.skipIf(!isThere)('CMU recordings', () => {
  test('give a body a frame, and no problem', async () => {
    const { records, summary } = await readGolden('cmu', {
      folder: recordings,
      frameStride: 50,
      sequences: (name) => name.startsWith('02_'),
    });
    expect(records.length).toBeGreaterThan(10);
    expect(problemTotal(summary)).toBe(0);
    for (const { body, identity } of records) {
      expect(identity.subject).toBe('02');
      expect(body?.axisAngles.length).toBe(72);
      expect(body?.axisAngles.every((angle) => Math.abs(angle) <= Math.PI + 1e-5)).toBe(true);
    }
  });
});

test('a folder without motion capture is a missing file', async () => {
  expect((await readGolden('cmu', { folder: import.meta.dirname })).leftOut).toEqual({ 'missing-file': 1 });
});
