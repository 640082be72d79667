import {
  add,
  concat,
  gather,
  keep,
  mul,
  reshape,
  slice,
  sub,
  tensor2d,
  tidy,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import { fusedKernelsActive } from './kernel-instance.js';
import { FusedOperandError, requireDivisibleWidth, requireTensor } from './operand.js';
import { fusedRotaryEmbedding } from './rotary-embedding.wasm.js';
import { requireVisibleRowsInRange, rowIndexTensor, type RowIndices } from './row-indices.js';

/** Cosines and sines of every position's rotations, made by {@link createRotaryTables}. */
export interface RotaryTables {
  readonly headSize: number;
  readonly maxPositions: number;
  /** float32 [maxPositions, headSize / 2] */
  readonly cos: Tensor2D;
  /** float32 [maxPositions, headSize / 2] */
  readonly sin: Tensor2D;
  dispose(): void;
}

/**
 * Tables for {@link rotaryEmbedding}: the angle of pair i at position p is p * theta^(-2i / headSize) radians
 * (J. Su et al., "RoFormer", 2021, section 3.2.2). The caller disposes them; a `tidy` does not.
 *
 * @param shape.headSize - numbers per attention head; even
 * @param shape.maxPositions - positions 0 .. maxPositions - 1 can be looked up
 * @param shape.theta - base of the geometric series of frequencies; 10000 in RoFormer and Llama
 * @throws FusedOperandError if headSize is not even and positive, or maxPositions or theta not positive
 * @example
 * ```ts
 * import { createRotaryTables, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const tables = createRotaryTables({ headSize: 8, maxPositions: 16, theta: 10_000 });
 * console.assert(tables.cos.shape.join() === '16,4');
 * tables.dispose();
 * ```
 */
export function createRotaryTables(shape: {
  readonly headSize: number;
  readonly maxPositions: number;
  readonly theta?: number;
}): RotaryTables {
  const { headSize, maxPositions, theta = 10_000 } = shape;
  const operation = 'createRotaryTables';
  if (!Number.isInteger(headSize) || headSize <= 0 || headSize % 2 !== 0)
    throw new FusedOperandError(operation, 'headSize', 'a positive even integer', `${headSize}`);
  if (!Number.isInteger(maxPositions) || maxPositions <= 0)
    throw new FusedOperandError(operation, 'maxPositions', 'a positive integer', `${maxPositions}`);
  if (!(theta > 0) || !Number.isFinite(theta))
    throw new FusedOperandError(operation, 'theta', 'a positive number', `${theta}`);

  const half = headSize / 2;
  const cosines = new Float32Array(maxPositions * half);
  const sines = new Float32Array(maxPositions * half);
  for (let pair = 0; pair < half; pair++) {
    const radiansPerPosition = theta ** ((-2 * pair) / headSize);
    for (let position = 0; position < maxPositions; position++) {
      cosines[position * half + pair] = Math.cos(position * radiansPerPosition);
      sines[position * half + pair] = Math.sin(position * radiansPerPosition);
    }
  }
  const cos = keep(tensor2d(cosines, [maxPositions, half]));
  const sin = keep(tensor2d(sines, [maxPositions, half]));
  return {
    headSize,
    maxPositions,
    cos,
    sin,
    dispose() {
      cos.dispose();
      sin.dispose();
    },
  };
}

/**
 * Rotates the queries and keys of fused qkv rows by their position; values pass through. Number i of a head is
 * paired with number i + headSize / 2 (the "halves" convention of Llama's checkpoints on the Hugging Face hub, not
 * RoFormer's neighbours): (a, b) becomes (a cos - b sin, b cos + a sin).
 *
 * @param qkv - float32 [N, 3d]: queries | keys | values, each of `headCount` heads
 * @param positions - N positions in [0, tables.maxPositions)
 * @param tables - from {@link createRotaryTables}, with headSize = d / headCount
 * @returns float32 [N, 3d]; differentiable in `qkv`
 * @throws FusedOperandError if a shape, a dtype or a position is wrong
 * @example
 * ```ts
 * import { createRotaryTables, rotaryEmbedding, tensor2d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const tables = createRotaryTables({ headSize: 2, maxPositions: 4 });
 * const rotated = rotaryEmbedding(tensor2d([[1, 0, 1, 0, 1, 0]]), Int32Array.of(1), tables, 1).dataSync();
 * console.assert(Math.abs((rotated[0] ?? 0) - Math.cos(1)) < 1e-6 && rotated[4] === 1);
 * tables.dispose();
 * ```
 */
export function rotaryEmbedding(
  qkv: Tensor2D,
  positions: RowIndices,
  tables: RotaryTables,
  headCount: number,
): Tensor2D {
  const operation = 'rotaryEmbedding';
  requireTensor(operation, 'qkv', qkv, 'float32', [null, null]);
  const [rowCount, width] = qkv.shape;
  const headSize = requireDivisibleWidth(operation, 'qkv', width, 3 * headCount);
  if (headSize !== tables.headSize)
    throw new FusedOperandError(
      operation,
      'tables',
      `of head size ${headSize}`,
      `head size ${tables.headSize}`,
    );
  return tidy(() => {
    const rows = rowIndexTensor(operation, 'positions', positions, rowCount);
    if (fusedKernelsActive()) return fusedRotaryEmbedding(qkv, rows, tables, headCount);
    requireVisibleRowsInRange(operation, 'positions', rows, tables.maxPositions);
    return composedRotaryEmbedding(qkv, rows, tables, headCount);
  });
}

/** The same from stock ops. */
export function composedRotaryEmbedding(
  qkv: Tensor2D,
  positions: Tensor1D,
  tables: RotaryTables,
  headCount: number,
): Tensor2D {
  return tidy(() => {
    const [rowCount, width] = qkv.shape;
    const modelWidth = width / 3;
    const half = tables.headSize / 2;
    const queriesAndKeys: Tensor3D = reshape(slice(qkv, [0, 0], [rowCount, 2 * modelWidth]), [
      rowCount,
      2 * headCount,
      tables.headSize,
    ]);
    const first = slice(queriesAndKeys, [0, 0, 0], [rowCount, 2 * headCount, half]);
    const second = slice(queriesAndKeys, [0, 0, half], [rowCount, 2 * headCount, half]);
    const cos: Tensor = reshape(gather(tables.cos, positions), [rowCount, 1, half]);
    const sin: Tensor = reshape(gather(tables.sin, positions), [rowCount, 1, half]);
    const rotated = concat(
      [sub(mul(first, cos), mul(second, sin)), add(mul(second, cos), mul(first, sin))],
      2,
    );
    const values = slice(qkv, [0, 2 * modelWidth], [rowCount, modelWidth]);
    return concat<Tensor2D>([reshape(rotated, [rowCount, 2 * modelWidth]), values], 1);
  });
}
