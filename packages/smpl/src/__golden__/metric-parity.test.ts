import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  mpjaeDegrees,
  SMPL_24_ORIENTATION_PROTOCOL,
  THREEDPW_ORIENTATION_PROTOCOL,
} from '../metrics/angular-error.js';
import { evaluateMotion, type MotionEvaluationOptions } from '../metrics/evaluate-motion.js';
import {
  HMR2_14_PROTOCOL,
  HMR2_44_PROTOCOL,
  HUMAN36M_14_PROTOCOL,
  HUMAN36M_17_PROTOCOL,
  SMPL_24_PROTOCOL,
} from '../metrics/evaluation-protocol.js';
import { THREEDPW_ACCURACY } from '../metrics/keypoint-accuracy.js';
import { fitSimilarity } from '../metrics/procrustes.js';
import { pveMillimetres } from '../metrics/vertex-error.js';

type Numbers = readonly number[];

/** What NumPy and SciPy answered in double precision: `tools/parity/pose-metrics/generate.py` writes this file. */
const golden = JSON.parse(readFileSync(new URL('pose-metrics.golden.json', import.meta.url), 'utf8')) as {
  readonly motions: readonly {
    protocol: keyof typeof PROTOCOLS;
    frames: number;
    predicted: Numbers;
    target: Numbers;
    mpjpe: number;
    paMpjpe: number;
    pck150: number;
    auc3dhp: number;
    pck50: number;
    auc3dpw: number;
    acceleration: number;
  }[];
  readonly orientations: {
    predicted: Numbers;
    target: Numbers;
    turn: Numbers;
    world9: number;
    all24: number;
    turned9: number;
  };
  readonly vertices: {
    predicted: Numbers;
    target: Numbers;
    predictedRoot: Numbers;
    targetRoot: Numbers;
    plain: number;
    root: number;
    similarity: number;
    scale: number;
    rotation: Numbers;
    translation: Numbers;
  };
};

const PROTOCOLS = {
  SMPL_24: SMPL_24_PROTOCOL,
  HUMAN36M_17: HUMAN36M_17_PROTOCOL,
  HUMAN36M_14: HUMAN36M_14_PROTOCOL,
  HMR2_14: HMR2_14_PROTOCOL,
  HMR2_44: HMR2_44_PROTOCOL,
};

describe('metrics agree with NumPy', () => {
  it.each(golden.motions)('on a motion under $protocol', (expected) => {
    const protocol = PROTOCOLS[expected.protocol];
    const [predicted, target] = [Float64Array.from(expected.predicted), Float64Array.from(expected.target)];
    const values = (options: MotionEvaluationOptions): Numbers =>
      evaluateMotion(protocol, predicted, 0, target, 0, expected.frames, options).map(({ value }) => value);
    const closeTo = (actual: Numbers, wanted: Numbers): void => {
      expect(actual.length).toBe(wanted.length);
      actual.forEach((value, index) => {
        expect(Math.abs(value - (wanted[index] ?? 0))).toBeLessThan(1e-8);
      });
    };
    const { mpjpe, paMpjpe, pck150, auc3dhp, pck50, auc3dpw, acceleration } = expected;
    closeTo(values({}), [mpjpe, paMpjpe, pck150, auc3dhp, acceleration]);
    closeTo(values({ poses: 'independent', accuracy: THREEDPW_ACCURACY }), [mpjpe, paMpjpe, pck50, auc3dpw]);
    expect(values({ frameRateHertz: 10 })[4]).toBeCloseTo(100 * acceleration, 6);
  });

  it('on orientations', () => {
    const { predicted, target, turn, world9, all24, turned9 } = golden.orientations;
    const [own, other] = [Float64Array.from(predicted), Float64Array.from(target)];
    const angle = mpjaeDegrees(THREEDPW_ORIENTATION_PROTOCOL, own, 0, other, 0);
    expect(angle).toBeCloseTo(world9, 8);
    expect(mpjaeDegrees(SMPL_24_ORIENTATION_PROTOCOL, own, 0, other, 0)).toBeCloseTo(all24, 8);
    const options = { turn: Float64Array.from(turn) };
    expect(mpjaeDegrees(THREEDPW_ORIENTATION_PROTOCOL, own, 0, other, 0, options)).toBeCloseTo(turned9, 8);
  });

  it('on vertices', () => {
    const { predicted, target, predictedRoot, targetRoot, ...expected } = golden.vertices;
    const [own, other] = [Float64Array.from(predicted), Float64Array.from(target)];
    const transform = fitSimilarity(own, 0, other, 0, 40);
    expect(transform.scale).toBeCloseTo(expected.scale, 10);
    transform.rotation.forEach((entry, index) => {
      expect(entry).toBeCloseTo(expected.rotation[index] ?? 9, 10);
    });
    transform.translationMetres.forEach((entry, index) => {
      expect(entry).toBeCloseTo(expected.translation[index] ?? 9, 10);
    });
    const roots = { kind: 'root', predictedRootMetres: predictedRoot, targetRootMetres: targetRoot } as const;
    expect(pveMillimetres(own, 0, other, 0, 40, { kind: 'none' })).toBeCloseTo(expected.plain, 8);
    expect(pveMillimetres(own, 0, other, 0, 40, roots)).toBeCloseTo(expected.root, 8);
    expect(pveMillimetres(own, 0, other, 0, 40, { kind: 'similarity', transform })).toBeCloseTo(
      expected.similarity,
      8,
    );
  });
});
