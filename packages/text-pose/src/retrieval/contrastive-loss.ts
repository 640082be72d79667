import {
  add,
  exp,
  matMul,
  mean,
  mul,
  neg,
  tidy,
  tokenLogProbs,
  transpose,
  type Scalar,
  type Tensor2D,
} from '@pose-rft/tensor';

/** Where training starts the scale of the logits: PoseScript's 10. */
export const INITIAL_LOG_SCALE = Math.log(10);
/** The largest scale that training allows, CLIP's 100: beyond it the loss overflows nothing but learns nothing. */
export const LARGEST_LOG_SCALE = Math.log(100);

/** Thrown when two batches of embeddings do not pair up. */
export class EmbeddingShapeError extends Error {
  override readonly name = 'EmbeddingShapeError';
}

/**
 * The symmetric contrastive loss of a batch of pairs: with S_ij = exp(logScale) t_i . p_j, the mean of the cross
 * entropies of finding pose i among all poses given text i, and text i among all texts given pose i (A. Radford et al.,
 * "Learning Transferable Visual Models From Natural Language Supervision", 2021, fig. 3; PoseScript trains with it).
 *
 * @param texts - float32 [N, d], rows of length 1
 * @param poses - float32 [N, d], rows of length 1; pose i belongs to text i
 * @param logScale - scalar, the natural logarithm of the inverse temperature; train it, and keep it at or below
 *   {@link LARGEST_LOG_SCALE} after each step
 * @returns scalar, nats; log N for embeddings that are all equal; differentiable in all three
 * @throws EmbeddingShapeError if the two do not have one shape
 * @example
 * ```ts
 * import { scalar, tensor2d, useBackend } from '@pose-rft/tensor';
 * import { contrastiveLoss } from '@pose-rft/text-pose/retrieval';
 *
 * await useBackend('cpu');
 * const texts = tensor2d([[1, 0], [0, 1]]);
 * const [loss = NaN] = contrastiveLoss(texts, texts, scalar(0)).dataSync();
 * console.assert(Math.abs(loss - Math.log(1 + Math.exp(-1))) < 1e-6);
 * ```
 */
export function contrastiveLoss(texts: Tensor2D, poses: Tensor2D, logScale: Scalar): Scalar {
  if (texts.shape.join() !== poses.shape.join() || texts.shape[0] === 0)
    throw new EmbeddingShapeError(
      `contrastiveLoss: expected texts and poses of one shape [N, d] with N >= 1, found [${texts.shape.join(', ')}] ` +
        `and [${poses.shape.join(', ')}]. Give one pose for each text.`,
    );
  return tidy(() => {
    const logits: Tensor2D = mul(matMul(texts, poses, false, true), exp(logScale));
    const pairs = Int32Array.from({ length: texts.shape[0] }, (_, index) => index);
    const poseOfText = mean(tokenLogProbs(logits, pairs));
    const textOfPose = mean(tokenLogProbs(transpose(logits), pairs));
    const loss: Scalar = neg(mul(0.5, add(poseOfText, textOfPose)));
    return loss;
  });
}
