import {
  add,
  gatherRows,
  mul,
  tensor2d,
  tokenLogProbs,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import type { Random } from '@pose-rft/random';
import type { AnswerPlan } from './answer-plan.js';
import type { Decoder } from './decoder.js';
import { packSegments } from './packing.js';
import type { PoseDistribution } from './pose-head.js';
import type { TokenConstraint } from './token-constraint.js';

/** Thrown for an answer that the constraint it is scored under does not allow. */
export class ConstrainedAnswerError extends Error {
  override readonly name = 'ConstrainedAnswerError';
}

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
          : constrainedLogProbs(decoder, plan, rows, temperature, constraint),
      poses: plan.poseRows.length === 0 ? undefined : decoder.poses(gatherRows(hidden, plan.poseRows)),
    };
  } finally {
    packed.dispose();
  }
}

function constrainedLogProbs(
  decoder: Decoder,
  plan: AnswerPlan,
  rows: Tensor2D,
  temperature: number,
  constraint: TokenConstraint,
): Tensor1D {
  const logits = decoder.logits(rows);
  const tempered: Tensor2D = temperature === 1 ? logits : mul(logits, 1 / temperature);
  return tokenLogProbs(add<Tensor2D>(tempered, constraintMask(decoder, plan, constraint)), plan.tokenIds);
}

/** Far below any logit: exp(-10000) is 0 in float32. */
const FORBIDDEN_LOGIT = -1e4;

/** float32 [T', vocabularySize]: 0 where a token may stand, and a number that makes its probability 0 elsewhere. */
function constraintMask(decoder: Decoder, plan: AnswerPlan, constraint: TokenConstraint): Tensor2D {
  const { vocabularySize, tokenIds } = decoder.config;
  const mask = new Float32Array(plan.tokenIds.length * vocabularySize);
  const done = new Set<number>();
  for (let answer = 0; answer + 1 < plan.tokenOffsets.length; answer++) {
    const begin = plan.tokenOffsets[answer] as number;
    const length = (plan.tokenOffsets[answer + 1] as number) - begin;
    const first = plan.tokenIndices[begin] ?? -1;
    if (length === 0 || done.has(first)) continue;
    done.add(first);
    let state = constraint.start;
    for (let position = 0; position < length; position++) {
      const row = first + position;
      const id = plan.tokenIds[row] as number;
      const allowed = state < 0 ? undefined : constraint.allowed(state);
      if (allowed?.[id] !== 1)
        throw new ConstrainedAnswerError(
          `passAnswers: answer ${answer} has token ${id} at position ${position}, which the constraint does not allow ` +
            'there. Score answers under the constraint that they were sampled under.',
        );
      for (let other = 0; other < vocabularySize; other++)
        if (allowed[other] === 0) mask[row * vocabularySize + other] = FORBIDDEN_LOGIT;
      state = id === tokenIds.endOfSequence ? -1 : constraint.next(state, id);
    }
  }
  return tensor2d(mask, [plan.tokenIds.length, vocabularySize]);
}
