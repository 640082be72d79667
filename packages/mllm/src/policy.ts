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
  type HybridPolicy,
  type NestedLogProbs,
  type Rollout,
  type SequenceLogProbs,
  type Space,
} from '@pose-rft/hybrid-actions';
import type { ParameterStore } from '@pose-rft/tensor';
import { ROTATION_SIZE, type MllmConfig } from './config.js';
import { createDecoder, type Decoder } from './decoder.js';
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
 * shape coefficients and a weak-perspective camera, if the pose head gives them.
 */
export type MllmAction = ActionOf<ReturnType<typeof poseSpace>> & {
  readonly shape?: Float32Array;
  readonly camera?: Float32Array;
};

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
  const constraint =
    options.answerPattern === undefined ? undefined : createTokenConstraint(options.answerPattern, decoder);
  const encode = rememberingPerObject(encodePrompt);
  const currentVersion = createVersionCounter(parameters);

  return {
    space: fullSpace(config, longestAnswer),
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
          minP: actOptions.minP,
          stopTokenIds: actOptions.stopTokenIds,
          constraint,
          signal: actOptions.signal,
        },
      );
      const draws = await drawPoses(decoder, poseHidden, { samplesPerCandidate, random, greedy });
      const nested = (values: Float32Array, groups: number): NestedLogProbs<Float32Array> => ({
        kind: 'nested',
        values,
        candidates: poseCandidates,
        groups,
      });
      return {
        prompts,
        candidatesPerPrompt,
        samplesPerCandidate,
        actions: joinActions(answers, poseCandidates, draws, samplesPerCandidate),
        logProbs: {
          answer: { kind: 'sequence', values: logProbs, offsets },
          pose: nested(draws.logProbs, config.poseSize / ROTATION_SIZE),
          ...(draws.shape === undefined ? {} : { shape: nested(draws.shape.logProbs, 1) }),
          ...(draws.camera === undefined ? {} : { camera: nested(draws.camera.logProbs, 1) }),
        },
        policyVersion,
        temperature,
        poseDistributions: draws.distributions,
      };
    },
    score: (rollout): ComponentScores => scoreRollout(decoder, rollout, encode, constraint),
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

/** With the shape and the camera that may come beside the pose. */
function fullSpace(config: MllmConfig, maxNewTokens: number): Space {
  const { poseHead } = config;
  const space = poseSpace(config, maxNewTokens);
  const withPose = (size: number) => when('answer', { contains: poseToken(config) }, real({ size }));
  return {
    ...space,
    fields: {
      ...space.fields,
      ...(shapeSizeOf(poseHead) > 0 ? { shape: withPose(shapeSizeOf(poseHead)) } : {}),
      ...(poseHead.hasCamera === true ? { camera: withPose(CAMERA_SIZE) } : {}),
    },
  };
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
  { poses, shape, camera }: PoseDraws,
  samplesPerCandidate: number,
): readonly MllmAction[] {
  const firstPose = new Map(
    Array.from(poseCandidates, (candidate, row) => [candidate, row * samplesPerCandidate]),
  );
  return answers.flatMap((answer, candidate) => {
    const first = firstPose.get(candidate);
    return Array.from({ length: samplesPerCandidate }, (_, sample): MllmAction => {
      const place = first === undefined ? -1 : first + sample;
      const pose = poses[place];
      if (pose === undefined) return { answer };
      const [ownShape, ownCamera] = [shape?.vectors[place], camera?.vectors[place]];
      return {
        answer,
        pose,
        ...(ownShape === undefined ? {} : { shape: ownShape }),
        ...(ownCamera === undefined ? {} : { camera: ownCamera }),
      };
    });
  });
}
