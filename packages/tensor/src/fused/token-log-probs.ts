import {
  cast,
  logSoftmax,
  oneHot,
  slice,
  sum,
  tidy,
  where,
  zerosLike,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { runsFusedOnCard } from '../webgpu/fused-on-card.js';
import { fusedKernelsActive } from './kernel-instance.js';
import { requireTensor } from './operand.js';
import { requireVisibleRowsInRange, rowIndexTensor, type RowIndices } from './row-indices.js';
import { fusedTokenLogProbs } from './token-log-probs.wasm.js';

/**
 * The log-probability of one token per row: logits[i, ids[i]] - log(sum_v exp(logits[i, v])).
 *
 * @param logits - float32 [N, V]; -Infinity excludes a token
 * @param ids - N tokens in [0, V)
 * @returns float32 [N], in nats; differentiable in `logits`
 * @throws FusedOperandError if a shape, a dtype or an id is wrong
 * @example
 * ```ts
 * import { tensor2d, tokenLogProbs, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const logProbs = tokenLogProbs(tensor2d([[0, 0, 0, 0]]), Int32Array.of(2)).dataSync();
 * console.assert(Math.abs((logProbs[0] ?? 0) + Math.log(4)) < 1e-6);
 * ```
 */
export function tokenLogProbs(logits: Tensor2D, ids: RowIndices): Tensor1D {
  requireTensor('tokenLogProbs', 'logits', logits, 'float32', [null, null]);
  const [rowCount, vocabularySize] = logits.shape;
  return tidy(() => {
    const tokens = rowIndexTensor('tokenLogProbs', 'ids', ids, rowCount);
    if (fusedKernelsActive()) return fusedTokenLogProbs(logits, tokens);
    requireVisibleRowsInRange('tokenLogProbs', 'ids', ids, vocabularySize);
    return runsFusedOnCard('FusedTokenLogProbs', logits)
      ? fusedTokenLogProbs(logits, tokens)
      : composedTokenLogProbs(logits, tokens);
  });
}

/** The same from stock ops. */
export function composedTokenLogProbs(logits: Tensor2D, ids: Tensor1D): Tensor1D {
  return tidy(() => {
    const logProbs = logSoftmax(logits, 1);
    const [rowCount, vocabularySize] = logits.shape;
    const marks = oneHot(ids, Math.max(2, vocabularySize)); // tfjs refuses a depth of 1.
    const chosen = cast(slice(marks, [0, 0], [rowCount, vocabularySize]), 'bool');
    return sum<Tensor1D>(where(chosen, logProbs, zerosLike(logProbs)), 1);
  });
}
