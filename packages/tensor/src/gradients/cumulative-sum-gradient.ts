import { cumsum } from '@tensorflow/tfjs-core';
import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';

/**
 * tfjs's gradient of cumsum transposes its result as its forward pass transposes the input, so along any axis but the
 * last it has the shape, or the order, of another tensor. No permutation is called for: cumsum takes any axis itself.
 */
export const cumulativeSumGradient: GradConfig = {
  kernelName: 'Cumsum',
  inputsToSave: ['x'],
  gradFunc: (dy, _, attributes) => ({
    x: () =>
      cumsum(
        dy as Tensor,
        attributes['axis'] as number,
        attributes['exclusive'] === true,
        attributes['reverse'] !== true,
      ),
  }),
};
