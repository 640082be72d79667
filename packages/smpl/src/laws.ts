export { alignmentLaws } from './laws/alignment-laws.js';
export type { AlignmentSubject } from './laws/alignment-laws.js';
export {
  axisAngleArbitrary,
  jointsArbitrary,
  pose6dArbitrary,
  rotation6dArbitrary,
  rotationMatrixArbitrary,
} from './laws/arbitraries.js';
export { eulerLaws } from './laws/euler-laws.js';
export type { EulerSubject } from './laws/euler-laws.js';
export { interpolationLaws } from './laws/interpolation-laws.js';
export type { InterpolationSubject } from './laws/interpolation-laws.js';
export { inverseKinematicsLaws } from './laws/inverse-kinematics-laws.js';
export { kinematicsLaws } from './laws/kinematics-laws.js';
export type { Law } from './laws/law.js';
export { mirrorLaws } from './laws/mirror-laws.js';
export type { MirrorSubject } from './laws/mirror-laws.js';
export { motionFileLaws } from './laws/motion-file-laws.js';
export type { MotionFileSubject } from './laws/motion-file-laws.js';
export { rotationLaws } from './laws/rotation-laws.js';
export type { RotationSubject } from './laws/rotation-laws.js';
export { surfaceLaws } from './laws/surface-laws.js';
export type { SurfaceSubject } from './laws/surface-laws.js';
