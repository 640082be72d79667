import { matrixToRotation6d, removeHeading, rotation6dToMatrix } from '@pose-rft/smpl';

/** The pose turned about the vertical so that it faces the camera, as its caption sees it. */
export function facingFront(pose6d: Float32Array): Float32Array {
  const turned = pose6d.slice();
  const root = new Float64Array(9);
  rotation6dToMatrix(turned, 0, root, 0);
  removeHeading(root, 0, root, 0);
  matrixToRotation6d(root, 0, turned, 0);
  return turned;
}
