import { tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import { fusedPackedAttention } from './attention.wasm.js';
import type { AttentionLayout } from './attention-layout.js';
import { columnPart, composedAttention } from './composed-attention.js';
import { fusedKernelsActive } from './kernel-instance.js';
import { requireDivisibleWidth, requireTensor } from './operand.js';

/**
 * Multi-head attention over packed segments of rows, with shared prefixes: softmax(q k^T / sqrt(headSize)) v, each row
 * over its prefix's rows and its own segment, up to itself or, in a bidirectional one, all of it (A. Vaswani et al., "Attention Is All You Need", 2017, eq. 1).
 *
 * @param qkv - float32 [N, 3d]: queries | keys | values, each of `headCount` heads, already rotated
 * @param layout - from {@link createAttentionLayout}, of N rows
 * @returns float32 [N, d]: the heads side by side; differentiable
 * @throws FusedOperandError if a shape or dtype is wrong
 * @example
 * ```ts
 * import { createAttentionLayout, packedAttention, tensor2d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const layout = createAttentionLayout([{ length: 1 }, { length: 1, prefix: 0 }]);
 * const attended = packedAttention(tensor2d([[0, 0, 2], [0, 0, 4]]), layout, 1); // d = 1, all scores equal
 * console.assert(attended.dataSync().join() === '2,3');
 * layout.dispose();
 * ```
 */
export function packedAttention(qkv: Tensor2D, layout: AttentionLayout, headCount: number): Tensor2D {
  requireTensor('packedAttention', 'qkv', qkv, 'float32', [layout.rowCount, null]);
  requireDivisibleWidth('packedAttention', 'qkv', qkv.shape[1], 3 * headCount);
  return fusedKernelsActive()
    ? fusedPackedAttention(qkv, layout.ranges, headCount)
    : composedPackedAttention(qkv, layout, headCount);
}

/** The same from stock ops. */
export function composedPackedAttention(qkv: Tensor2D, layout: AttentionLayout, headCount: number): Tensor2D {
  return tidy(() =>
    composedAttention(
      columnPart(qkv, 0, 3),
      columnPart(qkv, 1, 3),
      columnPart(qkv, 2, 3),
      layout.rangeData,
      headCount,
    ),
  );
}
