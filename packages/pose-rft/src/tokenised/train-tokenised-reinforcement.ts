import type { PosePrompt, PoseSample } from '@pose-rft/datasets';
import { trainHyGRPO, type HyGrpoConfig, type HyGrpoStep, type Reward } from '@pose-rft/hygrpo';
import type { TokenComponents, TokenisedAction } from '@pose-rft/mllm';
import type { Random } from '@pose-rft/random';
import type { Budget } from '../recipes/cpu-clock.js';
import { poseRewards } from '../recipes/pose-rewards.js';
import { reinforcementMethod } from '../recipes/reinforcement-method.js';
import type { TokenisedPoseModel } from './tokenised-model.js';

export interface TokenisedReinforcementOptions {
  /** Trained in place; made with these components. */
  readonly model: TokenisedPoseModel;
  /** Stays as it is: the KL is measured to it. */
  readonly reference: TokenisedPoseModel;
  readonly components: TokenComponents;
  readonly samples: readonly PoseSample[];
  readonly random: Random;
  readonly budget: Budget;
  /** Ends the run after this many iterations whatever the budget says. */
  readonly iterations: number;
  /** Highest learning rate; 2e-3 unless told, as the hybrid's. */
  readonly learningRate?: number;
}

const WARM_UP_ITERATIONS = 10;
const LOWEST_RATE_SHARE = 0.02;

/**
 * GRPO on a model that gives poses as codes: the rewards, prompts, candidates and schedule of the hybrid's text-only GRPO,
 * and the pose rewards of HyGRPO, which here are rewards of tokens too.
 */
export async function* trainTokenisedReinforcement(
  options: TokenisedReinforcementOptions,
): AsyncGenerator<HyGrpoStep> {
  const { model, reference, components, samples, random, budget, iterations, learningRate = 2e-3 } = options;
  const shared = reinforcementMethod('grpo-text');
  const promptsOf = (kind: PosePrompt['kind']): readonly PosePrompt[] =>
    samples.map(({ prompt }) => prompt).filter((prompt) => prompt.kind === kind);
  const [evidencePrompts, textPrompts] = [promptsOf('evidence-to-pose'), promptsOf('text-to-pose')];
  const steps = trainHyGRPO<PosePrompt, TokenisedAction>({
    policy: model,
    reference,
    rewards: tokenisedRewards(model, components),
    nextPrompts: (_, stream) =>
      Array.from({ length: 2 * shared.promptsPerKind }, (_item, index) =>
        stream.pick(index % 2 === 0 ? evidencePrompts : textPrompts),
      ),
    config: tokenisedConfig(components, {
      iterations,
      candidatesPerPrompt: shared.candidatesPerPrompt,
      learningRate: (iteration) =>
        learningRate *
        Math.max(LOWEST_RATE_SHARE, 1 - budget.fraction(iteration)) *
        Math.min(1, (iteration + 1) / WARM_UP_ITERATIONS),
    }),
    random,
  });
  for await (const step of steps) {
    yield step;
    if (budget.fraction(step.iteration + 1) >= 1) return;
  }
}

/** What holds text near the starting model in all methods holds the codes too. */
function tokenisedConfig(
  components: TokenComponents,
  schedule: Pick<HyGrpoConfig, 'iterations' | 'learningRate' | 'candidatesPerPrompt'>,
): HyGrpoConfig {
  const tokens = { weight: 1, klCoefficient: 0.02, advantage: { stdFloor: 0.05 } };
  return {
    ...schedule,
    samplesPerCandidate: 1,
    innerEpochs: 1,
    maxGradientNorm: 1,
    components: components === 'joint' ? { answer: tokens } : { answer: tokens, codes: tokens },
  };
}

/** The rewards of HyGRPO, of which those of the pose drive tokens; there are no joints to share a token's credit among. */
export function tokenisedRewards(
  model: Pick<TokenisedPoseModel, 'tokenizer'>,
  components: TokenComponents,
): readonly Reward<PosePrompt, TokenisedAction>[] {
  const { tokenizer } = model;
  const words = { ...tokenizer, decode: tokenizer.decodeWithoutCodes };
  return poseRewards({ tokenizer: words }, reinforcementMethod('hygrpo')).map((reward) => ({
    ...reward,
    drives: reward.drives === 'pose' && components === 'split' ? 'codes' : 'answer',
    async score(batch) {
      const { values } = await reward.score(batch);
      return { values };
    },
  }));
}
