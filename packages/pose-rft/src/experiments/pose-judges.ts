import { captionOfQuestion, type PosePrompt } from '@pose-rft/datasets';
import type { Random } from '@pose-rft/random';
import { createKinematics, isWithinJointLimits, JOINT_COUNT, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { satisfiedFraction } from '@pose-rft/text-pose';
import {
  loadJudgeEvaluator,
  loadRewardEvaluator,
  type JudgeEvaluator,
  type RewardEvaluator,
} from '@pose-rft/text-pose/retrieval';
import type { PoseModel } from '../model/pose-model.js';

/** Evaluator A, which may reward, and evaluator B, which only judges. */
export interface Evaluators {
  readonly reward: Pick<RewardEvaluator, 'similarity'>;
  readonly judge: Pick<JudgeEvaluator, 'judge'>;
}

/** What judges say of the mean poses that a model gives for sentences; NaN if it gave none. */
export interface PoseJudgement {
  /** Mean cosine of sentence and pose by evaluator A. */
  readonly rewardEvaluator: number;
  /** The same by evaluator B; the two are not comparable with each other. */
  readonly judgeEvaluator: number;
  /** Mean share of the sentence's posecodes that hold. */
  readonly satisfied: number;
  /** Share of poses with every joint within its limits. */
  readonly withinLimits: number;
}

/** Both evaluators of the package; the caller disposes them. */
export async function loadEvaluators(): Promise<Evaluators & { dispose(): void }> {
  const reward = await loadRewardEvaluator();
  const judge = await loadJudgeEvaluator();
  return {
    reward,
    judge,
    dispose: () => {
      reward.dispose();
      judge.dispose();
    },
  };
}

const BATCH_SIZE = 64;
const POSE_NUMBERS = 6 * JOINT_COUNT;

/**
 * Asks a model for a pose to each sentence, and both evaluators and the rules about it. The mean pose is judged, so that
 * a narrower distribution alone earns nothing.
 *
 * @param prompts - those with evidence are passed over
 * @param random - equal streams give equal answers of equal models
 */
export async function judgeModel(
  model: Pick<PoseModel, 'act' | 'config'>,
  prompts: readonly PosePrompt[],
  evaluators: Evaluators,
  random: Random,
): Promise<PoseJudgement> {
  const sentences = prompts.filter(({ kind }) => kind === 'text-to-pose');
  const posed: PosePrompt[] = [];
  const poses: Float32Array[] = [];
  for (let start = 0; start < sentences.length; start += BATCH_SIZE) {
    const batch = sentences.slice(start, start + BATCH_SIZE);
    const { logProbs, poseDistributions } = await model.act(batch, {
      candidatesPerPrompt: 1,
      samplesPerCandidate: 1,
      random: random.split(`judged-${start}`),
    });
    for (const candidate of logProbs.pose.candidates) posed.push(batch[candidate] as PosePrompt);
    poses.push(poseDistributions.mean);
  }
  return judgePoses(posed, joined(poses), evaluators);
}

/** What the judges say of the poses that the prompts were made from: the score of a perfect answer. */
export function judgeTargets(prompts: readonly PosePrompt[], evaluators: Evaluators): PoseJudgement {
  const sentences = prompts.filter(({ kind }) => kind === 'text-to-pose');
  return judgePoses(sentences, joined(sentences.map(({ targetPose6d }) => targetPose6d)), evaluators);
}

function judgePoses(
  prompts: readonly PosePrompt[],
  poses6d: Float32Array,
  evaluators: Evaluators,
): PoseJudgement {
  if (prompts.length === 0)
    return {
      rewardEvaluator: Number.NaN,
      judgeEvaluator: Number.NaN,
      satisfied: Number.NaN,
      withinLimits: Number.NaN,
    };
  const captions = prompts.map(({ question }) => captionOfQuestion(question));
  const kinematics = createKinematics(SYNTHETIC_SKELETON);
  const joints = new Float64Array(3 * JOINT_COUNT);
  let satisfied = 0;
  let within = 0;
  prompts.forEach(({ constraints }, index) => {
    const offset = index * POSE_NUMBERS;
    kinematics.jointsFromRotation6d(poses6d, offset, joints, 0, { globalOrientation: 'identity' });
    satisfied += satisfiedFraction(constraints, joints, 0);
    within += isWithinJointLimits(poses6d, offset) ? 1 : 0;
  });
  return {
    rewardEvaluator: meanOf(evaluators.reward.similarity(captions, poses6d)),
    judgeEvaluator: meanOf(evaluators.judge.judge(captions, poses6d)),
    satisfied: satisfied / prompts.length,
    withinLimits: within / prompts.length,
  };
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
