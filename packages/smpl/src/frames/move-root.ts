import { ArrayRangeError, assertRange, type RealArray } from '../real-array.js';
import { composeRotations, rotateVector } from '../rotation/rotation-matrix.js';

/** Where a body is and which way it turns: the root's rotation and SMPL's translation. */
export interface RootPlacement {
  /** Row-major 3x3: the global orientation. */
  readonly rotation: RealArray;
  /** SMPL's `transl`: what is added to all joints and vertices after posing, in metres. */
  readonly translationMetres: RealArray;
}

/**
 * Moves a posed body as a whole: x -> rotation * x + translation for every joint and vertex, expressed as a new global
 * orientation and translation. The root's rotation of SMPL turns the body about the *pelvis*, which does not lie at the
 * origin at rest, so the new translation is R (p + t) + T - p for the pelvis's rest position p: leaving p out shifts the
 * body by some 20 cm.
 *
 * @param placement - the body's global orientation and translation
 * @param rotation - row-major 3x3: a frame change, or a camera's extrinsic rotation
 * @param translationMetres - [3], for example the camera's extrinsic translation; zero for a frame change
 * @param pelvisAtRestMetres - [3] where the model's first joint lies at rest: [0, 0, 0] for this package's kinematics, the
 *   first regressed joint for a body model
 * @throws ArrayRangeError if an array is too short
 * @example
 * ```ts
 * import { frameChange, moveRoot } from '@pose-rft/smpl';
 *
 * const upright = { rotation: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), translationMetres: Float64Array.of(0, 1, 0) };
 * const inCamera = moveRoot(upright, frameChange('smpl', 'opencv-camera'), [0, 0, 4], [0, -0.25, 0.03]);
 * console.assert(inCamera.rotation.join() === '1,0,0,0,-1,0,0,0,-1');
 * console.assert(Math.abs((inCamera.translationMetres[1] ?? 0) + 0.5) < 1e-12); // -(1 - 0.25) + 0.25
 * ```
 */
export function moveRoot(
  placement: RootPlacement,
  rotation: RealArray,
  translationMetres: ArrayLike<number>,
  pelvisAtRestMetres: ArrayLike<number>,
): RootPlacement {
  assertRange(placement.rotation, 0, 9, "The root's rotation");
  assertRange(placement.translationMetres, 0, 3, "The root's translation");
  assertRange(rotation, 0, 9, 'The rotation');
  assertThree(translationMetres, 'translationMetres');
  assertThree(pelvisAtRestMetres, 'pelvisAtRestMetres');
  const moved = new Float64Array(9);
  composeRotations(rotation, 0, placement.rotation, 0, moved, 0);
  const position = Float64Array.from(
    [0, 1, 2],
    (axis) => (pelvisAtRestMetres[axis] as number) + (placement.translationMetres[axis] as number),
  );
  rotateVector(rotation, 0, position, 0, position, 0);
  return {
    rotation: moved,
    translationMetres: position.map(
      (coordinate, axis) =>
        coordinate + (translationMetres[axis] as number) - (pelvisAtRestMetres[axis] as number),
    ),
  };
}

function assertThree(numbers: ArrayLike<number>, what: string): void {
  if (numbers.length === 3) return;
  throw new ArrayRangeError(`${what} has ${numbers.length} numbers. Give x, y and z in metres.`);
}
