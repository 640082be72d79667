import { customGrad, mul, scalar, tensor, type Scalar, type Tensor } from '@pose-rft/tensor';

/**
 * A loss that was computed outside the tape, with its gradient: in a backward pass, `input` receives it. It lets a
 * loss on joint positions train a network without the kinematics being tensor operations.
 *
 * @param input - what the loss is a function of
 * @param loss - its value
 * @param gradient - its gradient with respect to `input`, in the same layout
 */
export function externalLoss(input: Tensor, loss: number, gradient: Float32Array): Scalar {
  const operation = customGrad<Scalar>((...operands) => {
    const save = operands[1];
    if (typeof save !== 'function') throw new TypeError('externalLoss: tfjs-core passed no save function');
    save([tensor(gradient, input.shape, 'float32')]);
    return {
      value: scalar(loss),
      gradFunc: (outputGradient: Scalar, [saved]: Tensor[]) => mul(saved as Tensor, outputGradient),
    };
  });
  return operation(input);
}
