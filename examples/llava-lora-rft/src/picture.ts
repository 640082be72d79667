import { samplePose } from '@pose-rft/datasets';
import type { PixelValues, VisionTransformerConfig } from '@pose-rft/mllm';
import type { Random } from '@pose-rft/random';
import { createKinematics, SYNTHETIC_SKELETON } from '@pose-rft/smpl';

/** A person to be estimated: a picture, and the pose that it shows. */
export interface Picture {
  readonly pixels: PixelValues;
  /** [24, 6] rotations in layout `columns`. */
  readonly pose6d: Float32Array;
  /** [24, 3] metres, the pelvis at the origin. */
  readonly jointsMetres: Float32Array;
}

const kinematics = createKinematics(SYNTHETIC_SKELETON);
/** Metres that the picture spans, height and width. */
const EXTENT_METRES = 2.2;
/** Points drawn along every bone. */
const POINTS = 24;

/** A stick figure in a random pose, seen from the front: the bones' depths are their brightness. */
export function drawPicture(
  { imageHeight, imageWidth, channelCount }: VisionTransformerConfig,
  random: Random,
): Picture {
  const pose6d = samplePose(random);
  const jointsMetres = new Float32Array(3 * kinematics.jointCount);
  kinematics.jointsFromRotation6d(pose6d, 0, jointsMetres, 0);
  const data = new Float32Array(channelCount * imageHeight * imageWidth).fill(-1);
  const at = (joint: number, axis: number): number => jointsMetres[3 * joint + axis] as number;
  SYNTHETIC_SKELETON.parents.forEach((parent, joint) => {
    if (parent < 0) return;
    for (let point = 0; point <= POINTS; point++) {
      const [x = 0, y = 0, z = 0] = [0, 1, 2].map(
        (axis) => at(parent, axis) + ((at(joint, axis) - at(parent, axis)) * point) / POINTS,
      );
      const column = Math.floor((0.5 + x / EXTENT_METRES) * imageWidth);
      const row = Math.floor((0.5 - y / EXTENT_METRES) * imageHeight);
      if (column < 0 || row < 0 || column >= imageWidth || row >= imageHeight) continue;
      for (let channel = 0; channel < channelCount; channel++)
        data[(channel * imageHeight + row) * imageWidth + column] = 1 + z;
    }
  });
  return { pixels: { data, channelCount, height: imageHeight, width: imageWidth }, pose6d, jointsMetres };
}
