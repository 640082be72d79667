import { add, cumprod, cumsum, eye, mul, reshape, sub, sum, transpose, util } from '@tensorflow/tfjs-core';
import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';

/**
 * tfjs has no gradient for cumprod. This one needs no division, so it is exact where factors are zero, and it can be
 * differentiated again; it takes memory quadratic in the length of the axis.
 */
export const cumulativeProductGradient: GradConfig = {
  kernelName: 'Cumprod',
  inputsToSave: ['x'],
  gradFunc: (dy, saved, attributes) => {
    const [x] = saved as [Tensor];
    const axis = util.parseAxisParam(attributes['axis'] as number, x.shape)[0] as number;
    const exclusive = attributes['exclusive'] === true;
    const reverse = attributes['reverse'] === true;
    return {
      x: () => {
        const length = x.shape[axis] as number;
        // The axis goes last; swapping two axes undoes itself.
        const order = x.shape.map((_, index) => index);
        order[axis] = x.rank - 1;
        order[x.rank - 1] = axis;
        const movedShape = order.map((index) => x.shape[index] as number);
        const rows = reshape(transpose(x, order), [-1, 1, length]);
        const slopeRows = reshape(transpose(dy as Tensor, order), [-1, 1, length]);
        const identity = eye(length);
        // Row j of each [length, length] block has factor j set to one: its running products are d out / d x_j.
        const withoutOne = add(mul(rows, sub(1, identity)), identity);
        const derivatives = cumprod(withoutOne, 2, exclusive, reverse);
        const reaches = cumsum(identity, 1, exclusive, reverse);
        const gradient = sum(mul(mul(derivatives, reaches), slopeRows), 2);
        return transpose(reshape(gradient, movedShape), order);
      },
    };
  },
};
