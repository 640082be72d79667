import { gatherRows, type Tensor1D } from '@pose-rft/tensor';
import type { Random } from '@pose-rft/random';
import type { AnswerPlan } from './answer-plan.js';
import { constrainedLogProbs } from './constrained-log-probs.js';
import type { Decoder } from './decoder.js';
import { packSegments } from './packing.js';
import type { PoseDistribution } from './pose-head.js';
import type { TokenConstraint } from './token-constraint.js';

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
 * @param constraint - restricts every token's distribution to the tokens that it allows, as in sampling
 * @throws ConstrainedAnswerError if an answer holds a token that the constraint does not allow there
 */
export function passAnswers(
  decoder: Decoder,
  plan: AnswerPlan,
  temperature = 1,
  dropout?: Random,
  constraint?: TokenConstraint,
): AnswerPass {
  const packed = packSegments(plan.segments, decoder.config);
  try {
    const hidden = decoder.hiddenStates(packed, undefined, dropout);
    const rows = gatherRows(hidden, plan.tokenRows);
    return {
      tokenLogProbs:
        constraint === undefined
          ? decoder.tokenLogProbs(rows, plan.tokenIds, temperature)
          : constrainedLogProbs(decoder, plan, rows, { temperature, constraint }),
      poses: plan.poseRows.length === 0 ? undefined : decoder.poses(gatherRows(hidden, plan.poseRows)),
    };
  } finally {
    packed.dispose();
  }
}
