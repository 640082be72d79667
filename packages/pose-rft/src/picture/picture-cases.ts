import type { Random } from '@pose-rft/random';
import type { PoseModel } from '../model/pose-model.js';
import type { PictureCase } from './case-sheet.js';
import { createPersonCrops } from './person-crop-source.js';
import type { PictureOutcome } from './fine-tune-picture-model.js';

const POSE_SIZE = 144;

/** The likeliest answer of a model to each sample: its text, and the mean pose if it has one. */
export async function likeliestAnswers(
  model: Pick<PoseModel, 'act' | 'tokenizer'>,
  samples: PictureOutcome['testSamples'],
  random: Random,
): Promise<readonly { readonly text: string; readonly pose6d: Float32Array | undefined }[]> {
  const { actions, poseDistributions, logProbs } = await model.act(
    samples.map(({ prompt }) => prompt),
    { candidatesPerPrompt: 1, samplesPerCandidate: 1, greedy: true, random },
  );
  const rows = new Map(Array.from(logProbs.pose.candidates, (candidate, row) => [candidate, row]));
  return actions.map(({ answer }, index) => {
    const row = rows.get(index);
    const pose6d =
      row === undefined ? undefined : poseDistributions.mean.slice(row * POSE_SIZE, (row + 1) * POSE_SIZE);
    return { text: model.tokenizer.decode(answer), pose6d };
  });
}

/** The first held-out pictures, unselected, with the poses before and after reinforcement. */
export async function pictureCases(
  outcome: PictureOutcome,
  count: number,
  random: Random,
): Promise<readonly PictureCase[]> {
  const samples = outcome.testSamples.slice(0, count);
  const before = await likeliestAnswers(outcome.before, samples, random.split('before'));
  const after = await likeliestAnswers(outcome.after, samples, random.split('after'));
  const source = createPersonCrops({ seed: outcome.seed, split: 'test' });
  return samples.map(({ cropIndex, prompt }, index) => ({
    bytes: source.crop(cropIndex).bytes,
    before: before[index]?.pose6d,
    after: after[index]?.pose6d,
    truth: prompt.targetPose6d,
  }));
}
