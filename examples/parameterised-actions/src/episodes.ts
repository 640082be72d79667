import type { Random } from '@pose-rft/random';
import type { Environment } from './environment.js';
import { inUnitsOf, type Drawn, type MlpPolicy, type Observed, type UnitAction } from './policy.js';

/** A state to act on, as a prompt. */
export interface Situation<State> extends Observed {
  readonly state: State;
}

export function situationOf<State>(environment: Environment<State>, state: State): Situation<State> {
  return { state, observation: environment.observe(state) };
}

/** An episode under way: it draws everything, its own actions included, from its own stream. */
export interface Episode<State> {
  situation: Situation<State>;
  readonly random: Random;
  /** Sum of rewards so far, each discounted by its distance from the start of the episode. */
  return: number;
  discount: number;
  steps: number;
  done: boolean;
  success: boolean;
}

export function startEpisode<State>(situation: Situation<State>, random: Random): Episode<State> {
  return { situation, random, return: 0, discount: 1, steps: 0, done: false, success: false };
}

/** Takes one action in an episode. */
export function advance<State>(
  environment: Environment<State>,
  episode: Episode<State>,
  action: UnitAction,
  discount: number,
): void {
  const { state, reward, done, success } = environment.step(
    episode.situation.state,
    inUnitsOf(environment, action),
    episode.random,
  );
  episode.return += episode.discount * reward;
  episode.discount *= discount;
  episode.steps += 1;
  episode.done = done;
  episode.success = success;
  if (!done) episode.situation = situationOf(environment, state);
}

/**
 * Plays episodes to their ends, all at the same time: the network sees one batch a step.
 *
 * @param options.drawn - default: everything is
 * @param options.visit - is shown every situation before its action is taken
 */
export function playToEnd<State>(
  environment: Environment<State>,
  policy: Pick<MlpPolicy<Situation<State>>, 'choose'>,
  episodes: readonly Episode<State>[],
  options: {
    readonly discount: number;
    readonly drawn?: Drawn;
    readonly visit?: (episode: number, situation: Situation<State>) => void;
  },
): void {
  const { discount, drawn, visit } = options;
  for (;;) {
    const indices = [...episodes.keys()].filter((index) => episodes[index]?.done === false);
    const live = indices.flatMap((index) => episodes[index] ?? []);
    if (live.length === 0) return;
    if (visit) live.forEach(({ situation }, row) => visit(indices[row] ?? 0, situation));
    const actions = policy.choose(
      live.map(({ situation }) => situation.observation),
      live.map(({ random }) => random),
      drawn,
    );
    live.forEach((episode, row) => {
      const action = actions[row];
      if (action) advance(environment, episode, action, discount);
    });
  }
}
