import { answerSteps } from '../answer-steps.js';
import { chatSequence } from './chat-sequence.js';
import type { Conversation, ConversationTurn } from './conversation.js';
import { parseAnswer } from './parse-answer.js';
import {
  answeredTurn,
  checkAnswerVocabulary,
  drawPose,
  stopTokens,
  type AnsweredPose,
  type AnswerOptions,
  type ChatModel,
} from './stream-answer.js';

/** An answer to one of several conversations. */
export interface ConversationAnswer {
  /** To be put behind the conversation. */
  readonly turn: ConversationTurn;
  readonly poses: readonly AnsweredPose[];
  readonly reason: 'stop' | 'length';
  /** [tokens] log-probability of each token; see `sampleAnswers`. */
  readonly logProbs: Float32Array;
}

/**
 * Answers several conversations in one batch, each as `streamAnswer` answers it alone with `random.split(n)`, n its number:
 * what one is answered does not depend on the others.
 *
 * @param conversations - one or more
 * @returns an answer for each
 * @throws ConversationError, ChatTemplateError, SamplingOptionError, PromptError
 * @throws the reason of `signal`, once it is aborted
 */
export async function answerConversations(
  model: ChatModel,
  conversations: readonly Conversation[],
  options: AnswerOptions,
): Promise<readonly ConversationAnswer[]> {
  const { decoder, format } = model;
  checkAnswerVocabulary(model);
  const { hiddenSize, tokenIds: modelTokens } = decoder.config;
  const stopIds = stopTokens(format, options);
  const randomOf = (candidate: number) => options.random.split(candidate);
  const prompts = conversations.map((conversation) => chatSequence(format, conversation, 'question'));
  const answers = prompts.map(() => ({
    tokenIds: [] as number[],
    logProbs: [] as number[],
    poses: [] as AnsweredPose[],
  }));
  const steps = answerSteps(decoder, prompts, {
    ...options,
    candidatesPerPrompt: 1,
    randomOf,
    stopTokenIds: [...stopIds],
    posesOf: 'every',
  });
  for await (const step of steps) {
    if (step.kind === 'tokens') {
      for (const { candidate, id, logProb } of step.tokens) {
        answers[candidate]?.tokenIds.push(id);
        answers[candidate]?.logProbs.push(logProb);
      }
      continue;
    }
    for (const [row, candidate] of step.candidates.entries()) {
      const state = step.hiddenStates.slice(row * hiddenSize, (row + 1) * hiddenSize);
      const known = answers[candidate]?.poses ?? [];
      known.push(await drawPose(decoder, state, known.length, { ...options, random: randomOf(candidate) }));
    }
  }
  return answers.map(({ tokenIds, logProbs, poses }) => ({
    turn: answeredTurn(parseAnswer(format, tokenIds, [...stopIds]).parts, poses, tokenIds, modelTokens.pose),
    poses,
    reason: stopIds.has(tokenIds.at(-1) ?? -1) ? 'stop' : 'length',
    logProbs: Float32Array.from(logProbs),
  }));
}
