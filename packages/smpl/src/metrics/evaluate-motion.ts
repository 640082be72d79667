import { assertRange, type RealArray } from '../real-array.js';
import { accelerationErrorMillimetresPerFrameSquared } from './acceleration-error.js';
import { assertValidProtocol, writeRootAligned, type EvaluationProtocol } from './evaluation-protocol.js';
import { EmptyMetricError, perJointErrorsMillimetres } from './joint-error.js';
import {
  aucFraction,
  MPI_INF_3DHP_ACCURACY,
  pckFraction,
  type KeypointAccuracyRule,
} from './keypoint-accuracy.js';
import type { Measurement } from './measurement.js';
import { paMpjpeMillimetres } from './procrustes.js';

/** What beside the protocol decides the numbers. */
export interface MotionEvaluationOptions {
  /** When a joint counts as found; MPI-INF-3DHP's rule by default. */
  readonly accuracy?: KeypointAccuracyRule;
  /** Of a motion: its acceleration error then comes in mm/s^2. Without it, in mm per frame squared. */
  readonly frameRateHertz?: number;
  /** `independent` poses, such as single images, have no acceleration error. */
  readonly poses?: 'consecutive' | 'independent';
}

/** Thrown when a frame rate is not a positive number. */
export class InvalidFrameRateError extends Error {
  override readonly name = 'InvalidFrameRateError';
}

/**
 * All joint metrics of a motion, or of a set of independent poses, under one protocol: MPJPE, PA-MPJPE, PCK, AUC, and for
 * three or more consecutive poses the acceleration error. Each is a mean over joints and poses, and says its protocol
 * (`formatMeasurement` prints it). PCK, AUC and the acceleration error are taken after alignment at the root, as MPJPE is.
 *
 * @param predicted - [poseCount, protocol.jointCount, 3] joints in metres, from `predictedOffset` on
 * @param target - likewise
 * @throws ArrayRangeError if an array is too short
 * @throws EmptyMetricError if poseCount is not a positive integer
 * @throws InvalidFrameRateError if the frame rate is not a positive number
 * @throws InvalidProtocolError if the protocol names no joints, or joints that it does not have
 * @throws InvalidAccuracyRuleError if the thresholds are unusable
 * @throws NonFiniteJointsError if a measured coordinate is NaN or infinite
 * @example
 * ```ts
 * import { evaluateMotion, formatMeasurement, SMPL_24_PROTOCOL } from '@pose-rft/smpl';
 *
 * const target = Float32Array.from({ length: 10 * 72 }, (_, index) => Math.sin(index));
 * const predicted = target.map((metres, index) => metres + (index % 3 === 0 ? 0.01 * (index % 72) : 0));
 * const measurements = evaluateMotion(SMPL_24_PROTOCOL, predicted, 0, target, 0, 10, { frameRateHertz: 30 });
 * console.assert(measurements.map(({ metric }) => metric).join() === 'MPJPE,PA-MPJPE,PCK,AUC,acceleration error');
 * console.assert(measurements.map((each) => formatMeasurement(each))[0]?.includes('pelvis-aligned'));
 * ```
 */
export function evaluateMotion(
  protocol: EvaluationProtocol,
  predicted: RealArray,
  predictedOffset: number,
  target: RealArray,
  targetOffset: number,
  poseCount: number,
  options: MotionEvaluationOptions = {},
): readonly Measurement[] {
  assertValidProtocol(protocol);
  if (!(Number.isInteger(poseCount) && poseCount > 0)) {
    throw new EmptyMetricError(`poseCount is ${poseCount}. A metric needs at least one pose.`);
  }
  const { accuracy = MPI_INF_3DHP_ACCURACY, frameRateHertz, poses = 'consecutive' } = options;
  if (frameRateHertz !== undefined && !(frameRateHertz > 0 && frameRateHertz < Infinity)) {
    throw new InvalidFrameRateError(
      `frameRateHertz is ${frameRateHertz}. Give the frames per second of the motion.`,
    );
  }
  const stride = 3 * protocol.jointCount;
  assertRange(predicted, predictedOffset, poseCount * stride, 'The predicted joints');
  assertRange(target, targetOffset, poseCount * stride, 'The target joints');
  const jointCount = protocol.measuredJoints.length;
  const measured = 3 * jointCount;
  const own = new Float64Array(poseCount * measured);
  const other = new Float64Array(poseCount * measured);
  for (let pose = 0; pose < poseCount; pose++) {
    writeRootAligned(
      protocol,
      'predicted',
      predicted,
      predictedOffset + pose * stride,
      own,
      pose * measured,
      pose,
    );
    writeRootAligned(protocol, 'target', target, targetOffset + pose * stride, other, pose * measured, pose);
  }
  const errorCount = poseCount * jointCount;
  const errors = new Float64Array(errorCount);
  perJointErrorsMillimetres(own, 0, other, 0, errorCount, errors, 0);
  let paSum = 0;
  for (let pose = 0; pose < poseCount; pose++) {
    paSum += paMpjpeMillimetres(own, pose * measured, other, pose * measured, jointCount);
  }
  const describe = (
    metric: Measurement['metric'],
    value: number,
    unit: Measurement['unit'],
    ...conditions: readonly string[]
  ): Measurement => ({ metric, value, unit, protocol: protocol.name, conditions, poseCount });
  const [first = 0, last = 0] = [
    accuracy.curveThresholdsMillimetres[0],
    accuracy.curveThresholdsMillimetres.at(-1),
  ];
  const measurements = [
    describe('MPJPE', errors.reduce((sum, error) => sum + error, 0) / errorCount, 'millimetres'),
    describe('PA-MPJPE', paSum / poseCount, 'millimetres', protocol.alignment),
    describe(
      'PCK',
      pckFraction(errors, 0, errorCount, accuracy),
      'fraction',
      `${accuracy.name}: ${accuracy.isInclusive ? 'at most' : 'below'} ${accuracy.thresholdMillimetres} mm`,
    ),
    describe(
      'AUC',
      aucFraction(errors, 0, errorCount, accuracy),
      'fraction',
      `${accuracy.name}: ${accuracy.area} over ${first} to ${last} mm`,
    ),
  ];
  if (poses === 'independent' || poseCount < 3) return measurements;
  const perFrame = accelerationErrorMillimetresPerFrameSquared(own, 0, other, 0, poseCount, jointCount);
  return [
    ...measurements,
    frameRateHertz === undefined
      ? describe('acceleration error', perFrame, 'millimetres per frame squared')
      : describe(
          'acceleration error',
          perFrame * frameRateHertz ** 2,
          'millimetres per second squared',
          `${frameRateHertz} frames per second`,
        ),
  ];
}
