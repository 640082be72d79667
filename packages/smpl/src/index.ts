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
export type { Vector3 } from './vector3.js';
export {
  axisAngleToMatrix,
  axisAngleToQuaternion,
  matrixToAxisAngle,
  quaternionToAxisAngle,
} from './rotation/axis-angle.js';
export {
  convertRotations,
  ROTATION_FORMATS,
  rotationSize,
  UnknownRotationFormatError,
} from './rotation/convert-rotations.js';
export type { ConvertRotationsOptions, RotationFormat } from './rotation/convert-rotations.js';
export {
  EULER_AXES,
  EULER_CONVENTIONS,
  eulerToMatrix,
  eulerToQuaternion,
  matrixToEuler,
  quaternionToEuler,
  UnknownEulerConventionError,
} from './rotation/euler.js';
export type { EulerAxes, EulerConvention } from './rotation/euler.js';
export { geodesicDistanceRadians } from './rotation/geodesic-distance.js';
export { chordalMeanRotation, geodesicMeanRotation, MeanRotationError } from './rotation/mean-rotation.js';
export type { MeanRotationOptions } from './rotation/mean-rotation.js';
export {
  assertRotationMatrix,
  departureFromRotation,
  nearestRotation,
  NotARotationError,
} from './rotation/nearest-rotation.js';
export { NonFiniteRotationError } from './rotation/non-finite-rotation-error.js';
export { matrixToQuaternion, quaternionToMatrix } from './rotation/quaternion.js';
export { composeQuaternions, invertQuaternion } from './rotation/quaternion-product.js';
export {
  axisAngleToRotation6d,
  matrixToRotation6d,
  rotation6dToAxisAngle,
  rotation6dToMatrix,
} from './rotation/rotation6d.js';
export type { Rotation6dLayout } from './rotation/rotation6d.js';
export { composeRotations, invertRotation, rotateVector } from './rotation/rotation-matrix.js';
export { shortestRotation } from './rotation/shortest-rotation.js';
export { slerpQuaternions, slerpRotations } from './rotation/slerp.js';
export {
  NonFiniteMatrixError,
  singularValueDecomposition3x3,
} from './linear-algebra/singular-value-decomposition.js';
export { createKinematics } from './kinematics/kinematics.js';
export type { Kinematics, KinematicsOptions } from './kinematics/kinematics.js';
export { NonFinitePoseError } from './kinematics/non-finite-pose-error.js';
export { meanPairwiseDistanceMillimetres } from './metrics/diversity.js';
export { accelerationErrorMillimetresPerFrameSquared } from './metrics/acceleration-error.js';
export {
  mpjaeDegrees,
  SMPL_24_ORIENTATION_PROTOCOL,
  THREEDPW_ORIENTATION_PROTOCOL,
} from './metrics/angular-error.js';
export type { AngularErrorOptions, OrientationProtocol } from './metrics/angular-error.js';
export { evaluateMotion, InvalidFrameRateError } from './metrics/evaluate-motion.js';
export type { MotionEvaluationOptions } from './metrics/evaluate-motion.js';
export {
  evaluateJoints,
  HMR2_14_PROTOCOL,
  HMR2_44_PROTOCOL,
  HUMAN36M_14_PROTOCOL,
  HUMAN36M_17_PROTOCOL,
  InvalidProtocolError,
  SMPL_24_PROTOCOL,
} from './metrics/evaluation-protocol.js';
export type { EvaluationProtocol, JointEvaluation } from './metrics/evaluation-protocol.js';
export { jitterMetresPerSecondCubed } from './metrics/jitter.js';
export { EmptyMetricError, mpjpeMillimetres, perJointErrorsMillimetres } from './metrics/joint-error.js';
export {
  aucFraction,
  InvalidAccuracyRuleError,
  MPI_INF_3DHP_ACCURACY,
  pckFraction,
  THREEDPW_ACCURACY,
} from './metrics/keypoint-accuracy.js';
export type { KeypointAccuracyRule } from './metrics/keypoint-accuracy.js';
export { formatMeasurement } from './metrics/measurement.js';
export type { Measurement, MeasurementUnit, MetricName } from './metrics/measurement.js';
export { NonFiniteJointsError } from './metrics/non-finite-joints-error.js';
export { alignBySimilarity, fitSimilarity, paMpjpeMillimetres } from './metrics/procrustes.js';
export type { SimilarityTransform } from './metrics/procrustes.js';
export { pveMillimetres } from './metrics/vertex-error.js';
export type { VertexAlignment } from './metrics/vertex-error.js';
export { oneEuroRotations } from './smoothing/one-euro-rotations.js';
export type { OneEuroOptions } from './smoothing/one-euro-rotations.js';
export { savitzkyGolayRotations } from './smoothing/savitzky-golay-rotations.js';
export type { SavitzkyGolayOptions } from './smoothing/savitzky-golay-rotations.js';
export { SmoothingOptionsError } from './smoothing/smoothing-error.js';
export { createAnalyticInverseKinematics } from './inverse-kinematics/analytic-inverse-kinematics.js';
export type {
  AnalyticInverseKinematics,
  AnalyticInverseKinematicsOptions,
} from './inverse-kinematics/analytic-inverse-kinematics.js';
export {
  InverseKinematicsOptionsError,
  NonFiniteTargetError,
} from './inverse-kinematics/inverse-kinematics-error.js';
export type { InverseKinematicsOptions } from './inverse-kinematics/inverse-kinematics-problem.js';
export { solveInverseKinematics } from './inverse-kinematics/solve-inverse-kinematics.js';
export type { InverseKinematicsSolution } from './inverse-kinematics/solve-inverse-kinematics.js';
export { SMPL_CAPSULES } from './contact/body-capsules.js';
export type { BodyCapsule } from './contact/body-capsules.js';
export { createBodyProxy, InvalidCapsuleError } from './contact/body-proxy.js';
export type { BodyProxy, CapsuleOverlap, GroundContact, SelfPenetration } from './contact/body-proxy.js';
export { footSkate } from './contact/foot-skate.js';
export type { FootSkate, FootSkateOptions } from './contact/foot-skate.js';
export { changeFrameOfPoints, frameChange, UnknownFrameError } from './frames/coordinate-frame.js';
export type { CoordinateFrame } from './frames/coordinate-frame.js';
export { headingRadians, removeHeading } from './frames/heading.js';
export { moveRoot } from './frames/move-root.js';
export type { RootPlacement } from './frames/move-root.js';
export { ProjectionError, projectPinhole, weakPerspectiveToTranslation } from './frames/pinhole-camera.js';
export type { Intrinsics } from './frames/pinhole-camera.js';

// Bodies and files; pictures have an entry of their own, ./render
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
export { writeGlb } from './files/glb.js';
export type { GlbOptions } from './files/glb.js';
export { ObjMeshError, writeObj } from './files/obj.js';
export type { ObjMesh } from './files/obj.js';
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
export { readAmass } from './files/amass.js';
export type { AmassModel, AmassMotion, Gender } from './files/amass.js';
export { amassToSmpl, smplToAmass, writeAmass } from './files/amass-motion.js';
export type { AmassConversionOptions, SmplToAmassOptions } from './files/amass-motion.js';
export { readAmc } from './files/amc.js';
export type { AmcMotion } from './files/amc.js';
export { readAsf } from './files/asf.js';
export type { AsfBone, AsfChannel, AsfSkeleton } from './files/asf.js';
export { createAsfKinematics } from './files/asf-kinematics.js';
export type { AsfKinematics } from './files/asf-kinematics.js';
export { MotionFileError } from './files/motion-file-error.js';
export { asfSegmentMotion } from './files/asf-segment-motion.js';
export {
  BONE_MAPPINGS,
  CMU_ASF_BONES,
  CMU_BVH_BONES,
  HUMANOID_BONES,
  SMPL_BONES,
} from './files/bone-mapping.js';
export type { BoneMapping, BoneSource, RestAgreement } from './files/bone-mapping.js';
export { readBvh } from './files/bvh.js';
export type { BvhChannel, BvhJoint, BvhMotion, BvhReadOptions } from './files/bvh.js';
export { bvhSegmentMotion, createBvhKinematics } from './files/bvh-kinematics.js';
export type { BvhKinematics } from './files/bvh-kinematics.js';
export { retargetToSmpl } from './files/retarget.js';
export type { RetargetOptions, SmplMotion } from './files/retarget.js';
export { RetargetError } from './files/retarget-error.js';
export type { MotionSegment, SegmentMotion } from './files/segment-motion.js';
export { writeBvh } from './files/write-bvh.js';
export type { BvhWriteOptions } from './files/write-bvh.js';
