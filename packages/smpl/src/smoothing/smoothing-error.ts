/** Thrown for a filter that cannot be: a window, a degree, a rate or a cutoff out of range. */
export class SmoothingOptionsError extends Error {
  override readonly name = 'SmoothingOptionsError';
}

/** @throws SmoothingOptionsError unless there are whole frames of whole rotations */
export function assertMotionSize(frameCount: number, jointCount: number): void {
  if (Number.isInteger(frameCount) && frameCount > 0 && Number.isInteger(jointCount) && jointCount > 0)
    return;
  throw new SmoothingOptionsError(
    `A motion of ${frameCount} frames of ${jointCount} rotations cannot be smoothed; both must be positive integers.`,
  );
}
