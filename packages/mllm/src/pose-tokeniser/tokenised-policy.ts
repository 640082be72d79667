import {
  hybrid,
  tokens,
  type ComponentLogProbs,
  type ComponentScores,
  type HybridPolicy,
  type Rollout,
  type SequenceLogProbs,
} from '@pose-rft/hybrid-actions';
import { gatherRows, reshape, type ParameterStore, type Tensor, type Tensor2D } from '@pose-rft/tensor';
import type { Random } from '@pose-rft/random';
import { passAnswers } from '../answer-pass.js';
import { planAnswers } from '../answer-plan.js';
import type { MllmConfig } from '../config.js';
import { createDecoder, type Decoder } from '../decoder.js';
import { PosePolicyError, type PoseActOptions } from '../policy.js';
import { createVersionCounter } from '../policy-version.js';
import type { MllmPrompt } from '../prompt.js';
import { rememberingPerObject } from '../remembered-prompts.js';
import { RolloutError } from '../rollout-scores.js';
import { sampleAnswers } from '../sampling.js';
import { createTokenConstraint } from '../token-constraint.js';
import type { TokenPattern } from '../token-pattern.js';
import { poseCodePattern, poseCodes } from './pose-code-pattern.js';
import type { PoseCodeTokenizer } from './pose-code-tokenizer.js';
import type { PoseTokeniser } from './pose-tokeniser.js';
import {
  componentTokens,
  type TokenComponents,
  type TokenisedAction,
  type TokenisedRollout,
} from './tokenised-rollout.js';

/** A policy that answers with tokens alone: a pose is given by codes, which its tokeniser decodes. */
export interface TokenisedPosePolicy<Prompt> extends HybridPolicy<Prompt, TokenisedAction> {
  readonly config: MllmConfig;
  readonly tokenizer: PoseCodeTokenizer;
  readonly tokeniser: PoseTokeniser;
  /** The network behind it, for supervised losses over the same parameters. */
  readonly decoder: Decoder;
  /** @throws PosePolicyError unless samplesPerCandidate is 1: a pose in codes has no hidden state to draw others from */
  act(prompts: readonly Prompt[], options: PoseActOptions): Promise<TokenisedRollout<Prompt>>;
  score(rollout: Rollout<Prompt, TokenisedAction> & { readonly temperature?: number }): ComponentScores;
  /**
   * More poses for words that stand already: each answer up to its first `<POSE>`, followed by codes drawn anew.
   *
   * @param answers - one for each prompt, each with a `<POSE>`
   * @param options.samples - poses for each
   * @returns [answers.length * samples * poseSize] answer-major
   * @throws RolloutError for an answer without `<POSE>`, or another number of answers than of prompts
   */
  otherPoses(
    prompts: readonly Prompt[],
    answers: readonly (readonly number[])[],
    options: {
      readonly samples: number;
      readonly random: Random;
      readonly greedy?: boolean;
      readonly temperature?: number;
    },
  ): Promise<Float32Array>;
  /** An independent copy with the same parameters: a reference policy, say. */
  clone(): TokenisedPosePolicy<Prompt>;
  /** Disposes the parameters too. */
  dispose(): void;
}

export interface TokenisedPosePolicyOptions {
  /** Of any model whose vocabulary has room for the codes; its pose head rests. */
  readonly config: MllmConfig;
  readonly tokenizer: PoseCodeTokenizer;
  readonly tokeniser: PoseTokeniser;
  /** As `createMllmParameters` makes them; the policy takes ownership. */
  readonly parameters: ParameterStore;
  /** Default `joint`. */
  readonly components?: TokenComponents;
  /** Longest answer, codes and `<eos>` included (default 24 and the codes of one pose). */
  readonly maxNewTokens?: number;
  /** What an answer may be (default: `poseCodePattern`, with any number of poses). */
  readonly answerPattern?: TokenPattern;
}

/**
 * Makes a policy that gives poses as codes: the discrete counterpart of `createPosePolicy` over the same network, so that
 * the two can be compared. The action's `pose` is the decoded one; rewards read it as they read a sampled pose. For
 * supervised training, put the codes of the target (`tokenizer.idsOfCodes`) behind each `<POSE>` of `answerIds`.
 *
 * @param options.encodePrompt - turns the caller's prompts into the model's; called once for each prompt object.
 *   Without it, prompts are `MllmPrompt`s.
 * @throws PosePolicyError if tokenizer, tokeniser and configuration do not belong together
 */
export function createTokenisedPosePolicy<Prompt>(
  options: TokenisedPosePolicyOptions & { readonly encodePrompt: (prompt: Prompt) => MllmPrompt },
): TokenisedPosePolicy<Prompt>;
export function createTokenisedPosePolicy(
  options: TokenisedPosePolicyOptions,
): TokenisedPosePolicy<MllmPrompt>;
export function createTokenisedPosePolicy(
  options: TokenisedPosePolicyOptions & { readonly encodePrompt?: (prompt: MllmPrompt) => MllmPrompt },
): TokenisedPosePolicy<MllmPrompt> {
  return policyOf(options, options.encodePrompt ?? ((prompt) => prompt));
}

function policyOf<Prompt>(
  options: TokenisedPosePolicyOptions,
  encodePrompt: (prompt: Prompt) => MllmPrompt,
): TokenisedPosePolicy<Prompt> {
  const { tokenizer, tokeniser, parameters, components = 'joint' } = options;
  const { levelCount } = tokenizer;
  const longestAnswer = options.maxNewTokens ?? 24 + levelCount;
  requireOneModel(options);
  // No hidden state feeds the pose head: to the network, <POSE> is a token like the others.
  const config = { ...options.config, tokenIds: { ...options.config.tokenIds, pose: null } };
  const decoder = createDecoder({ config, parameters, answerVocabularySize: tokenizer.size });
  const constraint = createTokenConstraint(options.answerPattern ?? poseCodePattern(tokenizer), decoder);
  const codesOnly = createTokenConstraint(poseCodes(tokenizer), decoder);
  const encode = rememberingPerObject(encodePrompt);
  const currentVersion = createVersionCounter(parameters);

  /** The poses of answers; equal codes are decoded once. */
  function posesOf(answers: readonly (readonly number[])[]): readonly (Float32Array | undefined)[] {
    const codesOfAnswers = answers.map((ids) => tokenizer.codesIn(ids));
    const distinct = new Map<string, number>();
    const all: number[] = [];
    for (const codes of codesOfAnswers) {
      if (codes === undefined || distinct.has(codes.join())) continue;
      distinct.set(codes.join(), distinct.size);
      all.push(...codes);
    }
    const decoded = tokeniser.decodeCodes(all);
    const { poseSize } = tokeniser.config;
    return codesOfAnswers.map((codes) => {
      const place = codes === undefined ? undefined : distinct.get(codes.join());
      return place === undefined ? undefined : decoded.slice(place * poseSize, (place + 1) * poseSize);
    });
  }

  return {
    space: hybrid({
      answer: tokens({
        vocabularySize: config.vocabularySize,
        maxLength: longestAnswer,
        end: config.tokenIds.endOfSequence,
      }),
    }),
    config,
    tokenizer,
    tokeniser,
    parameters,
    decoder,
    async act(prompts, actOptions) {
      const { candidatesPerPrompt, samplesPerCandidate, random, greedy = false } = actOptions;
      if (samplesPerCandidate !== 1)
        throw new PosePolicyError(
          `createTokenisedPosePolicy: act was asked for ${samplesPerCandidate} poses an answer; expected 1, for codes are ` +
            'part of the answer. See otherPoses for more poses to the same words.',
        );
      const policyVersion = currentVersion();
      const temperature = greedy ? 1 : (actOptions.temperature ?? 1);
      const { answers, logProbs } = await sampleAnswers(decoder, prompts.map(encode), {
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
      });
      const poses = posesOf(answers);
      const sequences = Object.fromEntries(
        componentTokens(answers, components, tokenizer.isCode).map(({ name, places, offsets }) => [
          name,
          {
            kind: 'sequence' as const,
            values: Float32Array.from(places, (place) => logProbs[place] as number),
            offsets,
          },
        ]),
      );
      return {
        prompts,
        candidatesPerPrompt,
        samplesPerCandidate,
        actions: answers.map((answer, index): TokenisedAction => {
          const pose = poses[index];
          return pose === undefined ? { answer } : { answer, pose };
        }),
        logProbs: sequences as TokenisedRollout<Prompt>['logProbs'] & {
          answer: SequenceLogProbs<Float32Array>;
        },
        policyVersion,
        temperature,
      };
    },
    score(rollout) {
      const answers = checkedAnswers(rollout);
      const plan = planAnswers(
        rollout.prompts.map(encode),
        answers.map((ids, index) => ({ prompt: Math.floor(index / rollout.candidatesPerPrompt), ids })),
        config.tokenIds,
      );
      const { tokenLogProbs } = passAnswers(decoder, plan, rollout.temperature, undefined, constraint);
      const column: Tensor2D = reshape(tokenLogProbs, [plan.tokenIds.length, 1]);
      const logProbs: Record<string, ComponentLogProbs<Tensor>> = {};
      for (const { name, places, offsets } of componentTokens(answers, components, tokenizer.isCode)) {
        const rows = places.map((place) => plan.tokenIndices[place] as number);
        logProbs[name] = {
          kind: 'sequence',
          values: reshape(gatherRows(column, rows), [rows.length]),
          offsets,
        };
      }
      return { logProbs };
    },
    async otherPoses(prompts, answers, { samples, random, greedy, temperature }) {
      if (prompts.length !== answers.length)
        throw new RolloutError(
          `otherPoses: expected an answer for each of the ${prompts.length} prompts, found ${answers.length}.`,
        );
      const opened = prompts.map((prompt, index): MllmPrompt => {
        const ids = answers[index] as readonly number[];
        const place = ids.indexOf(tokenizer.poseId);
        if (place < 0)
          throw new RolloutError(`otherPoses: answer ${index} holds no <POSE>; leave its prompt out.`);
        const encoded = encode(prompt);
        return { ...encoded, promptIds: [...encoded.promptIds, ...ids.slice(0, place + 1)] };
      });
      const { answers: codes } = await sampleAnswers(decoder, opened, {
        candidatesPerPrompt: samples,
        random,
        maxNewTokens: levelCount,
        greedy,
        temperature,
        constraint: codesOnly,
      });
      return tokeniser.decodeCodes(
        codes.flatMap((ids) => tokenizer.codesIn([tokenizer.poseId, ...ids]) ?? []),
      );
    },
    clone: () => policyOf({ ...options, parameters: parameters.clone() }, encodePrompt),
    dispose() {
      decoder.dispose();
      parameters.dispose();
    },
  };
}

function requireOneModel({ config, tokenizer, tokeniser }: TokenisedPosePolicyOptions): void {
  const { levelCount, codebookSize } = tokeniser.config;
  if (tokenizer.levelCount !== levelCount || tokenizer.codebookSize !== codebookSize)
    throw new PosePolicyError(
      `createTokenisedPosePolicy: the tokenizer has ${tokenizer.levelCount} x ${tokenizer.codebookSize} codes, the ` +
        `tokeniser ${levelCount} x ${codebookSize}; make the tokenizer by withPoseCodes(base, tokeniser.config).`,
    );
  if (tokenizer.size > config.vocabularySize)
    throw new PosePolicyError(
      `createTokenisedPosePolicy: the tokenizer has ${tokenizer.size} tokens with its codes, the configuration's ` +
        `vocabularySize is ${config.vocabularySize}; expected at least as many. Make the configuration with ` +
        `{ vocabularySize: ${tokenizer.size} }.`,
    );
}

function checkedAnswers(rollout: Rollout<unknown, TokenisedAction>): readonly (readonly number[])[] {
  const { prompts, candidatesPerPrompt, samplesPerCandidate, actions } = rollout;
  const expected = prompts.length * candidatesPerPrompt;
  if (samplesPerCandidate !== 1 || actions.length !== expected || expected === 0)
    throw new RolloutError(
      `score: expected ${prompts.length} prompts x ${candidatesPerPrompt} candidates x 1 sample = ${expected} actions ` +
        `(at least one), found ${actions.length} with ${samplesPerCandidate} samples a candidate.`,
    );
  return actions.map(({ answer }) => answer);
}
