import type { PoseSample } from '@pose-rft/datasets';
import {
  createPoseTokeniser,
  createPoseTokeniserParameters,
  parsePoseTokeniserConfig,
  trainPoseTokeniser,
  type PoseTokeniser,
  type PoseTokeniserConfig,
  type PoseTokeniserStep,
} from '@pose-rft/mllm';
import type { Random } from '@pose-rft/random';
import { createKinematics, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import type { Budget } from '../recipes/cpu-clock.js';
import { createJointPositionLoss } from '../recipes/joint-position-loss.js';

const POSE_SIZE = 144;
const JOINT_NUMBERS = 72;
/** Higher than a deep network would bear: the encoder and decoder are nearly linear. */
const LEARNING_RATE = 4e-3;

/** Poses one after the other, [N * 144]. */
export function targetPoses(samples: readonly PoseSample[]): Float32Array {
  const poses = new Float32Array(samples.length * POSE_SIZE);
  samples.forEach(({ prompt }, index) => poses.set(prompt.targetPose6d, index * POSE_SIZE));
  return poses;
}

/**
 * Trains a pose tokeniser on the poses of a training set: squared error in 6D, and the distance of the joints, which is
 * what the comparison measures.
 */
export function trainTokeniser(options: {
  readonly samples: readonly PoseSample[];
  readonly random: Random;
  readonly budget: Budget;
  /** Default: that of `@pose-rft/mllm`. */
  readonly config?: Partial<PoseTokeniserConfig>;
  readonly onStep?: (step: PoseTokeniserStep) => void;
}): PoseTokeniser {
  const { samples, random, budget, onStep } = options;
  const config = parsePoseTokeniserConfig({ ...options.config, poseSize: POSE_SIZE });
  const poses6d = targetPoses(samples);
  const parameters = createPoseTokeniserParameters({ config, random: random.split('parameters'), poses6d });
  const jointPositionLoss = createJointPositionLoss();
  const targetOf = createJointTargets(poses6d);
  try {
    const training = trainPoseTokeniser({
      config,
      parameters,
      poses6d,
      random: random.split('training'),
      progress: (step) => budget.fraction(step),
      learningRate: LEARNING_RATE,
      poseLoss: (decoded, rows) => jointPositionLoss(decoded, Array.from(rows, targetOf)),
    });
    for (const step of training) onStep?.(step);
    return createPoseTokeniser({ config, parameters });
  } finally {
    parameters.dispose();
  }
}

/** The joints of the training poses as turned as they are, computed when first asked for. */
function createJointTargets(poses6d: Float32Array) {
  const kinematics = createKinematics(SYNTHETIC_SKELETON);
  const known = new Map<number, Float32Array>();
  const joints = new Float64Array(JOINT_NUMBERS);
  return (row: number) => {
    let targetJoints = known.get(row);
    if (targetJoints === undefined) {
      kinematics.jointsFromRotation6d(poses6d, row * POSE_SIZE, joints, 0, { globalOrientation: 'keep' });
      targetJoints = Float32Array.from(joints);
      known.set(row, targetJoints);
    }
    return { targetJoints, globalOrientation: 'keep' as const };
  };
}
