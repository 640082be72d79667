import type { Tensor } from '@pose-rft/tensor';

/** Thrown when a tensor of rotations does not end in the dimensions that a function needs. */
export class RotationShapeError extends Error {
  override readonly name = 'RotationShapeError';
}

/** Throws unless the shape of `tensor` ends in `trailing`; returns the dimensions before. */
export function leadingShape(tensor: Tensor, trailing: readonly number[], what: string): number[] {
  const start = tensor.rank - trailing.length;
  if (start >= 0 && trailing.every((size, index) => tensor.shape[start + index] === size)) {
    return tensor.shape.slice(0, start);
  }
  throw new RotationShapeError(
    `${what} must have shape [..., ${trailing.join(', ')}], but has [${tensor.shape.join(', ')}]. Reshape the tensor.`,
  );
}
