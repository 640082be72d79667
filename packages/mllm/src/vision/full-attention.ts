import {
  fusedKernelsActive,
  matMul,
  mul,
  packedAttention,
  reshape,
  slice,
  softmax,
  tensor1d,
  tensor2d,
  tidy,
  transpose,
  type AttentionLayout,
  type Tensor2D,
  type Tensor3D,
} from '@pose-rft/tensor';

/**
 * Tokens of a picture from which on a batch of matrix products beats the fused kernel on wasm, which goes through keys
 * and values once for every query: measured with heads of 64 to 80 numbers, half the time at 577 tokens, even at 192.
 */
const FUSED_TOKEN_LIMIT = 256;

/**
 * Multi-head attention in which every token of a picture attends to every token of the same picture:
 * softmax(q k^T / sqrt(headSize)) v (A. Vaswani et al., "Attention Is All You Need", 2017, eq. 1).
 *
 * @param qkv - float32 [imageCount * tokenCount, 3d]: queries | keys | values, each of `headCount` heads
 * @returns float32 [imageCount * tokenCount, d]: the heads side by side; differentiable
 */
export function fullAttention(qkv: Tensor2D, tokenCount: number, headCount: number): Tensor2D {
  return fusedKernelsActive() && tokenCount < FUSED_TOKEN_LIMIT
    ? tidy(() => packedAttention(qkv, fullAttentionLayout(qkv.shape[0], tokenCount), headCount))
    : batchedFullAttention(qkv, tokenCount, headCount);
}

/** The same as one batch of products, with a matrix of scores for every head. */
export function batchedFullAttention(qkv: Tensor2D, tokenCount: number, headCount: number): Tensor2D {
  return tidy(() => {
    const [rowCount, qkvWidth] = qkv.shape;
    const width = qkvWidth / 3;
    const headSize = width / headCount;
    const imageCount = rowCount / tokenCount;
    const heads = (part: number): Tensor3D => {
      const rows = slice(qkv, [0, part * width], [rowCount, width]);
      const split = transpose(reshape(rows, [imageCount, tokenCount, headCount, headSize]), [0, 2, 1, 3]);
      return reshape(split, [imageCount * headCount, tokenCount, headSize]);
    };
    const scores = matMul(mul(heads(0), 1 / Math.sqrt(headSize)), heads(1), false, true);
    const mixed = reshape(matMul(softmax(scores), heads(2)), [imageCount, headCount, tokenCount, headSize]);
    return reshape(transpose(mixed, [0, 2, 1, 3]), [rowCount, width]);
  });
}

/** Every row sees all rows of its picture; to be used inside a `tidy`, which disposes its tensors. */
function fullAttentionLayout(rowCount: number, tokenCount: number): AttentionLayout {
  const imageCount = rowCount / tokenCount;
  const starts = Int32Array.from({ length: imageCount }, (_, image) => image * tokenCount);
  const rangeData = new Int32Array(4 * rowCount);
  const positionData = new Int32Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const offset = row % tokenCount;
    const start = row - offset;
    const end = start + tokenCount;
    rangeData.set([start, end, end, end], 4 * row);
    positionData[row] = offset;
  }
  return {
    segments: Array.from(starts, () => ({ length: tokenCount })),
    rowCount,
    starts,
    rangeData,
    positionData,
    ranges: tensor2d(rangeData, [rowCount, 4], 'int32'),
    positions: tensor1d(positionData, 'int32'),
    dispose: () => undefined,
  };
}
