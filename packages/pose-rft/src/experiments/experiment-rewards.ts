import { ANSWER_TEMPLATE, captionOfQuestion, type PosePrompt, type PoseSample } from '@pose-rft/datasets';
import type { Reward } from '@pose-rft/hygrpo';
import type { MllmAction } from '@pose-rft/mllm';
import {
  formatReward,
  jointLimitReward,
  jointProximityReward,
  ruleSemanticReward,
  semanticSimilarityReward,
  spatialReward,
  statementReward,
  textSimilarityReward,
  type TextPoseSimilarity,
} from '@pose-rft/rewards';
import { match } from 'ts-pattern';
import type { PoseModel } from '../model/pose-model.js';

/** The rewards that experiments combine, as tables name them. */
export const REWARD_LABELS = {
  format: 'format',
  statements: 'true statements',
  textSimilarity: 'text similarity',
  spatial: 'spatial',
  inverseDistance: 'spatial, 1 / distance',
  rules: 'posecodes',
  evaluator: 'evaluator A',
  limits: 'joint limits',
} as const;

export type RewardKind = keyof typeof REWARD_LABELS;

export const REWARD_KINDS = Object.keys(REWARD_LABELS) as readonly RewardKind[];

/** Weights of rewards; each reward is normalised within its groups first, so they are a balance. Absent: not used. */
export type RewardMix = Readonly<Partial<Record<RewardKind, number>>>;

/** What the rewards of a mixture read. */
export interface RewardSources {
  readonly tokenizer: PoseModel['tokenizer'];
  /** Their answers are what text similarity compares with: those of the training set, malformed ones included. */
  readonly samples: readonly PoseSample[];
  /** Evaluator A. */
  readonly similarity: TextPoseSimilarity;
}

/**
 * The rewards of a mixture. Spatial rewards apply to prompts with evidence; posecodes and evaluator A to prompts with a
 * sentence; statements to prompts with evidence; the others to all.
 */
export function experimentRewards(
  mix: RewardMix,
  sources: RewardSources,
): readonly Reward<PosePrompt, MllmAction>[] {
  const answers = new Map(sources.samples.map(({ prompt, answer }) => [prompt, answer]));
  const answer = ({ answer: ids }: MllmAction): string => sources.tokenizer.decode(ids);
  const pose6d = ({ pose }: MllmAction): Float32Array | undefined => pose;
  const targetJoints = (prompt: PosePrompt): Float32Array | undefined =>
    prompt.kind === 'evidence-to-pose' ? prompt.targetJoints : undefined;
  const isText = ({ kind }: PosePrompt): boolean => kind === 'text-to-pose';

  return REWARD_KINDS.flatMap((name): Reward<PosePrompt, MllmAction>[] => {
    const weight = mix[name] ?? 0;
    if (weight === 0) return [];
    const identity = { name, weight };
    return [
      match(name)
        .returnType<Reward<PosePrompt, MllmAction>>()
        .with('format', () => formatReward({ ...identity, answer, template: ANSWER_TEMPLATE }))
        .with('statements', () =>
          statementReward({
            ...identity,
            answer,
            facts: (prompt: PosePrompt) => (isText(prompt) ? undefined : prompt.constraints),
          }),
        )
        .with('textSimilarity', () =>
          textSimilarityReward({
            ...identity,
            answer,
            reference: (prompt: PosePrompt) => answers.get(prompt),
          }),
        )
        .with('spatial', () => jointProximityReward({ ...identity, pose6d, targetJoints }))
        .with('inverseDistance', () => spatialReward({ ...identity, pose6d, targetJoints }))
        .with('rules', () =>
          ruleSemanticReward({
            ...identity,
            pose6d,
            constraints: (prompt: PosePrompt) => (isText(prompt) ? prompt.constraints : undefined),
          }),
        )
        .with('evaluator', () =>
          semanticSimilarityReward({
            ...identity,
            pose6d,
            text: (prompt: PosePrompt) => (isText(prompt) ? captionOfQuestion(prompt.question) : undefined),
            similarity: sources.similarity,
          }),
        )
        .with('limits', () => jointLimitReward({ ...identity, pose6d }))
        .exhaustive(),
    ];
  });
}
