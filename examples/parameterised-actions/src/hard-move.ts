import { clamp, type Environment, type ParameterisedAction, type Transition } from './environment.js';
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
 * Hard Move (Li et al., "HyAR", arXiv 2109.05490): n actuators, equally spaced around the point, each on or off. A
 * choice is one of the 2^n combinations, and its one parameter, in [-1, 1], scales their joint push. The episode
 * succeeds on coming within 0.2 of the target; each step costs the squared distance. (The paper speaks of a parameter
 * for each actuator; the code behind its figures has one for each combination, and so has this.)
 */
export function hardMove(actuators: number): Environment<PointMass> {
  const pushes = jointPushes(actuators);
  return {
    name: `Hard Move (n = ${actuators})`,
    choices: pushes.map((_, combination) => ({
      name: combination.toString(2).padStart(actuators, '0'),
      low: [-1],
      high: [1],
    })),
    observationSize: 4,
    measure: 'success',
    reset: randomPointMass,
    observe: observePointMass,
    step(state, { choice, parameters: [strength = 0] }: ParameterisedAction): Transition<PointMass> {
      const [x, y] = pushes[choice] ?? [0, 0];
      const power = clamp(strength, -1, 1);
      const point = pushed(state, power * x, power * y);
      const success = atTarget(point);
      return {
        state: point,
        reward: (success ? SUCCESS_REWARD : 0) - squaredDistance(point),
        done: success || point.steps >= MAX_STEPS,
        success,
      };
    },
  };
}

/** The sum of the unit vectors of the actuators that are on, for each combination; the longest is scaled to 1. */
function jointPushes(actuators: number): readonly (readonly [number, number])[] {
  const sums = Array.from({ length: 2 ** actuators }, (_, combination): [number, number] => {
    let [x, y] = [0, 0];
    for (let actuator = 0; actuator < actuators; actuator++) {
      if (((combination >> actuator) & 1) === 0) continue;
      x += Math.cos((2 * Math.PI * actuator) / actuators);
      y += Math.sin((2 * Math.PI * actuator) / actuators);
    }
    return [x, y];
  });
  const longest = Math.max(...sums.map(([x, y]) => Math.hypot(x, y)));
  return sums.map(([x, y]): [number, number] => [x / longest, y / longest]);
}
