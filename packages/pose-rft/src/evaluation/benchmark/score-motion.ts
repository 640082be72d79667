import {
  accelerationErrorMillimetresPerFrameSquared,
  JOINT_COUNT,
  jitterMetresPerSecondCubed,
  mpjpeMillimetres,
  oneEuroRotations,
  savitzkyGolayRotations,
  type EvaluationProtocol,
} from '@pose-rft/smpl';
import { bootstrapClusteredMean, type ClusteredEstimate } from '../../statistics/clustered-bootstrap.js';
import type { Benchmark, BenchmarkSample } from './benchmark.js';
import type { ScoredSample } from './score-answers.js';
import type { ScoringBody } from './scoring-body.js';

/** How a predicted motion was treated before it was measured. */
export type MotionTreatment = 'as predicted' | 'Savitzky-Golay' | 'one-euro';

/** Steadiness of predicted motions: means over their stretches, weighted by frames; intervals resample motions. */
export interface MotionFigures {
  readonly treatment: MotionTreatment;
  /** mm per frame squared: what much published code prints as mm/s^2. */
  readonly accelerationError: ClusteredEstimate;
  /** m/s^3 */
  readonly jitter: ClusteredEstimate;
  /** mm */
  readonly mpjpe: ClusteredEstimate;
}

export interface MotionReport {
  readonly frameRateHertz: number;
  /** Stretches of at least four neighbouring frames with a prediction each. */
  readonly stretchCount: number;
  readonly frameCount: number;
  /** m/s^3: the true motions' own. */
  readonly truthJitter: ClusteredEstimate;
  readonly treatments: readonly MotionFigures[];
  /** What the smoothers were set to. */
  readonly settings: string;
}

const SMOOTHING_WINDOW_SECONDS = 0.5;
const DEGREE = 2;
const SHORTEST_STRETCH = 4;

/** One frame of a motion: the first answer's mean pose, its joints, and the truth's. */
export interface MotionFrame {
  readonly sample: BenchmarkSample;
  readonly scored: ScoredSample;
}

/**
 * Measures predicted motions frame by frame: acceleration error and jitter, as they were predicted and after smoothing
 * their rotations. Joints that a model gave without rotations are measured as they are.
 *
 * @param frames - in the order of the benchmark
 * @returns undefined without a stretch of four neighbouring frames
 */
export function scoreMotion(
  benchmark: Benchmark,
  body: ScoringBody | undefined,
  frames: readonly MotionFrame[],
): MotionReport | undefined {
  const { protocol, frameRateHertz } = benchmark;
  if (frameRateHertz === undefined) return undefined;
  const { stretches, step } = stretchesOf(frames);
  if (stretches.length === 0) return undefined;
  const hertz = frameRateHertz / step;
  const windowFrames = Math.max(5, 2 * Math.round((SMOOTHING_WINDOW_SECONDS * hertz) / 2) + 1);
  const names = stretches.map(([first]) => first?.sample.track?.name ?? '');
  const truths = stretches.map((stretch) => jointsOf(protocol, stretch, 'truth'));
  const weights = stretches.map((stretch) => stretch.length);
  const overFrames = (values: readonly number[]): ClusteredEstimate =>
    bootstrapClusteredMean(
      values.flatMap((value, index) => new Array<number>(weights[index] ?? 0).fill(value)),
      names.flatMap((name, index) => new Array<string>(weights[index] ?? 0).fill(name)),
    );
  const measure = (treatment: MotionTreatment, motions: readonly Float64Array[]): MotionFigures => {
    const count = protocol.measuredJoints.length;
    const over = (figure: (motion: Float64Array, truth: Float64Array, length: number) => number) =>
      overFrames(
        motions.map((motion, index) =>
          figure(motion, truths[index] as Float64Array, weights[index] as number),
        ),
      );
    return {
      treatment,
      accelerationError: over((motion, truth, length) =>
        accelerationErrorMillimetresPerFrameSquared(motion, 0, truth, 0, length, count),
      ),
      jitter: over((motion, _, length) => jitterMetresPerSecondCubed(motion, 0, length, count, hertz)),
      mpjpe: over((motion, truth, length) => meanError(motion, truth, length, count)),
    };
  };
  const treatments = [
    measure(
      'as predicted',
      stretches.map((stretch) => jointsOf(protocol, stretch, 'mean')),
    ),
  ];
  const isPosed = frames.every(({ scored: { mean6d } }) => mean6d !== undefined);
  if (isPosed && body !== undefined && body.protocol.name === protocol.name)
    for (const treatment of ['Savitzky-Golay', 'one-euro'] as const)
      treatments.push(
        measure(
          treatment,
          stretches.map((stretch) =>
            smoothedJoints(body, protocol, stretch, treatment, { windowFrames, hertz }),
          ),
        ),
      );
  return {
    frameRateHertz: hertz,
    stretchCount: stretches.length,
    frameCount: weights.reduce((sum, weight) => sum + weight, 0),
    truthJitter: overFrames(
      truths.map((truth, index) =>
        jitterMetresPerSecondCubed(truth, 0, weights[index] as number, protocol.measuredJoints.length, hertz),
      ),
    ),
    treatments,
    settings:
      `Savitzky-Golay in SO(3) over ${windowFrames} frames (degree ${DEGREE}, looks ahead); one-euro in SO(3), ` +
      'cutoff 1 Hz + 1 Hz per rad/s (causal)',
  };
}

/** Runs of frames at the commonest step within one track, each of at least four. */
function stretchesOf(frames: readonly MotionFrame[]): {
  readonly stretches: readonly (readonly MotionFrame[])[];
  readonly step: number;
} {
  const tracks = new Map<string, MotionFrame[]>();
  for (const frame of frames) {
    const { track } = frame.sample;
    if (track === undefined || frame.scored.joints === undefined) continue;
    const known = tracks.get(track.name) ?? [];
    known.push(frame);
    tracks.set(track.name, known);
  }
  const at = ({ sample }: MotionFrame): number => sample.track?.frame ?? 0;
  const steps = new Map<number, number>();
  for (const list of tracks.values()) {
    list.sort((one, other) => at(one) - at(other));
    for (let index = 1; index < list.length; index++) {
      const gap = at(list[index] as MotionFrame) - at(list[index - 1] as MotionFrame);
      steps.set(gap, (steps.get(gap) ?? 0) + 1);
    }
  }
  const [step = 1] = [...steps].sort((one, other) => other[1] - one[1])[0] ?? [];
  const stretches: MotionFrame[][] = [];
  for (const list of tracks.values()) {
    let current: MotionFrame[] = [];
    for (const frame of list) {
      const last = current.at(-1);
      if (last !== undefined && at(frame) - at(last) !== step) {
        stretches.push(current);
        current = [];
      }
      current.push(frame);
    }
    stretches.push(current);
  }
  return { stretches: stretches.filter((stretch) => stretch.length >= SHORTEST_STRETCH), step };
}

/** [F, measured, 3] joints relative to the protocol's roots, as MPJPE has them. */
function jointsOf(
  protocol: EvaluationProtocol,
  stretch: readonly MotionFrame[],
  which: 'mean' | 'truth',
): Float64Array {
  const stride = 3 * protocol.measuredJoints.length;
  const joints = new Float64Array(stretch.length * stride);
  stretch.forEach(({ scored }, frame) => {
    writeAligned(protocol, scored.joints?.[which] ?? new Float64Array(0), joints, frame * stride);
  });
  return joints;
}

function writeAligned(
  { measuredJoints, rootJoints }: EvaluationProtocol,
  joints: Float64Array,
  target: Float64Array,
  offset: number,
): void {
  for (let axis = 0; axis < 3; axis++) {
    let root = 0;
    for (const joint of rootJoints) root += (joints[3 * joint + axis] as number) / rootJoints.length;
    measuredJoints.forEach((joint, index) => {
      target[offset + 3 * index + axis] = (joints[3 * joint + axis] as number) - root;
    });
  }
}

function smoothedJoints(
  body: ScoringBody,
  protocol: EvaluationProtocol,
  stretch: readonly MotionFrame[],
  treatment: Exclude<MotionTreatment, 'as predicted'>,
  { windowFrames, hertz }: { readonly windowFrames: number; readonly hertz: number },
): Float64Array {
  const size = 6 * JOINT_COUNT;
  const pose6d = new Float32Array(stretch.length * size);
  stretch.forEach(({ scored }, frame) => pose6d.set(scored.mean6d ?? [], frame * size));
  if (treatment === 'one-euro')
    oneEuroRotations(pose6d, 0, stretch.length, JOINT_COUNT, pose6d, 0, { frameRateHertz: hertz });
  else
    savitzkyGolayRotations(pose6d, 0, stretch.length, JOINT_COUNT, pose6d, 0, {
      windowFrames,
      degree: DEGREE,
    });
  const stride = 3 * protocol.measuredJoints.length;
  const joints = new Float64Array(stretch.length * stride);
  const posed = new Float64Array(3 * protocol.jointCount);
  stretch.forEach(({ scored: { betas } }, frame) => {
    const pose = pose6d.subarray(frame * size, (frame + 1) * size);
    body.writeJoints({ pose6d: pose, ...(betas && { betas }) }, posed, 0);
    writeAligned(protocol, posed, joints, frame * stride);
  });
  return joints;
}

function meanError(motion: Float64Array, truth: Float64Array, length: number, jointCount: number): number {
  return mpjpeMillimetres(motion, 0, truth, 0, length * jointCount);
}
