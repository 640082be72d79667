import type { HybridPolicy } from '@pose-rft/hybrid-actions';
import type { Random } from '@pose-rft/random';
import type { AdamW, Scalar } from '@pose-rft/tensor';
import type { EarlyStop } from './early-stop.js';
import type { HyGrpoMetrics } from './metrics.js';
import type { PolicyWorkers } from './policy-executor.js';
import type { Prompts } from './prompt-source.js';
import type { ReferencePolicy } from './reference-policy.js';
import type { Reward } from './reward.js';
import type { HyGrpoRunConfig } from './run-config.js';
import type { JudgedRollout } from './sampling.js';
import type { RunCheckpoints, TrainingState } from './training-state.js';

/**
 * Everything a training run is made of. With the names of the components, as in `HyGrpoRun<Prompt, Action, 'answer'>`,
 * rewards that drive another, or its settings, do not compile.
 */
export interface HyGrpoRun<Prompt, Action, Component extends string = string> {
  readonly policy: HybridPolicy<Prompt, Action>;
  /** What the policy must not stray from; needed, and scored, only where a KL coefficient is positive. */
  readonly reference?: ReferencePolicy<Prompt, Action>;
  readonly rewards: readonly Reward<Prompt, Action, Component>[];
  /** The P prompts of an iteration, or where they come from: the hook for data positions and curricula. */
  readonly nextPrompts: Prompts<Prompt>;
  readonly config: HyGrpoRunConfig<Component>;
  /** Iteration i draws from `random.split('iteration-i')` alone, so a resumed run draws what it would have drawn. */
  readonly random: Random;
  /** Ends the run cleanly: before the next step, never in the middle of an update. */
  readonly signal?: AbortSignal;
  /** Default: one made by `createHyGrpoOptimizer` and disposed at the end. Pass one to save and restore it. */
  readonly optimizer?: AdamW;
  /** Default 0, or what the checkpoint says. */
  readonly startIteration?: number;
  /** Added to the loss of every update, such as a supervised loss on demonstrations. */
  readonly auxiliaryLoss?: (iteration: number, random: Random) => Scalar;
  /** A factor on the learning rate of each parameter, by name. Default 1. */
  readonly learningRateScale?: (parameter: string) => number;
  readonly evaluation?: Evaluation<Prompt, Action>;
  readonly earlyStop?: EarlyStop;
  /** Called in order, each awaited; an error in one ends the run. */
  readonly callbacks?: readonly HyGrpoCallbacks<Prompt, Action>[];
  readonly checkpoints?: RunCheckpoints;
  /** Threads that act and differentiate in place of this one; they bring the reference along. */
  readonly workers?: PolicyWorkers<Prompt, Action>;
}

/**
 * The components that a run names in its config, and those that its rewards drive: where both are literals, the second
 * must be among the first. A reward that only says `drives: string` is checked when the run begins.
 */
export interface ConsistentComponents<Prompt, Action, Trained extends string, Driven extends string> {
  readonly config: { readonly components: Readonly<Partial<Record<Trained, unknown>>> };
  readonly rewards: readonly Reward<Prompt, Action, DrivenAmong<Trained, Driven>>[];
}

type DrivenAmong<Trained extends string, Driven extends string> = string extends Driven
  ? Driven
  : Driven extends Trained
    ? Driven
    : NoInfer<Trained>;

/** What one iteration did. */
export interface HyGrpoStep {
  readonly iteration: number;
  readonly metrics: HyGrpoMetrics;
  /** Says so, and why nothing is learnt, when every group of rewards is flat. */
  readonly flat?: string;
  /** Says why this is the last step, when the run ends before its last iteration. */
  readonly stopped?: string;
}

/**
 * Measures the policy every so often, and after the last iteration. A run that is aborted in the middle of an evaluation
 * goes on without that measurement when it is resumed.
 */
export interface Evaluation<Prompt, Action> {
  /** >= 1. */
  readonly everyIterations: number;
  /** @returns numbers by name; they become `eval/{name}` */
  readonly evaluate: (
    context: EvaluationContext<Prompt, Action>,
  ) => Readonly<Record<string, number>> | Promise<Readonly<Record<string, number>>>;
}

export interface EvaluationContext<Prompt, Action> {
  readonly policy: HybridPolicy<Prompt, Action>;
  /** Iterations done. */
  readonly iteration: number;
  /** The same stream every time, so that evaluations differ by the policy alone. */
  readonly random: Random;
  readonly signal?: AbortSignal;
}

/** What can be watched from outside; the step itself is also what the run yields. */
export interface HyGrpoCallbacks<Prompt = unknown, Action = unknown> {
  /** Before the first iteration; `iteration` is the one that comes next. */
  onStart?(start: { readonly iteration: number }): void | Promise<void>;
  /** What is about to be trained on. */
  onRollout?(judged: JudgedRollout<Prompt, Action> & { readonly iteration: number }): void | Promise<void>;
  onEvaluation?(evaluation: {
    readonly iteration: number;
    readonly metrics: Readonly<Record<string, number>>;
  }): void | Promise<void>;
  /** After the update, before the checkpoint. */
  onStep?(step: HyGrpoStep): void | Promise<void>;
  onCheckpoint?(state: TrainingState): void | Promise<void>;
  /** When the run ends, whatever ends it. */
  onEnd?(): void | Promise<void>;
}
