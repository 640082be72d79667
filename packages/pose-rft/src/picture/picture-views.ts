import type { SyntheticSplit } from '@pose-rft/datasets';
import { mirrorJoints, mirrorPose } from '@pose-rft/smpl';
import { bytesToPixels, bytesToImage } from './crop-bytes.js';
import { CROP_PIXELS } from './crop-size.js';
import type { DetectedKeypoint, PersonDetector } from './movenet.js';
import { createPersonCrops } from './person-crop-source.js';
import type { PictureSensation } from './picture-evidence.js';
import type { PoseEncoder } from './pose-encoder.js';

/** A crop as the senses see it, with the truth. */
export interface PictureView extends PictureSensation {
  readonly cropIndex: number;
  readonly isMirrored: boolean;
  /** [144] */
  readonly pose6d: Float32Array;
  /** [24, 3] metres. */
  readonly jointsMetres: Float32Array;
}

export interface PictureViewsOptions {
  readonly encoder: Pick<PoseEncoder, 'encode'>;
  /** Without it, views have no keypoints. */
  readonly detector?: Pick<PersonDetector, 'keypoints'> | undefined;
  readonly seed: number;
  readonly split: SyntheticSplit;
  /** Crops; there are twice as many views if they are mirrored too. */
  readonly count: number;
  readonly isMirrored?: boolean;
  readonly onProgress?: (cropsDone: number) => void;
  readonly signal?: AbortSignal;
}

const ENCODED_AT_ONCE = 32;
/** Left and right of COCO's keypoints. */
const MIRROR_KEYPOINTS = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15];

/** What frozen senses make of rendered people: computed once, whatever is learned from it. */
export function createPictureViews(options: PictureViewsOptions): readonly PictureView[] {
  const { encoder, detector, seed, split, count, isMirrored = false, signal } = options;
  const source = createPersonCrops({ seed, split });
  const views: PictureView[] = [];
  for (let first = 0; first < count; first += ENCODED_AT_ONCE) {
    signal?.throwIfAborted();
    const crops = Array.from({ length: Math.min(ENCODED_AT_ONCE, count - first) }, (_, index) =>
      source.crop(first + index),
    );
    const seen = encoder.encode(crops.map(({ bytes }) => bytesToPixels(bytes)));
    const mirrored = isMirrored
      ? encoder.encode(crops.map(({ bytes }) => bytesToPixels(bytes, { isMirrored: true })))
      : [];
    crops.forEach(({ bytes, pose6d, jointsMetres }, index) => {
      const keypoints = detector?.keypoints(bytesToImage(bytes));
      const view = {
        cropIndex: first + index,
        isMirrored: false,
        features: seen[index],
        keypoints,
        pose6d,
        jointsMetres,
      };
      views.push(view);
      if (isMirrored) views.push(mirroredView(view, mirrored[index]));
    });
    options.onProgress?.(Math.min(count, first + ENCODED_AT_ONCE));
  }
  return views;
}

function mirroredView(view: PictureView, features: Float32Array | undefined): PictureView {
  const pose6d = new Float32Array(view.pose6d.length);
  const jointsMetres = new Float32Array(view.jointsMetres.length);
  mirrorPose(view.pose6d, 0, pose6d, 0);
  mirrorJoints(view.jointsMetres, 0, jointsMetres, 0);
  const keypoints = view.keypoints && mirrorKeypoints(view.keypoints);
  return { cropIndex: view.cropIndex, isMirrored: true, features, keypoints, pose6d, jointsMetres };
}

/** Where keypoints would be in the crop's mirror image: a detector would say nearly the same of that. */
function mirrorKeypoints(keypoints: readonly DetectedKeypoint[]): readonly DetectedKeypoint[] {
  return MIRROR_KEYPOINTS.flatMap((other) => {
    const keypoint = keypoints[other];
    return keypoint === undefined ? [] : [{ ...keypoint, x: CROP_PIXELS - keypoint.x }];
  });
}
