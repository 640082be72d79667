import type { Scalar } from '@pose-rft/tensor';
import { passAnswers } from '../answer-pass.js';
import type { AnswerPlan } from '../answer-plan.js';
import type { Decoder } from '../decoder.js';
import { SupervisedSampleError, type SupervisedLossOptions, type SupervisedReport } from '../supervised.js';
import { answerTokenWeights, supervisionTerms, type PoseTarget } from '../supervision-terms.js';
import type { ConversationSample } from './conversation-sample.js';

/**
 * The loss of supervised fine-tuning on conversations: as `supervisedLoss`, over every answer of every conversation, each
 * in one sequence with all turns before it. Answers may have any number of poses, each read at its own `<POSE>`. Every
 * answer counts alike, long or short. Use it inside `valueAndGradients` or a `tidy`.
 *
 * @param batch - one or more, as `conversationSample` makes them
 * @param options.poseMeanLoss - is told the conversation of each pose
 * @throws SupervisedSampleError if the batch is empty, or an answer holds a token that no answer may hold
 * @throws PromptError if a conversation is longer than the model's positions
 * @example
 * ```ts
 * import {
 *   conversationLoss,
 *   conversationSample,
 *   conversationTurn,
 *   createChatFormat,
 *   createDecoder,
 *   createMllmParameters,
 *   createTokenizer,
 *   mllmConfig,
 *   WORD_LEVEL_CHAT_TEMPLATE,
 * } from '@pose-rft/mllm';
 * import { createRandom } from '@pose-rft/random';
 * import { dispose, useBackend, valueAndGradients } from '@pose-rft/tensor';
 *
 * await useBackend('auto');
 * const tokenizer = createTokenizer(['stand', 'here', 'you', 'are']);
 * const config = mllmConfig('tiny', { vocabularySize: tokenizer.size });
 * const parameters = createMllmParameters({ config, random: createRandom(1) });
 * const decoder = createDecoder({ config, parameters });
 * const format = createChatFormat({ config, tokenizer, template: WORD_LEVEL_CHAT_TEMPLATE });
 * const pose = { kind: 'pose', rotation6d: new Float32Array(144).fill(0.5) } as const;
 * const sample = conversationSample(format, [
 *   conversationTurn('user', 'stand'),
 *   conversationTurn('assistant', 'here you are', pose),
 * ]);
 * const { aux, gradients } = valueAndGradients(parameters, () => conversationLoss(decoder, [sample]));
 * console.assert(aux.poseCount === 1);
 * dispose(gradients);
 * decoder.dispose();
 * parameters.dispose();
 * ```
 */
export function conversationLoss(
  decoder: Decoder,
  batch: readonly ConversationSample[],
  options: SupervisedLossOptions = {},
): { loss: Scalar; aux: SupervisedReport } {
  const { plan, targets, answerLengths } = planConversations(decoder, batch);
  const pass = passAnswers(decoder, plan, 1, options.dropout);
  return supervisionTerms(decoder.config, pass, answerTokenWeights(answerLengths), targets, options);
}

/** Each conversation is one segment; its answers are rows in the middle of it. */
function planConversations(
  decoder: Decoder,
  batch: readonly ConversationSample[],
): {
  readonly plan: AnswerPlan;
  readonly targets: readonly PoseTarget[];
  readonly answerLengths: readonly number[];
} {
  if (batch.length === 0)
    throw new SupervisedSampleError('conversationLoss: the batch is empty; expected conversations.');
  const tokenRows: number[] = [];
  const tokenIds: number[] = [];
  const tokenOffsets = [0];
  const poseRows: number[] = [];
  const firstPoses: number[] = [];
  const targets: PoseTarget[] = [];
  let start = 0;
  batch.forEach((sample, index) => {
    for (const { turn, begin, end, poses } of sample.answers) {
      const ids = sample.promptIds.slice(begin, end);
      checkAnswer(decoder, ids, index, turn);
      ids.forEach((id, place) => {
        // The row before a token predicts it.
        tokenRows.push(start + begin + place - 1);
        tokenIds.push(id);
      });
      tokenOffsets.push(tokenIds.length);
      firstPoses.push(poses.length === 0 ? -1 : poseRows.length);
      for (const { position, target } of poses) {
        const row = poseRows.push(start + position) - 1;
        targets.push({
          sample: index,
          row,
          targetPose6d: target.rotation6d,
          targetShape: target.shape,
          targetCamera: target.camera,
        });
      }
    }
    start += sample.promptIds.length;
  });
  const plan: AnswerPlan = {
    segments: batch.map(({ promptIds, imageFeatures, inputPoses6d }) => ({
      ids: promptIds,
      imageFeatures,
      inputPoses6d,
    })),
    tokenRows: Int32Array.from(tokenRows),
    tokenIds: Int32Array.from(tokenIds),
    tokenIndices: Int32Array.from(tokenIds, (_, place) => place),
    tokenOffsets: Int32Array.from(tokenOffsets),
    poseRows: Int32Array.from(poseRows),
    poseIndices: Int32Array.from(firstPoses),
    laterPoseIndices: [],
  };
  const answerLengths = tokenOffsets.slice(1).map((end, answer) => end - (tokenOffsets[answer] ?? 0));
  return { plan, targets, answerLengths };
}

function checkAnswer(decoder: Decoder, ids: readonly number[], sample: number, turn: number): void {
  const forbidden = ids.find((id) => !decoder.canAnswerWith(id));
  if (forbidden === undefined) return;
  throw new SupervisedSampleError(
    `conversationLoss: the answer in turn ${turn} of conversation ${sample} holds token ${forbidden}, which the model never ` +
      'emits (padding, image, turn marks, unknown words). Add the missing word to the vocabulary, or mend the answer.',
  );
}
