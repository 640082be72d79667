import type { Tensor } from '@tensorflow/tfjs-core';

/** Thrown when an operand of a fused op has the wrong shape, dtype or values. */
export class FusedOperandError extends Error {
  override readonly name = 'FusedOperandError';

  constructor(
    readonly operation: string,
    readonly operand: string,
    expected: string,
    found: string,
  ) {
    super(`${operation}: ${operand} must be ${expected}, found ${found}`);
  }
}

/** Describes a tensor for an error message: `float32 [4,3]`. */
function describe(tensor: Tensor): string {
  return `${tensor.dtype} [${tensor.shape.join(',')}]`;
}

/**
 * Checks the dtype and shape of an operand; `null` in `shape` stands for any size.
 *
 * @throws FusedOperandError if they differ
 */
export function requireTensor(
  operation: string,
  operand: string,
  tensor: Tensor,
  dtype: 'float32' | 'int32',
  shape: readonly (number | null)[],
): void {
  const matches =
    tensor.dtype === dtype &&
    tensor.shape.length === shape.length &&
    shape.every((size, axis) => size === null || size === tensor.shape[axis]);
  if (matches) return;
  const expected = shape.map((size) => size ?? 'any').join(',');
  throw new FusedOperandError(operation, operand, `${dtype} [${expected}]`, describe(tensor));
}

/**
 * Splits a row of `width` numbers into equal parts (heads, gate and up, q and k and v) and returns a part's width.
 *
 * @throws FusedOperandError if `parts` is not a positive integer that divides `width`
 */
export function requireDivisibleWidth(
  operation: string,
  operand: string,
  width: number,
  parts: number,
): number {
  if (Number.isInteger(parts) && parts > 0 && width % parts === 0) return width / parts;
  throw new FusedOperandError(
    operation,
    operand,
    `a width divisible into ${parts} equal parts`,
    `width ${width}`,
  );
}
