export {
  isJointName,
  JOINT_COUNT,
  JOINT_NAMES,
  jointIndex,
  MIRROR_JOINTS,
  PARENTS,
  UnknownJointError,
} from './skeleton/joints.js';
export type { JointName } from './skeleton/joints.js';
export { movedJoints, movingRotations } from './skeleton/kinematic-tree.js';
export { assertValidSkeleton, InvalidSkeletonError } from './skeleton/skeleton.js';
export type { Skeleton } from './skeleton/skeleton.js';
export { SYNTHETIC_SKELETON } from './skeleton/synthetic-skeleton.js';
export { ArrayRangeError } from './real-array.js';
export type { RealArray } from './real-array.js';
export {
  axisAngleToMatrix,
  axisAngleToQuaternion,
  matrixToAxisAngle,
  quaternionToAxisAngle,
} from './rotation/axis-angle.js';
export { geodesicDistanceRadians } from './rotation/geodesic-distance.js';
export { NonFiniteRotationError } from './rotation/non-finite-rotation-error.js';
export { matrixToQuaternion, quaternionToMatrix } from './rotation/quaternion.js';
export {
  axisAngleToRotation6d,
  matrixToRotation6d,
  rotation6dToAxisAngle,
  rotation6dToMatrix,
} from './rotation/rotation6d.js';
export type { Rotation6dLayout } from './rotation/rotation6d.js';
export { composeRotations, invertRotation, rotateVector } from './rotation/rotation-matrix.js';
export { createKinematics } from './kinematics/kinematics.js';
export type { Kinematics, KinematicsOptions } from './kinematics/kinematics.js';
export { NonFinitePoseError } from './kinematics/non-finite-pose-error.js';
export { meanPairwiseDistanceMillimetres } from './metrics/diversity.js';
export { evaluateJoints, HMR2_14_PROTOCOL, SMPL_24_PROTOCOL } from './metrics/evaluation-protocol.js';
export type { EvaluationProtocol, JointEvaluation } from './metrics/evaluation-protocol.js';
export { EmptyMetricError, mpjpeMillimetres, perJointErrorsMillimetres } from './metrics/joint-error.js';
export { NonFiniteJointsError } from './metrics/non-finite-joints-error.js';
export { alignBySimilarity, paMpjpeMillimetres } from './metrics/procrustes.js';

// Bodies, pictures and files
export { identityOf, OtherBodyError, prepareIdentity, ShapeCoefficientsError } from './body/body-identity.js';
export type { BodyIdentity, ShapeCoefficients } from './body/body-identity.js';
export { vertexCount } from './body/body-model.js';
export { assertValidBody, InvalidBodyError } from './body/valid-body.js';
export type { BodyModel, HandPoseSpace, ShapeSpace, SkinningWeights } from './body/body-model.js';
export { handPoseFromCoefficients, HandPoseError } from './body/hand-pose.js';
export type { HandPoseOptions } from './body/hand-pose.js';
export { regressPoints, sparseRowsFromDense, sparseRowsFromEntries } from './body/sparse-rows.js';
export type { SparseRows } from './body/sparse-rows.js';
export { strongestInfluences } from './body/sparse-skinning-weights.js';
export { createJointRegression } from './kinematics/joint-regression.js';
export type { JointRegression, JointRegressionOptions } from './kinematics/joint-regression.js';
export { JointRegressorError, precomputeJointRegression } from './kinematics/joint-regression-maps.js';
export type { JointRegressionMaps } from './kinematics/joint-regression-maps.js';
export type { RootPosition } from './kinematics/joint-transforms.js';
export type { SurfaceImplementation } from './kinematics/panel-kernels.js';
export { VertexRangeError } from './kinematics/select-vertices.js';
export { createSkinning, skinVertices } from './kinematics/skinning.js';
export type { Skinning, SkinningOptions } from './kinematics/skinning.js';
export { readBodyModel } from './files/body-model-file.js';
export type { BodyModelOptions } from './files/body-model-fields.js';
export { DataFileError } from './files/data-file-error.js';
export type { NumericArray, NumericData, TextArray } from './files/numeric-array.js';
export { readNpy } from './files/npy.js';
export type { NpyArray, ObjectArray } from './files/npy.js';
export { readNpz } from './files/npz.js';
export type { NpzFile } from './files/npz.js';
export { BodyWithoutRegressorError, writeBodyModel } from './files/write-body-model.js';
export { ArrayShapeError, writeNpz } from './files/write-npz.js';
export type { ArrayToWrite } from './files/write-npz.js';
export { readPickle } from './files/pickle.js';
export { numbersOf } from './files/pickled-numbers.js';
export type { PickleKey, PickleValue } from './files/pickle-value.js';
export { SMPLH_JOINT_NAMES, SMPLX_JOINT_NAMES } from './skeleton/hand-joints.js';
export { syntheticBody } from './body/synthetic-body.js';
export { SYNTHETIC_SHAPE_NAMES } from './body/synthetic-shape-directions.js';
export { vertexNormals } from './body/vertex-normals.js';
export {
  BACK_VIEW,
  CameraError,
  frameCamera,
  FRONT_VIEW,
  LEFT_VIEW,
  THREE_QUARTER_VIEW,
} from './render/camera.js';
export type { Camera, Vector3, ViewDirection } from './render/camera.js';
export type { Colour } from './render/colour.js';
export { encodePng, PngEncodeError } from './render/png.js';
export type { PngOptions } from './render/png.js';
export { PartColoursError, renderBody } from './render/render-body.js';
export type { BodyRenderOptions } from './render/render-body.js';
export { renderMesh, RenderOptionsError } from './render/render-mesh.js';
export type { Mesh, MeshRenderOptions, Rendering } from './render/render-mesh.js';
export { writeGlb } from './files/glb.js';
export type { GlbOptions } from './files/glb.js';
export { PoseFramesError } from './files/pose-frames.js';
export {
  parsePoseJson,
  POSE_JSON_SCHEMA,
  POSE_JSON_VERSION,
  PoseJsonError,
  poseToJson,
} from './files/pose-json.js';
export type { PoseDocument, PoseJsonOptions } from './files/pose-json.js';
export { mirrorAxisAnglePose, mirrorJoints, mirrorPose } from './kinematics/mirror-pose.js';
export {
  clampToJointLimits,
  isWithinJointLimits,
  jointLimitViolations,
} from './limits/clamp-to-joint-limits.js';
export type { JointLimitViolation } from './limits/clamp-to-joint-limits.js';
export { JOINT_LIMITS_RADIANS } from './limits/joint-limits.js';
export type { AngleRange, JointLimits } from './limits/joint-limits.js';
export { matrixToSwingTwist, swingTwistToMatrix } from './limits/swing-twist.js';
export type { BoneAxis } from './limits/swing-twist.js';
export { readAmc } from './files/amc.js';
export type { AmcMotion } from './files/amc.js';
export { readAsf } from './files/asf.js';
export type { AsfBone, AsfChannel, AsfSkeleton } from './files/asf.js';
export { createAsfKinematics } from './files/asf-kinematics.js';
export type { AsfKinematics } from './files/asf-kinematics.js';
export { MotionFileError } from './files/motion-file-error.js';
export { RetargetError, retargetToSmpl } from './files/retarget.js';
export type { SmplMotion } from './files/retarget.js';
