import {
  hybrid,
  rotations,
  tokens,
  when,
  type ActionOf,
  type ActOptions,
  type ComponentScores,
  type HybridPolicy,
  type NestedLogProbs,
  type Rollout,
  type SequenceLogProbs,
} from '@pose-rft/hybrid-actions';
import type { ParameterStore } from '@pose-rft/tensor';
import { ROTATION_SIZE, type MllmConfig } from './config.js';
import { createDecoder, type Decoder } from './decoder.js';
import { drawPoses, type PoseDraws } from './pose-draws.js';
import type { MllmPrompt } from './prompt.js';
import { scoreRollout } from './rollout-scores.js';
import { sampleAnswers } from './sampling.js';
import type { Tokenizer } from './tokenizer.js';

/** An answer's tokens, and the pose that it gives if it has a `<POSE>`: 6D rotations, joint after joint. */
export type MllmAction = ActionOf<ReturnType<typeof poseSpace>>;

/** How to act, beyond what every hybrid policy knows. */
export interface PoseActOptions extends ActOptions {
  /** Takes the likeliest token always, and the mean pose (default false). */
  readonly greedy?: boolean;
  /** Longest answer; default: the policy's. */
  readonly maxNewTokens?: number;
  readonly topK?: number;
  readonly topP?: number;
}

/** A rollout that also tells where its poses were drawn from. */
export interface PoseRollout<Prompt> extends Rollout<Prompt, MllmAction> {
  readonly logProbs: {
    readonly answer: SequenceLogProbs<Float32Array>;
    readonly pose: NestedLogProbs<Float32Array>;
  };
  /** The temperature that the log-probabilities of `answer` were taken at; `score` uses the same. */
  readonly temperature: number;
  /** The distributions over the poses of the M candidates that have one, as data. */
  readonly poseDistributions: PoseDraws['distributions'];
}

/** The multimodal policy: it answers a prompt with text, and where that text holds `<POSE>`, with a pose. */
export interface PosePolicy<Prompt> extends HybridPolicy<Prompt, MllmAction> {
  readonly config: MllmConfig;
  readonly tokenizer: Tokenizer;
  /** The network behind it, for supervised losses over the same parameters. */
  readonly decoder: Decoder;
  act(prompts: readonly Prompt[], options: PoseActOptions): Promise<PoseRollout<Prompt>>;
  /** An independent copy with the same parameters: a reference policy, say. */
  clone(): PosePolicy<Prompt>;
  /** Disposes the parameters too. */
  dispose(): void;
}

export interface PosePolicyOptions {
  readonly config: MllmConfig;
  readonly tokenizer: Tokenizer;
  /** As `createMllmParameters` makes them; the policy takes ownership. */
  readonly parameters: ParameterStore;
  /** Longest answer, `<eos>` included (default 24). */
  readonly maxNewTokens?: number;
  /** Whether a backward pass computes each block again instead of keeping what is inside (default false). */
  readonly recomputesBlocks?: boolean;
}

/** Thrown when the parts of a policy do not belong together. */
export class PosePolicyError extends Error {
  override readonly name = 'PosePolicyError';
}

/**
 * Makes a policy of a network.
 *
 * @param options.encodePrompt - turns the caller's prompts into the model's; called once for each prompt object.
 *   Without it, prompts are {@link MllmPrompt}s.
 * @throws PosePolicyError if the tokenizer has more tokens than the configuration's vocabulary
 * @example
 * ```ts
 * import { createMllmParameters, createPosePolicy, createTokenizer, encodePrompt, mllmConfig } from '@pose-rft/mllm';
 * import { createRandom } from '@pose-rft/random';
 * import { useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('auto');
 * const tokenizer = createTokenizer(['show', 'a', 'person', 'kneeling', 'here', 'it', 'is', '.']);
 * const config = mllmConfig('tiny', { vocabularySize: tokenizer.size });
 * const random = createRandom(1);
 * const policy = createPosePolicy({
 *   config,
 *   tokenizer,
 *   parameters: createMllmParameters({ config, random: random.split('parameters') }),
 *   encodePrompt: (question: { text: string }) => encodePrompt(tokenizer, config, question.text),
 * });
 * const { actions } = await policy.act([{ text: 'Show a person kneeling' }], {
 *   candidatesPerPrompt: 4,
 *   samplesPerCandidate: 2,
 *   random: random.split('actions'),
 * });
 * console.assert(actions.length === 8);
 * policy.dispose();
 * ```
 */
export function createPosePolicy<Prompt>(
  options: PosePolicyOptions & { readonly encodePrompt: (prompt: Prompt) => MllmPrompt },
): PosePolicy<Prompt>;
export function createPosePolicy(options: PosePolicyOptions): PosePolicy<MllmPrompt>;
export function createPosePolicy(
  options: PosePolicyOptions & { readonly encodePrompt?: (prompt: MllmPrompt) => MllmPrompt },
): PosePolicy<MllmPrompt> {
  return policyOf(options, options.encodePrompt ?? ((prompt) => prompt));
}

function policyOf<Prompt>(
  options: PosePolicyOptions,
  encodePrompt: (prompt: Prompt) => MllmPrompt,
): PosePolicy<Prompt> {
  const { config, tokenizer, parameters, maxNewTokens: longestAnswer = 24 } = options;
  if (tokenizer.size > config.vocabularySize)
    throw new PosePolicyError(
      `createPosePolicy: the tokenizer has ${tokenizer.size} tokens, the configuration's vocabularySize is ` +
        `${config.vocabularySize}; expected at least as many. Make the configuration with ` +
        `{ vocabularySize: ${tokenizer.size} }.`,
    );
  const decoder = createDecoder({
    config,
    parameters,
    answerVocabularySize: tokenizer.size,
    ...(options.recomputesBlocks === undefined ? {} : { recomputesBlocks: options.recomputesBlocks }),
  });
  const encode = rememberingPerObject(encodePrompt);
  const currentVersion = createVersionCounter(parameters);

  return {
    space: poseSpace(config, longestAnswer),
    config,
    tokenizer,
    parameters,
    decoder,
    async act(prompts, actOptions) {
      const { candidatesPerPrompt, samplesPerCandidate, random, greedy = false } = actOptions;
      const policyVersion = currentVersion();
      const temperature = greedy ? 1 : (actOptions.temperature ?? 1);
      const { answers, logProbs, offsets, poseCandidates, poseHidden } = await sampleAnswers(
        decoder,
        prompts.map(encode),
        {
          candidatesPerPrompt,
          random,
          maxNewTokens: actOptions.maxNewTokens ?? longestAnswer,
          temperature,
          greedy,
          topK: actOptions.topK,
          topP: actOptions.topP,
          signal: actOptions.signal,
        },
      );
      const draws = await drawPoses(decoder, poseHidden, { samplesPerCandidate, random, greedy });
      return {
        prompts,
        candidatesPerPrompt,
        samplesPerCandidate,
        actions: joinActions(answers, poseCandidates, draws.poses, samplesPerCandidate),
        logProbs: {
          answer: { kind: 'sequence', values: logProbs, offsets },
          pose: {
            kind: 'nested',
            values: draws.logProbs,
            candidates: poseCandidates,
            groups: config.poseSize / ROTATION_SIZE,
          },
        },
        policyVersion,
        temperature,
        poseDistributions: draws.distributions,
      };
    },
    score: (rollout): ComponentScores => scoreRollout(decoder, rollout, encode),
    clone: () => policyOf({ ...options, parameters: parameters.clone() }, encodePrompt),
    dispose() {
      decoder.dispose();
      parameters.dispose();
    },
  };
}

/** The text comes first; the pose is there only where the text has a `<POSE>`: the paper's valid set. */
function poseSpace(config: MllmConfig, maxNewTokens: number) {
  return hybrid({
    answer: tokens({
      vocabularySize: config.vocabularySize,
      maxLength: maxNewTokens,
      end: config.tokenIds.endOfSequence,
    }),
    pose: when(
      'answer',
      { contains: poseToken(config) },
      rotations({ joints: config.poseSize / ROTATION_SIZE }),
    ),
  });
}

function poseToken({ tokenIds }: MllmConfig): number {
  if (tokenIds.pose !== null) return tokenIds.pose;
  throw new PosePolicyError(
    'createPosePolicy: the configuration names no <POSE> token (tokenIds.pose is null), so no answer can have a pose. ' +
      'Give the id of the tokenizer, or of a row that the vocabulary leaves free.',
  );
}

/** Every candidate's V actions; those of one candidate share the answer. */
function joinActions(
  answers: readonly (readonly number[])[],
  poseCandidates: Int32Array,
  poses: readonly Float32Array[],
  samplesPerCandidate: number,
): readonly MllmAction[] {
  const firstPose = new Map(
    Array.from(poseCandidates, (candidate, row) => [candidate, row * samplesPerCandidate]),
  );
  return answers.flatMap((answer, candidate) => {
    const first = firstPose.get(candidate);
    return Array.from({ length: samplesPerCandidate }, (_, sample): MllmAction => {
      const pose = first === undefined ? undefined : poses[first + sample];
      return pose === undefined ? { answer } : { answer, pose };
    });
  });
}

function rememberingPerObject<Prompt>(
  encodePrompt: (prompt: Prompt) => MllmPrompt,
): (prompt: Prompt) => MllmPrompt {
  const encoded = new WeakMap<object, MllmPrompt>();
  return (prompt) => {
    if (typeof prompt !== 'object' || prompt === null) return encodePrompt(prompt);
    let known = encoded.get(prompt);
    if (known === undefined) {
      known = encodePrompt(prompt);
      encoded.set(prompt, known);
    }
    return known;
  };
}

/** Counts how often the parameters were found changed: every update puts new tensors in the store. */
function createVersionCounter(parameters: ParameterStore): () => number {
  const identify = (): string => parameters.names.map((name) => parameters.get(name).id).join();
  let seen = identify();
  let version = 0;
  return () => {
    const present = identify();
    if (present !== seen) version++;
    seen = present;
    return version;
  };
}
