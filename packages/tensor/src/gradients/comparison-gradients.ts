import { cast, zerosLike } from '@tensorflow/tfjs-core';
import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';

/**
 * Comparisons and logic have gradient zero. tfjs says so for GreaterEqual alone, and throws for the others: also in
 * `where(greater(x, 0), x, y)`, where the condition depends on what is differentiated.
 */
export const comparisonGradients: readonly GradConfig[] = [
  ...['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual', 'LogicalAnd', 'LogicalOr'].map(
    (kernelName) => zeroGradient(kernelName, ['a', 'b']),
  ),
  ...['LogicalNot', 'All', 'Any'].map((kernelName) => zeroGradient(kernelName, ['x'])),
  // A sample does not move with the logits; its log-probability does.
  zeroGradient('Multinomial', ['logits']),
];

function zeroGradient(kernelName: string, inputs: readonly string[]): GradConfig {
  return {
    kernelName,
    inputsToSave: [...inputs],
    gradFunc: (_dy, saved) =>
      Object.fromEntries(
        inputs.map((input, index) => [input, () => zerosLike(cast(saved[index] as Tensor, 'float32'))]),
      ),
  };
}
