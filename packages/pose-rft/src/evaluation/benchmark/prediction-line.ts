import { JOINT_SETS, type JointSetName } from '@pose-rft/datasets';
import { HMR2_14_PROTOCOL, JOINT_COUNT, type EvaluationProtocol } from '@pose-rft/smpl';
import type { BenchmarkProblemKind } from './benchmark-problem.js';
import { pose6dOfAxisAngles } from './pose-of-axis-angles.js';
import type { PredictedAnswer, PredictedPose, SamplePrediction } from './pose-predictor.js';

/** One line of a file of predictions, read. */
export interface PredictionLine {
  readonly id: string;
  readonly prediction: SamplePrediction;
}

/** Thrown within a line; the file's reader counts it by its kind. */
export class PredictionLineError extends Error {
  override readonly name = 'PredictionLineError';
  constructor(
    readonly kind: BenchmarkProblemKind,
    message: string,
  ) {
    super(message);
  }
}

type Fields = Readonly<Record<string, unknown>>;

const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  'text',
  'axisAngles',
  'rotation6d',
  'samples',
  'logStandardDeviation',
  'betas',
  'joints',
  'jointSet',
]);
const LINE_FIELDS: ReadonlySet<string> = new Set(['id', 'answers', 'noPerson']);
/** Larger than any real angle, coefficient or place in metres. */
const LARGEST_NUMBER = 1e4;

/**
 * Reads one line of a file of predictions: an object with `id` and either `noPerson: true`, or `answers`, or the fields of
 * a single answer. An answer has any of `text`; a pose as `axisAngles` ([24, 3] radians, nested or flat) or `rotation6d`
 * ([24, 6], layout `columns`), with `samples` (poses drawn, each an object with one of the two), `logStandardDeviation`
 * ([144], of `rotation6d`'s numbers) and `betas`; `joints` ([J, 3] metres) in the protocol's order, or in that of
 * `jointSet`.
 *
 * @throws PredictionLineError naming the field, what is expected and what was found
 */
export function parsePredictionLine(value: unknown, protocol: EvaluationProtocol): PredictionLine {
  const line = fieldsOf(value, 'the line');
  const { id, noPerson, answers } = line;
  if (typeof id !== 'string' || id === '')
    throw new PredictionLineError('broken-line', `id is ${shown(id)}, expected the id of a sample`);
  if (noPerson === true) return { id, prediction: { kind: 'no-person' } };
  if (answers === undefined) {
    const { id: _, noPerson: __, ...answer } = line;
    return { id, prediction: { kind: 'answers', answers: [answerOf(answer, 'the line', protocol)] } };
  }
  for (const name of Object.keys(line))
    if (!LINE_FIELDS.has(name)) throw unknownField(name, 'beside answers');
  if (!Array.isArray(answers))
    throw new PredictionLineError('broken-line', `answers is ${shown(answers)}, expected a list`);
  return {
    id,
    prediction: {
      kind: 'answers',
      answers: answers.map((answer: unknown, index) =>
        answerOf(fieldsOf(answer, `answers[${index}]`), `answers[${index}]`, protocol),
      ),
    },
  };
}

function answerOf(fields: Fields, where: string, protocol: EvaluationProtocol): PredictedAnswer {
  for (const name of Object.keys(fields)) if (!KNOWN_FIELDS.has(name)) throw unknownField(name, where);
  const { text, joints, jointSet } = fields;
  if (text !== undefined && typeof text !== 'string')
    throw new PredictionLineError('broken-line', `${where}: text is ${shown(text)}, expected a text`);
  const pose = poseOf(fields, where);
  return {
    ...(text !== undefined && { text }),
    ...(pose && { pose }),
    ...(joints !== undefined && { joints: jointsOf(joints, jointSet, where, protocol) }),
  };
}

function poseOf(fields: Fields, where: string): PredictedPose | undefined {
  const mean6d = pointOf(fields, where);
  const { samples, logStandardDeviation, betas } = fields;
  if (mean6d === undefined) {
    const orphan = ['samples', 'logStandardDeviation', 'betas'].find((name) => fields[name] !== undefined);
    if (orphan === undefined) return undefined;
    throw new PredictionLineError(
      'broken-line',
      `${where}: ${orphan} needs axisAngles or rotation6d beside it`,
    );
  }
  if (samples !== undefined && !Array.isArray(samples))
    throw new PredictionLineError('broken-line', `${where}: samples is ${shown(samples)}, expected a list`);
  const samples6d = (samples ?? []).map((sample: unknown, index: number) => {
    const place = `${where}.samples[${index}]`;
    const drawn = pointOf(fieldsOf(sample, place), place);
    if (drawn === undefined)
      throw new PredictionLineError('broken-line', `${place} has neither axisAngles nor rotation6d`);
    return drawn;
  });
  return {
    mean6d,
    samples6d,
    ...(logStandardDeviation !== undefined && {
      logStandardDeviation: numbersOf(logStandardDeviation, 6 * JOINT_COUNT, `${where}.logStandardDeviation`),
    }),
    ...(betas !== undefined && { betas: numbersOf(betas, undefined, `${where}.betas`) }),
  };
}

function pointOf({ axisAngles, rotation6d }: Fields, where: string): Float32Array | undefined {
  if (axisAngles !== undefined && rotation6d !== undefined)
    throw new PredictionLineError('broken-line', `${where}: give axisAngles or rotation6d, not both`);
  if (axisAngles !== undefined)
    return pose6dOfAxisAngles(numbersOf(axisAngles, 3 * JOINT_COUNT, `${where}.axisAngles`));
  return rotation6d === undefined ? undefined : numbersOf(rotation6d, 6 * JOINT_COUNT, `${where}.rotation6d`);
}

/** HMR 2.0's 44 joints hold those of SPIN behind OpenPose's 25. */
const SPIN_START = 25;
const SPIN_SHARED = 19;

function jointsOf(
  value: unknown,
  jointSet: unknown,
  where: string,
  protocol: EvaluationProtocol,
): Float32Array {
  const { jointCount } = protocol;
  const place = `${where}.joints`;
  if (jointSet === undefined) return numbersOf(value, 3 * jointCount, place);
  const name = Object.keys(JOINT_SETS).find((known): known is JointSetName => known === jointSet);
  if (name === undefined)
    throw new PredictionLineError(
      'broken-line',
      `${where}: jointSet is ${shown(jointSet)}, expected one of ${Object.keys(JOINT_SETS).join(', ')}`,
    );
  const numbers = numbersOf(value, 3 * JOINT_SETS[name].length, place);
  const isHmr2 = protocol.name === HMR2_14_PROTOCOL.name;
  if (isHmr2 && name === 'spin-24') {
    const joints = new Float32Array(3 * jointCount);
    joints.set(numbers.subarray(0, 3 * SPIN_SHARED), 3 * SPIN_START);
    return joints;
  }
  const fits = isHmr2 ? name === 'hmr2-44' : name === 'smpl-24' && jointCount === JOINT_COUNT;
  if (!fits)
    throw new PredictionLineError(
      'unscorable',
      `${where}: the joints are of '${name}', the protocol measures '${protocol.name}'`,
    );
  return numbers;
}

/** Numbers of a list, nested or flat. */
function numbersOf(value: unknown, count: number | undefined, place: string): Float32Array {
  if (!Array.isArray(value))
    throw new PredictionLineError('broken-line', `${place} is ${shown(value)}, expected a list of numbers`);
  const flat = value.flat(3) as readonly unknown[];
  if (count !== undefined && flat.length !== count)
    throw new PredictionLineError('wrong-count', `${place} has ${flat.length} numbers, expected ${count}`);
  return Float32Array.from(flat, (number, index) => {
    if (typeof number === 'number' && Math.abs(number) <= LARGEST_NUMBER) return number;
    throw new PredictionLineError(
      // JSON has no NaN: Python's writer leaves the bare word, others write null.
      number === null || typeof number === 'number' ? 'not-finite' : 'broken-line',
      `${place}: number ${index} is ${shown(number)}, expected a finite number within ±${LARGEST_NUMBER}`,
    );
  });
}

function fieldsOf(value: unknown, where: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new PredictionLineError('broken-line', `${where} is ${shown(value)}, expected an object`);
}

function unknownField(name: string, where: string): PredictionLineError {
  return new PredictionLineError(
    'broken-line',
    `${where} has a field '${name.slice(0, 40)}'; known are ${[...KNOWN_FIELDS].join(', ')}`,
  );
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return JSON.stringify(value).slice(0, 60);
}
