import type { ComponentLogProbs, HybridPolicy, Rollout } from '@pose-rft/hybrid-actions';
import type { Random } from '@pose-rft/random';
import { createAdamW, type AdamW, type Scalar } from '@pose-rft/tensor';
import { uniformSegments } from './advantage.js';
import type { ResolvedComponentConfig } from './component-config.js';
import { HyGrpoConfigError } from './config-checks.js';
import { resolveHyGrpoConfig, type HyGrpoConfig, type ResolvedHyGrpoConfig } from './config.js';
import { RATIO_GRANULARITIES } from './importance-ratio.js';
import { rewardMetrics, rolloutMetrics, type HyGrpoMetrics } from './metrics.js';
import { nestedSegments } from './nested-advantage.js';
import { aggregateAdvantages, type ComponentAdvantages, type ScoredReward } from './reward-aggregation.js';
import { scoreRewards } from './reward-scoring.js';
import type { Reward } from './reward.js';
import { requireConsistentRollout } from './rollout-shape.js';
import { disposeScores, keepScores, updatePolicy } from './update.js';

/** Everything a training run is made of. */
export interface HyGrpoRun<Prompt, Action> {
  readonly policy: HybridPolicy<Prompt, Action>;
  /** What the policy must not stray from; needed, and scored, only where a KL coefficient is positive. */
  readonly reference?: Pick<HybridPolicy<Prompt, Action>, 'score'>;
  readonly rewards: readonly Reward<Prompt, Action>[];
  /** The P prompts of an iteration. */
  readonly nextPrompts: (iteration: number, random: Random) => readonly Prompt[];
  readonly config: HyGrpoConfig;
  /** Iteration i draws from `random.split('iteration-i')` alone, so a resumed run draws what it would have drawn. */
  readonly random: Random;
  /** Ends the run cleanly: before the next step, never in the middle of an update. */
  readonly signal?: AbortSignal;
  /** Default: one made by {@link createHyGrpoOptimizer} and disposed at the end. Pass one to save and restore it. */
  readonly optimizer?: AdamW;
  /** Default 0. */
  readonly startIteration?: number;
  /** Added to the loss of every update, such as a supervised loss on demonstrations. */
  readonly auxiliaryLoss?: (iteration: number, random: Random) => Scalar;
  /** A factor on the learning rate of each parameter, by name. Default 1. */
  readonly learningRateScale?: (parameter: string) => number;
}

/** What one iteration did. */
export interface HyGrpoStep {
  readonly iteration: number;
  readonly metrics: HyGrpoMetrics;
  /** Says so, and why nothing is learnt, when every group of rewards is flat. */
  readonly flat?: string;
}

/**
 * The optimizer that {@link trainHyGRPO} makes when it is given none.
 *
 * @throws HyGrpoConfigError
 */
export function createHyGrpoOptimizer(config: HyGrpoConfig): AdamW {
  const { optimizer, maxGradientNorm } = resolveHyGrpoConfig(config);
  return createAdamW({ ...optimizer, maxGradientNorm });
}

/**
 * Trains a hybrid policy by HyGRPO: act, reward, compare within groups, update; one report an iteration. Nothing
 * happens until the first report is asked for, and the policy is up to date whenever one is handed out.
 *
 * @throws HyGrpoConfigError at the call, or at the first rollout if that is what contradicts the config
 * @throws RewardFailedError, RewardShapeError, NonFiniteRewardError, RolloutShapeError while iterating
 * @example
 * ```ts
 * import { trainHyGRPO, type HyGrpoRun } from '@pose-rft/hygrpo';
 *
 * async function train<Prompt, Action>(run: HyGrpoRun<Prompt, Action>): Promise<void> {
 *   for await (const { iteration, metrics, flat } of trainHyGRPO(run))
 *     console.log(iteration, metrics.reward, metrics['kl/answer'], flat ?? '');
 * }
 * console.assert(typeof train === 'function');
 * ```
 */
export function trainHyGRPO<Prompt, Action>(
  run: HyGrpoRun<Prompt, Action>,
): AsyncGenerator<HyGrpoStep, void, void> {
  const config = resolveHyGrpoConfig(run.config);
  requireDriven(run, config);
  return iterate(run, config);
}

async function* iterate<Prompt, Action>(
  run: HyGrpoRun<Prompt, Action>,
  config: ResolvedHyGrpoConfig,
): AsyncGenerator<HyGrpoStep, void, void> {
  const optimizer = run.optimizer ?? createHyGrpoOptimizer(run.config);
  try {
    for (let iteration = run.startIteration ?? 0; iteration < config.iterations; iteration++) {
      const step = await unlessAborted(run.signal, () => trainIteration(run, config, optimizer, iteration));
      if (step === undefined) return;
      yield step;
    }
  } finally {
    if (!run.optimizer) optimizer.dispose();
  }
}

/** Undefined if the signal is, or is being, aborted; then an error is the abort's, and nobody's concern. */
async function unlessAborted<Result>(
  signal: AbortSignal | undefined,
  body: () => Promise<Result | undefined>,
): Promise<Result | undefined> {
  if (signal?.aborted) return undefined;
  try {
    return await body();
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  }
}

async function trainIteration<Prompt, Action>(
  run: HyGrpoRun<Prompt, Action>,
  config: ResolvedHyGrpoConfig,
  optimizer: AdamW,
  iteration: number,
): Promise<HyGrpoStep | undefined> {
  const { policy, signal, auxiliaryLoss } = run;
  const random = run.random.split(`iteration-${iteration}`);
  const clock = startClock();

  const rollout = await policy.act(run.nextPrompts(iteration, random.split('prompts')), {
    candidatesPerPrompt: config.candidatesPerPrompt,
    samplesPerCandidate: config.samplesPerCandidate,
    temperature: config.temperature,
    random: random.split('act'),
    ...(signal ? { signal } : {}),
  });
  requireConsistentRollout(rollout);
  requireTrainable(rollout, config);
  clock.lap('timing/sampling');

  if (signal?.aborted) return undefined;
  const scored = await scoreRewards(run.rewards, rollout);
  if (signal?.aborted) return undefined;
  const advantages = allAdvantages(scored, rollout, config);
  clock.lap('timing/rewards');

  const learningRate = config.learningRate(iteration);
  const isFlat = Object.values(advantages).every(({ values }) => values.every((value) => value === 0));
  const usesReference = Object.values(config.components).some(({ klCoefficient }) => klCoefficient > 0);
  const { reference: referencePolicy } = run;
  const reference =
    referencePolicy && usesReference ? keepScores(() => referencePolicy.score(rollout)) : undefined;
  clock.lap('timing/reference');

  // Without any signal the gradient is 0, but an update would still follow the optimiser's momentum.
  const usesEntropy = Object.values(config.components).some(
    ({ entropyCoefficient = 0 }) => entropyCoefficient > 0,
  );
  const hasGradient = !isFlat || usesReference || usesEntropy || auxiliaryLoss !== undefined;
  let updateMetrics: Record<string, number> = {};
  try {
    if (hasGradient)
      updateMetrics = updatePolicy({
        policy,
        rollout,
        advantages,
        config,
        optimizer,
        learningRate,
        random,
        ...(reference ? { reference } : {}),
        ...(run.learningRateScale ? { learningRateScale: run.learningRateScale } : {}),
        ...(auxiliaryLoss ? { auxiliaryLoss: (stream) => auxiliaryLoss(iteration, stream) } : {}),
      });
  } finally {
    if (reference) disposeScores(reference);
  }
  clock.lap('timing/update');

  const metrics: HyGrpoMetrics = {
    loss: 0,
    grad_norm: 0,
    skipped_updates: 0,
    learning_rate: learningRate,
    ...rewardMetrics(scored, advantages),
    ...rolloutMetrics(rollout),
    ...updateMetrics,
    ...clock.laps(),
  };
  return { iteration, metrics, ...(isFlat ? { flat: flatSentence(iteration, hasGradient) } : {}) };
}

function allAdvantages(
  scored: Readonly<Record<string, readonly ScoredReward[]>>,
  rollout: Rollout<unknown, unknown>,
  config: ResolvedHyGrpoConfig,
): Record<string, ComponentAdvantages> {
  const advantages: Record<string, ComponentAdvantages> = {};
  for (const [name, options] of Object.entries(config.components)) {
    const component = rollout.logProbs[name] as ComponentLogProbs<Float32Array>;
    advantages[name] = componentAdvantages(scored[name] ?? [], component, rollout, options);
  }
  return advantages;
}

function componentAdvantages(
  scored: readonly ScoredReward[],
  component: ComponentLogProbs<Float32Array>,
  rollout: Rollout<unknown, unknown>,
  { advantage }: ResolvedComponentConfig,
): ComponentAdvantages {
  const { prompts, candidatesPerPrompt, samplesPerCandidate } = rollout;
  const candidateCount = prompts.length * candidatesPerPrompt;
  if (scored.length === 0) {
    const rowCount =
      component.kind === 'nested' ? component.candidates.length * samplesPerCandidate : candidateCount;
    const values = new Float32Array(rowCount);
    return { values, perGroup: false, groupCount: 0, flatGroupCount: 0, rewardStandardDeviation: 0 };
  }
  if (component.kind === 'sequence')
    return aggregateAdvantages(scored, uniformSegments(candidateCount, candidatesPerPrompt), advantage);
  const segments = nestedSegments(
    { candidates: component.candidates, candidatesPerPrompt, samplesPerCandidate },
    advantage.scope,
  );
  const groups = advantage.credit === 'per-group' ? component.groups : 0;
  return aggregateAdvantages(scored, segments, { ...advantage, groups });
}

function requireDriven<Prompt, Action>(run: HyGrpoRun<Prompt, Action>, config: ResolvedHyGrpoConfig): void {
  const names = Object.keys(config.components);
  const seen = new Set<string>();
  for (const { name, drives } of run.rewards) {
    if (!names.includes(drives))
      throw new HyGrpoConfigError(
        `rewards.${name}.drives`,
        drives,
        `a trained component: ${names.join(', ')}`,
      );
    if (seen.has(name)) throw new HyGrpoConfigError(`rewards.${name}.name`, name, 'names that differ');
    seen.add(name);
  }
  for (const [name, { klCoefficient }] of Object.entries(config.components)) {
    if (klCoefficient > 0 && !run.reference)
      throw new HyGrpoConfigError(
        `components.${name}.klCoefficient`,
        klCoefficient,
        '0, or a reference policy',
      );
    if (klCoefficient === 0 && !run.rewards.some(({ drives }) => drives === name))
      throw new HyGrpoConfigError(
        `components.${name}`,
        'driven by no reward',
        'a reward or a klCoefficient > 0',
      );
  }
  const start = run.startIteration ?? 0;
  if (!(Number.isSafeInteger(start) && start >= 0))
    throw new HyGrpoConfigError('startIteration', start, 'an integer >= 0');
}

/** What only a rollout tells: which components there are, and of which kind. */
function requireTrainable(rollout: Rollout<unknown, unknown>, config: ResolvedHyGrpoConfig): void {
  for (const [name, { ratio }] of Object.entries(config.components)) {
    const component = rollout.logProbs[name];
    if (component === undefined)
      throw new HyGrpoConfigError(
        `components.${name}`,
        'not a component of the rollout',
        `one of ${Object.keys(rollout.logProbs).join(', ')}`,
      );
    const ratios: readonly string[] = RATIO_GRANULARITIES[component.kind];
    if (ratio !== undefined && !ratios.includes(ratio))
      throw new HyGrpoConfigError(
        `components.${name}.ratio`,
        ratio,
        `'${ratios.join("', '")}': it is a ${component.kind} component`,
      );
  }
}

function flatSentence(iteration: number, updated: boolean): string {
  return (
    `Iteration ${iteration}: within every group all rewards are equal, so no candidate is better than another and ` +
    `the rewards teach nothing${updated ? '' : '; the policy was left as it is'}.`
  );
}

type Lap = `timing/${'sampling' | 'rewards' | 'reference' | 'update'}`;

function startClock(): {
  lap(name: Lap): void;
  laps(): Pick<HyGrpoMetrics, Lap | 'step_time'>;
} {
  const start = performance.now();
  const seconds = { 'timing/sampling': 0, 'timing/rewards': 0, 'timing/reference': 0, 'timing/update': 0 };
  let last = start;
  return {
    lap(name) {
      const now = performance.now();
      seconds[name] = (now - last) / 1000;
      last = now;
    },
    laps: () => ({ ...seconds, step_time: (last - start) / 1000 }),
  };
}
