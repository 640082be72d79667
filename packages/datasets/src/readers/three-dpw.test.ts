import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDataset } from '../catalogue/read-dataset.js';
import { DatasetProblemError } from '../reading/dataset-problem.js';
import { GOLDEN_FOLDER, goldenExpected, readGolden } from '../testing/golden.js';

const expected = goldenExpected('3dpw');
const folder = join(GOLDEN_FOLDER, '3dpw');

function expectClose(
  actual: ArrayLike<number> | undefined,
  wanted: readonly number[] | undefined,
  digits = 4,
): void {
  expect(actual?.length).toBe(wanted?.length);
  Array.from(actual ?? []).forEach((value, i) => expect(value).toBeCloseTo(wanted?.[i] ?? NaN, digits));
}

describe('3DPW', () => {
  test('gives every person of every frame whose camera is valid', async () => {
    const { records, summary, leftOut } = await readGolden('3dpw');
    expect(records.map(({ id }) => id)).toEqual([
      'downtown_walk_00/0/0',
      'downtown_walk_00/0/1',
      'downtown_walk_00/1/0',
      'downtown_walk_00/1/1',
      'downtown_walk_00/2/0',
    ]);
    expect(leftOut).toEqual({ 'camera-not-valid': 1 });
    expect(summary).toMatchObject({ recordCount: 5, isComplete: true, examples: [] });
    expect(records[0]).toMatchObject({
      dataset: '3dpw',
      split: 'test',
      identity: { sequence: 'downtown_walk_00', frame: 0, person: 0 },
      image: {
        path: 'imageFiles/downtown_walk_00/image_00000.jpg',
        widthPixels: 1080,
        heightPixels: 1920,
      },
      body: { model: 'smpl', frame: 'camera', gender: 'male' },
      camera: { focalX: 1961, focalY: 1969, centreX: 540, centreY: 960 },
    });
    expect(records[1]?.body?.gender).toBe('female');
  });

  test('has keypoints as detected, joints and root as the camera sees them, as NumPy and SciPy compute them', async () => {
    const { records } = await readGolden('3dpw');
    const [first, , undetected] = records;
    expectClose(first?.keypoints2d?.pixels, expected['frame0_pixels'], 3);
    expectClose(first?.keypoints2d?.confidence, expected['frame0_confidence']);
    expectClose(first?.body?.betas, expected['betas']);
    expect(undetected?.keypoints2d).toBeUndefined();
    expectClose(undetected?.keypoints3d?.metres, expected['frame1_joints_camera']);
    expectClose(undetected?.body?.axisAngles.slice(0, 3), expected['frame1_root_camera']);
    expectClose(undetected?.world?.rootAxisAngle, expected['world_root']);
    expectClose(undetected?.world?.translationMetres, expected['trans']);
    const { left, top, width, height } = undetected?.image?.crop ?? { left: 0, top: 0, width: 0, height: 0 };
    expectClose([left, top, width, height], expected['frame1_box'], 1);
  });

  test('names and counts a pose with NaN and a person beside the picture', async () => {
    const { records, summary, leftOut } = await readGolden('3dpw', { split: 'validation' });
    expect(records.map(({ identity }) => identity.frame)).toEqual([0]);
    expect(leftOut).toEqual({ 'not-finite': 1, 'person-out-of-view': 1 });
    expect(summary.examples).toEqual([
      {
        kind: 'not-finite',
        where: 'sequenceFiles/validation/outdoors_climb_00.pkl: frame 1, person 0',
        message: 'poses[7] is NaN',
      },
    ]);
  });

  test('refuses people that differ in number, and says so when asked to throw', async () => {
    const { records, leftOut } = await readGolden('3dpw', { split: 'train' });
    expect(records).toEqual([]);
    expect(leftOut).toEqual({ 'disagreeing-counts': 1 });
    const refusing = readDataset('3dpw', { folder, split: 'train' })[Symbol.asyncIterator]();
    const error: unknown = await refusing.next().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DatasetProblemError);
    expect((error as Error).message).toMatch(/courtyard_hug_00\.pkl: trans has 1 people, poses has 2/);
  });

  test('leaves out pictures of several people, sequences and frames on demand', async () => {
    const alone = await readGolden('3dpw', { people: 'alone' });
    expect(alone.records).toEqual([]);
    expect(alone.leftOut).toEqual({ 'several-people': 6 });
    const other = await readGolden('3dpw', { sequences: (name) => name !== 'downtown_walk_00' });
    expect(other.records).toEqual([]);
    const every2nd = await readGolden('3dpw', { frameStride: 2 });
    expect(every2nd.records.map(({ identity }) => identity.frame)).toEqual([0, 0, 2]);
  });

  test('runs nothing of a pickle, and names what it asked for', async () => {
    const hostile = await mkdtemp(join(tmpdir(), 'hostile-'));
    try {
      await mkdir(join(hostile, 'sequenceFiles/test'), { recursive: true });
      const mark = join(hostile, 'was-run');
      await writeFile(join(hostile, 'sequenceFiles/test/a.pkl'), `cos\nsystem\n(S'touch ${mark}'\ntR.`);
      await cp(
        join(folder, 'sequenceFiles/test/downtown_walk_00.pkl'),
        join(hostile, 'sequenceFiles/test/b.pkl'),
      );
      const { records, summary } = await readGolden('3dpw', { folder: hostile });
      expect(records).toHaveLength(5);
      expect(summary.problemCounts['broken-file']).toBe(1);
      expect(summary.examples[0]?.message).toMatch(/reference to 'os system', which is refused/);
      expect(existsSync(mark)).toBe(false);
    } finally {
      await rm(hostile, { recursive: true });
    }
  });

  test('counts a folder that is not there', async () => {
    expect((await readGolden('3dpw', { folder: join(folder, 'nowhere') })).leftOut).toEqual({
      'missing-file': 1,
    });
    expect((await readGolden('3dpw', { folder: join(folder, 'sequenceFiles') })).leftOut).toEqual({
      'missing-file': 1,
    });
  });
});
