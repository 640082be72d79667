import type { Random } from '@pose-rft/random';
import { frameCamera, type Camera } from '@pose-rft/smpl/render';

/** How often somebody is seen from any side at all rather than from the front half. */
const ANY_SIDE = 0.3;
const LARGEST_FRONT_AZIMUTH = 1.1;

/**
 * A camera that sees a body: mostly from the front, at eye level or from above or below, with any lens from wide to long,
 * the body filling most of a square picture; one in eight times so close that parts of it are cut off.
 *
 * @param vertices - the posed surface, metres, [V*3], the pelvis at the origin
 */
export function drawCamera(random: Random, vertices: Float32Array): Camera {
  const azimuthRadians =
    random.uniform() < ANY_SIDE
      ? 2 * Math.PI * random.uniform()
      : LARGEST_FRONT_AZIMUTH * (2 * random.uniform() - 1);
  const elevationRadians = Math.min(0.9, Math.max(-0.35, 0.12 + 0.22 * random.normal()));
  const fieldOfViewRadians = 0.35 + 0.65 * random.uniform() ** 2;
  const margin = 0.05 + 0.3 * random.uniform() ** 1.5;
  const camera = frameCamera(vertices, { azimuthRadians, elevationRadians }, 1, margin, fieldOfViewRadians);
  const { eye, target } = camera;
  const view = [0, 1, 2].map((axis) => (target[axis] as number) - (eye[axis] as number));
  const distance = Math.hypot(...eye);
  const isCloseUp = random.uniform() < 0.125;
  const forward = isCloseUp ? distance * (0.15 + 0.25 * random.uniform()) : 0;
  // Not quite in the middle: by up to what the margin leaves free.
  const shift = margin * distance * Math.tan(fieldOfViewRadians / 2) * (isCloseUp ? 2 : 1);
  const right = [Math.cos(azimuthRadians), 0, -Math.sin(azimuthRadians)];
  const sideways = shift * (2 * random.uniform() - 1);
  const upwards = shift * (2 * random.uniform() - 1);
  const move = [0, 1, 2].map(
    (axis) =>
      forward * (view[axis] as number) + sideways * (right[axis] as number) + (axis === 1 ? upwards : 0),
  );
  const moved = (point: readonly number[]): [number, number, number] =>
    [0, 1, 2].map((axis) => (point[axis] as number) + (move[axis] as number)) as [number, number, number];
  return { eye: moved(eye), target: moved(target), up: [0, 1, 0], fieldOfViewRadians };
}

/** A camera's axes in the world as rows, row-major [3, 3]: to the picture's right, up, towards the camera. */
export function cameraRotation({ eye, target }: Camera): Float64Array {
  const back = unit([eye[0] - target[0], eye[1] - target[1], eye[2] - target[2]]);
  const right = unit([back[2], 0, -back[0]]);
  const up = [
    back[1] * right[2] - back[2] * right[1],
    back[2] * right[0] - back[0] * right[2],
    back[0] * right[1] - back[1] * right[0],
  ];
  return Float64Array.of(...right, ...up, ...back);
}

function unit([x, y, z]: readonly [number, number, number]): [number, number, number] {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
}

/** The picture's row of the horizon, where an endless level ground would end. */
export function horizonRow({ eye, target, fieldOfViewRadians }: Camera, size: number): number {
  const downwards = eye[1] - target[1];
  const horizontally = Math.hypot(eye[0] - target[0], eye[2] - target[2]);
  return size / 2 - ((size / 2) * (downwards / horizontally)) / Math.tan(fieldOfViewRadians / 2);
}
