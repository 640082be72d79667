import type { RewardCard } from './reward-card.js';

/**
 * Scores what a policy did. The same shape as `Reward` of `@pose-rft/hygrpo`, declared here so that rewards need no
 * trainer: anything of this shape is one.
 *
 * @typeParam Scored - `RewardScores`, or a promise of them for judges that wait (see {@link AsyncReward})
 */
export interface Reward<Prompt, Action, Scored extends EventualScores = RewardScores> {
  /** Appears in metrics and errors. */
  readonly name: string;
  /** The component of the action whose log-probabilities the reward weighs. */
  readonly drives: string;
  /** Default 1. */
  readonly weight?: number;
  /** What it measures, within which bounds, and how it can be gamed. All rewards of this package have one. */
  readonly about?: RewardCard;
  score(batch: RewardBatch<Prompt, Action>): Scored;
}

/** A reward that answers later: one that calls an encoder, or a judge over the network. */
export type AsyncReward<Prompt, Action> = Reward<Prompt, Action, Promise<RewardScores>>;

/** Either kind of reward. */
export type AnyReward<Prompt, Action> = Reward<Prompt, Action, EventualScores>;

/** A reward that says what it is. */
export type Described<Each> = Each & { readonly about: RewardCard };

export type EventualScores = RewardScores | Promise<RewardScores>;

/** The rows to judge; every row by itself, unless the reward says that it compares groups. */
export interface RewardBatch<Prompt, Action> {
  readonly rows: readonly { readonly prompt: Prompt; readonly action: Action }[];
  /** Aborted when nobody waits for the scores any more. */
  readonly signal?: AbortSignal;
}

/** One number a row, and possibly its shares. */
export interface RewardScores {
  /** [rows]; NaN: the reward does not apply to this row. */
  readonly values: Float32Array;
  /** [rows, K] row-major: what each group of dimensions (here: the rotation of each joint) is credited with. */
  readonly perGroup?: Float32Array;
}

/** How a reward appears in a run. */
export interface RewardIdentity {
  /** Default: the reward's own name. */
  readonly name?: string;
  /** The component that it drives. Default: `pose` for rewards of poses, `answer` for rewards of text. */
  readonly drives?: string;
  readonly weight?: number;
}

/** A reward with a name, a component, and a weight where one was given. */
export function identified<Prompt, Action, Scored extends EventualScores>(
  identity: RewardIdentity,
  defaults: { readonly name: string; readonly drives: string; readonly about: RewardCard },
  score: (batch: RewardBatch<Prompt, Action>) => Scored,
): Described<Reward<Prompt, Action, Scored>> {
  return {
    name: identity.name ?? defaults.name,
    drives: identity.drives ?? defaults.drives,
    ...(identity.weight === undefined ? {} : { weight: identity.weight }),
    about: defaults.about,
    score,
  };
}

/** Scores each row by a function of its own; `undefined` declines. */
export function scoreRows<Prompt, Action>(
  { rows }: RewardBatch<Prompt, Action>,
  scoreRow: (prompt: Prompt, action: Action) => number | undefined,
): RewardScores {
  const values = new Float32Array(rows.length);
  rows.forEach(({ prompt, action }, row) => {
    values[row] = scoreRow(prompt, action) ?? Number.NaN;
  });
  return { values };
}

/** Goes on at once with what is there, and later with what is promised. */
export function whenReady<Given, Result>(
  given: Given | Promise<Given>,
  next: (given: Given) => Result,
): Result | Promise<Result> {
  return given instanceof Promise ? given.then(next) : next(given);
}
