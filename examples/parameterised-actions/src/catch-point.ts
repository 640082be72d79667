import type { Environment, ParameterisedAction, Transition } from './environment.js';
import {
  atTarget,
  MAX_STEPS,
  observePointMass,
  pushed,
  randomPointMass,
  squaredDistance,
  SUCCESS_REWARD,
  type PointMass,
} from './point-mass.js';

/**
 * Catch Point (Fan et al., "Hybrid Actor-Critic Reinforcement Learning in Parameterized Action Space", arXiv
 * 1903.01344): move in some direction, at full force, or try to catch the target, which works within 0.2 of it and may
 * fail ten times. Each step costs the squared distance. Constants are those behind the figures of HyAR (arXiv
 * 2109.05490), as published with its code.
 */
export interface CatchPointState extends PointMass {
  readonly failedCatches: number;
}

const MOVE = 0;
const MAX_FAILED_CATCHES = 10;

export const catchPoint: Environment<CatchPointState> = {
  name: 'Catch Point',
  choices: [
    { name: 'move', low: [-Math.PI], high: [Math.PI] },
    { name: 'catch', low: [], high: [] },
  ],
  observationSize: 4,
  measure: 'success',
  reset: (random) => ({ ...randomPointMass(random), failedCatches: 0 }),
  observe: observePointMass,
  step,
};

function step(
  state: CatchPointState,
  { choice, parameters: [angle = 0] }: ParameterisedAction,
): Transition<CatchPointState> {
  const moves = choice === MOVE;
  // An angle needs no box: beyond its ends it comes round again.
  const point = pushed(state, moves ? Math.sin(angle) : 0, moves ? Math.cos(angle) : 0);
  const success = !moves && atTarget(point);
  const failedCatches = state.failedCatches + (moves || success ? 0 : 1);
  return {
    state: { ...point, failedCatches },
    reward: (success ? SUCCESS_REWARD : 0) - squaredDistance(point),
    done: success || failedCatches > MAX_FAILED_CATCHES || point.steps >= MAX_STEPS,
    success,
  };
}
