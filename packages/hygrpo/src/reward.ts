import type { RewardExecution } from './reward-execution.js';

/**
 * Scores what a policy did, and says which component of the action it drives. Structural: anything of this shape is
 * a reward, and packages of rewards need not import this one. With the names of the components, as in
 * `Reward<Prompt, Action, 'answer' | 'pose'>`, an unknown one does not compile.
 */
export interface Reward<Prompt, Action, Component extends string = string> {
  /** Unique among the rewards of a run; appears in metrics and errors. */
  readonly name: string;
  /** The component whose log-probabilities it weighs: a key of the rollout's `logProbs`. */
  readonly drives: Component;
  /** Default 1. */
  readonly weight?: number;
  /** How it is run, where that differs from the run's `rewardExecution`; all rewards share its `concurrency`. */
  readonly execution?: Omit<RewardExecution, 'concurrency'>;
  score(batch: RewardBatch<Prompt, Action>): RewardScores | Promise<RewardScores>;
}

/**
 * What a reward judges. For a component of kind 'sequence' one row a candidate, [P*G] (with the first nested sample
 * as its continuous part); for a 'nested' one, one row a valid candidate and sample, [M*V].
 */
export interface RewardBatch<Prompt, Action> {
  readonly rows: readonly { readonly prompt: Prompt; readonly action: Action }[];
  /** Aborted when nobody waits for the scores any more: the run was stopped, or the call took too long. */
  readonly signal?: AbortSignal;
}

/** One number a row, and possibly its shares. */
export interface RewardScores {
  /** [rows]; NaN declines: the reward does not apply to this row. Infinity is an error. */
  readonly values: Float32Array;
  /**
   * [rows, K] row-major: what each group of dimensions (of a nested component) is to be credited with. Shares may
   * overlap, and need not add up to the value.
   */
  readonly perGroup?: Float32Array;
}

/** Thrown when a reward throws, rejects or takes too long, in every attempt; `cause` is why the last one failed. */
export class RewardFailedError extends Error {
  override readonly name = 'RewardFailedError';
  constructor(
    readonly reward: string,
    cause: unknown,
    readonly attempts = 1,
  ) {
    const times = attempts === 1 ? '' : ` in each of ${attempts} attempts, the last time`;
    super(`reward '${reward}' failed${times}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** Why a call of a reward failed that did not answer in time. */
export class RewardTimedOutError extends Error {
  override readonly name = 'RewardTimedOutError';
  constructor(
    readonly reward: string,
    readonly timeLimitSeconds: number,
  ) {
    super(
      `no answer from '${reward}' within ${timeLimitSeconds} s (its timeLimitSeconds); a reward that computes without ` +
        'ever waiting can only be interrupted in a thread of its own: see workerReward',
    );
  }
}

/** Thrown when a reward answers with the wrong number of scores. */
export class RewardShapeError extends Error {
  override readonly name = 'RewardShapeError';
  constructor(
    readonly reward: string,
    field: 'values' | 'perGroup',
    found: number,
    expected: string,
  ) {
    super(`reward '${reward}': ${field} has ${found} numbers; expected ${expected}`);
  }
}

/**
 * Thrown when a reward is Infinity, when its credit is not finite where its value is, or when all rewards of a
 * component decline every row of a batch, so that nothing drives it.
 */
export class NonFiniteRewardError extends Error {
  override readonly name = 'NonFiniteRewardError';
  constructor(
    readonly reward: string,
    /** The index of the prompt in the rollout. */
    readonly prompt: number,
    readonly value: number,
    reason: string,
  ) {
    super(`reward '${reward}' gave ${value} for prompt ${prompt}: ${reason}`);
  }
}
