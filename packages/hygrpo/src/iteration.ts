import type { Random } from '@pose-rft/random';
import type { AdamW } from '@pose-rft/tensor';
import type { HyGrpoRun, HyGrpoStep } from './hygrpo-run.js';
import { presentKlCoefficients, type KlCoefficients } from './kl-control.js';
import { accountMetrics, rewardMetrics, rolloutMetrics, type HyGrpoMetrics } from './metrics.js';
import { planUpdate } from './micro-batch.js';
import type { PolicyExecutor } from './policy-executor.js';
import type { PromptSource } from './prompt-source.js';
import type { Limiter } from './reward-execution.js';
import type { RunnableReward } from './reward-scoring.js';
import { temperatureAt, type ResolvedRunConfig } from './run-config.js';
import { sampleAndJudge, type JudgedRollout, type Sampling } from './sampling.js';
import { updatePolicy } from './update.js';

/** What all iterations of a run share. */
export interface IterationContext<Prompt, Action> {
  readonly run: HyGrpoRun<Prompt, Action>;
  readonly config: ResolvedRunConfig;
  readonly optimizer: AdamW;
  readonly executor: PolicyExecutor<Prompt, Action>;
  readonly source: PromptSource<Prompt>;
  readonly rewards: readonly RunnableReward<Prompt, Action>[];
  readonly limiter: Limiter;
  /** The run's stream. */
  readonly random: Random;
  /** Called before the policy changes. */
  readonly onFirstStep: () => void;
  readonly onRollout: (judged: JudgedRollout<Prompt, Action>) => Promise<void>;
}

/**
 * Act, reward, compare, update.
 *
 * @returns undefined if the signal was aborted before the update
 */
export async function trainIteration<Prompt, Action>(
  context: IterationContext<Prompt, Action>,
  iteration: number,
  remembered: KlCoefficients,
): Promise<HyGrpoStep | undefined> {
  const { run, config } = context;
  const random = context.random.split(`iteration-${iteration}`);
  const clock = startClock();
  const sampling = await sampleAndJudge({
    ...context,
    iteration,
    random,
    lap: clock.lap,
    ...(run.signal ? { signal: run.signal } : {}),
  });
  if (sampling === undefined) return undefined;
  await context.onRollout(sampling.kept);
  if (run.signal?.aborted) return undefined;

  const klCoefficients = presentKlCoefficients(remembered, config.klControl, iteration);
  const learningRate = config.learningRate(iteration);
  const usesReference = Object.values(klCoefficients).some((coefficient) => coefficient > 0);
  const isFlat = !sampling.outcomes.some(({ informative }) => informative);
  // Without any signal the gradient is 0, but an update would still follow the optimiser's momentum.
  const usesEntropy = Object.values(config.components).some(
    ({ entropyCoefficient = 0 }) => entropyCoefficient > 0,
  );
  const hasGradient = !isFlat || usesReference || usesEntropy || run.auxiliaryLoss !== undefined;
  const updateMetrics = hasGradient
    ? await update(context, sampling.kept, {
        iteration,
        random,
        learningRate,
        klCoefficients,
        lap: clock.lap,
      })
    : {};
  clock.lap('timing/update');
  context.source.observe?.(sampling.outcomes, iteration);

  const metrics: HyGrpoMetrics = {
    loss: 0,
    grad_norm: 0,
    skipped_updates: 0,
    updates: 0,
    update_stopped: 0,
    learning_rate: learningRate,
    temperature: temperatureAt(config, iteration),
    ...samplingMetrics(sampling),
    ...updateMetrics,
    ...Object.fromEntries(
      Object.entries(klCoefficients)
        .filter(([, coefficient]) => coefficient > 0)
        .map(([name, coefficient]) => [`kl_coefficient/${name}`, coefficient]),
    ),
    ...clock.laps(),
  };
  return {
    iteration,
    metrics,
    ...(isFlat ? { flat: flatSentence(iteration, sampling, hasGradient) } : {}),
  };
}

async function update<Prompt, Action>(
  { run, config, executor, optimizer, onFirstStep }: IterationContext<Prompt, Action>,
  { rollout, advantages }: JudgedRollout<Prompt, Action>,
  present: {
    readonly iteration: number;
    readonly random: Random;
    readonly learningRate: number;
    readonly klCoefficients: KlCoefficients;
    readonly lap: (phase: 'timing/reference') => void;
  },
): Promise<Record<string, number>> {
  const { auxiliaryLoss } = run;
  const { iteration, random, learningRate, klCoefficients } = present;
  const minibatches = Math.min(config.minibatches, rollout.prompts.length);
  const largest = Math.ceil(rollout.prompts.length / minibatches);
  const plan = planUpdate(rollout, advantages, {
    components: config.components,
    klCoefficients,
    minibatches,
    promptsPerMicroBatch: config.promptsPerMicroBatch ?? Math.ceil(largest / executor.concurrency),
    random: random.split('minibatches'),
  });
  try {
    await executor.load(plan.batches);
    present.lap('timing/reference');
    return await updatePolicy({
      executor,
      plan,
      parameters: run.policy.parameters,
      innerEpochs: config.innerEpochs,
      stopAboveKl: config.stopUpdateAboveKl,
      optimizer,
      learningRate,
      random,
      onFirstStep,
      ...(run.learningRateScale ? { learningRateScale: run.learningRateScale } : {}),
      ...(auxiliaryLoss ? { auxiliaryLoss: (stream) => auxiliaryLoss(iteration, stream) } : {}),
    });
  } finally {
    executor.unload();
  }
}

function samplingMetrics(
  sampling: Sampling<unknown, unknown>,
): ReturnType<typeof rewardMetrics> &
  ReturnType<typeof rolloutMetrics> &
  Pick<HyGrpoMetrics, 'sampling_rounds' | 'dropped_prompts' | 'candidates'> {
  const { all, kept, rounds, accounts } = sampling;
  return {
    ...rewardMetrics(all.scored, all.advantages),
    ...rolloutMetrics(all.rollout),
    ...accountMetrics(all.scored, accounts),
    sampling_rounds: rounds,
    dropped_prompts: all.rollout.prompts.length - kept.rollout.prompts.length,
    candidates: kept.rollout.prompts.length * kept.rollout.candidatesPerPrompt,
  };
}

function flatSentence(
  iteration: number,
  { all, rounds }: Sampling<unknown, unknown>,
  updated: boolean,
): string {
  const prompts = rounds === 1 ? '' : ` of all ${all.rollout.prompts.length} prompts of ${rounds} rounds`;
  const consequence = updated ? '' : '; the policy was left as it is';
  const nothingScored = !Object.values(all.scored).some((rewards) =>
    rewards.some(({ values }) => values.some((value) => !Number.isNaN(value))),
  );
  return nothingScored
    ? `Iteration ${iteration}: no reward applied to any candidate${prompts}, so the rewards teach nothing${consequence}.`
    : `Iteration ${iteration}: within every group${prompts} all rewards are equal, so no candidate is better than ` +
        `another and the rewards teach nothing${consequence}.`;
}

type Lap = `timing/${'sampling' | 'rewards' | 'reference' | 'update'}`;

function startClock(): {
  readonly lap: (name: Lap) => void;
  readonly laps: () => Pick<HyGrpoMetrics, Lap | 'step_time'>;
} {
  const start = performance.now();
  const seconds = { 'timing/sampling': 0, 'timing/rewards': 0, 'timing/reference': 0, 'timing/update': 0 };
  let last = start;
  return {
    lap(name) {
      const now = performance.now();
      seconds[name] += (now - last) / 1000;
      last = now;
    },
    laps: () => ({ ...seconds, step_time: (last - start) / 1000 }),
  };
}
