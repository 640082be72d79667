import type { Reward } from '@pose-rft/hygrpo';
import type { Random } from '@pose-rft/random';
import type { Environment } from './environment.js';
import { advance, playToEnd, startEpisode, type Situation } from './episodes.js';
import type { MlpPolicy, UnitAction } from './policy.js';

/** Judges actions by what comes of them. */
export interface GroupReturns<State> {
  /** One for each component of the action; both are paid the same return. */
  readonly rewards: readonly Reward<Situation<State>, UnitAction>[];
  /** Steps of the environment taken so far, all branches counted. */
  stepsTaken(): number;
}

/**
 * The return of an action: it is taken, and the present policy plays on to the end. All actions of a group start from
 * the same state and draw the same random numbers, so that they differ in nothing but themselves.
 */
export function createGroupReturns<State>(
  environment: Environment<State>,
  policy: MlpPolicy<Situation<State>>,
  options: { readonly discount: number; readonly random: Random; readonly components: readonly string[] },
): GroupReturns<State> {
  const { discount, random, components } = options;
  // An action is judged once, though the choice and the parameters are both paid for it.
  const known = new WeakMap<UnitAction, number>();
  const streams = new WeakMap<Situation<State>, string>();
  let stepsTaken = 0;
  let groups = 0;

  function judge(rows: readonly { readonly prompt: Situation<State>; readonly action: UnitAction }[]): void {
    const unknown = rows.filter(({ action }) => !known.has(action));
    const branches = unknown.map(({ prompt, action }) => {
      const stream = streams.get(prompt) ?? `group-${groups++}`;
      streams.set(prompt, stream);
      const branch = startEpisode(prompt, random.split(stream));
      advance(environment, branch, action, discount);
      return branch;
    });
    playToEnd(environment, policy, branches, { discount });
    branches.forEach((branch, row) => {
      const action = unknown[row]?.action;
      if (action) known.set(action, branch.return);
      stepsTaken += branch.steps;
    });
  }

  return {
    rewards: components.map((component) => ({
      name: `return of ${component}`,
      drives: component,
      score({ rows }) {
        judge(rows);
        return { values: Float32Array.from(rows, ({ action }) => known.get(action) ?? NaN) };
      },
    })),
    stepsTaken: () => stepsTaken,
  };
}
