import { match } from 'ts-pattern';
import type { ModelShape, PolicyTask, TaskRates } from './policy-tasks.js';

/** The least that a task must do, whoever does it. */
export interface TaskCost {
  /** Multiplications and additions in single precision. */
  readonly operations: number;
  /** Read from and written to memory, each number that must leave the processor counted once each way. */
  readonly bytes: number;
}

/**
 * Counts a task's least cost: prompts once for all their answers, the vocabulary's logits where an answer's token is
 * scored, attention over the rows that a row sees. Forgotten are norms, activations' arithmetic and the pose head.
 * A gradient costs twice its forward pass; memory holds the weights, the optimiser's state and what gradients need.
 */
export function taskCost(task: PolicyTask): TaskCost {
  return match(task)
    .with({ kind: 'sft' }, (sft) => {
      const length = sft.promptTokens + sft.answerTokens;
      const forward = forwardCost(sft, {
        rows: sft.sequences * length,
        scoredRows: sft.sequences * sft.answerTokens,
        seenRows: sft.sequences * triangle(length),
      });
      return trained(sft, forward);
    })
    .with({ kind: 'sampling' }, (sampling) => samplingCost(sampling))
    .with({ kind: 'iteration' }, (iteration) => {
      const forward = forwardCost(iteration, answeredPrompts(iteration));
      return total(samplingCost(iteration), forward, trained(iteration, forward));
    })
    .with({ kind: 'coldStart' }, ({ kind: _, ...start }) =>
      forwardCost(start, { rows: start.promptTokens, scoredRows: 1, seenRows: triangle(start.promptTokens) }),
    )
    .with({ kind: 'rates' }, () => ({ operations: 0, bytes: 0 }))
    .exhaustive();
}

/** Seconds that the cost takes at the measured rates, the slower of the two counted alone: they may overlap. */
export function floorSeconds(cost: TaskCost, rates: TaskRates): number {
  return Math.max(cost.operations / rates.operationsPerSecond, cost.bytes / rates.bytesPerSecond);
}

/**
 * Bytes that an iteration must hold at once: the weights and the reference's, gradients, two moments, and what the
 * gradients need of each row (a layer's input, queries, keys and values, what was attended, both halves of the gate).
 */
export function residentBytes(task: Answering): number {
  const { hiddenSize, intermediateSize, layerCount } = task;
  const perRow = layerCount * (6 * hiddenSize + 2 * intermediateSize);
  return NUMBER_BYTES * (5 * parameterCount(task) + answeredPrompts(task).rows * perRow);
}

/** Numbers that a decoder learns: embeddings, four projections, the gated block, the head, without norms. */
export function parameterCount({
  hiddenSize,
  layerCount,
  intermediateSize,
  vocabularySize,
}: ModelShape): number {
  return layerCount * layerParameters(hiddenSize, intermediateSize) + 2 * vocabularySize * hiddenSize;
}

/** What a pass over rows does: rows, rows whose token is scored, and pairs of a row with a row that it sees. */
interface Pass {
  readonly rows: number;
  readonly scoredRows: number;
  readonly seenRows: number;
}

interface Answering extends ModelShape {
  readonly prompts: number;
  readonly promptTokens: number;
  readonly candidates: number;
  readonly newTokens: number;
}

const NUMBER_BYTES = 4;

function layerParameters(width: number, hidden: number): number {
  return 4 * width * width + 3 * width * hidden;
}

/** Rows that the rows of one causal segment see, themselves included. */
function triangle(length: number): number {
  return (length * (length + 1)) / 2;
}

function answeredPrompts({ prompts, promptTokens, candidates, newTokens }: Answering): Pass {
  const answers = prompts * candidates;
  return {
    rows: prompts * promptTokens + answers * newTokens,
    scoredRows: answers * newTokens,
    seenRows: prompts * triangle(promptTokens) + answers * (newTokens * promptTokens + triangle(newTokens)),
  };
}

function forwardCost(shape: ModelShape, { rows, scoredRows, seenRows }: Pass): TaskCost {
  const { hiddenSize: width, layerCount, intermediateSize, vocabularySize } = shape;
  const products = 2 * rows * layerParameters(width, intermediateSize);
  const attention = 4 * width * seenRows;
  return {
    operations: layerCount * (products + attention) + 2 * scoredRows * width * vocabularySize,
    bytes: NUMBER_BYTES * parameterCount(shape),
  };
}

/** A forward pass with gradients and AdamW: gradients and moments of every weight, read and written. */
function trained(shape: ModelShape, forward: TaskCost): TaskCost {
  return {
    operations: 3 * forward.operations,
    bytes: 3 * forward.bytes + NUMBER_BYTES * 7 * parameterCount(shape),
  };
}

/** Each prompt once, then a step per new token, which reads the weights and the keys and values so far. */
function samplingCost(shape: Answering): TaskCost {
  const { prompts, promptTokens, candidates, newTokens, hiddenSize, layerCount } = shape;
  const { operations, bytes } = forwardCost(shape, answeredPrompts(shape));
  const keysAndValues = 2 * hiddenSize * layerCount * NUMBER_BYTES;
  const cached = newTokens * prompts * promptTokens + prompts * candidates * triangle(newTokens);
  return { operations, bytes: newTokens * bytes + cached * keysAndValues };
}

function total(...costs: readonly TaskCost[]): TaskCost {
  return {
    operations: costs.reduce((sum, { operations }) => sum + operations, 0),
    bytes: costs.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
