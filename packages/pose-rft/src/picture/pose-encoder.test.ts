import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';
import { add, dispose, mean, square, useBackend, valueAndGradients } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesToPixels } from './crop-bytes.js';
import { createPersonCrops } from './person-crop-source.js';
import {
  createPoseEncoder,
  POSE_FEATURE_COUNT,
  POSE_FEATURE_SIZE,
  POSE_TOWER,
  type PoseEncoder,
} from './pose-encoder.js';
import { loadPoseEncoder, savePoseEncoder } from './pose-encoder-checkpoint.js';
import { planTowerStart } from './tower-start.js';

const source = createPersonCrops({ seed: 5, split: 'train' });
const crops = [0, 1, 2].map((index) => source.crop(index));
const pictures = crops.map(({ bytes }) => bytesToPixels(bytes));
const start = { jointsMetres: new Float32Array(72).fill(0.25), pose6d: new Float32Array(144).fill(0.5) };

let folder: string;
beforeAll(async () => {
  await useBackend('wasm');
  folder = await mkdtemp(join(tmpdir(), 'pose-encoder-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
trackTensorLeaks({ beforeAll, afterAll });

function withEncoder<Result>(use: (encoder: PoseEncoder) => Result): Result {
  const encoder = createPoseEncoder({ random: createRandom(1), pictures, ...start });
  try {
    return use(encoder);
  } finally {
    encoder.dispose();
  }
}

describe('the pose encoder', () => {
  it('gives features of each picture by itself, whatever else is in the batch', () => {
    withEncoder((encoder) => {
      const together = encoder.encode(pictures);
      expect(together.map(({ length }) => length)).toEqual([2600, 2600, 2600]);
      expect(POSE_FEATURE_COUNT * POSE_FEATURE_SIZE).toBe(2600);
      const alone = encoder.encode(pictures.slice(1, 2))[0] ?? new Float32Array(0);
      alone.forEach((value, index) => expect(value).toBeCloseTo(together[1]?.[index] ?? Number.NaN, 4));
      expect(together[0]).not.toEqual(together[1]);
    });
  });

  it('says where joints are in the picture: places within it, certainties at most 0', () => {
    withEncoder((encoder) => {
      const [features] = encoder.encode(pictures);
      const [reading] = encoder.readings(pictures);
      for (let joint = 0; joint < 24; joint++) {
        const [x = 9, y = 9, one, certainty = 9] =
          features?.subarray(joint * POSE_FEATURE_SIZE + 96, (joint + 1) * POSE_FEATURE_SIZE) ?? [];
        expect(one).toBe(1);
        expect(certainty).toBeLessThanOrEqual(0);
        expect(certainty).toBeGreaterThan(-Math.log(48) - 1e-3);
        expect(reading?.keypointsPixels[2 * joint]).toBeCloseTo(64 * (x + 1), 3);
        expect(reading?.keypointsPixels[2 * joint + 1]).toBeCloseTo(64 * (y + 1), 3);
      }
    });
  });

  it('starts near the means that it is given', () => {
    withEncoder((encoder) => {
      const [reading] = encoder.readings(pictures);
      const off = reading?.jointsMetres.reduce((sum, metres) => sum + Math.abs(metres - 0.25) / 72, 0) ?? 9;
      expect(off).toBeLessThan(0.1);
    });
  });

  it('learns in all of its parameters', () => {
    withEncoder((encoder) => {
      const { gradients } = valueAndGradients(encoder.parameters, () => {
        const { joints, pose6d, keypoints } = encoder.read(pictures);
        const loss = add(add(mean(square(joints)), mean(square(pose6d))), mean(square(keypoints)));
        return { loss, aux: null };
      });
      const reached = Object.keys(gradients).sort();
      dispose(gradients);
      expect(reached).toEqual([...encoder.parameters.names].sort());
    });
  });

  it('survives a file, to the eleven bits of its numbers, and is frozen then', async () => {
    const encoder = createPoseEncoder({ random: createRandom(1), pictures, ...start });
    await savePoseEncoder(folder, encoder);
    const loaded = await loadPoseEncoder(folder);
    const before = encoder.readings(pictures)[0]?.jointsMetres ?? new Float32Array(0);
    const after = loaded.readings(pictures)[0]?.jointsMetres ?? new Float32Array(0);
    after.forEach((metres, index) => expect(metres).toBeCloseTo(before[index] ?? Number.NaN, 2));
    expect(loaded.parameters.names.some((name) => loaded.parameters.isTrainable(name))).toBe(false);
    encoder.dispose();
    loaded.dispose();
    await truncate(join(folder, 'encoder.safetensors'), 1000);
    await expect(loadPoseEncoder(folder)).rejects.toThrow(/encoder\.safetensors: .*picture/);
    await expect(loadPoseEncoder(join(folder, 'nowhere'))).rejects.toThrow(
      /CheckpointError|encoder\.safetensors/,
    );
  });
});

describe('the start of a tower', () => {
  it('reads patches with filters of equal variance, and sets no two places alike', () => {
    const plan = planTowerStart(POSE_TOWER, 'pose_tower.backbone', pictures);
    const positions = plan['pose_tower.backbone.pos_embed']?.initial;
    if (positions?.kind !== 'values') throw new Error('positions are not given by values');
    const rows = Array.from({ length: 48 }, (_, patch) =>
      positions.values.subarray((1 + patch) * 96, (2 + patch) * 96),
    );
    const nearest = Math.min(
      ...rows.flatMap((row, index) =>
        rows.slice(index + 1).map((other) => Math.hypot(...row.map((value, at) => value - (other[at] ?? 0)))),
      ),
    );
    expect(nearest).toBeGreaterThan(1);
    withEncoder((encoder) => {
      const weight = encoder.parameters.get('pose_tower.backbone.patch_embed.proj.weight');
      expect(weight.shape).toEqual([768, 96]);
      // A filter of a high frequency answers less to pictures, and is made larger for it.
      const values = weight.dataSync<'float32'>();
      const norm = (filter: number): number =>
        Math.hypot(...Array.from({ length: 768 }, (_, row) => values[row * 96 + filter] ?? 0));
      expect(norm(60)).toBeGreaterThan(3 * norm(0));
    });
  });
});
