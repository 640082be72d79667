import { JOINT_COUNT } from '@pose-rft/smpl';
import type { Camera } from '@pose-rft/smpl/render';

/** Places of joints in a picture, and how much each is to be trusted. */
export interface JointPlaces {
  /** [24, 2] pixels of the picture, y down. */
  readonly pixels: ArrayLike<number>;
  /** [24] at least 0. */
  readonly weights: ArrayLike<number>;
}

/** A camera for a picture, and how well the joints fit. */
export interface FittedCamera {
  readonly camera: Camera;
  /** Weighted mean distance of projected joints from their places, pixels. */
  readonly errorPixels: number;
}

/** Vertical opening angle of a picture whose lens nobody knows, if it is square: a phone's or a normal lens. */
const ASSUMED_FIELD_OF_VIEW_RADIANS = 0.8;
/** Nearer cannot be: the camera would be within the body. */
const NEAREST_METRES = 0.5;
const ROUNDS = 4;

/** The opening angle for pictures of which nothing is known: of the longer edge. */
export function assumedFieldOfViewRadians(width: number, height: number): number {
  const longer = Math.max(width, height);
  return 2 * Math.atan((Math.tan(ASSUMED_FIELD_OF_VIEW_RADIANS / 2) * height) / longer);
}

/**
 * Where a camera stands that sees posed joints at given places of a picture. It looks along -z of the joints' axes (x to
 * the picture's right, y up, z to the camera), so only its place is sought: a linear least-squares problem of three
 * unknowns, solved again with less weight on joints that do not fit (Cauchy's, of a thirtieth of the picture).
 *
 * @param joints - [24, 3] metres, pelvis at the origin
 * @returns undefined if the places put the body behind the camera or too near, or too few count
 * @example
 * ```ts
 * import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 * import { projectPoints } from '@pose-rft/smpl/render';
 * import { fitCamera } from 'pose-rft';
 *
 * const joints = SYNTHETIC_SKELETON.restJointsMetres;
 * const camera = { eye: [0.1, 0.2, 4], target: [0.1, 0.2, 3], up: [0, 1, 0], fieldOfViewRadians: 0.8 } as const;
 * const seen = new Float32Array(72);
 * projectPoints(joints, 0, 24, camera, { width: 100, height: 100 }, seen, 0);
 * const pixels = seen.filter((_, index) => index % 3 < 2);
 * const fitted = fitCamera(joints, { pixels, weights: new Float32Array(24).fill(1) }, { width: 100, height: 100 });
 * console.assert(Math.abs((fitted?.camera.eye[2] ?? 0) - 4) < 0.01);
 * ```
 */
export function fitCamera(
  joints: ArrayLike<number>,
  places: JointPlaces,
  picture: { readonly width: number; readonly height: number },
): FittedCamera | undefined {
  const fieldOfViewRadians = assumedFieldOfViewRadians(picture.width, picture.height);
  const focal = picture.height / 2 / Math.tan(fieldOfViewRadians / 2);
  const tolerance = Math.max(picture.width, picture.height) / 30;
  const weights = Float64Array.from({ length: JOINT_COUNT }, (_, joint) => places.weights[joint] ?? 0);
  let eye: readonly [number, number, number] | undefined;
  let errorPixels = Number.NaN;
  for (let round = 0; round < ROUNDS; round++) {
    eye = solveEye(joints, places.pixels, weights, focal, picture);
    if (eye === undefined) return undefined;
    let total = 0;
    errorPixels = 0;
    for (let joint = 0; joint < JOINT_COUNT; joint++) {
      const weight = places.weights[joint] ?? 0;
      if (weight === 0) continue;
      const [x, y] = centred(places.pixels, joint, picture);
      const depth = eye[2] - (joints[3 * joint + 2] as number);
      if (depth < NEAREST_METRES / 2) return undefined;
      const atX = (focal * ((joints[3 * joint] as number) - eye[0])) / depth;
      const atY = (focal * ((joints[3 * joint + 1] as number) - eye[1])) / depth;
      const distance = Math.hypot(atX - x, atY - y);
      weights[joint] = weight / (1 + (distance / tolerance) ** 2);
      errorPixels += weight * distance;
      total += weight;
    }
    errorPixels /= total;
  }
  if (eye === undefined || !(eye[2] > NEAREST_METRES)) return undefined;
  const target = [eye[0], eye[1], eye[2] - 1] as const;
  return { camera: { eye, target, up: [0, 1, 0], fieldOfViewRadians }, errorPixels };
}

/** A joint's place from the picture's middle, y up. */
function centred(
  pixels: ArrayLike<number>,
  joint: number,
  { width, height }: { readonly width: number; readonly height: number },
): readonly [number, number] {
  return [(pixels[2 * joint] as number) - width / 2, height / 2 - (pixels[2 * joint + 1] as number)];
}

/**
 * For each joint, focal * (X - ex) = u (ez - Z) and the same for y: linear in the eye. The normal equations have the form
 * [[a, 0, b], [0, a, c], [b, c, d]] e = r, and are solved by elimination.
 */
function solveEye(
  joints: ArrayLike<number>,
  pixels: ArrayLike<number>,
  weights: Float64Array,
  focal: number,
  picture: { readonly width: number; readonly height: number },
): readonly [number, number, number] | undefined {
  let [a, b, c, d, rightX, rightY, rightZ] = [0, 0, 0, 0, 0, 0, 0];
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    const weight = weights[joint] as number;
    if (weight === 0) continue;
    const [u, v] = centred(pixels, joint, picture);
    const z = joints[3 * joint + 2] as number;
    const x = focal * (joints[3 * joint] as number) + u * z;
    const y = focal * (joints[3 * joint + 1] as number) + v * z;
    a += weight * focal * focal;
    b += weight * focal * u;
    c += weight * focal * v;
    d += weight * (u * u + v * v);
    rightX += weight * focal * x;
    rightY += weight * focal * y;
    rightZ += weight * (u * x + v * y);
  }
  if (!(a > 0)) return undefined;
  const determinant = d - (b * b + c * c) / a;
  // All joints in one place: nothing says how far away they are.
  if (!(determinant > 1e-9 * d)) return undefined;
  const ez = (rightZ - (b * rightX + c * rightY) / a) / determinant;
  const eye = [(rightX - b * ez) / a, (rightY - c * ez) / a, ez] as const;
  return eye.every(Number.isFinite) && ez > 0 ? eye : undefined;
}

/**
 * A camera for a picture of which only the person's box is known: the surface's middle and height fill the box.
 *
 * @param vertices - [V, 3] metres in the same axes
 */
export function cameraOfBox(
  vertices: Float32Array,
  box: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number },
  picture: { readonly width: number; readonly height: number },
): Camera {
  const fieldOfViewRadians = assumedFieldOfViewRadians(picture.width, picture.height);
  const focal = picture.height / 2 / Math.tan(fieldOfViewRadians / 2);
  const least = [Infinity, Infinity];
  const most = [-Infinity, -Infinity];
  for (let at = 0; at < vertices.length; at += 3)
    for (const axis of [0, 1]) {
      least[axis] = Math.min(least[axis] as number, vertices[at + axis] as number);
      most[axis] = Math.max(most[axis] as number, vertices[at + axis] as number);
    }
  const [left = 0, bottom = 0] = least;
  const [right = 0, top = 0] = most;
  const scale = Math.min((box.right - box.left) / (right - left), (box.bottom - box.top) / (top - bottom));
  const depth = Math.max(NEAREST_METRES, focal / scale);
  const eye = [
    (left + right) / 2 - ((box.left + box.right - picture.width) / 2 / focal) * depth,
    (top + bottom) / 2 + ((box.top + box.bottom - picture.height) / 2 / focal) * depth,
    depth,
  ] as const;
  return { eye, target: [eye[0], eye[1], depth - 1], up: [0, 1, 0], fieldOfViewRadians };
}
