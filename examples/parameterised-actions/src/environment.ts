import type { Random } from '@pose-rft/random';

/**
 * A problem whose actions are a choice and the numbers that go with it (a parameterised-action Markov decision process;
 * Masson et al., arXiv 1509.01644). States are immutable values, and a step is a pure function of state, action and
 * the numbers that it draws: any state can be stepped from again and again, which is how a group of actions is compared.
 */
export interface Environment<State> {
  readonly name: string;
  /** What each choice asks for. */
  readonly choices: readonly Choice[];
  /** How many numbers `observe` gives; each is of the order of 1. */
  readonly observationSize: number;
  /** What the literature reports of it: the mean undiscounted return, or the share of episodes that end in success. */
  readonly measure: 'return' | 'success';
  reset(random: Random): State;
  /** What the agent sees of a state. */
  observe(state: State): readonly number[];
  /** Parameters outside the box of their choice are moved to its nearest point. */
  step(state: State, action: ParameterisedAction, random: Random): Transition<State>;
}

export interface Choice {
  readonly name: string;
  /** The corners of the box of its parameters; empty for a choice that has none. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Where an untrained policy puts them. Default: the middle of the box. */
  readonly start?: readonly number[];
}

export interface ParameterisedAction {
  readonly choice: number;
  /** In the units of the environment; as many as the choice has. */
  readonly parameters: readonly number[];
}

export interface Transition<State> {
  readonly state: State;
  readonly reward: number;
  /** The episode is over: nothing may follow. */
  readonly done: boolean;
  /** The episode is over because its goal was reached. */
  readonly success: boolean;
}

export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
