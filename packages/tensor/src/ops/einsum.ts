import { matMul, mul, reshape, sum, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Thrown for an equation that `einsum` does not understand, or that does not fit its operands. */
export class EinsumError extends Error {
  override readonly name = 'EinsumError';

  constructor(
    readonly equation: string,
    problem: string,
  ) {
    super(`einsum("${equation}"): ${problem}`);
  }
}

/**
 * Einstein summation, made of transposes and matrix products. tfjs's has no gradient, no wasm kernel, and multiplies
 * element by element; this one has all gradients and runs as fast products on every backend.
 *
 * @param equation - for example `bqd,bkd->bqk`: one letter per axis, explicit output; neither `...` nor a letter
 *   twice in one operand
 * @param operands - one or more tensors; more than two are contracted from left to right
 * @throws EinsumError
 * @example
 * ```ts
 * import { einsum, tensor2d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const product = einsum('ij,kj->ik', tensor2d([[1, 2]]), tensor2d([[3, 4]]));
 * console.assert(product.dataSync()[0] === 11);
 * ```
 */
export function einsum(equation: string, ...operands: Tensor[]): Tensor {
  const { inputs, output } = parseEquation(equation, operands);
  return tidy(() => {
    const terms = operands.map((tensor, index) => ({ tensor, axes: inputs[index] as string }));
    let result = terms[0] as Term;
    for (let index = 1; index < terms.length; index++) {
      const neededLater = output + inputs.slice(index + 1).join('');
      result = contract(result, terms[index] as Term, neededLater);
    }
    const summed = sumOut(result, output);
    return permute(summed, output).tensor;
  });
}

/** A tensor and the letters of its axes. */
interface Term {
  readonly tensor: Tensor;
  readonly axes: string;
}

function parseEquation(equation: string, operands: readonly Tensor[]): { inputs: string[]; output: string } {
  const match = /^([a-zA-Z]*(?:,[a-zA-Z]*)*)->([a-zA-Z]*)$/.exec(equation.replaceAll(' ', ''));
  if (!match)
    throw new EinsumError(equation, 'expected letters, commas and an output, as in "ij,jk->ik" (no "...")');
  const inputs = (match[1] as string).split(',');
  const output = match[2] as string;
  if (inputs.length !== operands.length)
    throw new EinsumError(equation, `names ${inputs.length} operands, got ${operands.length} tensors`);
  const sizes = new Map<string, number>();
  inputs.forEach((axes, index) => {
    const { shape } = operands[index] as Tensor;
    if (axes.length !== shape.length)
      throw new EinsumError(equation, `operand ${index} is "${axes}", got shape [${shape.join(', ')}]`);
    checkDistinct(equation, axes);
    [...axes].forEach((axis, position) => {
      const size = shape[position] as number;
      const known = sizes.get(axis) ?? size;
      if (known !== size)
        throw new EinsumError(equation, `axis "${axis}" has size ${known} and, in operand ${index}, ${size}`);
      sizes.set(axis, size);
    });
  });
  checkDistinct(equation, output);
  for (const axis of output)
    if (!sizes.has(axis)) throw new EinsumError(equation, `output axis "${axis}" is in no operand`);
  return { inputs, output };
}

function checkDistinct(equation: string, axes: string): void {
  if (new Set(axes).size !== axes.length)
    throw new EinsumError(equation, `"${axes}" repeats a letter, which is not supported`);
}

/** Contracts two terms to their needed axes by one batched matrix product. */
function contract(left: Term, right: Term, needed: string): Term {
  // An axis of one operand only, which nothing needs, can be summed before the product.
  const a = sumOut(left, needed + right.axes);
  const b = sumOut(right, needed + left.axes);
  const shared = [...a.axes].filter((axis) => b.axes.includes(axis));
  const batch = shared.filter((axis) => needed.includes(axis)).join('');
  const inner = shared.filter((axis) => !needed.includes(axis)).join('');
  const rows = without(a.axes, batch + inner);
  const columns = without(b.axes, batch + inner);
  const aOrdered = permute(a, batch + rows + inner);
  const bOrdered = permute(b, batch + inner + columns);
  const sizeOf = (axes: string): number[] =>
    [...axes].map((axis) =>
      a.axes.includes(axis)
        ? (a.tensor.shape[a.axes.indexOf(axis)] as number)
        : (b.tensor.shape[b.axes.indexOf(axis)] as number),
    );
  const product = (axes: string): number => sizeOf(axes).reduce((total, size) => total * size, 1);
  const axes = batch + rows + columns;
  if (inner === '' && rows === '' && columns === '')
    return { tensor: mul(aOrdered.tensor, bOrdered.tensor), axes };
  const batchAxis = batch === '' ? [] : [product(batch)];
  const result = matMul(
    reshape(aOrdered.tensor, [...batchAxis, product(rows), product(inner)]),
    reshape(bOrdered.tensor, [...batchAxis, product(inner), product(columns)]),
  );
  return { tensor: reshape(result, sizeOf(axes)), axes };
}

function sumOut(term: Term, keep: string): Term {
  const dropped = [...term.axes].flatMap((axis, position) => (keep.includes(axis) ? [] : [position]));
  if (dropped.length === 0) return term;
  const axes = [...term.axes].filter((axis) => keep.includes(axis)).join('');
  return { tensor: sum(term.tensor, dropped), axes };
}

function permute(term: Term, axes: string): Term {
  if (term.axes === axes) return term;
  return {
    tensor: transpose(
      term.tensor,
      [...axes].map((axis) => term.axes.indexOf(axis)),
    ),
    axes,
  };
}

function without(axes: string, removed: string): string {
  return [...axes].filter((axis) => !removed.includes(axis)).join('');
}
