import { createRandom, type Random } from '@pose-rft/random';
import { createAdamW, type AdamW } from '@pose-rft/tensor';
import { measureProgress, NO_MEASUREMENT, reasonToStop, type EarlyStopState } from './early-stop.js';
import type { ConsistentComponents, HyGrpoCallbacks, HyGrpoRun, HyGrpoStep } from './hygrpo-run.js';
import { trainIteration, type IterationContext } from './iteration.js';
import { adaptKlCoefficients, type KlCoefficients } from './kl-control.js';
import { createLocalExecutor } from './policy-executor.js';
import { promptSourceOf, type JsonValue, type PromptSource } from './prompt-source.js';
import { createLimiter, resolveRewardExecution } from './reward-execution.js';
import { requireSoundRun } from './run-checks.js';
import { resolveRunConfig, type HyGrpoRunConfig, type ResolvedRunConfig } from './run-config.js';
import {
  CheckpointExistsError,
  describeConfig,
  readParameters,
  requireSameConfig,
  restoreParameters,
  type TrainingState,
} from './training-state.js';

/**
 * The optimizer that {@link trainHyGRPO} makes when it is given none.
 *
 * @throws HyGrpoConfigError
 */
export function createHyGrpoOptimizer(config: HyGrpoRunConfig): AdamW {
  const { optimizer, maxGradientNorm } = resolveRunConfig(config);
  return createAdamW({ ...optimizer, maxGradientNorm });
}

/**
 * Trains a hybrid policy by HyGRPO: act, reward, compare within groups, update; one report an iteration. Nothing
 * happens until the first report is asked for, and the policy is up to date whenever one is handed out.
 *
 * With checkpoints, a run that is resumed continues bit for bit, and one that is killed loses at most the iterations
 * since its last checkpoint.
 *
 * A reward that drives a component which the config does not name does not compile, if both are literals.
 *
 * @throws HyGrpoConfigError at the call, or at the first rollout if that is what contradicts the config
 * @throws RewardFailedError, RewardShapeError, NonFiniteRewardError, RolloutShapeError while iterating
 * @throws CheckpointExistsError, CheckpointMismatchError and what the checkpoint store throws, before the first report
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
export function trainHyGRPO<Prompt, Action, Trained extends string = string, Driven extends string = string>(
  run: HyGrpoRun<Prompt, Action> & ConsistentComponents<Prompt, Action, Trained, Driven>,
): AsyncGenerator<HyGrpoStep, void, void> {
  const config = resolveRunConfig(run.config);
  requireSoundRun(run, config);
  // Wrong settings of a reward are an error of the call, not of the first step.
  for (const { name, execution } of run.rewards)
    resolveRewardExecution(`rewards.${name}.execution`, execution ?? {}, config.rewardExecution);
  return iterate(run, config);
}

/** What a run has reached; complete after every iteration. */
interface Progress {
  iteration: number;
  savedIteration: number;
  klCoefficients: KlCoefficients;
  earlyStop: EarlyStopState;
  prompts: JsonValue;
  /** From the first optimiser step of an iteration to its end the policy is that of no iteration. */
  isMidUpdate: boolean;
}

async function* iterate<Prompt, Action>(
  run: HyGrpoRun<Prompt, Action>,
  config: ResolvedRunConfig,
): AsyncGenerator<HyGrpoStep, void, void> {
  const optimizer = run.optimizer ?? createHyGrpoOptimizer(run.config);
  const source = promptSourceOf(run.nextPrompts);
  let started: { readonly progress: Progress; readonly random: Random } | undefined;
  let failed = false;
  try {
    started = await startRun(run, config, optimizer, source);
    const { progress, random } = started;
    const context = await createContext(run, config, { optimizer, source, random, progress });
    await tell(run, (callbacks) => callbacks.onStart?.({ iteration: progress.iteration }));
    while (progress.iteration < config.iterations) {
      const step = await unlessAborted(run.signal, () => advance(context, progress));
      if (step === undefined) break;
      if (progress.iteration % (run.checkpoints?.everyIterations ?? DEFAULT_CHECKPOINT_INTERVAL) === 0)
        await save(run, { optimizer, random, progress });
      yield step;
      if (step.stopped !== undefined) break;
    }
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    await endRun(run, { optimizer, started, failed });
  }
}

const DEFAULT_CHECKPOINT_INTERVAL = 50;

/** Where the run begins: at its start, or at its newest checkpoint. */
async function startRun<Prompt, Action>(
  run: HyGrpoRun<Prompt, Action>,
  config: ResolvedRunConfig,
  optimizer: AdamW,
  source: PromptSource<Prompt>,
): Promise<{ readonly progress: Progress; readonly random: Random }> {
  const { checkpoints, policy } = run;
  const saved = await checkpoints?.store.load();
  if (saved === undefined) {
    const iteration = run.startIteration ?? 0;
    const klCoefficients = Object.fromEntries(
      Object.entries(config.components).map(([name, { klCoefficient }]) => [name, klCoefficient]),
    );
    const progress = {
      iteration,
      savedIteration: iteration,
      klCoefficients,
      earlyStop: NO_MEASUREMENT,
      prompts: source.state(),
      isMidUpdate: false,
    };
    return { progress, random: run.random };
  }
  if (!checkpoints?.resume)
    throw new CheckpointExistsError(
      `there is a checkpoint of a run after ${saved.iteration} iterations already: pass resume: true to continue it, or ` +
        'remove its checkpoints to start again',
    );
  if (checkpoints.onConfigChange !== 'accept') requireSameConfig(saved.config, describeConfig(run.config));
  const random = createRandom(saved.random);
  // The policy last: what cannot be continued leaves it as it was.
  source.restore(saved.prompts);
  optimizer.restore(saved.optimizer);
  restoreParameters(policy.parameters, saved.parameters);
  const { iteration, klCoefficients, earlyStop, prompts } = saved;
  const progress = { iteration, klCoefficients, earlyStop, prompts, isMidUpdate: false };
  return { progress: { ...progress, savedIteration: iteration }, random };
}

async function createContext<Prompt, Action>(
  run: HyGrpoRun<Prompt, Action>,
  config: ResolvedRunConfig,
  parts: Pick<IterationContext<Prompt, Action>, 'optimizer' | 'source' | 'random'> & {
    readonly progress: Progress;
  },
): Promise<IterationContext<Prompt, Action>> {
  const { progress, ...rest } = parts;
  const executor = run.workers
    ? await run.workers.connect(run.policy.parameters)
    : createLocalExecutor(run.policy, run.reference);
  return {
    ...rest,
    run,
    config,
    executor,
    limiter: createLimiter(config.rewardExecution.concurrency),
    rewards: run.rewards.map((reward) => ({
      reward,
      execution: resolveRewardExecution(
        `rewards.${reward.name}.execution`,
        reward.execution ?? {},
        config.rewardExecution,
      ),
    })),
    onFirstStep: () => {
      progress.isMidUpdate = true;
    },
    onRollout: (judged) =>
      tell(run, (callbacks) => callbacks.onRollout?.({ ...judged, iteration: progress.iteration })),
  };
}

/** One iteration with everything that follows it but the checkpoint. */
async function advance<Prompt, Action>(
  context: IterationContext<Prompt, Action>,
  progress: Progress,
): Promise<HyGrpoStep | undefined> {
  const { run, config, source } = context;
  const { iteration } = progress;
  const trained = await trainIteration(context, iteration, progress.klCoefficients);
  if (trained === undefined) return undefined;
  const measured: Readonly<Record<string, number>> = { ...trained.metrics };
  progress.klCoefficients = adaptKlCoefficients(
    progress.klCoefficients,
    config.klControl,
    (name) => measured[`kl/${name}`],
    trained.metrics.candidates,
  );
  progress.prompts = source.state();
  progress.iteration = iteration + 1;
  progress.isMidUpdate = false;

  const metrics = { ...trained.metrics, ...(await evaluate(context, progress)) };
  const stopped = judgeProgress(run, metrics, progress);
  const step = { ...trained, metrics, ...(stopped === undefined ? {} : { stopped }) };
  await tell(run, (callbacks) => callbacks.onStep?.(step));
  return step;
}

async function evaluate<Prompt, Action>(
  { run, config, random }: IterationContext<Prompt, Action>,
  { iteration }: Progress,
): Promise<Record<`eval/${string}`, number>> {
  const { evaluation, policy, signal } = run;
  if (!evaluation || (iteration % evaluation.everyIterations !== 0 && iteration !== config.iterations))
    return {};
  const results = await evaluation.evaluate({
    policy,
    iteration,
    random: random.split('evaluation'),
    ...(signal ? { signal } : {}),
  });
  const metrics = Object.fromEntries(
    Object.entries(results).map(([name, value]) => [`eval/${name}` as const, value]),
  );
  await tell(run, (callbacks) => callbacks.onEvaluation?.({ iteration: iteration - 1, metrics }));
  return metrics;
}

function judgeProgress<Prompt, Action>(
  { earlyStop }: HyGrpoRun<Prompt, Action>,
  metrics: Readonly<Record<string, number>>,
  progress: Progress,
): string | undefined {
  const value = earlyStop && metrics[earlyStop.metric];
  if (earlyStop === undefined || value === undefined) return undefined;
  progress.earlyStop = measureProgress(progress.earlyStop, value, earlyStop);
  return reasonToStop(progress.earlyStop, earlyStop);
}

async function save<Prompt, Action>(
  run: HyGrpoRun<Prompt, Action>,
  {
    optimizer,
    random,
    progress,
  }: { readonly optimizer: AdamW; readonly random: Random; readonly progress: Progress },
): Promise<void> {
  if (!run.checkpoints || progress.savedIteration === progress.iteration) return;
  const state: TrainingState = {
    iteration: progress.iteration,
    parameters: readParameters(run.policy.parameters),
    optimizer: optimizer.state(),
    random: random.state(),
    prompts: progress.prompts,
    klCoefficients: progress.klCoefficients,
    earlyStop: progress.earlyStop,
    config: describeConfig(run.config),
  };
  await run.checkpoints.store.save(state);
  progress.savedIteration = progress.iteration;
  await tell(run, (callbacks) => callbacks.onCheckpoint?.(state));
}

/** The last checkpoint, whatever ended the run; an error here must not hide the one that ended it. */
async function endRun<Prompt, Action>(
  run: HyGrpoRun<Prompt, Action>,
  ending: {
    readonly optimizer: AdamW;
    readonly started: { readonly progress: Progress; readonly random: Random } | undefined;
    readonly failed: boolean;
  },
): Promise<void> {
  const { optimizer, started, failed } = ending;
  try {
    if (started && !started.progress.isMidUpdate) await save(run, { optimizer, ...started });
    await tell(run, (callbacks) => callbacks.onEnd?.());
  } catch (error) {
    if (!failed) throw error;
  } finally {
    if (!run.optimizer) optimizer.dispose();
  }
}

async function tell<Prompt, Action>(
  { callbacks = [] }: HyGrpoRun<Prompt, Action>,
  call: (callbacks: HyGrpoCallbacks<Prompt, Action>) => void | Promise<void>,
): Promise<void> {
  for (const each of callbacks) await call(each);
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
