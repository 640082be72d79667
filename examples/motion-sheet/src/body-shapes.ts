import { axisAngleToRotation6d, jointIndex, prepareIdentity, type BodyModel } from '@pose-rft/smpl';
import { encodePng, renderBody, type Camera } from '@pose-rft/smpl/render';
import type { Picture } from './film-strip.js';

const SIZE = { width: 180, height: 220 };
/** One camera for all, so that their sizes can be compared. */
const CAMERA: Camera = {
  eye: [1.8, 0.35, 4.2],
  target: [0, -0.1, 0],
  up: [0, 1, 0],
  fieldOfViewRadians: 0.5,
};

/** The mean body, then each shape coefficient at -2 and +2 standard deviations. */
export function bodyShapes(body: BodyModel): Picture[] {
  const count = body.shapeSpace?.coefficientCount ?? 0;
  const people = [{ caption: 'mean', betas: [0] }];
  for (let coefficient = 0; coefficient < count; coefficient++)
    for (const value of [-2, 2])
      people.push({
        caption: `beta ${coefficient} at ${value}`,
        betas: Array.from({ length: coefficient + 1 }, (_, i) => (i === coefficient ? value : 0)),
      });
  const pose6d = standing();
  return people.map(({ caption, betas }) => {
    const person = count === 0 ? body : prepareIdentity(body, { betas });
    const { rgb } = renderBody(person, pose6d, { ...SIZE, camera: CAMERA });
    return { caption, png: encodePng(rgb, SIZE.width, SIZE.height) };
  });
}

/** Arms at the sides. */
function standing(): Float32Array {
  const pose6d = Float32Array.from({ length: 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
  axisAngleToRotation6d(Float64Array.of(0, 0, -1.1), 0, pose6d, 6 * jointIndex('left_shoulder'));
  axisAngleToRotation6d(Float64Array.of(0, 0, 1.1), 0, pose6d, 6 * jointIndex('right_shoulder'));
  return pose6d;
}
