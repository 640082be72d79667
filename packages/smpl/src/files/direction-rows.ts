import { DataFileError } from './data-file-error.js';
import { showShape, type ArraySource, type NumericArray } from './numeric-array.js';

/** Vertices' coordinates transposed at a time, so that both sides stay in the processor's cache. */
const BLOCK = 64;

/**
 * The displacements of the vertices by each of several coefficients, one row a coefficient: [to - from, V*3]. Files hold
 * them as [V, 3, count] (SMPL's own), [3 V, count], or [count, 3 V] (as PyTorch code stores them).
 *
 * @throws DataFileError if the array has none of these shapes
 */
export function directionRows(
  array: NumericArray,
  vertexCount: number,
  count: number,
  from: number,
  to: number,
  { file, field }: ArraySource,
): Float32Array {
  const { shape, data } = array;
  const width = 3 * vertexCount;
  const isRows = shape.length === 2 && shape[0] === count && shape[1] === width;
  if (isRows) return new Float32Array(data.subarray(from * width, to * width));
  const isColumns =
    shape.length === 3
      ? shape[0] === vertexCount && shape[1] === 3 && shape[2] === count
      : shape.length === 2 &&
        ((shape[0] === width && shape[1] === count) ||
          (count === 1 && shape[0] === vertexCount && shape[1] === 3));
  if (!isColumns)
    throw new DataFileError(
      file,
      field,
      `shape [${vertexCount}, 3, ${count}] or [${count}, ${width}]`,
      showShape(shape),
    );
  const rows = new Float32Array((to - from) * width);
  for (let block = 0; block < width; block += BLOCK) {
    const end = Math.min(width, block + BLOCK);
    for (let row = from; row < to; row++)
      for (let coordinate = block; coordinate < end; coordinate++)
        rows[(row - from) * width + coordinate] = data[coordinate * count + row] as number;
  }
  return rows;
}
