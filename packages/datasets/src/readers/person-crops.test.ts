import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpz } from '@pose-rft/smpl';
import { describe, expect, test } from 'vitest';
import { GOLDEN_FOLDER, readGolden } from '../testing/golden.js';
import { human36mIdentity } from './human36m.js';
import { mpiInf3dhpIdentity } from './mpi-inf-3dhp.js';

function column(file: string, name: string): ArrayLike<number> {
  return readNpz(new Uint8Array(readFileSync(join(GOLDEN_FOLDER, file))), file).readNumbers(name).data;
}

describe('Human3.6M', () => {
  test("SPIN's crops: the scale counts 200 pixels, joints are from the root", async () => {
    const { records, leftOut } = await readGolden('h36m', { split: 'protocol1' });
    expect(leftOut).toEqual({});
    expect(records).toHaveLength(2);
    const [first] = records;
    expect(first?.identity).toEqual({ subject: 'S9', sequence: 'Directions_1.60457274', frame: 1 });
    const side = 200 * (column('h36m/h36m_valid_protocol1.npz', 'scale')[0] ?? NaN);
    expect(first?.image?.crop?.width).toBeCloseTo(side, 3);
    expect(first?.image?.path).toBe('images/S9_Directions_1.60457274_000001.jpg');
    expect(first?.keypoints3d).toMatchObject({ jointSet: 'spin-24', frame: 'camera-root' });
    const joints = column('h36m/h36m_valid_protocol1.npz', 'S');
    expect(first?.keypoints3d?.metres[5]).toBeCloseTo(joints[6] ?? NaN, 5);
    expect(first?.body).toBeUndefined();
  });

  test("HMR2's crops: the scale is in pixels, 44 joints, a body only where there is one", async () => {
    const { records, leftOut } = await readGolden('h36m', { split: 'protocol2' });
    expect(leftOut).toEqual({});
    const [first, second] = records;
    expect(first?.image?.crop?.width).toBeCloseTo(column('h36m/h36m_val_p2.npz', 'scale')[0] ?? NaN, 3);
    expect(first?.keypoints2d?.jointSet).toBe('hmr2-44');
    expect(first?.keypoints2d?.confidence.slice(0, 25).every((one) => one === 0)).toBe(true);
    expect(first?.keypoints2d?.confidence.slice(25).every((one) => one === 1)).toBe(true);
    expect(first?.keypoints3d?.metres[3 * 25]).toBeCloseTo(
      column('h36m/h36m_val_p2.npz', 'extra_keypoints_3d')[0] ?? NaN,
      5,
    );
    expect(first?.body?.axisAngles.length).toBe(72);
    expect(second?.body).toBeUndefined();
  });

  test("VideoPose3D's joints, one with NaN", async () => {
    const train = await readGolden('h36m', { split: 'motion-train' });
    expect(train.records).toHaveLength(6);
    const tests = await readGolden('h36m', { split: 'motion-test' });
    expect(tests.records.map(({ id }) => id)).toEqual([
      'S9/Directions/0',
      'S9/Walking 1/0',
      'S11/Directions/0',
      'S11/Directions/1',
      'S11/Walking 1/0',
    ]);
    expect(tests.leftOut).toEqual({ 'not-finite': 1 });
    expect(tests.records[0]?.keypoints3d).toMatchObject({ jointSet: 'h36m-32', frame: 'world-z-up' });
  });

  test('arrays of different lengths are refused', async () => {
    const { records, summary } = await readGolden('h36m', { split: 'train' });
    expect(records).toEqual([]);
    expect(summary.examples[0]).toMatchObject({
      kind: 'disagreeing-counts',
      message: 'scale has 1 rows, imgname has 2',
    });
  });

  test('names of pictures tell subject, sequence and frame', () => {
    expect(human36mIdentity('images/S11_Walking_2.54138969_001234.jpg')).toEqual({
      subject: 'S11',
      sequence: 'Walking_2.54138969',
      frame: 1234,
    });
    expect(human36mIdentity('else.jpg')).toEqual({});
  });
});

describe('MPI-INF-3DHP', () => {
  test('gives fits where there are, 49 keypoints, and refuses a name that leads out of the folder', async () => {
    const { records, leftOut, summary } = await readGolden('mpi-inf-3dhp');
    expect(leftOut).toEqual({ 'unsafe-path': 1 });
    expect(summary.examples[0]?.where).toBe('mpi_inf_3dhp_train.npz: row 2');
    expect(records.map(({ body }) => body !== undefined)).toEqual([true, false]);
    expect(records[0]?.keypoints2d?.jointSet).toBe('spin-49');
    expect(records[0]?.keypoints2d?.confidence[0]).toBeCloseTo(0.7, 6);
    expect(records[0]?.identity).toEqual({ subject: 'S1', sequence: 'S1/Seq1/video_0', frame: 1 });
  });

  test('tests have no bodies', async () => {
    const { records, leftOut } = await readGolden('mpi-inf-3dhp', { split: 'test' });
    expect(leftOut).toEqual({});
    expect(records[0]?.identity).toEqual({ subject: 'TS1', sequence: 'TS1', frame: 7 });
    expect(records[0]?.keypoints2d?.jointSet).toBe('spin-24');
    expect(mpiInf3dhpIdentity('x.jpg')).toEqual({});
  });
});

test("COCO's crops, with names as Python objects", async () => {
  const { records, leftOut } = await readGolden('coco', { split: 'smpl-spin' });
  expect(leftOut).toEqual({});
  expect(records[0]?.image?.path).toBe('train2014/COCO_train2014_000000044474.jpg');
});
