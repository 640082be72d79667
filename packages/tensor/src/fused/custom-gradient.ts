import { customGrad, type Tensor } from '@tensorflow/tfjs-core';

/** What an op with a gradient of its own computes: its value, and how a gradient of the value reaches the inputs. */
export interface ForwardPass<Output extends Tensor> {
  readonly value: Output;
  /** One gradient per input, in their order. `saved` are the tensors that were handed to `save`. */
  readonly gradient: (outputGradient: Output, saved: Tensor[]) => Tensor[];
}

/**
 * tfjs's `customGrad` with the inputs and `save` told apart by type. Nothing that `forward` runs is recorded; what
 * its gradient needs must be passed to `save`, which keeps it alive until the gradient has been taken.
 */
export function withGradient<Output extends Tensor>(
  inputs: readonly Tensor[],
  forward: (save: (tensors: Tensor[]) => void) => ForwardPass<Output>,
): Output {
  const operation = customGrad<Output>((...operands) => {
    const save = operands[inputs.length];
    if (typeof save !== 'function') throw new TypeError('withGradient: tfjs-core passed no save function');
    const { value, gradient } = forward(save);
    return { value, gradFunc: gradient };
  });
  return operation(...inputs);
}
