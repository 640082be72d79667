import { assertRange, type RealArray } from '../real-array.js';
import { axisAngleToMatrix } from '../rotation/axis-angle.js';
import { orthonormaliseColumns } from '../rotation/gram-schmidt.js';
import type { Skeleton } from '../skeleton/skeleton.js';
import { nonFinitePose } from './non-finite-pose-error.js';

/**
 * Reads one pose, in one of the forms that poses come in, as row-major rotation matrices relative to the parent.
 *
 * All throw `ArrayRangeError` if the array is too short, and `NonFinitePoseError`, naming the joint, if a rotation
 * holds NaN or an infinity.
 */
export interface LocalRotations {
  /** [J, 3, 3], written by the functions below. */
  readonly matrices: Float64Array;
  /** [J, 6] in layout `columns`. */
  loadRotation6d(pose6d: RealArray, poseOffset: number): void;
  /** [J, 3, 3] row-major; not checked to be rotations. */
  loadMatrices(matrices: RealArray, matricesOffset: number): void;
  /** [J, 3] in radians. */
  loadAxisAngles(axisAngles: RealArray, axisAnglesOffset: number): void;
}

export function createLocalRotations({ names }: Skeleton): LocalRotations {
  const jointCount = names.length;
  const local = new Float64Array(9 * jointCount);
  return {
    matrices: local,
    loadRotation6d(pose6d, poseOffset) {
      assertRange(pose6d, poseOffset, 6 * jointCount, 'The pose (6D)');
      for (let joint = 0; joint < jointCount; joint++) {
        const start = poseOffset + 6 * joint;
        const isFinite = orthonormaliseColumns(
          pose6d[start] as number,
          pose6d[start + 1] as number,
          pose6d[start + 2] as number,
          pose6d[start + 3] as number,
          pose6d[start + 4] as number,
          pose6d[start + 5] as number,
          local,
          9 * joint,
        );
        if (!isFinite) throw nonFinitePose(joint, names[joint], pose6d, start, 6);
      }
    },
    loadMatrices(matrices, matricesOffset) {
      assertRange(matrices, matricesOffset, 9 * jointCount, 'The pose (matrices)');
      for (let joint = 0; joint < jointCount; joint++) {
        const start = matricesOffset + 9 * joint;
        let sum = 0;
        for (let entry = 0; entry < 9; entry++) {
          const value = matrices[start + entry] as number;
          local[9 * joint + entry] = value;
          sum += Math.abs(value);
        }
        if (!(sum < Infinity)) throw nonFinitePose(joint, names[joint], matrices, start, 9);
      }
    },
    loadAxisAngles(axisAngles, axisAnglesOffset) {
      assertRange(axisAngles, axisAnglesOffset, 3 * jointCount, 'The pose (axis-angle)');
      for (let joint = 0; joint < jointCount; joint++) {
        const start = axisAnglesOffset + 3 * joint;
        const sum =
          Math.abs(axisAngles[start] as number) +
          Math.abs(axisAngles[start + 1] as number) +
          Math.abs(axisAngles[start + 2] as number);
        if (!(sum < Infinity)) throw nonFinitePose(joint, names[joint], axisAngles, start, 3);
        axisAngleToMatrix(axisAngles, start, local, 9 * joint);
      }
    },
  };
}
