import type { PixelValues } from '@pose-rft/mllm';
import type { Random } from '@pose-rft/random';
import { mirrorJoints, mirrorPose, MIRROR_JOINTS } from '@pose-rft/smpl';
import { bytesToPixels, type ColourShift } from './crop-bytes.js';
import { CROP_PIXELS } from './crop-size.js';
import type { PersonCrop, PersonCropSource } from './person-crop-source.js';

/** A crop as an encoder learns from it. */
export interface CropExample {
  readonly pixels: PixelValues;
  /** [24, 2] pixels of the crop. */
  readonly keypointsPixels: Float32Array;
  /** [144], layout `columns`. */
  readonly pose6d: Float32Array;
  /** [24, 3] metres. */
  readonly jointsMetres: Float32Array;
}

/** Batches out of a stream of scenes. */
export interface CropPool {
  batch(size: number): readonly CropExample[];
  /** Scenes that were rendered so far. */
  readonly sceneCount: number;
}

/** What is kept of a crop. */
type KeptCrop = Omit<PersonCrop, 'scene'>;

/** Crops kept at once, 49 kB each. */
const CAPACITY = 4096;
/** Crops before the first batch. */
const FIRST_CROPS = 512;

/**
 * Batches of crops from a stream of scenes that never repeats. Rendering a scene costs about as much as learning from
 * it, so each is used several times, mirrored and in other colours, before newer ones take its place.
 *
 * @param options.reuse - how often a scene is used, on average
 * @param options.firstCrops - scenes rendered before the first batch; 512 unless told
 */
export function createCropPool(options: {
  readonly source: PersonCropSource;
  readonly random: Random;
  readonly reuse: number;
  readonly firstCrops?: number;
}): CropPool {
  const { source, random, reuse, firstCrops = FIRST_CROPS } = options;
  const crops: KeptCrop[] = [];
  let sceneCount = 0;
  let owed: number = firstCrops;
  const render = (): void => {
    const { bytes, keypointsPixels, pose6d, jointsMetres } = source.crop(sceneCount);
    crops[sceneCount % CAPACITY] = { bytes, keypointsPixels, pose6d, jointsMetres };
    sceneCount += 1;
  };
  return {
    get sceneCount() {
      return sceneCount;
    },
    batch(size) {
      for (; owed >= 1; owed -= 1) render();
      owed += size / reuse;
      return Array.from({ length: size }, () => exampleOf(random.pick(crops), random));
    },
  };
}

/** A crop in other colours, half of the time as in a mirror. */
function exampleOf(crop: KeptCrop, random: Random): CropExample {
  const isMirrored = random.uniform() < 0.5;
  const pixels = bytesToPixels(crop.bytes, { isMirrored, colours: drawColours(random) });
  const { keypointsPixels, pose6d, jointsMetres } = isMirrored ? mirrored(crop) : crop;
  return { pixels, keypointsPixels, pose6d, jointsMetres };
}

function mirrored({ keypointsPixels, pose6d, jointsMetres }: KeptCrop): Omit<CropExample, 'pixels'> {
  const pose = new Float32Array(pose6d.length);
  const joints = new Float32Array(jointsMetres.length);
  const keypoints = new Float32Array(keypointsPixels.length);
  mirrorPose(pose6d, 0, pose, 0);
  mirrorJoints(jointsMetres, 0, joints, 0);
  MIRROR_JOINTS.forEach((other, joint) => {
    keypoints[2 * joint] = CROP_PIXELS - (keypointsPixels[2 * other] as number);
    keypoints[2 * joint + 1] = keypointsPixels[2 * other + 1] as number;
  });
  return { keypointsPixels: keypoints, pose6d: pose, jointsMetres: joints };
}

/** Brightness and contrast for all, and a tint for each channel. */
function drawColours(random: Random): ColourShift {
  const contrast = 0.7 + 0.6 * random.uniform();
  const brightness = 0.5 * (1 - contrast) + 0.25 * (random.uniform() - 0.5);
  const triple = (draw: () => number): [number, number, number] => [draw(), draw(), draw()];
  return {
    gains: triple(() => contrast * (0.9 + 0.2 * random.uniform())),
    offsets: triple(() => brightness),
  };
}
