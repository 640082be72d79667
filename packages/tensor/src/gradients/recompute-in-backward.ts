import { engine, tidy, zerosLike, type Tensor } from '@tensorflow/tfjs-core';
import { withGradient } from '../fused/custom-gradient.js';

/**
 * Activation checkpointing (T. Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016): runs a piece of a
 * model without keeping what its gradient needs, and runs it again in the backward pass. Memory falls to the piece's
 * input, at the cost of a second forward pass.
 *
 * @param input - what the piece is applied to
 * @param constants - other tensors that it needs and that get no gradient (int32 ones, say); they may be disposed
 *   before the backward pass, unlike `parameters`
 * @param parameters - tensors that it uses and that get a gradient
 * @param piece - a function of `input`, `constants` and `parameters`, always the same; the latter it reads by itself.
 *   Tensors that it uses beside these are constants that must live until the backward pass
 * @returns what `piece` returns; differentiable in `input` and `parameters`
 * @example
 * ```ts
 * import { grad, matMul, ones, recomputeInBackward, useBackend, type Tensor2D } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const weight: Tensor2D = ones([2, 2]);
 * const piece = (x: Tensor2D): Tensor2D => recomputeInBackward(x, [], [weight], (input) => matMul(input, weight));
 * console.assert(grad((x) => piece(x as Tensor2D))(ones([1, 2])).dataSync()[0] === 2);
 * ```
 */
export function recomputeInBackward<Input extends Tensor, Output extends Tensor>(
  input: Input,
  constants: readonly Tensor[],
  parameters: readonly Tensor[],
  piece: (input: Input, constants: readonly Tensor[]) => Output,
): Output {
  return withGradient<Output>([input, ...parameters], (save) => {
    save([input, ...constants]);
    return {
      value: piece(input, constants),
      gradient: (outputGradient, [savedInput, ...savedConstants]) => {
        const start = savedInput as Input;
        const { grads } = onATapeOfItsOwn(() =>
          engine().gradients<Tensor>(
            () => piece(start, savedConstants),
            [start, ...parameters],
            outputGradient,
            true,
          ),
        );
        return [start, ...parameters].map((tensor, index) => grads[index] ?? tidy(() => zerosLike(tensor)));
      },
    };
  });
}

/** tfjs keeps one tape: a gradient taken while another's backward pass runs would clear that one's. */
function onATapeOfItsOwn<Result>(body: () => Result): Result {
  const { state } = engine();
  const outer = state.activeTape;
  try {
    return body();
  } finally {
    state.activeTape = outer;
  }
}
