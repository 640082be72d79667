import { grads, mul, sum, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Thrown when an analytic gradient differs from finite differences. */
export class GradientMismatchError extends Error {
  override readonly name = 'GradientMismatchError';
}

/** How to compare. The defaults suit float32 and values of order one. */
export interface GradientCheckOptions {
  /** The step of the central differences (default 0.01). */
  readonly step?: number;
  /** The greatest difference allowed, relative to max(1, |derivative|) (default 0.01). */
  readonly tolerance?: number;
}

/**
 * Compares the gradients of `body` with central finite differences, element by element, and leaves no tensor behind.
 * The outputs are weighted unevenly, so that a permuted or partly missing gradient shows.
 *
 * @param body - a differentiable function of float32 tensors; any output shape
 * @param inputs - where to differentiate, each by shape and row-major values
 * @throws GradientMismatchError naming the input, the element and both derivatives
 * @example
 * ```ts
 * import { exp, useBackend } from '@pose-rft/tensor';
 * import { checkGradients } from '@pose-rft/tensor/testing';
 *
 * await useBackend('cpu');
 * checkGradients((x) => exp(x), [{ shape: [2], values: [0, 1] }]);
 * ```
 */
export function checkGradients(
  body: (...inputs: Tensor[]) => Tensor,
  inputs: readonly { readonly shape: readonly number[]; readonly values: ArrayLike<number> }[],
  options: GradientCheckOptions = {},
): void {
  const { step = 0.01, tolerance = 0.01 } = options;
  const values = inputs.map((input) => Float32Array.from(input.values));
  const makeTensors = (): Tensor[] =>
    inputs.map(({ shape }, index) => tensor((values[index] as Float32Array).slice(), [...shape]));

  const analytic = tidy(() =>
    grads((...tensors: Tensor[]) => {
      const output = body(...tensors);
      return sum(mul(output, tensor(weightsOf(output.size), output.shape)));
    })(makeTensors()).map((gradient) => gradient.dataSync<'float32'>().slice()),
  );
  const weightedOutput = (): number =>
    tidy(() => {
      const output = body(...makeTensors()).dataSync<'float32'>();
      const weights = weightsOf(output.length);
      return output.reduce((total, value, index) => total + value * (weights[index] as number), 0);
    });

  values.forEach((elements, input) => {
    for (let index = 0; index < elements.length; index++) {
      const centre = elements[index] as number;
      elements[index] = centre + step;
      const above = { at: elements[index] as number, output: weightedOutput() };
      elements[index] = centre - step;
      const below = { at: elements[index] as number, output: weightedOutput() };
      elements[index] = centre;
      const expected = (above.output - below.output) / (above.at - below.at);
      const found = analytic[input]?.[index] ?? Number.NaN;
      if (!(Math.abs(found - expected) <= tolerance * Math.max(1, Math.abs(expected))))
        throw new GradientMismatchError(
          `input ${input}, element ${index}: the gradient is ${found}, finite differences give ${expected}`,
        );
    }
  });
}

function weightsOf(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => Math.sin(1.7 * index + 0.4));
}
