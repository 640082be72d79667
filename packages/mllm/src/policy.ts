import {
  hybrid,
  real,
  rotations,
  tokens,
  when,
  type ActionOf,
  type ActOptions,
  type ComponentLogProbs,
  type ComponentScores,
  type HybridFields,
  type HybridPolicy,
  type NestedLogProbs,
  type Rollout,
  type SequenceLogProbs,
  type Space,
} from '@pose-rft/hybrid-actions';
import type { ParameterStore } from '@pose-rft/tensor';
import { ROTATION_SIZE, type MllmConfig } from './config.js';
import { createDecoder, type Decoder } from './decoder.js';
import { joinActions, nestedLogProbs, poseLogProbs, type CandidatePoses } from './pose-actions.js';
import { poseComponent, type PoseComponent, type PosesPerAnswer } from './pose-components.js';
import { drawPoses, type PoseDraws } from './pose-draws.js';
import { CAMERA_SIZE } from './pose-head-config.js';
import { shapeSizeOf } from './pose-head-parameters.js';
import { createVersionCounter } from './policy-version.js';
import type { MllmPrompt } from './prompt.js';
import { rememberingPerObject } from './remembered-prompts.js';
import { scoreRollout } from './rollout-scores.js';
import { sampleAnswers } from './sampling.js';
import { createTokenConstraint } from './token-constraint.js';
import type { TokenPattern } from './token-pattern.js';
import type { Tokenizer } from './tokenizer.js';

/**
 * An answer's tokens, and the pose that it gives if it has a `<POSE>`: 6D rotations, joint after joint. With it come
 * shape coefficients and a weak-perspective camera, if the pose head gives them. Where answers may give several, those of
 * the second `<POSE>` are `pose2`, `shape2` and `camera2`, and so on.
 */
export type MllmAction = ActionOf<ReturnType<typeof poseSpace>> &
  Readonly<Partial<Record<Exclude<PoseComponent, 'pose'>, Float32Array>>>;

/** How to act, beyond what every hybrid policy knows. */
export interface PoseActOptions extends ActOptions {
  /** Takes the likeliest token always, and the mean pose (default false). */
  readonly greedy?: boolean;
  /** Longest answer; default: the policy's. */
  readonly maxNewTokens?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  /** Tokens that end an answer as `<eos>` does. */
  readonly stopTokenIds?: readonly number[];
}

/** A rollout that also tells where its poses were drawn from. */
export interface PoseRollout<Prompt> extends Rollout<Prompt, MllmAction> {
  readonly logProbs: {
    readonly answer: SequenceLogProbs<Float32Array>;
    readonly pose: NestedLogProbs<Float32Array>;
  } & Readonly<Record<string, ComponentLogProbs<Float32Array>>>;
  /** The temperature that the log-probabilities of `answer` were taken at; `score` uses the same. */
  readonly temperature: number;
  /** The distributions over the poses of the M candidates that have one, as data. */
  readonly poseDistributions: PoseDraws['distributions'];
  /** The same for the candidates' second poses, third and so on, if the policy gives several. */
  readonly laterPoseDistributions?: readonly PoseDraws['distributions'][];
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
  /**
   * How many of an answer's `<POSE>`s give a pose (default 1: the first). Each is read at its own `<POSE>`, and is a
   * component of its own: `pose`, `pose2`, ... An answer may have fewer, and then has fewer components.
   */
  readonly posesPerAnswer?: PosesPerAnswer;
  /**
   * What an answer may be. Every token's distribution is then the model's, restricted to what the pattern allows next and
   * renormalised, when the policy acts as when it scores. Default: anything.
   */
  readonly answerPattern?: TokenPattern;
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
  const { config, tokenizer, parameters, maxNewTokens: longestAnswer = 24, posesPerAnswer = 1 } = options;
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
  const constraint =
    options.answerPattern === undefined ? undefined : createTokenConstraint(options.answerPattern, decoder);
  const encode = rememberingPerObject(encodePrompt);
  const currentVersion = createVersionCounter(parameters);

  return {
    space: fullSpace(config, longestAnswer, posesPerAnswer),
    config,
    tokenizer,
    parameters,
    decoder,
    async act(prompts, actOptions) {
      const { candidatesPerPrompt, samplesPerCandidate, random, greedy = false } = actOptions;
      const policyVersion = currentVersion();
      const temperature = greedy ? 1 : (actOptions.temperature ?? 1);
      const { answers, logProbs, offsets, poseCandidates, poseHidden, laterPoses } = await sampleAnswers(
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
          minP: actOptions.minP,
          stopTokenIds: actOptions.stopTokenIds,
          constraint,
          signal: actOptions.signal,
          posesPerAnswer,
        },
      );
      const draws: CandidatePoses[] = [];
      for (const { poseCandidates: candidates, poseHidden: states } of [
        { poseCandidates, poseHidden },
        ...laterPoses,
      ])
        // prettier-ignore
        draws.push({
          candidates,
          ...(await drawPoses(decoder, states, { samplesPerCandidate, random, greedy })),
        });
      const [first, ...later] = draws as [CandidatePoses, ...CandidatePoses[]];
      return {
        prompts,
        candidatesPerPrompt,
        samplesPerCandidate,
        actions: joinActions(answers, draws, samplesPerCandidate),
        logProbs: {
          answer: { kind: 'sequence', values: logProbs, offsets },
          pose: nestedLogProbs(first, first.logProbs, config.poseSize / ROTATION_SIZE),
          ...poseLogProbs(draws, config.poseSize / ROTATION_SIZE),
        },
        policyVersion,
        temperature,
        poseDistributions: first.distributions,
        ...(later.length === 0
          ? {}
          : { laterPoseDistributions: later.map(({ distributions }) => distributions) }),
      };
    },
    score: (rollout): ComponentScores => scoreRollout(decoder, rollout, encode, constraint, posesPerAnswer),
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

/** With further poses, and the shape and the camera that may come beside each. */
function fullSpace(config: MllmConfig, maxNewTokens: number, posesPerAnswer: PosesPerAnswer): Space {
  const { poseHead, poseSize } = config;
  const space = poseSpace(config, maxNewTokens);
  const fields: Record<string, HybridFields[string]> = { ...space.fields };
  for (let pose = 0; pose < posesPerAnswer; pose++) {
    const given = <Given extends Space>(of: Given) =>
      when('answer', { contains: poseToken(config), ...(pose > 0 && { atLeast: pose + 1 }) }, of);
    if (pose > 0)
      fields[poseComponent('pose', pose)] = given(rotations({ joints: poseSize / ROTATION_SIZE }));
    if (shapeSizeOf(poseHead) > 0)
      fields[poseComponent('shape', pose)] = given(real({ size: shapeSizeOf(poseHead) }));
    if (poseHead.hasCamera === true)
      fields[poseComponent('camera', pose)] = given(real({ size: CAMERA_SIZE }));
  }
  return { ...space, fields };
}

function poseToken({ tokenIds }: MllmConfig): number {
  if (tokenIds.pose !== null) return tokenIds.pose;
  throw new PosePolicyError(
    'createPosePolicy: the configuration names no <POSE> token (tokenIds.pose is null), so no answer can have a pose. ' +
      'Give the id of the tokenizer, or of a row that the vocabulary leaves free.',
  );
}
