import { createKinematics, JOINT_COUNT, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { bytesToImage, bytesToPixels, pixelsToBytes } from './crop-bytes.js';
import { createCropPool } from './crop-pool.js';
import { createPersonCrops, cropSquare } from './person-crop-source.js';
import { patchAt } from './pose-encoder.js';

const source = createPersonCrops({ seed: 3, split: 'validation' });

describe('crops of people', () => {
  it('are equal for equal numbers, and show other people for others', () => {
    const again = createPersonCrops({ seed: 3, split: 'validation' });
    expect(again.crop(5).bytes).toEqual(source.crop(5).bytes);
    expect(again.crop(5).keypointsPixels).toEqual(source.crop(5).keypointsPixels);
    expect(source.crop(6).bytes).not.toEqual(source.crop(5).bytes);
  });

  it('put joints in sight into the crop, on pixels of the same colours as in the picture', () => {
    let seen = 0;
    let alike = 0;
    for (let index = 0; index < 12; index++) {
      const { scene, bytes, keypointsPixels } = source.crop(index);
      scene.visibility.forEach((visibility, joint) => {
        if (visibility !== 2) return;
        const [x = 0, y = 0] = keypointsPixels.subarray(2 * joint, 2 * joint + 2).map(Math.floor);
        if (x < 0 || y < 0 || x > 127 || y > 127) return;
        seen += 1;
        const [fromX = 0, fromY = 0] = scene.keypointsPixels
          .subarray(2 * joint, 2 * joint + 2)
          .map(Math.floor);
        const distance = [0, 1, 2].reduce((sum, channel) => {
          const there = scene.picture?.[3 * (fromY * scene.sizePixels + fromX) + channel] ?? 0;
          return sum + Math.abs((bytes[(channel * 128 + y) * 128 + x] ?? 0) - there);
        }, 0);
        if (distance < 60) alike += 1;
      });
    }
    expect(seen).toBeGreaterThan(100);
    expect(alike / seen).toBeGreaterThan(0.85);
  });

  it('give the joints of their pose on the standard skeleton', () => {
    const { pose6d, jointsMetres } = source.crop(2);
    const joints = new Float32Array(3 * JOINT_COUNT);
    createKinematics(SYNTHETIC_SKELETON).jointsFromRotation6d(pose6d, 0, joints, 0);
    expect(joints).toEqual(jointsMetres);
  });

  it('are cut out as squares about the middle of a box', () => {
    expect(cropSquare({ left: 10, top: 0, right: 20, bottom: 100 })).toEqual({
      left: -35,
      top: 0,
      edge: 100,
    });
    expect(cropSquare({ left: 0, top: 40, right: 90, bottom: 60 })).toEqual({
      left: -15,
      top: -10,
      edge: 120,
    });
  });
});

describe('bytes of crops', () => {
  it('survive normalising, as pixels and as a picture', () => {
    const { bytes } = source.crop(1);
    expect(pixelsToBytes(bytesToPixels(bytes))).toEqual(bytes);
    const { data } = bytesToImage(bytes);
    expect([data[0], data[1], data[2]]).toEqual([bytes[0], bytes[128 * 128], bytes[2 * 128 * 128]]);
  });

  it('are mirrored by turning rows round', () => {
    const { bytes } = source.crop(1);
    const mirrored = pixelsToBytes(bytesToPixels(bytes, { isMirrored: true }));
    expect(mirrored[0]).toBe(bytes[127]);
    expect(mirrored[128 * 5 + 3]).toBe(bytes[128 * 5 + 124]);
  });
});

describe('the pool of crops', () => {
  it('uses every scene as often as told, and renders more as it goes', () => {
    const pool = createCropPool({ source, random: createRandom(1), reuse: 4, firstCrops: 16 });
    const [example] = pool.batch(8);
    expect(pool.sceneCount).toBe(16);
    expect(example?.pixels.data.length).toBe(3 * 128 * 128);
    pool.batch(8);
    pool.batch(8);
    expect(pool.sceneCount).toBe(20);
  });
});

describe('patchAt', () => {
  it('numbers the patches of the tower row by row, from the strip that it leaves out', () => {
    expect(patchAt(16, 0)).toBe(0);
    expect(patchAt(16 + 14, 0)).toBe(1);
    expect(patchAt(16, 14)).toBe(6);
    expect(patchAt(109, 125)).toBe(8 * 6 - 1);
    expect(patchAt(110, 125)).toBe(-1);
    expect(patchAt(2, 60)).toBe(-1);
    expect(patchAt(Number.NaN, 60)).toBe(-1);
  });
});
