import { evaluateJoints, evaluateMotion, pveMillimetres, THREEDPW_ACCURACY } from '@pose-rft/smpl';
import { inBodyFrame } from '../../report/pose-picture.js';
import type { SampleScores } from './benchmark-metrics.js';
import type { Benchmark, BenchmarkSample, BenchmarkTask } from './benchmark.js';
import type { PredictedAnswer } from './pose-predictor.js';
import type { PosedPerson, ScoringBody } from './scoring-body.js';

/** An answer's joints and the truth's, in one frame and from one kind of body: what may be compared. */
export interface ComparedJoints {
  /** [protocol.jointCount, 3] metres: of the mean pose, or as the answer gave them. */
  readonly mean: Float64Array;
  /** Of each pose drawn. */
  readonly drawn: readonly Float64Array[];
  readonly truth: Float64Array;
}

/** Why an answer's joints cannot be compared with the truth. */
export interface Incomparable {
  readonly kind: 'unscorable' | 'no-truth';
  readonly message: string;
}

/**
 * Joints of an answer and of the truth. Joints that the answer gave are compared with those of the data set; poses are
 * posed on the scoring body, and compared with what the data set measured only if that body is the person's own.
 */
export function comparedJoints(
  benchmark: Benchmark,
  body: ScoringBody | undefined,
  sample: BenchmarkSample,
  { joints, pose }: PredictedAnswer,
): ComparedJoints | Incomparable {
  const { protocol } = benchmark;
  const fits = body?.protocol.name === protocol.name;
  const posed = (person: PosedPerson): Float64Array => {
    const target = new Float64Array(3 * protocol.jointCount);
    // A text does not say where the body faces.
    const pose6d = sample.task === 'text-to-pose' ? inBodyFrame(person.pose6d) : person.pose6d;
    body?.writeJoints({ ...person, pose6d }, target, 0);
    return target;
  };
  const { truth } = sample;
  const measured = truth.joints && Float64Array.from(truth.joints);
  const posedTruth = fits && truth.person !== undefined ? posed(truth.person) : undefined;
  if (joints !== undefined) {
    const known = measured ?? (body?.isStandIn === false ? posedTruth : undefined);
    return known === undefined
      ? { kind: 'no-truth', message: `no joints of '${protocol.name}' are known; give --bodies` }
      : { mean: Float64Array.from(joints), drawn: [], truth: known };
  }
  if (pose === undefined || !fits)
    return {
      kind: 'unscorable',
      message: `a pose alone gives no joints of '${protocol.name}'; give joints, or --bodies and --joint-regressor`,
    };
  const known = body.isStandIn ? posedTruth : (measured ?? posedTruth);
  if (known === undefined)
    return { kind: 'no-truth', message: `no joints of '${protocol.name}' are known of this sample` };
  const betas = pose.betas && { betas: pose.betas };
  return {
    mean: posed({ pose6d: pose.mean6d, ...betas }),
    drawn: pose.samples6d.map((pose6d) => posed({ pose6d, ...betas })),
    truth: known,
  };
}

/** Joint errors of one answer. `Best` is over this answer's own draws. */
export function scoreJoints({ protocol }: Benchmark, { mean, drawn, truth }: ComparedJoints): SampleScores {
  const options = { poses: 'independent' } as const;
  const figures = Object.fromEntries(
    evaluateMotion(protocol, mean, 0, truth, 0, 1, options).map(({ metric, value }) => [metric, value]),
  );
  const strict = evaluateMotion(protocol, mean, 0, truth, 0, 1, { ...options, accuracy: THREEDPW_ACCURACY });
  const errors = drawn.map((joints) => evaluateJoints(protocol, joints, 0, truth, 0));
  const present = {
    mpjpeMean: figures['MPJPE'],
    paMpjpeMean: figures['PA-MPJPE'],
    pck150: figures['PCK'],
    auc: figures['AUC'],
    pck50: strict.find(({ metric }) => metric === 'PCK')?.value,
    ...(errors.length > 0 && {
      mpjpeSample: meanOf(errors.map((error) => error.mpjpeMillimetres)),
      paMpjpeSample: meanOf(errors.map((error) => error.paMpjpeMillimetres)),
    }),
    mpjpeBest: Math.min(...errors.map((error) => error.mpjpeMillimetres)),
    paMpjpeBest: Math.min(...errors.map((error) => error.paMpjpeMillimetres)),
  };
  if (errors.length === 0) {
    present.mpjpeBest = present.mpjpeMean ?? Number.NaN;
    present.paMpjpeBest = present.paMpjpeMean ?? Number.NaN;
  }
  return Object.fromEntries(Object.entries(present).filter(([, value]) => value !== undefined));
}

/** Surface error of a mean pose, both root joints at the origin. */
export function createSurfaceScorer(
  body: ScoringBody,
): (task: BenchmarkTask, predicted: PosedPerson, truth: PosedPerson) => number {
  const [own, other] = [new Float32Array(3 * body.vertexCount), new Float32Array(3 * body.vertexCount)];
  return (task, predicted, truth) => {
    const pose6d = task === 'text-to-pose' ? inBodyFrame(predicted.pose6d) : predicted.pose6d;
    body.writeVertices({ ...predicted, pose6d }, own);
    body.writeVertices(truth, other);
    return pveMillimetres(own, 0, other, 0, body.vertexCount, { kind: 'none' });
  };
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
