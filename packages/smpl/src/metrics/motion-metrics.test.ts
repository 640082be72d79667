import { describe, expect, it } from 'vitest';
import { ArrayRangeError } from '../real-array.js';
import { axisAngleToMatrix } from '../rotation/axis-angle.js';
import { NonFiniteRotationError } from '../rotation/non-finite-rotation-error.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import { accelerationErrorMillimetresPerFrameSquared } from './acceleration-error.js';
import { mpjaeDegrees, SMPL_24_ORIENTATION_PROTOCOL, type OrientationProtocol } from './angular-error.js';
import { evaluateMotion, InvalidFrameRateError } from './evaluate-motion.js';
import {
  evaluateJoints,
  HMR2_14_PROTOCOL,
  HUMAN36M_14_PROTOCOL,
  HUMAN36M_17_PROTOCOL,
  InvalidProtocolError,
  SMPL_24_PROTOCOL,
} from './evaluation-protocol.js';
import { EmptyMetricError } from './joint-error.js';
import {
  aucFraction,
  InvalidAccuracyRuleError,
  MPI_INF_3DHP_ACCURACY,
  pckFraction,
  THREEDPW_ACCURACY,
} from './keypoint-accuracy.js';
import { formatMeasurement } from './measurement.js';
import { NonFiniteJointsError } from './non-finite-joints-error.js';
import { pveMillimetres } from './vertex-error.js';

const rest = SYNTHETIC_SKELETON.restJointsMetres;

describe('PCK and AUC', () => {
  const errors = Float64Array.of(99, 0, 50, 75, 150, 400);

  it('count errors below, or up to, the threshold, from an offset', () => {
    expect(pckFraction(errors, 1, 5, MPI_INF_3DHP_ACCURACY)).toBe(3 / 5);
    expect(pckFraction(errors, 1, 5, THREEDPW_ACCURACY)).toBe(2 / 5);
    expect(pckFraction(errors, 1, 5, { thresholdMillimetres: 50, isInclusive: false })).toBe(1 / 5);
    expect(pckFraction(errors, 1, 1, { thresholdMillimetres: 0, isInclusive: true })).toBe(1);
  });

  it('take the mean over thresholds, or the area between them', () => {
    const one = Float64Array.of(10);
    const thresholds = { curveThresholdsMillimetres: [0, 20, 60], isInclusive: false };
    expect(aucFraction(one, 0, 1, { ...thresholds, area: 'mean' })).toBeCloseTo(2 / 3, 14);
    expect(aucFraction(one, 0, 1, { ...thresholds, area: 'trapezoid' })).toBeCloseTo((10 + 40) / 60, 14);
    const late = { curveThresholdsMillimetres: [20, 60], isInclusive: false, area: 'trapezoid' } as const;
    expect(aucFraction(one, 0, 1, late)).toBe(1);
    expect(MPI_INF_3DHP_ACCURACY.curveThresholdsMillimetres).toHaveLength(31);
    expect(MPI_INF_3DHP_ACCURACY.curveThresholdsMillimetres.at(-1)).toBe(150);
    expect(THREEDPW_ACCURACY.curveThresholdsMillimetres.at(-1)).toBe(199);
  });

  it('refuse bad input', () => {
    expect(() => pckFraction(errors, 0, 0, MPI_INF_3DHP_ACCURACY)).toThrow(EmptyMetricError);
    expect(() => pckFraction(errors, 0, 1.5, MPI_INF_3DHP_ACCURACY)).toThrow(/count is 1.5/);
    expect(() => pckFraction(errors, 2, 5, MPI_INF_3DHP_ACCURACY)).toThrow(/errors: expected 5/);
    for (const thresholdMillimetres of [-1, Number.NaN, Infinity]) {
      expect(() => pckFraction(errors, 0, 1, { thresholdMillimetres, isInclusive: true })).toThrow(
        InvalidAccuracyRuleError,
      );
    }
    const rule = (...curveThresholdsMillimetres: readonly number[]) => {
      return () => aucFraction(errors, 0, 1, { ...MPI_INF_3DHP_ACCURACY, curveThresholdsMillimetres });
    };
    expect(rule(5)).toThrow(/curve of 1 thresholds/);
    expect(rule(5, 5)).toThrow(/Threshold 1 is 5 mm, after 5 mm/);
    expect(rule(5, 4)).toThrow(InvalidAccuracyRuleError);
    expect(rule(5, Number.NaN)).toThrow(/threshold is NaN/);
    expect(() => aucFraction(errors, 0, 0, THREEDPW_ACCURACY)).toThrow(EmptyMetricError);
  });
});

describe('the acceleration error', () => {
  it('is zero for motions that differ by a constant velocity', () => {
    const frames = 5;
    const motion = Float64Array.from({ length: 6 * frames }, (_, index) => Math.sin(index));
    const drifting = motion.map((coordinate, index) => coordinate + 0.3 * Math.floor(index / 6) + 1);
    expect(accelerationErrorMillimetresPerFrameSquared(drifting, 0, motion, 0, frames, 2)).toBeLessThan(1e-9);
  });

  it('is the mean over joints and inner frames, from offsets', () => {
    const target = new Float64Array(1 + 4 * 6);
    const predicted = new Float64Array(2 + 4 * 6);
    predicted[2 + 6 + 4] = 0.001; // second frame, second joint, y: seen with weight 2 and with weight 1
    expect(accelerationErrorMillimetresPerFrameSquared(predicted, 2, target, 1, 4, 2)).toBeCloseTo(3 / 4, 12);
  });

  it('refuses bad input', () => {
    const joints = new Float64Array(9);
    const measure = (frames: number, count: number, source = joints) => {
      return () => accelerationErrorMillimetresPerFrameSquared(source, 0, joints, 0, frames, count);
    };
    expect(measure(2, 1)).toThrow(/frameCount is 2/);
    expect(measure(3.5, 1)).toThrow(EmptyMetricError);
    expect(measure(3, 0)).toThrow(/jointCount is 0/);
    expect(measure(3, 1.5)).toThrow(EmptyMetricError);
    expect(measure(4, 1)).toThrow(/predicted joints: expected 12/);
    expect(measure(4, 1, new Float64Array(12))).toThrow(/target joints/);
    expect(measure(3, 1, Float64Array.of(0, 0, 0, 0, Infinity, 0, 0, 0, 0))).toThrow(NonFiniteJointsError);
  });
});

describe('MPJAE', () => {
  const protocol: OrientationProtocol = {
    ...SMPL_24_ORIENTATION_PROTOCOL,
    jointCount: 2,
    measuredJoints: [1],
  };

  it('measures the named joints, after a turn if there is one', () => {
    const predicted = new Float64Array(19);
    const target = new Float64Array(18);
    axisAngleToMatrix(Float64Array.of(0, 0, 0.2), 0, predicted, 10);
    axisAngleToMatrix(Float64Array.of(0, 0, 0.5), 0, target, 9);
    expect(mpjaeDegrees(protocol, predicted, 1, target, 0)).toBeCloseTo((0.3 * 180) / Math.PI, 10);
    const turn = new Float64Array(9);
    axisAngleToMatrix(Float64Array.of(0, 0, 0.3), 0, turn, 0);
    expect(mpjaeDegrees(protocol, predicted, 1, target, 0, { turn })).toBeLessThan(1e-10);
  });

  it('refuses bad input', () => {
    const matrices = new Float64Array(18);
    expect(() => mpjaeDegrees({ ...protocol, measuredJoints: [2] }, matrices, 0, matrices, 0)).toThrow(
      /has 2, but there are 2 joints/,
    );
    expect(() => mpjaeDegrees(protocol, matrices, 1, matrices, 0)).toThrow(/predicted orientations/);
    expect(() => mpjaeDegrees(protocol, matrices, 0, matrices, 1)).toThrow(/target orientations/);
    matrices[10] = Number.NaN;
    expect(() => mpjaeDegrees(protocol, matrices, 0, matrices, 0)).toThrow(NonFiniteRotationError);
  });
});

describe('PVE', () => {
  it('refuses bad input', () => {
    const vertices = new Float64Array(6);
    const root = { kind: 'root', predictedRootMetres: [0, 0, 0], targetRootMetres: [0, 0] } as const;
    expect(() => pveMillimetres(vertices, 0, vertices, 0, 2, root)).toThrow(/targetRootMetres has 2 numbers/);
    expect(() => pveMillimetres(vertices, 0, vertices, 0, 0, { kind: 'none' })).toThrow(EmptyMetricError);
    const both = { ...root, targetRootMetres: [0, 0, 0] };
    expect(() => pveMillimetres(vertices, 0, vertices, 1, 2, both)).toThrow(ArrayRangeError);
    const bad = vertices.slice();
    bad[4] = Number.NaN;
    expect(() => pveMillimetres(bad, 0, vertices, 0, 2, both)).toThrow(/Coordinate y of predicted joint 1/);
  });
});

describe('evaluateMotion', () => {
  const poses = (count: number): Float64Array =>
    Float64Array.from({ length: 72 * count }, (_, index) => rest[index % 72] ?? 0);

  it('prints the protocol beside every number', () => {
    const lines = evaluateMotion(SMPL_24_PROTOCOL, poses(3), 0, poses(3), 0, 3, { frameRateHertz: 25 }).map(
      (measurement) => formatMeasurement(measurement, 2),
    );
    const protocol = 'SMPL 24 joints, pelvis-aligned';
    expect(lines).toEqual([
      `MPJPE 0.00 mm (${protocol}; 3 poses)`,
      `PA-MPJPE 0.00 mm (${protocol}; similarity, least squares, no reflection; 3 poses)`,
      `PCK 100.00 % (${protocol}; MPI-INF-3DHP: below 150 mm; 3 poses)`,
      `AUC 96.77 % (${protocol}; MPI-INF-3DHP: mean over 0 to 150 mm; 3 poses)`,
      `acceleration error 0.00 mm/s^2 (${protocol}; 25 frames per second; 3 poses)`,
    ]);
    const [single] = evaluateMotion(SMPL_24_PROTOCOL, rest, 0, rest, 0, 1, {
      accuracy: THREEDPW_ACCURACY,
    }).slice(2);
    expect(single === undefined ? '' : formatMeasurement(single)).toBe(
      `PCK 100.0 % (${protocol}; 3DPW challenge: at most 50 mm; 1 pose)`,
    );
    const accelerated = evaluateMotion(SMPL_24_PROTOCOL, poses(3), 0, poses(3), 0, 3)[4];
    expect(accelerated?.unit).toBe('millimetres per frame squared');
    expect(accelerated === undefined ? '' : formatMeasurement(accelerated, 0)).toContain('0 mm/frame^2');
  });

  it('measures an acceleration only of consecutive poses, three or more', () => {
    expect(evaluateMotion(SMPL_24_PROTOCOL, poses(2), 0, poses(2), 0, 2)).toHaveLength(4);
    expect(evaluateMotion(SMPL_24_PROTOCOL, poses(3), 0, poses(3), 0, 3)).toHaveLength(5);
    expect(
      evaluateMotion(SMPL_24_PROTOCOL, poses(3), 0, poses(3), 0, 3, { poses: 'independent' }),
    ).toHaveLength(4);
  });

  it('agrees with evaluateJoints on one pose', () => {
    const predicted = rest.map((coordinate, index) => coordinate + 0.01 * Math.sin(index));
    const [mpjpe, paMpjpe] = evaluateMotion(SMPL_24_PROTOCOL, predicted, 0, rest, 0, 1);
    const expected = evaluateJoints(SMPL_24_PROTOCOL, predicted, 0, rest, 0);
    expect(mpjpe?.value).toBeCloseTo(expected.mpjpeMillimetres, 12);
    expect(paMpjpe?.value).toBeCloseTo(expected.paMpjpeMillimetres, 12);
  });

  it('names the pose and the joint that is not finite, of those that matter', () => {
    const joints = new Float64Array(2 * 132);
    joints[3] = Number.NaN; // joint 1: not measured
    evaluateMotion(HMR2_14_PROTOCOL, joints, 0, joints, 0, 2);
    joints[132 + 3 * 39 + 2] = Infinity;
    expect(() => evaluateMotion(HMR2_14_PROTOCOL, joints, 0, joints, 0, 2)).toThrow(
      /Coordinate z of predicted joint 39 of pose 1 is Infinity/,
    );
    const fine = new Float64Array(132);
    const target = fine.slice();
    target[3 * 30] = Number.NaN;
    expect(() => evaluateJoints(HMR2_14_PROTOCOL, fine, 0, target, 0)).toThrow(
      /Coordinate x of target joint 30 is NaN/,
    );
  });

  it('refuses bad input', () => {
    expect(() => evaluateMotion(SMPL_24_PROTOCOL, rest, 0, rest, 0, 0)).toThrow(/poseCount is 0/);
    expect(() => evaluateMotion(SMPL_24_PROTOCOL, rest, 0, rest, 0, 1.5)).toThrow(EmptyMetricError);
    expect(() => evaluateMotion(SMPL_24_PROTOCOL, rest, 0, poses(2), 0, 2)).toThrow(
      /predicted joints: expected 144/,
    );
    expect(() => evaluateMotion(SMPL_24_PROTOCOL, poses(2), 0, rest, 0, 2)).toThrow(
      /target joints: expected 144/,
    );
    for (const frameRateHertz of [0, -5, Number.NaN, Infinity]) {
      expect(() => evaluateMotion(SMPL_24_PROTOCOL, rest, 0, rest, 0, 1, { frameRateHertz })).toThrow(
        InvalidFrameRateError,
      );
    }
    for (const broken of [
      { measuredJoints: [] },
      { rootJoints: [] },
      { measuredJoints: [24] },
      { rootJoints: [-1] },
      { measuredJoints: [0.5] },
    ]) {
      expect(() => evaluateMotion({ ...SMPL_24_PROTOCOL, ...broken }, rest, 0, rest, 0, 1)).toThrow(
        InvalidProtocolError,
      );
    }
  });
});

describe('the Human3.6M protocols', () => {
  it('measure all 17 joints, or 14 without pelvis, spine and nose', () => {
    expect([...HUMAN36M_17_PROTOCOL.measuredJoints].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 17 }, (_, i) => i),
    );
    expect(new Set(HUMAN36M_14_PROTOCOL.measuredJoints).size).toBe(14);
    for (const joint of [0, 7, 9]) expect(HUMAN36M_14_PROTOCOL.measuredJoints).not.toContain(joint);
  });
});
