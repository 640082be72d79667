import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { requireRowsOnHeapInRange } from './row-index-check.wasm.js';
import { defineGradient, defineWasmKernel, type Operands } from './wasm-kernel.js';

const forward = defineWasmKernel(
  'FusedTokenLogProbs',
  ({ logits, ids }: Operands<'logits' | 'ids'>, heap) => {
    const { kernels, address, allocate } = heap;
    const [rowCount = 0, vocabularySize = 0] = logits.shape;
    requireRowsOnHeapInRange('tokenLogProbs', 'ids', ids, vocabularySize, heap);
    const logProbs = allocate(rowCount);
    const logSums = allocate(rowCount);
    kernels.tokenLogProbsForward(
      address(logits),
      address(ids),
      address(logProbs),
      address(logSums),
      rowCount,
      vocabularySize,
    );
    return [logProbs, logSums];
  },
);

const backward = defineWasmKernel(
  'FusedTokenLogProbsGradient',
  ({ logits, ids, logSums, dy }: Operands<'logits' | 'ids' | 'logSums' | 'dy'>, heap) => {
    const { kernels, address, allocate } = heap;
    const [rowCount = 0, vocabularySize = 0] = logits.shape;
    const dLogits = allocate(rowCount, vocabularySize);
    kernels.tokenLogProbsBackward(
      address(logits),
      address(ids),
      address(logSums),
      address(dy),
      address(dLogits),
      rowCount,
      vocabularySize,
    );
    return [dLogits];
  },
);

defineGradient(
  'FusedTokenLogProbs',
  { operands: ['logits', 'ids'], results: [null, 'logSums'] },
  ({ logits, ids, logSums }, dy) => ({ logits: backward({ logits, ids, logSums, dy }, {})[0] }),
);

/** The gradient of {@link fusedTokenLogProbs} with respect to the logits, without a tape. */
export function fusedTokenLogProbsGradient(logits: Tensor2D, ids: Tensor1D, dy: Tensor1D): Tensor2D {
  const [logProbs, logSums] = forward({ logits, ids }, {});
  const gradient = backward({ logits, ids, logSums, dy }, {})[0] as Tensor2D;
  logProbs.dispose();
  logSums.dispose();
  return gradient;
}

/** {@link tokenLogProbs} by the compiled kernel. */
export function fusedTokenLogProbs(logits: Tensor2D, ids: Tensor1D): Tensor1D {
  const [logProbs, logSums] = forward({ logits, ids }, {});
  logSums.dispose();
  return logProbs as Tensor1D;
}
