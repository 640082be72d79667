import {
  add,
  cast,
  gatherND,
  mul,
  range,
  reshape,
  scatterND,
  slice_util,
  tensor2d,
  util,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { GradConfig, NamedAttrMap, Tensor } from '@tensorflow/tfjs-core';

/**
 * Gather for any axis and any number of batch axes, by one scatter-add. tfjs's handles one batch axis at most, loops
 * over it, and needs UnsortedSegmentSum, which wasm lacks.
 */
export const gatherGradient: GradConfig = {
  kernelName: 'GatherV2',
  inputsToSave: ['x', 'indices'],
  gradFunc: (dy, saved, attributes) => {
    const [x, indices] = saved as [Tensor, Tensor];
    const axis = util.parseAxisParam(attributes['axis'] as number, x.shape)[0] as number;
    const declaredBatchDims = (attributes['batchDims'] as number | undefined) ?? 0;
    const batchDims = declaredBatchDims < 0 ? declaredBatchDims + indices.rank : declaredBatchDims;
    return {
      x: () => {
        const batchSize = util.sizeFromShape(x.shape.slice(0, batchDims));
        const outerSize = util.sizeFromShape(x.shape.slice(batchDims, axis));
        const axisSize = x.shape[axis] as number;
        const sliceSize = util.sizeFromShape(x.shape.slice(axis + 1));
        const rowCount = batchSize * outerSize;
        if (x.size === 0 || indices.size === 0) return zerosLike(x);
        // x as rows [batch * outer * axis, slice]; every gathered row is added to the row that it came from.
        const chosen = reshape(indices, [batchSize, 1, indices.size / batchSize]);
        const firstRows = reshape(mul(range(0, rowCount, 1, 'int32'), intScalar(axisSize)), [
          batchSize,
          outerSize,
          1,
        ]);
        const targetRows = reshape(rowCount === 1 ? chosen : add(chosen, firstRows), [-1, 1]);
        const rows = reshape(dy as Tensor, [targetRows.size, sliceSize]);
        return reshape(scatterND(targetRows, rows, [rowCount * axisSize, sliceSize]), x.shape);
      },
      indices: () => noGradient(indices),
    };
  },
};

/** tfjs has no gradient for gatherND: a scatter-add. */
export const gatherNdGradient: GradConfig = {
  kernelName: 'GatherNd',
  inputsToSave: ['params', 'indices'],
  gradFunc: (dy, saved) => {
    const [params, indices] = saved as [Tensor, Tensor];
    return {
      params: () => scatterND(indices, dy as Tensor, params.shape),
      indices: () => noGradient(indices),
    };
  },
};

/** tfjs has no gradient for scatterND: a gather. */
export const scatterNdGradient: GradConfig = {
  kernelName: 'ScatterNd',
  inputsToSave: ['indices'],
  gradFunc: (dy, saved) => {
    const [indices] = saved as [Tensor];
    return { updates: () => gatherND(dy as Tensor, indices), indices: () => noGradient(indices) };
  },
};

/** tfjs has no gradient for stridedSlice: a scatter-add to the elements that the slice took. */
export const stridedSliceGradient: GradConfig = {
  kernelName: 'StridedSlice',
  inputsToSave: ['x'],
  gradFunc: (dy, saved, attributes) => {
    const [x] = saved as [Tensor];
    const slope = dy as Tensor;
    return {
      x: () => {
        if (slope.size === 0) return zerosLike(x);
        const elements = tensor2d(slicedElements(x.shape, attributes), [slope.size, 1], 'int32');
        return reshape(scatterND(elements, reshape(slope, [slope.size]), [x.size]), x.shape);
      },
    };
  },
};

/** The row-major numbers of the elements that a strided slice takes, in its order. */
function slicedElements(shape: readonly number[], attributes: NamedAttrMap): Int32Array {
  const mask = (name: string): number => attributes[name] as number;
  const { begin, end, strides } = slice_util.sliceInfo(
    [...shape],
    attributes['begin'] as number[],
    attributes['end'] as number[],
    attributes['strides'] as number[],
    mask('beginMask'),
    mask('endMask'),
    mask('ellipsisMask'),
    mask('newAxisMask'),
    mask('shrinkAxisMask'),
  );
  const counts = slice_util.computeOutShape(begin, end, strides);
  let elements = Int32Array.of(0);
  shape.forEach((axisSize, axis) => {
    const count = counts[axis] as number;
    const next = new Int32Array(elements.length * count);
    for (let index = 0; index < next.length; index++) {
      const position = (begin[axis] as number) + (index % count) * (strides[axis] as number);
      next[index] = (elements[Math.floor(index / count)] as number) * axisSize + position;
    }
    elements = next;
  });
  return elements;
}

/** Indices may be computed from a parameter (by argMax, say); the engine then asks for a float gradient of zeros. */
function noGradient(indices: Tensor): Tensor {
  return zerosLike(cast(indices, 'float32'));
}

function intScalar(value: number): Tensor {
  return range(value, value + 1, 1, 'int32');
}
