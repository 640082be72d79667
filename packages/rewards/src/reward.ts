/**
 * Scores what a policy did. The same shape as `Reward` of `@pose-rft/hygrpo`, declared here so that rewards need no
 * trainer: anything of this shape is one.
 */
export interface Reward<Prompt, Action> {
  /** Appears in metrics and errors. */
  readonly name: string;
  /** The component of the action whose log-probabilities the reward weighs. */
  readonly drives: string;
  readonly weight?: number;
  score(batch: RewardBatch<Prompt, Action>): RewardScores;
}

/** The rows to judge; every row by itself. */
export interface RewardBatch<Prompt, Action> {
  readonly rows: readonly { readonly prompt: Prompt; readonly action: Action }[];
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
export function identified<Prompt, Action>(
  identity: RewardIdentity,
  defaults: { readonly name: string; readonly drives: string },
  score: Reward<Prompt, Action>['score'],
): Reward<Prompt, Action> {
  return {
    name: identity.name ?? defaults.name,
    drives: identity.drives ?? defaults.drives,
    ...(identity.weight === undefined ? {} : { weight: identity.weight }),
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
