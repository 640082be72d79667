/** How a bounded reward falls with an error. */
export type ProximityKernel = 'exponential' | 'gaussian';

/** How predicted joints are laid onto the target: as they stand, or moved, turned and scaled (PA). */
export type JointAlignment = 'none' | 'procrustes';

/**
 * A bounded reward of an error, in [0, 1], 1 at no error: `exponential` is exp(-e / s), steepest at the target;
 * `gaussian` is exp(-e^2 / 2 s^2), flat at the target and steepest at one scale from it.
 *
 * @param error - >= 0
 * @param scale - > 0, in the same unit
 * @example
 * ```ts
 * import { proximity } from '@pose-rft/rewards';
 *
 * console.assert(proximity('gaussian', 0, 0.1) === 1);
 * console.assert(Math.abs(proximity('exponential', 0.1, 0.1) - Math.exp(-1)) < 1e-12);
 * ```
 */
export function proximity(kernel: ProximityKernel, error: number, scale: number): number {
  if (kernel === 'exponential') return Math.exp(-error / scale);
  const scaled = error / scale;
  return Math.exp(-0.5 * scaled * scaled);
}

/** Throws unless the scale is positive and finite. */
export function requireScale(name: string, scale: number): void {
  if (!(scale > 0 && scale < Infinity))
    throw new RangeError(`${name} must be positive and finite, got ${scale}`);
}
