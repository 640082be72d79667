import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { QkvHeads } from './attention-heads.js';
import { FusedOperandError } from './operand.js';
import { defineGradient, defineWasmKernel, type Operands, type WasmHeap } from './wasm-kernel.js';

type Heads = { readonly headCount: number; readonly headSize: number; readonly groupSize: number };

const FLOAT_BYTES = 4;

/** The length of the longest range; see {@link requireRanges}. */
function longestCheckedRange(
  operation: string,
  ranges: Operands<'ranges'>['ranges'],
  sourceCount: number,
  { kernels, address, read }: WasmHeap,
): number {
  const longest = kernels.longestRange(address(ranges), ranges.shape[0] ?? 0, sourceCount);
  if (longest >= 0) return longest;
  const expected = `two row ranges within [0, ${sourceCount}), not both empty`;
  const row = -1 - longest;
  throw new FusedOperandError(
    operation,
    'ranges',
    expected,
    `${read(ranges, 4 * row, 4 * row + 4)} at row ${row}`,
  );
}

const packed = defineWasmKernel(
  'FusedPackedAttention',
  ({ qkv, ranges }: Operands<'qkv' | 'ranges'>, heap, { headCount, headSize, groupSize }: Heads) => {
    const { kernels, address, allocate, withScratch } = heap;
    const [rowCount = 0, qkvWidth = 0] = qkv.shape;
    const width = headCount * headSize;
    const longest = longestCheckedRange('packedAttention', ranges, rowCount, heap);
    const attended = allocate(rowCount, width);
    const logSums = allocate(rowCount, headCount);
    withScratch(longest, (weights) =>
      kernels.attentionForward(
        address(qkv),
        qkvWidth,
        address(qkv) + FLOAT_BYTES * width,
        address(qkv) + FLOAT_BYTES * (width + width / groupSize),
        qkvWidth,
        address(attended),
        address(logSums),
        weights,
        address(ranges),
        rowCount,
        headCount,
        headSize,
        groupSize,
      ),
    );
    return [attended, logSums];
  },
);

const packedGradient = defineWasmKernel(
  'FusedPackedAttentionGradient',
  (
    { qkv, ranges, attended, logSums, dy }: Operands<'qkv' | 'ranges' | 'attended' | 'logSums' | 'dy'>,
    { kernels, address, allocate },
    { headCount, headSize, groupSize }: Heads,
  ) => {
    const [rowCount = 0, qkvWidth = 0] = qkv.shape;
    const dQkv = allocate(rowCount, qkvWidth);
    kernels.attentionBackward(
      address(qkv),
      address(attended),
      address(dy),
      address(logSums),
      address(dQkv),
      address(ranges),
      rowCount,
      headCount,
      headSize,
      groupSize,
    );
    return [dQkv];
  },
);

defineGradient(
  'FusedPackedAttention',
  { operands: ['qkv', 'ranges'], results: ['attended', 'logSums'] },
  ({ qkv, ranges, attended, logSums }, dy, heads: Heads) => ({
    qkv: packedGradient({ qkv, ranges, attended, logSums, dy }, heads)[0],
  }),
);

const cached = defineWasmKernel(
  'FusedCachedAttention',
  (
    { qkv, cache, ranges }: Operands<'qkv' | 'cache' | 'ranges'>,
    heap,
    { headCount, headSize, groupSize }: Heads,
  ) => {
    const { kernels, address, allocate, withScratch } = heap;
    const [rowCount = 0, qkvWidth = 0] = qkv.shape;
    const [cacheRowCount = 0, cacheWidth = 0] = cache.shape;
    const width = headCount * headSize;
    const longest = longestCheckedRange('cachedAttention', ranges, cacheRowCount, heap);
    const attended = allocate(rowCount, width);
    // The kernel also writes the logarithms of the sums, which only the gradient needs.
    withScratch(longest + rowCount * headCount, (scratch) =>
      kernels.attentionForward(
        address(qkv),
        qkvWidth,
        address(cache),
        address(cache) + FLOAT_BYTES * (cacheWidth / 2),
        cacheWidth,
        address(attended),
        scratch + FLOAT_BYTES * longest,
        scratch,
        address(ranges),
        rowCount,
        headCount,
        headSize,
        groupSize,
      ),
    );
    return [attended];
  },
);

/** {@link packedAttention} by the compiled kernel. */
export function fusedPackedAttention(qkv: Tensor2D, ranges: Tensor2D, heads: QkvHeads): Tensor2D {
  const [attended, logSums] = packed({ qkv, ranges }, kernelHeads(heads));
  logSums.dispose();
  return attended as Tensor2D;
}

/** {@link cachedAttention} by the compiled kernel; `cacheRows` [R, 2d] are keys | values. */
export function fusedCachedAttention(
  qkv: Tensor2D,
  cacheRows: Tensor2D,
  ranges: Tensor2D,
  heads: QkvHeads,
): Tensor2D {
  return cached({ qkv, cache: cacheRows, ranges }, kernelHeads(heads))[0] as Tensor2D;
}

function kernelHeads({ queryHeads, headSize, groupSize }: QkvHeads): Heads {
  return { headCount: queryHeads, headSize, groupSize };
}
