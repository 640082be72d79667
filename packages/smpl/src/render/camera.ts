import type { Vector3 } from '../vector3.js';

/** A pinhole camera. */
export interface Camera {
  /** Where it stands, metres. */
  readonly eye: Vector3;
  /** The point at the picture's centre, metres. */
  readonly target: Vector3;
  /** The direction that is up in the picture; need not be orthogonal to the view. */
  readonly up: Vector3;
  /** Full vertical opening angle, radians, in (0, pi). */
  readonly fieldOfViewRadians: number;
}

/** From where to look at a body, for {@link frameCamera}. */
export interface ViewDirection {
  /** Angle of the camera around the body: 0 in front of it (+z), growing towards its left side (+x). */
  readonly azimuthRadians: number;
  /** Angle above the horizon, in (-pi/2, pi/2). */
  readonly elevationRadians: number;
}

/** Slightly from the body's left front and from above. */
export const THREE_QUARTER_VIEW: ViewDirection = { azimuthRadians: 0.6, elevationRadians: 0.22 };
export const FRONT_VIEW: ViewDirection = { azimuthRadians: 0, elevationRadians: 0.08 };
export const LEFT_VIEW: ViewDirection = { azimuthRadians: Math.PI / 2, elevationRadians: 0.08 };
export const BACK_VIEW: ViewDirection = { azimuthRadians: Math.PI, elevationRadians: 0.08 };

/** Thrown for a camera that has no picture: eye on its target, up along the view, an impossible angle, NaN. */
export class CameraError extends Error {
  override readonly name = 'CameraError';
}

/** The camera's orthonormal axes in the world; `back` points from the target to the eye. */
export interface CameraAxes {
  readonly right: Vector3;
  readonly up: Vector3;
  readonly back: Vector3;
}

/** @throws CameraError if the camera does not define a picture */
export function cameraAxes(camera: Camera): CameraAxes {
  const { eye, target, fieldOfViewRadians } = camera;
  if (!(fieldOfViewRadians > 0 && fieldOfViewRadians < Math.PI))
    throw new CameraError(
      `fieldOfViewRadians must lie in (0, pi), found ${fieldOfViewRadians}: degrees need * Math.PI / 180`,
    );
  const back = normalise([eye[0] - target[0], eye[1] - target[1], eye[2] - target[2]]);
  if (back === undefined) throw new CameraError(`eye and target must differ, found both at [${eye.join()}]`);
  const right = normalise(cross(camera.up, back));
  if (right === undefined)
    throw new CameraError(`up must not point along the view, found up [${camera.up.join()}] for that eye`);
  return { right, up: cross(back, right), back };
}

/**
 * The nearest camera that looks along `view` and sees every vertex, with `margin` of the picture left free.
 *
 * Each side of the view's pyramid bounds the eye by a linear inequality, so the tightest eye is found exactly, in one
 * pass and without bounding boxes.
 *
 * @param vertices - metres, [V*3]
 * @param aspect - width / height of the picture
 * @param margin - free border as a fraction of the picture, in [0, 0.9]
 * @throws CameraError if a vertex is not finite or there is none
 */
export function frameCamera(
  vertices: Float32Array,
  view: ViewDirection = THREE_QUARTER_VIEW,
  aspect = 1,
  margin = 0.08,
  fieldOfViewRadians = 0.5,
): Camera {
  const { azimuthRadians, elevationRadians } = view;
  const horizontal = Math.cos(elevationRadians);
  const back: Vector3 = [
    horizontal * Math.sin(azimuthRadians),
    Math.sin(elevationRadians),
    horizontal * Math.cos(azimuthRadians),
  ];
  const axes = cameraAxes({ eye: back, target: [0, 0, 0], up: [0, 1, 0], fieldOfViewRadians });
  const slopeY = Math.tan(fieldOfViewRadians / 2) * (1 - margin);
  const slopeX = slopeY * aspect;
  let right = -Infinity;
  let left = -Infinity;
  let top = -Infinity;
  let bottom = -Infinity;
  let nearest = -Infinity;
  for (let i = 0; i < vertices.length; i += 3) {
    const px = vertices[i] as number;
    const py = vertices[i + 1] as number;
    const pz = vertices[i + 2] as number;
    const x = px * axes.right[0] + py * axes.right[1] + pz * axes.right[2];
    const y = px * axes.up[0] + py * axes.up[1] + pz * axes.up[2];
    const z = px * axes.back[0] + py * axes.back[1] + pz * axes.back[2];
    right = Math.max(right, x + z * slopeX);
    left = Math.max(left, -x + z * slopeX);
    top = Math.max(top, y + z * slopeY);
    bottom = Math.max(bottom, -y + z * slopeY);
    nearest = Math.max(nearest, z);
  }
  if (!Number.isFinite(right + left + top + bottom))
    throw new CameraError(
      `frameCamera: all of at least one vertex must be finite, found ${vertices.length / 3} vertices`,
    );
  const centreX = (right - left) / 2;
  const centreY = (top - bottom) / 2;
  const eyeBack = Math.max((right + left) / 2 / slopeX, (top + bottom) / 2 / slopeY, nearest + 0.1);
  const world = (z: number): Vector3 => [
    centreX * axes.right[0] + centreY * axes.up[0] + z * axes.back[0],
    centreX * axes.right[1] + centreY * axes.up[1] + z * axes.back[1],
    centreX * axes.right[2] + centreY * axes.up[2] + z * axes.back[2],
  ];
  return { eye: world(eyeBack), target: world(eyeBack - 1), up: [0, 1, 0], fieldOfViewRadians };
}

function cross(a: Vector3, b: Vector3): Vector3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function normalise(v: Vector3): Vector3 | undefined {
  const length = Math.hypot(v[0], v[1], v[2]);
  if (!(length > 1e-9) || !Number.isFinite(length)) return undefined;
  return [v[0] / length, v[1] / length, v[2] / length];
}
