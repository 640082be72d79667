import type { Random } from '@pose-rft/random';
import { answerSteps, type SamplingOptions } from '../answer-steps.js';
import type { Decoder } from '../decoder.js';
import { drawPoses } from '../pose-draws.js';
import type { ChatFormat } from './chat-format.js';
import { chatSequence } from './chat-sequence.js';
import type { Conversation, ConversationPart, ConversationTurn, PosePart } from './conversation.js';
import { createPartCollector, type AnswerPart } from './parse-answer.js';
import { TokenAgreementError } from './token-agreement.js';

/** A model that one can talk to. */
export interface ChatModel {
  readonly decoder: Decoder;
  readonly format: ChatFormat;
}

/** How to draw an answer; see {@link SamplingOptions}. */
export interface AnswerOptions extends Pick<
  SamplingOptions,
  | 'random'
  | 'maxNewTokens'
  | 'temperature'
  | 'greedy'
  | 'topK'
  | 'topP'
  | 'minP'
  | 'stopTokenIds'
  | 'constraint'
> {
  /** Ends the answer where it stands: no error, the last event says so. */
  readonly signal?: AbortSignal | undefined;
}

/** A pose of an answer, and where it was drawn from. */
export interface AnsweredPose extends PosePart {
  /** Which of the answer's `<POSE>`s, from 0. */
  readonly index: number;
  /** [poseSize] the likeliest pose; `rotation6d` is drawn around it, or is it if greedy. */
  readonly mean: Float32Array;
  /** [poseSize] of each number; of a mixture its heaviest Gaussian's. */
  readonly standardDeviation: Float32Array;
}

/** What a growing answer brings next. */
export type AnswerEvent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'pose'; readonly pose: AnsweredPose }
  | {
      readonly kind: 'end';
      /** A token ended it, it reached `maxNewTokens`, or the signal was aborted. */
      readonly reason: 'stop' | 'length' | 'aborted';
      /** The whole answer, to be put behind the conversation. */
      readonly turn: ConversationTurn;
    };

/**
 * Answers a conversation, piece by piece: texts (whole characters only), poses as soon as their state is known, and at last
 * the end. It computes nothing before the next event is asked for, and leaving the loop frees everything.
 *
 * Tokens are drawn from `random` as `sampleAnswers` draws them: the same seed gives the same answer. Pose n is drawn from
 * `random.split('pose n')`, so that no pose changes the words after it.
 *
 * @throws ConversationError, ChatTemplateError, SamplingOptionError
 * @throws TokenAgreementError if the decoder may answer with ids behind the tokenizer's
 * @throws PromptError if conversation and answer are longer than the model's positions
 * @example
 * ```ts
 * import {
 *   conversationTurn,
 *   createChatFormat,
 *   createDecoder,
 *   createMllmParameters,
 *   createTokenizer,
 *   mllmConfig,
 *   streamAnswer,
 *   WORD_LEVEL_CHAT_TEMPLATE,
 * } from '@pose-rft/mllm';
 * import { createRandom } from '@pose-rft/random';
 * import { useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('auto');
 * const tokenizer = createTokenizer(['show', 'a', 'person', 'kneeling']);
 * const config = mllmConfig('tiny', { vocabularySize: tokenizer.size });
 * const parameters = createMllmParameters({ config, random: createRandom(1) });
 * const decoder = createDecoder({ config, parameters });
 * const format = createChatFormat({ config, tokenizer, template: WORD_LEVEL_CHAT_TEMPLATE });
 * const question = conversationTurn('user', 'show a person kneeling');
 * const options = { random: createRandom(2), maxNewTokens: 8 };
 * for await (const event of streamAnswer({ decoder, format }, [question], options)) {
 *   if (event.kind === 'text') process.stdout.write(event.text);
 *   if (event.kind === 'end') console.assert(event.turn.role === 'assistant');
 * }
 * decoder.dispose();
 * parameters.dispose();
 * ```
 */
export async function* streamAnswer(
  model: ChatModel,
  conversation: Conversation,
  options: AnswerOptions,
): AsyncGenerator<AnswerEvent, void, void> {
  const { decoder, format } = model;
  checkAnswerVocabulary(model);
  const { signal, ...sampling } = options;
  const isAborted = (): boolean => signal?.aborted === true;
  const stopIds = stopTokens(format, options);
  const prompt = chatSequence(format, conversation, 'question');
  const collector = createPartCollector(format.tokenizer);
  const tokenIds: number[] = [];
  const poses: AnsweredPose[] = [];
  const end = (reason: 'stop' | 'length' | 'aborted'): AnswerEvent => ({
    kind: 'end',
    reason,
    turn: answeredTurn(collector.end(), poses, tokenIds, decoder.config.tokenIds.pose),
  });
  if (isAborted()) {
    yield end('aborted');
    return;
  }
  const steps = answerSteps(decoder, [prompt], {
    ...sampling,
    candidatesPerPrompt: 1,
    stopTokenIds: [...stopIds],
    posesOf: 'every',
  });
  for await (const step of steps) {
    if (step.kind === 'poses') {
      const pose = await drawPose(decoder, step.hiddenStates, poses.length, options);
      poses.push(pose);
      yield { kind: 'pose', pose };
    } else {
      const id = step.tokens[0]?.id ?? 0;
      tokenIds.push(id);
      const text = stopIds.has(id) ? '' : id === decoder.config.tokenIds.pose ? collector.pose(id) : collector.token(id); // prettier-ignore
      if (text !== '') yield { kind: 'text', text };
    }
    // Once its last token is there, an answer is whole.
    if (isAborted() && !stopIds.has(tokenIds.at(-1) ?? -1)) {
      yield* flushed(collector.flush());
      yield end('aborted');
      return;
    }
  }
  yield* flushed(collector.flush());
  yield end(stopIds.has(tokenIds.at(-1) ?? -1) ? 'stop' : 'length');
}

function* flushed(text: string): Generator<AnswerEvent> {
  if (text !== '') yield { kind: 'text', text };
}

/** The tokens that end an answer in a chat. */
export function stopTokens(
  { config, endOfTurnId }: ChatFormat,
  { stopTokenIds = [] }: Pick<AnswerOptions, 'stopTokenIds'>,
): ReadonlySet<number> {
  return new Set([config.tokenIds.endOfSequence, endOfTurnId, ...stopTokenIds]);
}

/**
 * Whether every token that the decoder may answer with is one of the tokenizer's.
 *
 * @throws TokenAgreementError
 */
export function checkAnswerVocabulary({ decoder, format: { tokenizer } }: ChatModel): void {
  for (let id = tokenizer.size; id < decoder.config.vocabularySize; id++)
    if (decoder.canAnswerWith(id))
      throw new TokenAgreementError([
        `the decoder may answer with ${id}, but the tokenizer has ${tokenizer.size} tokens; make the decoder with ` +
          `{ answerVocabularySize: ${tokenizer.size} }`,
      ]);
}

/** One pose from the state at its `<POSE>`. */
export async function drawPose(
  decoder: Decoder,
  hiddenState: Float32Array,
  index: number,
  { random, greedy = false }: { readonly random: Random; readonly greedy?: boolean | undefined },
): Promise<AnsweredPose> {
  const { poses, shape, camera, distributions } = await drawPoses(decoder, hiddenState, {
    samplesPerCandidate: 1,
    random: random.split(`pose ${index}`),
    greedy,
  });
  const { mean, logStandardDeviation } = distributions;
  const [ownShape, ownCamera] = [shape?.vectors[0], camera?.vectors[0]];
  return {
    kind: 'pose',
    index,
    rotation6d: poses[0] ?? mean,
    mean,
    standardDeviation: logStandardDeviation.map(Math.exp),
    ...(ownShape === undefined ? {} : { shape: ownShape }),
    ...(ownCamera === undefined ? {} : { camera: ownCamera }),
  };
}

/**
 * An answer as a turn. If it was aborted between a `<POSE>` and its pose, both are left out.
 */
export function answeredTurn(
  parts: readonly AnswerPart[],
  poses: readonly AnsweredPose[],
  tokenIds: readonly number[],
  poseToken: number | null,
): ConversationTurn {
  const known = parts.flatMap((part): readonly ConversationPart[] => {
    if (part.kind === 'text') return [part];
    const pose = poses[part.index];
    return pose === undefined ? [] : [pose];
  });
  const isDangling = parts.some((part) => part.kind === 'pose' && poses[part.index] === undefined);
  return {
    role: 'assistant',
    parts: known,
    tokenIds: isDangling ? tokenIds.slice(0, tokenIds.lastIndexOf(poseToken ?? -1)) : [...tokenIds],
  };
}
