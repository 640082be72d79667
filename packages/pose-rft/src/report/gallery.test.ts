import { createSyntheticSet } from '@pose-rft/datasets';
import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { scriptedModel } from '../testing/scripted-model.js';
import { galleryAnswers } from './gallery.js';
import { inBodyFrame, posePicture } from './pose-picture.js';

const PNG_SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const prompts = createSyntheticSet({ count: 6, seed: 3, split: 'test' })
  .map(({ prompt }) => prompt)
  .filter(({ kind }) => kind === 'text-to-pose');

describe('galleryAnswers', () => {
  it('pictures and judges the mean pose of each answer that has one', async () => {
    const model = scriptedModel((prompt) =>
      prompt === prompts[1]
        ? { text: 'here it is .' }
        : { text: 'here it is : <POSE> .', mean: prompt.targetPose6d },
    );
    const answers = await galleryAnswers(model, prompts, createRandom(1));
    expect(answers.map(({ text }) => text)).toEqual([
      'here it is: <POSE>.',
      'here it is.',
      'here it is: <POSE>.',
    ]);
    expect(answers.map(({ satisfied }) => satisfied)).toEqual([1, Number.NaN, 1]);
    expect(answers[1]?.picture).toBeUndefined();
    for (const index of [0, 2])
      expect(Array.from(answers[index]?.picture?.subarray(0, 8) ?? [])).toEqual(PNG_SIGNATURE);
    expect(answers[0]?.picture).not.toEqual(answers[2]?.picture);
  });
});

describe('posePicture', () => {
  it('is a PNG of the size that was asked for', () => {
    const pose = prompts[0]?.targetPose6d ?? new Float32Array(144);
    const png = posePicture(pose, { width: 48, height: 64 });
    expect(Array.from(png.subarray(0, 8))).toEqual(PNG_SIGNATURE);
    const header = new DataView(png.buffer, png.byteOffset);
    expect([header.getUint32(16), header.getUint32(20)]).toEqual([48, 64]);
  });
});

describe('inBodyFrame', () => {
  it('turns the root upright and leaves the other joints, and the pose that it was given', () => {
    const pose = Float32Array.from({ length: 144 }, (_, index) => index);
    const upright = inBodyFrame(pose);
    expect(Array.from(upright.subarray(0, 6))).toEqual([1, 0, 0, 0, 1, 0]);
    expect(upright.subarray(6)).toEqual(pose.subarray(6));
    expect(pose[0]).toBe(0);
  });
});
