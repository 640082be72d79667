import { describe, expect, test } from 'vitest';
import { goldenExpected, readGolden } from '../testing/golden.js';

describe('COCO', () => {
  const expected = goldenExpected('coco');

  test('gives annotated people with boxes, and accounts for all others', async () => {
    const { records, summary, leftOut } = await readGolden('coco', { split: 'val2017' });
    expect(records.map(({ id }) => id)).toEqual(['1', '3']);
    expect(records[0]).toMatchObject({
      image: {
        path: 'val2017/000000000036.jpg',
        widthPixels: 640,
        heightPixels: 480,
        crop: { left: 10.5, top: 20.25, width: 100, height: 200 },
      },
      keypoints2d: { jointSet: 'coco-17' },
    });
    const rows = expected['first_keypoints'] ?? [];
    expect([...(records[0]?.keypoints2d?.pixels ?? [])]).toEqual(rows.filter((_, i) => i % 3 !== 2));
    expect([...(records[0]?.keypoints2d?.covered ?? [])]).toEqual([...Array<number>(15).fill(0), 1, 0]);
    expect(records[0]?.keypoints2d?.confidence[16]).toBe(0);
    // The image with a bad name, and the person on it; the unknown image; the count that is wrong.
    expect(leftOut).toEqual({
      'unsafe-path': 1,
      'broken-record': 1,
      'disagreeing-counts': 2,
      'no-person': 1,
      crowd: 1,
    });
    expect(summary.examples.map(({ message }) => message)).toContain(
      'num_keypoints is 3, but 17 are annotated',
    );
  });

  test('leaves out pictures of several people on demand', async () => {
    const { records, leftOut } = await readGolden('coco', { split: 'val2017', people: 'alone' });
    expect(records).toEqual([]);
    expect(leftOut['several-people']).toBe(5);
  });

  test("EFT's fits are rotations as SciPy has them; what is none is refused", async () => {
    const { records, summary } = await readGolden('coco', { split: 'smpl-eft' });
    expect(records).toHaveLength(1);
    const [fit] = records;
    fit?.body?.axisAngles.forEach((value, i) =>
      expect(value).toBeCloseTo(expected['eft_axis_angles']?.[i] ?? NaN, 5),
    );
    expect(fit).toMatchObject({
      identity: { subject: '455475' },
      image: { path: 'train2014/COCO_train2014_000000044474.jpg', crop: { width: 250 } },
      keypoints2d: { jointSet: 'spin-49' },
    });
    expect(summary.examples).toEqual([
      {
        kind: 'broken-record',
        where: 'eft_fit/COCO2014-All-ver01.json: element 1',
        message: 'parm_pose[0] is no rotation',
      },
    ]);
  });
});

describe('MPII', () => {
  test('counts pixels from 0, and people with joints missing', async () => {
    const { records, leftOut } = await readGolden('mpii');
    expect(records.map(({ image }) => image?.path)).toEqual(['images/015601864.jpg', 'images/015601864.jpg']);
    expect(leftOut).toEqual({ 'disagreeing-counts': 1 });
    const scale = 3.021046;
    expect(records[0]?.image?.crop?.width).toBeCloseTo(250 * scale, 3);
    expect(records[0]?.image?.crop?.top).toBeCloseTo(257 + 15 * scale - 1 - 125 * scale, 3);
    expect(records[0]?.keypoints2d?.confidence[15]).toBe(0);
    const alone = await readGolden('mpii', { people: 'alone' });
    expect(alone.leftOut).toEqual({ 'disagreeing-counts': 1, 'several-people': 2 });
  });

  test('a file that is cut short gives its whole records, and says so', async () => {
    const { records, summary } = await readGolden('mpii', { split: 'valid' });
    expect(records).toHaveLength(1);
    expect(summary.problemCounts['broken-file']).toBe(1);
    expect(summary.examples[0]?.message).toMatch(
      /within the list, after 1 whole elements: is it cut short\?/,
    );
  });
});
