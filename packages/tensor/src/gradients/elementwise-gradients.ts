import { cast, greater, greaterEqual, less, lessEqual, mul, sign } from '@tensorflow/tfjs-core';
import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import { sumToShape } from './sum-to-shape.js';

type SavedTensors = readonly [Tensor, Tensor];

/** Minimum with broadcasting, which tfjs's gradient forgets; a tie's gradient goes to the first operand, as there. */
export const minimumGradient: GradConfig = {
  kernelName: 'Minimum',
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved) => {
    const [a, b] = saved as [Tensor, Tensor];
    return choiceGradient(dy as Tensor, [a, b], lessEqual, greater);
  },
};

/** Maximum with broadcasting; a tie's gradient goes to the first operand. */
export const maximumGradient: GradConfig = {
  kernelName: 'Maximum',
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved) => {
    const [a, b] = saved as [Tensor, Tensor];
    return choiceGradient(dy as Tensor, [a, b], greaterEqual, less);
  },
};

/** |x| has derivative 0 at 0 (the middle of its subdifferential); tfjs says -1. */
export const absGradient: GradConfig = {
  kernelName: 'Abs',
  inputsToSave: ['x'],
  gradFunc: (dy, saved) => ({ x: () => mul(dy as Tensor, sign(cast(saved[0] as Tensor, 'float32'))) }),
};

function choiceGradient(
  dy: Tensor,
  [a, b]: SavedTensors,
  choosesA: (a: Tensor, b: Tensor) => Tensor,
  choosesB: (a: Tensor, b: Tensor) => Tensor,
): { a: () => Tensor; b: () => Tensor } {
  return {
    a: () => sumToShape(mul(dy, cast(choosesA(a, b), 'float32')), a.shape),
    b: () => sumToShape(mul(dy, cast(choosesB(a, b), 'float32')), b.shape),
  };
}
