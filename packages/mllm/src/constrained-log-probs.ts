import {
  add,
  concat,
  gatherRows,
  mul,
  reshape,
  tensor2d,
  tokenLogProbs,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import type { AnswerPlan } from './answer-plan.js';
import type { Decoder } from './decoder.js';
import type { TokenConstraint } from './token-constraint.js';

/** Thrown for an answer that the constraint it is scored under does not allow. */
export class ConstrainedAnswerError extends Error {
  override readonly name = 'ConstrainedAnswerError';
}

/** Rows under one state of the constraint, and the tokens among which the allowed ones lie. */
interface StateRows {
  readonly allowed: Uint8Array;
  readonly first: number;
  readonly count: number;
  readonly rows: number[];
}

/**
 * float32 [T']: log-probabilities of the answers' tokens, each under the model's distribution restricted to what the
 * constraint allows there. Where the allowed tokens stand close together in the vocabulary, as the codes of a pose do, only
 * the logits of that stretch are computed.
 *
 * @param rows - float32 [T', hiddenSize] the states that predict the tokens
 * @throws ConstrainedAnswerError if an answer holds a token that the constraint does not allow there
 */
export function constrainedLogProbs(
  decoder: Decoder,
  plan: AnswerPlan,
  rows: Tensor2D,
  { temperature, constraint }: { readonly temperature: number; readonly constraint: TokenConstraint },
): Tensor1D {
  const { vocabularySize } = decoder.config;
  const states = rowsOfStates(plan, constraint, decoder.config.tokenIds.endOfSequence);
  const narrowSize = states.reduce((sum, { count, rows: own }) => sum + count * own.length, 0);
  const tempered = (logits: Tensor2D): Tensor2D =>
    temperature === 1 ? logits : mul(logits, 1 / temperature);
  if (2 * narrowSize > plan.tokenIds.length * vocabularySize)
    return tokenLogProbs(
      add<Tensor2D>(tempered(decoder.logits(rows)), wholeMask(states, plan.tokenIds.length, vocabularySize)),
      plan.tokenIds,
    );

  const order: number[] = [];
  const parts = states.map(({ allowed, first, count, rows: own }): Tensor2D => {
    order.push(...own);
    const logits = tempered(decoder.logitsInRange(gatherRows(rows, Int32Array.from(own)), first, count));
    const mask = Float32Array.from({ length: count }, (_, place) =>
      allowed[first + place] === 0 ? FORBIDDEN_LOGIT : 0,
    );
    const ids = Int32Array.from(own, (row) => (plan.tokenIds[row] as number) - first);
    return reshape(tokenLogProbs(add<Tensor2D>(logits, mask), ids), [own.length, 1]);
  });
  const places = new Int32Array(order.length);
  order.forEach((row, place) => {
    places[row] = place;
  });
  return reshape(gatherRows(concat(parts, 0), places), [places.length]);
}

/** Far below any logit: exp(-10000) is 0 in float32. */
const FORBIDDEN_LOGIT = -1e4;

/** The rows of the distinct answers, by the state of the constraint that they are in. */
function rowsOfStates(
  plan: AnswerPlan,
  constraint: TokenConstraint,
  endOfSequence: number,
): readonly StateRows[] {
  const states = new Map<number, StateRows>();
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
      const own = state < 0 ? undefined : (states.get(state) ?? emptyState(constraint.allowed(state)));
      if (own?.allowed[id] !== 1)
        throw new ConstrainedAnswerError(
          `passAnswers: answer ${answer} has token ${id} at position ${position}, which the constraint does not allow ` +
            'there. Score answers under the constraint that they were sampled under.',
        );
      own.rows.push(row);
      states.set(state, own);
      state = id === endOfSequence ? -1 : constraint.next(state, id);
    }
  }
  return [...states.values()];
}

function emptyState(allowed: Uint8Array): StateRows {
  const first = allowed.indexOf(1);
  return { allowed, first, count: allowed.lastIndexOf(1) - first + 1, rows: [] };
}

/** float32 [T', vocabularySize]: 0 where a token may stand, and a number that makes its probability 0 elsewhere. */
function wholeMask(states: readonly StateRows[], rowCount: number, vocabularySize: number): Tensor2D {
  const mask = new Float32Array(rowCount * vocabularySize);
  for (const { allowed, rows } of states)
    for (const row of rows)
      for (let id = 0; id < vocabularySize; id++)
        if (allowed[id] === 0) mask[row * vocabularySize + id] = FORBIDDEN_LOGIT;
  return tensor2d(mask, [rowCount, vocabularySize]);
}
