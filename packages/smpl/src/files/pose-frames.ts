import type { RealArray } from '../real-array.js';

/** Thrown when numbers meant as poses are not whole poses, not finite, or disagree with their root positions. */
export class PoseFramesError extends Error {
  override readonly name = 'PoseFramesError';
}

/**
 * Checks poses and what belongs to them, and returns how many there are.
 *
 * @param pose6d - [F*J*6]
 * @param rootPositionsMetres - [F*3]
 * @throws PoseFramesError
 */
export function assertFrames(
  pose6d: RealArray,
  jointCount: number,
  framesPerSecond: number,
  rootPositionsMetres: RealArray | undefined,
): number {
  const frameCount = pose6d.length / (jointCount * 6);
  if (!Number.isInteger(frameCount) || frameCount < 1)
    throw new PoseFramesError(
      `poses need a positive multiple of ${jointCount} joints * 6 = ${jointCount * 6} numbers, found ${pose6d.length}`,
    );
  if (!(framesPerSecond > 0 && framesPerSecond < Infinity))
    throw new PoseFramesError(`framesPerSecond must be positive and finite, found ${framesPerSecond}`);
  assertFinite(pose6d, 'the poses', jointCount * 6);
  if (rootPositionsMetres === undefined) return frameCount;
  if (rootPositionsMetres.length !== frameCount * 3)
    throw new PoseFramesError(
      `${frameCount} poses need ${frameCount * 3} root position numbers, found ${rootPositionsMetres.length}`,
    );
  assertFinite(rootPositionsMetres, 'the root positions', 3);
  return frameCount;
}

function assertFinite(numbers: RealArray, what: string, frameSize: number): void {
  const index = numbers.findIndex((value) => !Number.isFinite(value));
  if (index >= 0)
    throw new PoseFramesError(
      `${what} must be finite, found ${String(numbers[index])} at number ${index % frameSize} of frame ` +
        `${Math.floor(index / frameSize)}`,
    );
}
