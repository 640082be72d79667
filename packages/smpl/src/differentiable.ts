export { axisAngleToMatrix } from './differentiable/axis-angle-to-matrix.js';
export { createDifferentiableKinematics } from './differentiable/forward-kinematics.js';
export type { DifferentiableKinematics } from './differentiable/forward-kinematics.js';
export { geodesicDistance, geodesicLoss } from './differentiable/geodesic-loss.js';
export { rotation6dToMatrix } from './differentiable/rotation6d-to-matrix.js';
export { RotationShapeError } from './differentiable/rotation-shape-error.js';
