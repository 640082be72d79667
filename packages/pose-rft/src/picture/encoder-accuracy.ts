import {
  createKinematics,
  JOINT_COUNT,
  mpjpeMillimetres,
  paMpjpeMillimetres,
  SYNTHETIC_SKELETON,
} from '@pose-rft/smpl';
import type { SyntheticSplit } from '@pose-rft/datasets';
import { bootstrapMean, type Estimate } from '../statistics/bootstrap.js';
import { bytesToPixels } from './crop-bytes.js';
import { createPersonCrops } from './person-crop-source.js';
import { patchAt, type PoseEncoder } from './pose-encoder.js';

/** Errors over held-out crops: each a mean with its interval. */
export interface PictureErrors {
  /** Millimetres, 24 joints, pelvis aligned. */
  readonly mpjpe: Estimate;
  /** The same after the best rotation, scale and shift. */
  readonly paMpjpe: Estimate;
}

/** How good an encoder is by itself, and what is right without looking. */
export interface EncoderAccuracy {
  readonly count: number;
  /** Of the joints that the encoder regresses. */
  readonly joints: PictureErrors;
  /** Of the joints that its rotations give on the standard skeleton. */
  readonly rotations: PictureErrors;
  /** Of the mean joints of the training split, the same for every picture. */
  readonly meanJoints: PictureErrors;
  /** Of the mean rotations of the training split. */
  readonly meanRotations: PictureErrors;
  /** Mean distance in pixels of the 128-pixel crop, of joints that the tower sees. */
  readonly keypointPixels: Estimate;
}

const AT_ONCE = 32;

/**
 * Measures an encoder on crops that it was not trained on, beside the mean of those that it was.
 *
 * @param options.mean - `meanOfCrops` of the training split
 */
export function encoderAccuracy(options: {
  readonly encoder: Pick<PoseEncoder, 'readings'>;
  readonly mean: { readonly jointsMetres: Float32Array; readonly pose6d: Float32Array };
  readonly seed: number;
  readonly split: SyntheticSplit;
  readonly count: number;
}): EncoderAccuracy {
  const { encoder, mean, seed, split, count } = options;
  const source = createPersonCrops({ seed, split });
  const kinematics = createKinematics(SYNTHETIC_SKELETON);
  const posed = (pose6d: Float32Array): Float32Array => {
    const joints = new Float32Array(3 * JOINT_COUNT);
    kinematics.jointsFromRotation6d(pose6d, 0, joints, 0);
    return joints;
  };
  const meanPosed = posed(mean.pose6d);
  const columns = {
    joints: errorColumn(),
    rotations: errorColumn(),
    meanJoints: errorColumn(),
    meanRotations: errorColumn(),
  };
  const keypointDistances: number[] = [];
  for (let first = 0; first < count; first += AT_ONCE) {
    const crops = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, index) =>
      source.crop(first + index),
    );
    const readings = encoder.readings(crops.map(({ bytes }) => bytesToPixels(bytes)));
    crops.forEach(({ jointsMetres, keypointsPixels }, index) => {
      const reading = readings[index];
      if (reading === undefined) return;
      columns.joints.add(reading.jointsMetres, jointsMetres);
      columns.rotations.add(posed(reading.pose6d), jointsMetres);
      columns.meanJoints.add(mean.jointsMetres, jointsMetres);
      columns.meanRotations.add(meanPosed, jointsMetres);
      keypointDistances.push(meanSeenDistance(reading.keypointsPixels, keypointsPixels));
    });
  }
  return {
    count,
    joints: columns.joints.errors(),
    rotations: columns.rotations.errors(),
    meanJoints: columns.meanJoints.errors(),
    meanRotations: columns.meanRotations.errors(),
    keypointPixels: bootstrapMean(Float64Array.from(keypointDistances)),
  };
}

function errorColumn(): {
  add(joints: Float32Array, truth: Float32Array): void;
  errors(): PictureErrors;
} {
  const mpjpe: number[] = [];
  const paMpjpe: number[] = [];
  return {
    add(joints, truth) {
      const centred = pelvisCentred(joints);
      mpjpe.push(mpjpeMillimetres(centred, 0, truth, 0, JOINT_COUNT));
      paMpjpe.push(paMpjpeMillimetres(centred, 0, truth, 0, JOINT_COUNT));
    },
    errors: () => ({
      mpjpe: bootstrapMean(Float64Array.from(mpjpe)),
      paMpjpe: bootstrapMean(Float64Array.from(paMpjpe)),
    }),
  };
}

/** Regressed joints may leave the pelvis; the truth's is at the origin. */
function pelvisCentred(joints: Float32Array): Float32Array {
  return joints.map((metres, index) => metres - (joints[index % 3] as number));
}

function meanSeenDistance(found: Float32Array, truth: Float32Array): number {
  let sum = 0;
  let count = 0;
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    const x = truth[2 * joint] as number;
    const y = truth[2 * joint + 1] as number;
    if (patchAt(x, y) < 0) continue;
    sum += Math.hypot((found[2 * joint] as number) - x, (found[2 * joint + 1] as number) - y);
    count += 1;
  }
  return count === 0 ? Number.NaN : sum / count;
}
