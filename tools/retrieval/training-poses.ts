import { samplePose } from '@pose-rft/datasets';
import type { Random } from '@pose-rft/random';
import {
  axisAngleToMatrix,
  clampToJointLimits,
  composeRotations,
  JOINT_COUNT,
  matrixToRotation6d,
  rotation6dToMatrix,
  slerpRotations,
} from '@pose-rft/smpl';

/** Numbers of a pose: 24 rotations in 6D. */
export const POSE_SIZE = 6 * JOINT_COUNT;

/** Shares of the training poses that are blends of two sampled ones, and sampled ones with more noise; the rest is as sampled. */
const BLENDS = 0.35;
const NOISY = 0.25;
const LARGEST_NOISE_RADIANS = 0.35;

/** `count` poses of the synthetic sampler, [count, 24, 6]; pose i depends on the stream's seed and i alone. */
export function sampledPoses(random: Random, count: number): Float32Array {
  return collected(count, (pose) => samplePose(random.split(pose)));
}

/**
 * The same, broader than the sampler: real people are mostly between its postures. A share are joint by joint half-way
 * (more or less) between two sampled poses, a share have noise on every joint; all keep within the limits of joints.
 */
export function trainingPoses(random: Random, count: number): Float32Array {
  return collected(count, (pose) => {
    const stream = random.split(pose);
    const sampled = samplePose(stream);
    const kind = stream.uniform();
    if (kind < BLENDS) return blended(sampled, samplePose(stream), stream);
    return kind < BLENDS + NOISY ? disturbed(sampled, stream) : sampled;
  });
}

function collected(count: number, draw: (pose: number) => Float32Array): Float32Array {
  const poses6d = new Float32Array(count * POSE_SIZE);
  for (let pose = 0; pose < count; pose++) poses6d.set(draw(pose), pose * POSE_SIZE);
  return poses6d;
}

function blended(first: Float32Array, second: Float32Array, random: Random): Float32Array {
  const fraction = random.uniform();
  return mapRotations(first, (matrix, joint) => {
    const other = new Float64Array(9);
    rotation6dToMatrix(second, 6 * joint, other, 0, 'columns');
    slerpRotations(matrix, 0, other, 0, fraction, matrix, 0);
  });
}

function disturbed(pose6d: Float32Array, random: Random): Float32Array {
  const deviation = LARGEST_NOISE_RADIANS * random.uniform();
  return mapRotations(pose6d, (matrix, joint) => {
    if (joint === 0) return;
    const turn = new Float64Array(9);
    axisAngleToMatrix(
      random.fillNormal(new Float64Array(3)).map((value) => value * deviation),
      0,
      turn,
      0,
    );
    composeRotations(matrix, 0, turn, 0, matrix, 0);
  });
}

function mapRotations(
  pose6d: Float32Array,
  change: (matrix: Float64Array, joint: number) => void,
): Float32Array {
  const target = new Float32Array(POSE_SIZE);
  const matrix = new Float64Array(9);
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    rotation6dToMatrix(pose6d, 6 * joint, matrix, 0, 'columns');
    change(matrix, joint);
    matrixToRotation6d(matrix, 0, target, 6 * joint, 'columns');
  }
  clampToJointLimits(target, 0, target, 0);
  return target;
}
