import { tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import { qkvHeads, type HeadCounts } from './attention-heads.js';
import { fusedPackedAttention } from './attention.wasm.js';
import type { AttentionLayout } from './attention-layout.js';
import { columns, composedAttention } from './composed-attention.js';
import { fusedKernelsActive } from './kernel-instance.js';
import { requireTensor } from './operand.js';

/**
 * Attention, multi-head or grouped-query, over packed segments of rows, with shared prefixes:
 * softmax(q k^T / sqrt(headSize)) v, each row over its prefix's rows and its own segment, up to itself or, in a
 * bidirectional one, all of it (A. Vaswani et al., "Attention Is All You Need", 2017, eq. 1).
 *
 * @param qkv - float32 [N, (queryHeads + 2 keyValueHeads) * headSize]: queries | keys | values, already rotated
 * @param layout - from {@link createAttentionLayout}, of N rows
 * @returns float32 [N, queryHeads * headSize]: the heads side by side; differentiable
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
export function packedAttention(qkv: Tensor2D, layout: AttentionLayout, heads: HeadCounts): Tensor2D {
  requireTensor('packedAttention', 'qkv', qkv, 'float32', [layout.rowCount, null]);
  return fusedKernelsActive()
    ? fusedPackedAttention(qkv, layout.ranges, qkvHeads('packedAttention', qkv.shape[1], heads))
    : composedPackedAttention(qkv, layout, heads);
}

/** The same from stock ops. */
export function composedPackedAttention(
  qkv: Tensor2D,
  layout: AttentionLayout,
  counts: HeadCounts,
): Tensor2D {
  const heads = qkvHeads('packedAttention', qkv.shape[1], counts);
  const queryWidth = heads.queryHeads * heads.headSize;
  const keyWidth = heads.keyValueHeads * heads.headSize;
  return tidy(() =>
    composedAttention(
      columns(qkv, 0, queryWidth),
      columns(qkv, queryWidth, keyWidth),
      columns(qkv, queryWidth + keyWidth, keyWidth),
      layout.rangeData,
      heads,
    ),
  );
}
