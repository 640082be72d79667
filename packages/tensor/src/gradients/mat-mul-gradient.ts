import { matMul, reshape, util } from '@tensorflow/tfjs-core';
import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import { sumToShape } from './sum-to-shape.js';

/**
 * The gradient of a (batched) matrix product, with what tfjs's lacks: operands whose batch axes were broadcast get
 * their gradient summed back (tfjs throws), and for a [..., m, k] x [k, n] product, a linear layer, the weight's
 * gradient is one two-dimensional product instead of a batch of them.
 */
export const matMulGradient: GradConfig = {
  kernelName: 'BatchMatMul',
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved, attributes) => {
    const [a, b] = saved as [Tensor, Tensor];
    const transposeA = attributes['transposeA'] === true;
    const transposeB = attributes['transposeB'] === true;
    const slope = dy as Tensor;
    return {
      a: () =>
        sumToShape(
          transposeA ? matMul(b, slope, transposeB, true) : matMul(slope, b, false, !transposeB),
          a.shape,
        ),
      b: () => {
        if (!transposeA && isSingleMatrix(b)) {
          const rows = flattenToMatrix(a);
          const slopeRows = flattenToMatrix(slope);
          const gradient = transposeB
            ? matMul(slopeRows, rows, true, false)
            : matMul(rows, slopeRows, true, false);
          return reshape(gradient, b.shape);
        }
        return sumToShape(
          transposeB ? matMul(slope, a, true, transposeA) : matMul(a, slope, !transposeA, false),
          b.shape,
        );
      },
    };
  },
};

function isSingleMatrix(tensor: Tensor): boolean {
  return util.sizeFromShape(tensor.shape.slice(0, -2)) === 1;
}

function flattenToMatrix(tensor: Tensor): Tensor {
  const columns = tensor.shape[tensor.rank - 1] as number;
  return reshape(tensor, [util.sizeFromShape(tensor.shape.slice(0, -1)), columns]);
}
