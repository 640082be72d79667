import type { PosePrompt, PoseSample } from '@pose-rft/datasets';
import { DATASET_VOCABULARY } from '@pose-rft/datasets';
import {
  createMllmParameters,
  createPosePolicy,
  createTokenizer,
  encodePrompt,
  mllmConfig,
  type MllmConfig,
  type PosePolicy,
  type SupervisedSample,
  type Tokenizer,
} from '@pose-rft/mllm';
import type { Random } from '@pose-rft/random';
import type { ParameterStore } from '@pose-rft/tensor';
import { normaliseSentence } from '@pose-rft/text-pose';

/** The model of the embedded default: a policy over this project's own prompts. */
export type PoseModel = PosePolicy<PosePrompt>;

/** Longest answer in tokens, the end mark included: two statements, a pose, a full stop. */
const LONGEST_ANSWER = 24;

/**
 * A policy over {@link PosePrompt}s from its parts, however they came: fresh, or from a checkpoint. It takes ownership
 * of the parameters.
 */
export function poseModelOf(parts: {
  readonly config: MllmConfig;
  readonly tokenizer: Tokenizer;
  readonly parameters: ParameterStore;
}): PoseModel {
  const { config, tokenizer } = parts;
  return createPosePolicy({
    ...parts,
    maxNewTokens: LONGEST_ANSWER,
    encodePrompt: ({ question, evidence }: PosePrompt) =>
      encodePrompt(tokenizer, config, normaliseSentence(question).join(' '), evidence),
  });
}

/**
 * A fresh small model over the words that the data sets use.
 *
 * @param options.meanPose6d - [144] where the pose head starts; best the mean of the training poses
 */
export function createPoseModel(options: {
  readonly random: Random;
  readonly meanPose6d: Float32Array;
}): PoseModel {
  const tokenizer = createTokenizer(DATASET_VOCABULARY);
  const config = mllmConfig('tiny', { vocabularySize: tokenizer.size });
  const parameters = createMllmParameters({ config, random: options.random, meanPose6d: options.meanPose6d });
  return poseModelOf({ config, tokenizer, parameters });
}

/** A sample in the form that the supervised loss reads: the answer as tokens, its end marked. */
export function supervisedSample(
  model: Pick<PoseModel, 'config' | 'tokenizer'>,
  sample: PoseSample,
): SupervisedSample {
  const { prompt, answer } = sample;
  const { ids } = model.tokenizer.encode(answer);
  return {
    ...encodePrompt(
      model.tokenizer,
      model.config,
      normaliseSentence(prompt.question).join(' '),
      prompt.evidence,
    ),
    answerIds: [...ids, model.tokenizer.idOf('<eos>') ?? 1],
    targetPose6d: prompt.targetPose6d,
  };
}

/** The mean of the samples' poses, number by number: the pose head's start. */
export function meanPoseOf(samples: readonly PoseSample[]): Float32Array {
  const sum = new Float64Array(144);
  for (const { prompt } of samples)
    for (let number = 0; number < sum.length; number++)
      sum[number] = (sum[number] as number) + (prompt.targetPose6d[number] as number);
  return Float32Array.from(sum, (value) => value / Math.max(1, samples.length));
}
