import type { PosePrompt, PoseSample } from '@pose-rft/datasets';
import { createHyGrpoOptimizer, trainHyGRPO, type HyGrpoStep, type Reward } from '@pose-rft/hygrpo';
import type { MllmAction } from '@pose-rft/mllm';
import type { Random } from '@pose-rft/random';
import type { AdamW } from '@pose-rft/tensor';
import type { PoseModel } from '../model/pose-model.js';
import type { Budget } from './cpu-clock.js';
import { hyGrpoConfig, type ReinforcementMethodDefinition } from './reinforcement-method.js';
import { poseRewards } from './pose-rewards.js';
import { createSupervisedBatchLoss } from './train-supervised.js';

export interface ReinforcementOptions {
  /** Trained in place. */
  readonly model: PoseModel;
  /** Stays as it is: the KL is measured to it. */
  readonly reference: PoseModel;
  readonly method: ReinforcementMethodDefinition;
  /** What the answers and poses earn; {@link poseRewards} of the method unless given. */
  readonly rewards?: readonly Reward<PosePrompt, MllmAction>[];
  readonly samples: readonly PoseSample[];
  readonly random: Random;
  /** When to stop; the learning rate falls to zero with it. */
  readonly budget: Budget;
  /** Ends the run after this many iterations whatever the budget says. */
  readonly iterations: number;
  /** Highest learning rate; 2e-3 unless told. */
  readonly learningRate?: number;
  readonly optimizer?: AdamW;
  /** Iterations already done by the run that this one continues. */
  readonly startIteration?: number;
  readonly signal?: AbortSignal;
}

const DEFAULT_LEARNING_RATE = 2e-3;
const WARM_UP_ITERATIONS = 10;
/** The rate never quite reaches zero, so that the last iterations of a budget still count. */
const LOWEST_RATE_SHARE = 0.02;
/** Samples of the supervised term beside the objective, for methods that have one. */
const MIXED_BATCH_SIZE = 16;

/** An optimizer of a method's run, for callers that save and restore it; they dispose it. */
export function createReinforcementOptimizer(method: ReinforcementMethodDefinition): AdamW {
  const schedule = { iterations: 1, learningRate: () => DEFAULT_LEARNING_RATE };
  return createHyGrpoOptimizer(hyGrpoConfig(method, schedule));
}

/**
 * Reinforcement fine-tuning of a pose model: every iteration takes as many text prompts as evidence prompts (or
 * evidence alone, where there is no text), samples answers and poses, scores them and makes one update. Yields after every iteration; the budget or the signal ends it
 * between two iterations, never within one.
 *
 * @throws NonFiniteRewardError, RewardFailedError from a reward
 * @example
 * ```ts
 * import { createRandom } from '@pose-rft/random';
 * import { useBackend } from '@pose-rft/tensor';
 * import { loadModelOrShipped, reinforcementMethod, stepBudget, trainingSamples, trainReinforcement } from 'pose-rft';
 *
 * await useBackend('auto');
 * const model = await loadModelOrShipped(undefined, 'sft');
 * const reference = model.clone();
 * const steps = trainReinforcement({
 *   model,
 *   reference,
 *   method: reinforcementMethod('hygrpo'),
 *   samples: trainingSamples(1, 100),
 *   random: createRandom(1),
 *   budget: stepBudget(2),
 *   iterations: 2,
 * });
 * for await (const { iteration, metrics } of steps) console.log(iteration, metrics['rewards/spatial/mean']);
 * reference.dispose();
 * model.dispose();
 * ```
 */
export async function* trainReinforcement(options: ReinforcementOptions): AsyncGenerator<HyGrpoStep> {
  const { model, reference, method, samples, random, budget, iterations, signal } = options;
  const { learningRate = DEFAULT_LEARNING_RATE, startIteration = 0 } = options;
  const textPrompts = promptsOfKind(samples, 'text-to-pose');
  const evidencePrompts = promptsOfKind(samples, 'evidence-to-pose');
  const supervised = createSupervisedBatchLoss({
    model,
    samples: samples.filter(({ prompt }) => prompt.kind === 'evidence-to-pose'),
    batchSize: MIXED_BATCH_SIZE,
    jointPositionWeight: method.jointPositionWeight,
    // The demonstrations' texts break the format and err about facts: imitating them again would undo the rewards' work.
    crossEntropyWeight: 0,
  });
  const steps = trainHyGRPO<PosePrompt, MllmAction>({
    policy: model,
    reference,
    rewards: options.rewards ?? poseRewards(model, method),
    nextPrompts: (_, stream) =>
      Array.from({ length: 2 * method.promptsPerKind }, (_item, index) =>
        stream.pick(index % 2 === 0 || textPrompts.length === 0 ? evidencePrompts : textPrompts),
      ),
    config: hyGrpoConfig(method, {
      iterations,
      learningRate: (iteration) =>
        learningRate *
        Math.max(LOWEST_RATE_SHARE, 1 - budget.fraction(iteration)) *
        Math.min(1, (iteration + 1) / WARM_UP_ITERATIONS),
    }),
    random,
    startIteration,
    ...(options.optimizer === undefined ? {} : { optimizer: options.optimizer }),
    ...(signal === undefined ? {} : { signal }),
    ...(method.jointPositionWeight > 0
      ? { auxiliaryLoss: (_: number, stream: Random) => supervised(stream).loss }
      : {}),
  });
  for await (const step of steps) {
    yield step;
    if (budget.fraction(step.iteration + 1) >= 1) return;
  }
}

function promptsOfKind(samples: readonly PoseSample[], kind: PosePrompt['kind']): readonly PosePrompt[] {
  return samples.map(({ prompt }) => prompt).filter((prompt) => prompt.kind === kind);
}
