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
import { runsFusedOnCard } from '../webgpu/fused-on-card.js';
import { qkvHeads, type HeadCounts } from './attention-heads.js';
import { fusedKernelsActive } from './kernel-instance.js';
import { FusedOperandError, requireTensor } from './operand.js';
import { fusedRotaryEmbedding } from './rotary-embedding.wasm.js';
import { rotaryFrequencies, type RotaryScaling } from './rotary-frequencies.js';
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
 * @param shape.scaling - for longer sequences than the model was trained on (default: none)
 * @throws FusedOperandError if headSize is not even and positive, or maxPositions, theta or a number of the scaling
 *   not positive
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
  readonly scaling?: RotaryScaling;
}): RotaryTables {
  const { headSize, maxPositions, theta = 10_000, scaling = { kind: 'none' } } = shape;
  const operation = 'createRotaryTables';
  if (!Number.isInteger(maxPositions) || maxPositions <= 0)
    throw new FusedOperandError(operation, 'maxPositions', 'a positive integer', `${maxPositions}`);
  const { radiansPerPosition, amplitude } = rotaryFrequencies({ headSize, theta, scaling });

  const half = headSize / 2;
  const cosines = new Float32Array(maxPositions * half);
  const sines = new Float32Array(maxPositions * half);
  for (let pair = 0; pair < half; pair++) {
    const radians = radiansPerPosition[pair] as number;
    for (let position = 0; position < maxPositions; position++) {
      cosines[position * half + pair] = amplitude * Math.cos(position * radians);
      sines[position * half + pair] = amplitude * Math.sin(position * radians);
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
 * @param qkv - float32 [N, (queryHeads + 2 keyValueHeads) * headSize]: queries | keys | values
 * @param positions - N positions in [0, tables.maxPositions)
 * @param tables - from {@link createRotaryTables}, of the same headSize
 * @returns float32 like `qkv`, in which it is differentiable
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
  counts: HeadCounts,
): Tensor2D {
  const operation = 'rotaryEmbedding';
  requireTensor(operation, 'qkv', qkv, 'float32', [null, null]);
  const [rowCount, width] = qkv.shape;
  const heads = qkvHeads(operation, width, counts);
  const { headSize } = heads;
  if (headSize !== tables.headSize)
    throw new FusedOperandError(
      operation,
      'tables',
      `of head size ${headSize}`,
      `head size ${tables.headSize}`,
    );
  return tidy(() => {
    const rows = rowIndexTensor(operation, 'positions', positions, rowCount);
    if (fusedKernelsActive()) return fusedRotaryEmbedding(qkv, rows, tables, heads);
    requireVisibleRowsInRange(operation, 'positions', positions, tables.maxPositions);
    return runsFusedOnCard('FusedRotaryEmbedding', qkv)
      ? fusedRotaryEmbedding(qkv, rows, tables, heads)
      : composedRotaryEmbedding(qkv, rows, tables, heads);
  });
}

/** The same from stock ops. */
export function composedRotaryEmbedding(
  qkv: Tensor2D,
  positions: Tensor1D,
  tables: RotaryTables,
  counts: HeadCounts,
): Tensor2D {
  const { queryHeads, keyValueHeads, headSize } = qkvHeads('rotaryEmbedding', qkv.shape[1], counts);
  return tidy(() => {
    const [rowCount, width] = qkv.shape;
    const half = headSize / 2;
    const rotatedHeads = queryHeads + keyValueHeads;
    const rotatedWidth = rotatedHeads * headSize;
    const queriesAndKeys: Tensor3D = reshape(slice(qkv, [0, 0], [rowCount, rotatedWidth]), [
      rowCount,
      rotatedHeads,
      headSize,
    ]);
    const first = slice(queriesAndKeys, [0, 0, 0], [rowCount, rotatedHeads, half]);
    const second = slice(queriesAndKeys, [0, 0, half], [rowCount, rotatedHeads, half]);
    const cos: Tensor = reshape(gather(tables.cos, positions), [rowCount, 1, half]);
    const sin: Tensor = reshape(gather(tables.sin, positions), [rowCount, 1, half]);
    const rotated = concat(
      [sub(mul(first, cos), mul(second, sin)), add(mul(second, cos), mul(first, sin))],
      2,
    );
    const values = slice(qkv, [0, rotatedWidth], [rowCount, width - rotatedWidth]);
    return concat<Tensor2D>([reshape(rotated, [rowCount, rotatedWidth]), values], 1);
  });
}
