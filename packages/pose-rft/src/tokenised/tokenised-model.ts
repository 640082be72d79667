import { DATASET_VOCABULARY, type PosePrompt, type PoseSample } from '@pose-rft/datasets';
import {
  createMllmParameters,
  createTokenisedPosePolicy,
  createTokenizer,
  encodePrompt,
  mllmConfig,
  withPoseCodes,
  type PoseTokeniser,
  type SupervisedSample,
  type TokenComponents,
  type TokenisedPosePolicy,
} from '@pose-rft/mllm';
import type { Random } from '@pose-rft/random';
import { normaliseSentence } from '@pose-rft/text-pose';
import { supervisedSample } from '../model/pose-model.js';

/** The model of the embedded default with poses as codes: a policy over this project's own prompts. */
export type TokenisedPoseModel = TokenisedPosePolicy<PosePrompt>;

/** Longest answer in tokens without codes, as the hybrid model has it. */
const LONGEST_TEXT = 24;

/** A fresh small model, the hybrid one's network with a vocabulary of words and codes. */
export function createTokenisedModel(options: {
  readonly random: Random;
  readonly tokeniser: PoseTokeniser;
}): TokenisedPoseModel {
  const { random, tokeniser } = options;
  const tokenizer = withPoseCodes(createTokenizer(DATASET_VOCABULARY), tokeniser.config);
  const config = mllmConfig('tiny', { vocabularySize: tokenizer.size });
  return tokenisedModelOf(
    { config, tokenizer, tokeniser, parameters: createMllmParameters({ config, random }) },
    'joint',
  );
}

/** The same network as a policy whose tokens are shared out among components in another way; parameters are copied. */
export function withComponents(model: TokenisedPoseModel, components: TokenComponents): TokenisedPoseModel {
  const { config, tokenizer, tokeniser, parameters } = model;
  return tokenisedModelOf({ config, tokenizer, tokeniser, parameters: parameters.clone() }, components);
}

function tokenisedModelOf(
  parts: Pick<TokenisedPoseModel, 'config' | 'tokenizer' | 'tokeniser' | 'parameters'>,
  components: TokenComponents,
): TokenisedPoseModel {
  const { config, tokenizer } = parts;
  return createTokenisedPosePolicy({
    ...parts,
    components,
    maxNewTokens: LONGEST_TEXT + tokenizer.levelCount,
    encodePrompt: ({ question, evidence }: PosePrompt) =>
      encodePrompt(tokenizer, config, normaliseSentence(question).join(' '), evidence),
  });
}

/** A sample in the form that the supervised loss reads: behind every `<POSE>` of the answer stand the codes of its pose. */
export function tokenisedSample(model: TokenisedPoseModel, sample: PoseSample): SupervisedSample {
  const { targetPose6d, ...encoded } = supervisedSample(model, sample);
  const codes =
    targetPose6d === undefined ? [] : model.tokenizer.idsOfCodes(model.tokeniser.encodePoses(targetPose6d));
  return {
    ...encoded,
    answerIds: encoded.answerIds.flatMap((id) => (id === model.tokenizer.poseId ? [id, ...codes] : [id])),
  };
}
