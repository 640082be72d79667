import {
  add,
  concat,
  mul,
  matMul,
  oneHot,
  reshape,
  slice,
  softmax,
  sub,
  tidy,
  transpose,
  zeros,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { withGradient } from './custom-gradient.js';
import { fusedKernelsActive } from './kernel-instance.js';
import { FusedOperandError, requireTensor } from './operand.js';
import { requireVisibleRowsInRange, rowIndexTensor, type RowIndices } from './row-indices.js';
import { tokenLogProbs } from './token-log-probs.js';
import { fusedTokenLogProbsGradient } from './token-log-probs.wasm.js';

export interface ProjectedTokenLogProbsOptions {
  /** Whether the weight is [V, d], an embedding table that serves as the head too (default: [d, V]). */
  readonly transposed?: boolean;
  /** float32 [V] added to the logits; gets no gradient. */
  readonly bias?: Tensor1D;
  /** Divides the logits (default 1). */
  readonly temperature?: number;
  /** Whether the weight gets a gradient (default true): a frozen one spares a product as large as the forward pass. */
  readonly weightLearns?: boolean;
  /** Rows whose logits are there at a time (default: as many as 4 million logits allow). */
  readonly rowsPerChunk?: number;
}

/** 16 MB: two of these are all that a pass over a large vocabulary takes. */
const CHUNK_LOGITS = 2 ** 22;

/**
 * The log-probability of one token per row, from hidden states and the head's weight: what {@link tokenLogProbs} gives
 * for `hidden weight + bias`, without ever holding the [N, V] logits. They are computed a chunk of rows at a time, and
 * once more in the backward pass.
 *
 * @param hidden - float32 [N, d]
 * @param weight - float32 [d, V], or [V, d] if `transposed`
 * @param ids - N tokens in [0, V)
 * @returns float32 [N], in nats; differentiable in `hidden` and, if it learns, in `weight`
 * @throws FusedOperandError if a shape, a dtype, an id or an option is wrong
 * @example
 * ```ts
 * import { ones, projectedTokenLogProbs, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const logProbs = projectedTokenLogProbs(ones([3, 2]), ones([2, 4]), Int32Array.of(0, 1, 3), { rowsPerChunk: 2 });
 * console.assert(Math.abs((logProbs.dataSync()[2] ?? 0) + Math.log(4)) < 1e-6);
 * ```
 */
export function projectedTokenLogProbs(
  hidden: Tensor2D,
  weight: Tensor2D,
  ids: RowIndices,
  options: ProjectedTokenLogProbsOptions = {},
): Tensor1D {
  const operation = 'projectedTokenLogProbs';
  const { transposed = false, bias, temperature = 1, weightLearns = true } = options;
  requireTensor(operation, 'hidden', hidden, 'float32', [null, null]);
  const [rowCount, width] = hidden.shape;
  requireTensor(operation, 'weight', weight, 'float32', transposed ? [null, width] : [width, null]);
  const vocabularySize = weight.shape[transposed ? 0 : 1];
  if (bias !== undefined) requireTensor(operation, 'bias', bias, 'float32', [vocabularySize]);
  if (!(temperature > 0) || !Number.isFinite(temperature))
    throw new FusedOperandError(operation, 'temperature', 'a positive number', `${temperature}`);
  const rowsPerChunk =
    options.rowsPerChunk ?? Math.max(1, Math.floor(CHUNK_LOGITS / Math.max(1, vocabularySize)));
  if (!Number.isInteger(rowsPerChunk) || rowsPerChunk < 1)
    throw new FusedOperandError(operation, 'rowsPerChunk', 'a positive integer', `${rowsPerChunk}`);

  const logitsOf = (rows: Tensor2D, head: Tensor2D, isTransposed: boolean): Tensor2D => {
    const product = matMul<Tensor2D>(rows, head, false, isTransposed);
    const biased = bias === undefined ? product : add<Tensor2D>(product, bias);
    return temperature === 1 ? biased : mul<Tensor2D>(biased, 1 / temperature);
  };
  if (rowCount <= rowsPerChunk) return tidy(() => tokenLogProbs(logitsOf(hidden, weight, transposed), ids));

  const tokens = tidy(() => rowIndexTensor(operation, 'ids', ids, rowCount));
  const chunks = Array.from({ length: Math.ceil(rowCount / rowsPerChunk) }, (_, chunk) => ({
    start: chunk * rowsPerChunk,
    count: Math.min(rowsPerChunk, rowCount - chunk * rowsPerChunk),
  }));
  const tokensOf = (all: Tensor1D, start: number, count: number): Tensor1D => slice(all, [start], [count]);
  const rowsOf = (all: Tensor2D, start: number, count: number): Tensor2D =>
    slice(all, [start, 0], [count, width]);

  try {
    return withGradient<Tensor1D>(weightLearns ? [hidden, weight] : [hidden], (save) => {
      requireVisibleRowsInRange(operation, 'ids', ids, vocabularySize);
      save(bias === undefined ? [hidden, weight, tokens] : [hidden, weight, tokens, bias]);
      // Transposed once for all chunks: the backend would do it for each.
      const value = tidy(() => {
        const head = transposed ? transpose(weight) : weight;
        return concat(
          chunks.map(({ start, count }) =>
            tidy(() =>
              tokenLogProbs(
                logitsOf(rowsOf(hidden, start, count), head, false),
                tokensOf(tokens, start, count),
              ),
            ),
          ),
        );
      });
      return {
        value,
        gradient: (outputGradient, saved) => backward(outputGradient, saved),
      };
    });
  } finally {
    if (ids instanceof Int32Array) tokens.dispose();
  }

  function backward(outputGradient: Tensor1D, saved: readonly Tensor[]): Tensor[] {
    const [savedHidden, savedWeight, savedTokens] = saved as [Tensor2D, Tensor2D, Tensor1D];
    return tidy(() => {
      const tableByRows = transposed ? savedWeight : transpose(savedWeight);
      const head = transposed ? transpose(savedWeight) : savedWeight;
      const hiddenGradients: Tensor2D[] = [];
      let weightGradient: Tensor2D | undefined = weightLearns ? zeros(savedWeight.shape) : undefined;
      for (const { start, count } of chunks) {
        const before = weightGradient;
        const [hiddenGradient, grown] = tidy((): [Tensor2D, Tensor2D | undefined] => {
          const rows = rowsOf(savedHidden, start, count);
          const slopes = slice(outputGradient, [start], [count]);
          const logits = logitsOf(rows, head, false);
          const plain = tokenLogProbsGradient(logits, tokensOf(savedTokens, start, count), slopes);
          const ofLogits = temperature === 1 ? plain : mul<Tensor2D>(plain, 1 / temperature);
          const ofHidden = matMul<Tensor2D>(ofLogits, tableByRows);
          if (before === undefined) return [ofHidden, undefined];
          const ofWeight = transposed
            ? matMul<Tensor2D>(ofLogits, rows, true)
            : matMul<Tensor2D>(rows, ofLogits, true);
          return [ofHidden, add<Tensor2D>(before, ofWeight)];
        });
        hiddenGradients.push(hiddenGradient);
        before?.dispose();
        weightGradient = grown;
      }
      const ofHidden = concat(hiddenGradients, 0);
      return weightGradient === undefined ? [ofHidden] : [ofHidden, weightGradient];
    });
  }
}

/** From the gradients of the log-probabilities to those of the logits: slope_i (1[v = id_i] - softmax_iv). */
function tokenLogProbsGradient(logits: Tensor2D, ids: Tensor1D, slopes: Tensor1D): Tensor2D {
  if (fusedKernelsActive()) return fusedTokenLogProbsGradient(logits, ids, slopes);
  const [rowCount, vocabularySize] = logits.shape;
  const marks = slice(oneHot(ids, Math.max(2, vocabularySize)), [0, 0], [rowCount, vocabularySize]);
  return mul<Tensor2D>(sub(marks, softmax(logits)), reshape(slopes, [rowCount, 1]));
}
