import type { PosePrompt } from '@pose-rft/datasets';
import type { Random } from '@pose-rft/random';
import { createKinematics, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { satisfiedFraction } from '@pose-rft/text-pose';
import type { PoseModel } from '../model/pose-model.js';
import type { GalleryAnswer } from './html-report.js';
import { inBodyFrame, posePicture } from './pose-picture.js';

/**
 * Answers sentences once each and pictures the mean pose of each answer.
 *
 * @param prompts - text-to-pose prompts
 * @returns one answer per prompt, in order
 */
export async function galleryAnswers(
  model: Pick<PoseModel, 'act' | 'config' | 'tokenizer'>,
  prompts: readonly PosePrompt[],
  random: Random,
): Promise<readonly GalleryAnswer[]> {
  const rollout = await model.act(prompts, { candidatesPerPrompt: 1, samplesPerCandidate: 1, random });
  const kinematics = createKinematics(SYNTHETIC_SKELETON);
  const joints = new Float64Array(72);
  const { poseSize } = model.config;
  return prompts.map((prompt, index) => {
    const text = model.tokenizer.decode(rollout.actions[index]?.answer ?? []);
    const row = rollout.logProbs.pose.candidates.indexOf(index);
    if (row < 0) return { text, picture: undefined, satisfied: Number.NaN };
    const pose = inBodyFrame(rollout.poseDistributions.mean.slice(row * poseSize, (row + 1) * poseSize));
    kinematics.jointsFromRotation6d(pose, 0, joints, 0, { globalOrientation: 'identity' });
    return { text, picture: posePicture(pose), satisfied: satisfiedFraction(prompt.constraints, joints, 0) };
  });
}
