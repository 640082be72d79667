import type { PosePrompt } from '@pose-rft/datasets';
import type { Random } from '@pose-rft/random';
import {
  createKinematics,
  geodesicDistanceRadians,
  JOINT_COUNT,
  mpjpeMillimetres,
  rotation6dToMatrix,
  SYNTHETIC_SKELETON,
} from '@pose-rft/smpl';
import type { PoseModel } from '../model/pose-model.js';

/** A pose's distribution: means and logarithms of standard deviations of its 144 numbers. */
export interface PoseDistribution {
  readonly mean: Float32Array;
  readonly logStandardDeviation: Float32Array;
}

/** How far poses that a model draws are from its mean pose. */
export interface PoseSpread {
  /** Mean distance of the 24 joints, millimetres, pelvis aligned. */
  readonly millimetres: number;
  /** Mean angle between a joint's drawn and mean rotation, degrees; the root among them. */
  readonly degrees: number;
  /** The same angle, joint by joint, [24]. */
  readonly degreesOfJoint: Float64Array;
}

const DRAWS = 32;
const POSE_SIZE = 6 * JOINT_COUNT;
const BATCH = 32;

const kinematics = createKinematics(SYNTHETIC_SKELETON);

/** What a distribution's deviations mean in space: measured on poses drawn from it. */
export function spreadOf({ mean, logStandardDeviation }: PoseDistribution, random: Random): PoseSpread {
  const meanJoints = new Float64Array(3 * JOINT_COUNT);
  const joints = new Float64Array(3 * JOINT_COUNT);
  kinematics.jointsFromRotation6d(mean, 0, meanJoints, 0);
  const degreesOfJoint = new Float64Array(JOINT_COUNT);
  const drawn = new Float32Array(POSE_SIZE);
  const matrices = new Float64Array(18);
  let millimetres = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    random.fillNormal(drawn);
    for (let number = 0; number < POSE_SIZE; number++)
      drawn[number] =
        (mean[number] as number) +
        Math.exp(logStandardDeviation[number] as number) * (drawn[number] as number);
    kinematics.jointsFromRotation6d(drawn, 0, joints, 0);
    millimetres += mpjpeMillimetres(joints, 0, meanJoints, 0, JOINT_COUNT) / DRAWS;
    for (let joint = 0; joint < JOINT_COUNT; joint++) {
      rotation6dToMatrix(mean, 6 * joint, matrices, 0);
      rotation6dToMatrix(drawn, 6 * joint, matrices, 9);
      degreesOfJoint[joint] =
        (degreesOfJoint[joint] as number) +
        ((180 / Math.PI) * geodesicDistanceRadians(matrices, 0, matrices, 9)) / DRAWS;
    }
  }
  return {
    millimetres,
    degrees: degreesOfJoint.reduce((sum, degrees) => sum + degrees, 0) / JOINT_COUNT,
    degreesOfJoint,
  };
}

/** The mean {@link PoseSpread} in millimetres that a model predicts for prompts; NaN if no answer holds a pose. */
export async function poseSpreadMillimetres(
  model: Pick<PoseModel, 'act' | 'config'>,
  prompts: readonly PosePrompt[],
  random: Random,
): Promise<number> {
  let sum = 0;
  let count = 0;
  for (let first = 0; first < prompts.length; first += BATCH) {
    const { poseDistributions } = await model.act(prompts.slice(first, first + BATCH), {
      candidatesPerPrompt: 1,
      samplesPerCandidate: 1,
      random: random.split(first),
      greedy: true,
    });
    const { mean, logStandardDeviation } = poseDistributions;
    for (let at = 0; at < mean.length; at += POSE_SIZE) {
      const one = {
        mean: mean.slice(at, at + POSE_SIZE),
        logStandardDeviation: logStandardDeviation.slice(at, at + POSE_SIZE),
      };
      sum += spreadOf(one, random.split(`draws-${first}-${at}`)).millimetres;
      count += 1;
    }
  }
  return count === 0 ? Number.NaN : sum / count;
}
