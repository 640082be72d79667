import { gatherRows, type Tensor1D } from '@pose-rft/tensor';
import type { Random } from '@pose-rft/random';
import type { AnswerPlan } from './answer-plan.js';
import type { Decoder } from './decoder.js';
import { packSegments } from './packing.js';
import type { PoseDistribution } from './pose-head.js';

/** What the model thinks of the distinct answers of a plan. */
export interface AnswerPass {
  /** float32 [T'] log-probabilities of their tokens. */
  readonly tokenLogProbs: Tensor1D;
  /** The distributions [M'] at their first `<POSE>`; undefined if none has one. */
  readonly poses: PoseDistribution | undefined;
}

/**
 * One differentiable pass over prompts and answers. Call it inside a `tidy`.
 *
 * @param temperature - divides the logits, as in sampling
 * @param dropout - for training: draws which inputs of the adapters are dropped
 */
export function passAnswers(
  decoder: Decoder,
  plan: AnswerPlan,
  temperature = 1,
  dropout?: Random,
): AnswerPass {
  const packed = packSegments(plan.segments, decoder.config);
  try {
    const hidden = decoder.hiddenStates(packed, undefined, dropout);
    return {
      tokenLogProbs: decoder.tokenLogProbs(gatherRows(hidden, plan.tokenRows), plan.tokenIds, temperature),
      poses: plan.poseRows.length === 0 ? undefined : decoder.poses(gatherRows(hidden, plan.poseRows)),
    };
  } finally {
    packed.dispose();
  }
}
