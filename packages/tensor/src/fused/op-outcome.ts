import { createRandom } from '@pose-rft/random';
import { grads, tensor, tidy, type Tensor } from '@tensorflow/tfjs-core';

/** Where an op is evaluated: an operand's shape and row-major values. */
export interface OperandData {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What an op gives: its values, and the gradients of an uneven weighting of them. */
export interface OpOutcome {
  readonly shape: readonly number[];
  readonly values: Float32Array;
  readonly gradients: readonly Float32Array[];
}

/** Standard normal numbers; equal seeds give equal ones. */
export function normalOperand(seed: number, ...shape: number[]): OperandData {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return { shape, values: createRandom(seed).fillNormal(new Float32Array(size)) };
}

/** Evaluates an op and its gradients; no tensor remains. */
export function outcomeOf<Operands extends Tensor[]>(
  typedOp: (...operands: Operands) => Tensor,
  operands: readonly OperandData[],
): OpOutcome {
  const op = (...tensors: Tensor[]): Tensor => typedOp(...(tensors as Operands));
  return tidy(() => {
    const tensors = operands.map(({ shape, values }) => tensor(values, [...shape], 'float32'));
    const output = op(...tensors);
    const weights = Float32Array.from({ length: output.size }, (_, index) => Math.sin(1.7 * index + 0.4));
    const slopes = tensor(weights, output.shape, 'float32');
    return {
      shape: output.shape,
      values: output.dataSync<'float32'>().slice(),
      gradients: grads(op)(tensors, slopes).map((gradient) => gradient.dataSync<'float32'>().slice()),
    };
  });
}

/**
 * The largest difference between two outcomes, each array's relative to its largest number or 1. Infinity if shapes
 * differ or a number is not finite.
 */
export function largestDifference(first: OpOutcome, second: OpOutcome): number {
  if (first.shape.join() !== second.shape.join()) return Infinity;
  const arrays = [first.values, ...first.gradients];
  const others = [second.values, ...second.gradients];
  return Math.max(0, ...arrays.map((array, index) => relativeDifference(array, others[index])));
}

function relativeDifference(first: Float32Array, second: Float32Array | undefined): number {
  if (second?.length !== first.length) return Infinity;
  const magnitude = first.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  const difference = first.reduce((largest, value, index) => {
    const distance = Math.abs(value - (second[index] as number));
    return Number.isNaN(distance) ? Infinity : Math.max(largest, distance);
  }, 0);
  return difference / magnitude;
}
