import { createScenes, type SyntheticScene, type SyntheticSplit } from '@pose-rft/datasets';
import { cropPerson, imageFromPixels, type PersonBox } from '@pose-rft/mllm';
import { createRandom, type Random } from '@pose-rft/random';
import { createKinematics, JOINT_COUNT, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { CROP_PIXELS } from './crop-size.js';
import { pixelsToBytes } from './crop-bytes.js';

/** Somebody cut out of a rendered scene, as the encoders see them, with the truth. */
export interface PersonCrop {
  readonly scene: SyntheticScene;
  /** [3, 128, 128] sRGB bytes: what `cropPerson` made of the picture, before it is normalised. */
  readonly bytes: Uint8Array;
  /** [24, 2] pixels of the crop; NaN behind the camera. */
  readonly keypointsPixels: Float32Array;
  /** [144] rotations in layout `columns`, the root as the camera sees it. */
  readonly pose6d: Float32Array;
  /** [24, 3] metres, pelvis at the origin, camera's axes: the pose on the standard skeleton, whatever the person's shape. */
  readonly jointsMetres: Float32Array;
}

/** Makes crops by number: equal numbers, equal crops. */
export interface PersonCropSource {
  crop(index: number): PersonCrop;
}

/** How much a person's box is off, as a detector's is: its middle and its size, by shares of its edges. */
const BOX_SHIFT = 0.06;
const LEAST_BOX_SCALE = 0.95;
const BOX_SCALE_RANGE = 0.3;
/** Hidden joints have places too, but somebody of whom less is in the picture is of no use. */
const SMALLEST_BOX_PIXELS = 16;

/**
 * People cut out of the synthetic scenes of a split, their boxes a little off as detectors' are.
 *
 * Metres are those of the standard skeleton: a picture does not tell how tall somebody is, and the pose is what is asked.
 *
 * @throws RangeError for a seed that is no safe integer
 * @example
 * ```ts
 * import { createPersonCrops } from 'pose-rft';
 *
 * const { bytes, keypointsPixels } = createPersonCrops({ seed: 1, split: 'test' }).crop(3);
 * console.assert(bytes.length === 3 * 128 * 128 && keypointsPixels.length === 48);
 * ```
 */
export function createPersonCrops(options: {
  readonly seed: number;
  readonly split: SyntheticSplit;
}): PersonCropSource {
  const scenes = createScenes({ ...options, questionLimit: 0 });
  const stream = createRandom(options.seed).split('crops').split(options.split);
  const kinematics = createKinematics(SYNTHETIC_SKELETON);
  return {
    crop(index) {
      const scene = scenes.scene(index);
      const { picture, sizePixels, keypointsPixels, pose6d } = scene;
      const box = shakenBox(scene, stream.split(index));
      const image = imageFromPixels({
        data: picture ?? new Uint8Array(3 * sizePixels * sizePixels),
        width: sizePixels,
        height: sizePixels,
        channels: 3,
      });
      const jointsMetres = new Float32Array(3 * JOINT_COUNT);
      kinematics.jointsFromRotation6d(pose6d, 0, jointsMetres, 0);
      return {
        scene,
        bytes: pixelsToBytes(cropPerson(image, box, { pixels: CROP_PIXELS })),
        keypointsPixels: inCrop(keypointsPixels, box),
        pose6d,
        jointsMetres,
      };
    },
  };
}

/** The box around what is seen of somebody, moved and scaled at random. */
function shakenBox({ boxPixels }: SyntheticScene, random: Random): PersonBox {
  const width = Math.max(SMALLEST_BOX_PIXELS, boxPixels.width);
  const height = Math.max(SMALLEST_BOX_PIXELS, boxPixels.height);
  const scale = LEAST_BOX_SCALE + BOX_SCALE_RANGE * random.uniform();
  const edge = Math.max(width, height);
  const centreX = boxPixels.left + boxPixels.width / 2 + BOX_SHIFT * edge * (2 * random.uniform() - 1);
  const centreY = boxPixels.top + boxPixels.height / 2 + BOX_SHIFT * edge * (2 * random.uniform() - 1);
  return {
    left: centreX - (scale * width) / 2,
    right: centreX + (scale * width) / 2,
    top: centreY - (scale * height) / 2,
    bottom: centreY + (scale * height) / 2,
  };
}

/** Where `cropPerson` puts places of the picture: the box grows about its middle to the square that it cuts out. */
function inCrop(places: Float32Array, box: PersonBox): Float32Array {
  const { left, top, edge } = cropSquare(box);
  return places.map((place, index) => ((place - (index % 2 === 0 ? left : top)) * CROP_PIXELS) / edge);
}

/** The square that `cropPerson` cuts out around a box, in the picture's pixels. */
export function cropSquare(box: PersonBox): {
  readonly left: number;
  readonly top: number;
  readonly edge: number;
} {
  const width = box.right - box.left;
  const height = box.bottom - box.top;
  const edge = Math.max(height, width / CROP_ASPECT_RATIO);
  return { left: (box.left + box.right - edge) / 2, top: (box.top + box.bottom - edge) / 2, edge };
}

/** Width over height that `cropPerson` grows a box to before it becomes a square: HMR2.0's. */
const CROP_ASPECT_RATIO = 192 / 256;
