import { describe, expect, test } from 'vitest';
import { readGolden } from '../testing/golden.js';

describe('LLaVA-Instruct-150k', () => {
  test('gives conversations with and without pictures, and names the broken ones', async () => {
    const { records, summary } = await readGolden('llava-instruct-150k');
    expect(records.map(({ id, image }) => [id, image?.path])).toEqual([
      ['000000033471', 'train2017/000000033471.jpg'],
      ['text-1', undefined],
    ]);
    expect(records[0]?.conversation).toHaveLength(4);
    expect(records[0]?.conversation?.[1]).toEqual({
      from: 'assistant',
      text: 'White and red, with "ÄÖ" — {[',
    });
    expect(summary.examples.map(({ kind, message }) => [kind, message])).toEqual([
      ['disagreeing-counts', '1 <image> in the text, but no image'],
      ['broken-record', "turn 0 is from 'gpt' out of turn"],
    ]);
  });
});

describe('RPE', () => {
  test('gives the questions with the person in question', async () => {
    const { records, leftOut } = await readGolden('rpe');
    expect(leftOut).toEqual({});
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      id: '000000',
      image: {
        path: '3DPW/imageFiles/downtown_runForBus_01/image_00326.jpg',
        crop: { left: 100, top: 200, width: 300, height: 400 },
      },
      body: { gender: 'male', frame: 'camera' },
      keypoints3d: { jointSet: 'smpl-24' },
    });
    expect(records[0]?.body?.axisAngles.length).toBe(72);
  });
});

describe('reasoning prompts', () => {
  test('come short or as conversations; a line that is cut off is counted', async () => {
    const { records, leftOut } = await readGolden('reasoning-prompts');
    expect(records.map(({ id }) => id)).toEqual(['7', 'prompts.jsonl:1', 'r']);
    expect(leftOut).toEqual({ 'broken-record': 2 });
    expect(records[0]?.conversation).toEqual([
      { from: 'human', text: 'The pose of somebody who waits for the bus?' },
      { from: 'assistant', text: '<POSE>' },
    ]);
    expect(records[1]?.image?.path).toBe('images/street.jpg');
    expect(records[1]?.conversation?.[0]?.text).toMatch(/^<image>\n/);
  });
});

describe('BEDLAM-Script', () => {
  test('pairs captions with people in the order of the sorted pictures', async () => {
    const { records, leftOut } = await readGolden('bedlam-script', { split: 'validation' });
    expect(leftOut).toEqual({});
    const folder = '20221010_3-10_500_batch01hand_zoom_suburb_d/png/seq_000000';
    expect(records.map(({ id }) => id)).toEqual([
      `${folder}/seq_000000_0000.png/0`,
      `${folder}/seq_000000_0000.png/1`,
      `${folder}/seq_000000_0005.png/0`,
    ]);
    expect(records.map(({ texts }) => texts?.[1])).toEqual(
      [0, 1, 2].map((pose) => `pose ${pose}, wording 1.`),
    );
    expect(records[0]).toMatchObject({
      identity: { subject: 'rp_aaron_posed_002', sequence: folder, person: 0 },
      image: { path: `images/validation/${folder}/seq_000000_0000.png`, crop: { left: 101, width: 200 } },
      body: { model: 'smplx', gender: 'neutral' },
      keypoints2d: { jointSet: 'smplx-22' },
    });
    expect(records[0]?.body?.axisAngles.length).toBe(165);
    const alone = await readGolden('bedlam-script', { split: 'validation', people: 'alone' });
    expect(alone.records.map(({ texts }) => texts?.[0])).toEqual(['pose 2, wording 0.']);
    expect(alone.leftOut).toEqual({ 'several-people': 2 });
  });

  test('reads pairs in JSON, and names the file that is missing', async () => {
    expect((await readGolden('bedlam-script', { split: 'json-train' })).records).toHaveLength(1);
    const { leftOut, summary } = await readGolden('bedlam-script', { split: 'train' });
    expect(leftOut).toEqual({ 'missing-file': 1 });
    expect(summary.examples[0]?.where).toBe('processed/bedlam_training_try.pkl');
  });
});
