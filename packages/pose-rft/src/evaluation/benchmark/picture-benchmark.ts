import {
  POSE_QUESTION,
  readDataset,
  type BodyParameters,
  type DatasetRecord,
  type Keypoints3d,
} from '@pose-rft/datasets';
import { HMR2_14_PROTOCOL, JOINT_COUNT, SMPL_24_PROTOCOL, type EvaluationProtocol } from '@pose-rft/smpl';
import { match } from 'ts-pattern';
import { exclusionNotes, readingProblems, requireData, type BenchmarkDataOptions } from './benchmark-data.js';
import { createProblemTally, joinedProblems, type ProblemTally } from './benchmark-problem.js';
import type { Benchmark, BenchmarkSample, BenchmarkTruth } from './benchmark.js';
import { pose6dOfAxisAngles } from './pose-of-axis-angles.js';
import type { PosedPerson, ScoringBody } from './scoring-body.js';

/** Benchmarks of pictures of people. */
export type PictureBenchmarkName = '3dpw' | 'h36m' | 'emdb' | 'rpe';

interface PictureBenchmark {
  readonly title: string;
  readonly split: string;
  /** Of the truth as the data set has it. */
  readonly protocol: EvaluationProtocol;
  /** Frames a second by the numbers that the data set counts frames with. */
  readonly frameRateHertz?: number;
}

const PICTURE_BENCHMARKS: Readonly<Record<PictureBenchmarkName, PictureBenchmark>> = {
  '3dpw': { title: '3DPW', split: 'test', protocol: SMPL_24_PROTOCOL, frameRateHertz: 30 },
  h36m: { title: 'Human3.6M', split: 'protocol2', protocol: HMR2_14_PROTOCOL, frameRateHertz: 50 },
  emdb: { title: 'EMDB', split: 'emdb1', protocol: SMPL_24_PROTOCOL, frameRateHertz: 30 },
  rpe: { title: 'RPE, refined', split: 'test', protocol: SMPL_24_PROTOCOL },
};

/** HMR 2.0 lists the 19 joints that it shares with SPIN behind OpenPose's 25. */
const HMR2_FIRST_SHARED = 25;
const SHARED_WITH_SPIN = 19;

export interface PictureBenchmarkOptions extends BenchmarkDataOptions {
  /** What poses will be scored on: its regressed joints decide the protocol. */
  readonly body?: ScoringBody;
}

/**
 * A data set of pictures as a benchmark: people with joints and bodies in the camera's frame, one sample each. The truth's
 * joints are those of the data set where they are those of the protocol, else those of its bodies on `body`.
 *
 * @throws BenchmarkDataError if the split is not there
 * @throws DatasetProblemError, BenchmarkProblemError for the first thing that is wrong, unless problems are skipped
 */
export async function pictureBenchmark(
  name: PictureBenchmarkName,
  options: PictureBenchmarkOptions,
): Promise<Benchmark> {
  const definition = PICTURE_BENCHMARKS[name];
  const { folder, body, onProblem = 'throw', frameStride = 1, split = definition.split } = options;
  const missing = await requireData(name, split, options);
  const regresses = body !== undefined && body.protocol.jointSource === 'regressed from posed vertices';
  const protocol = regresses ? body.protocol : definition.protocol;
  const reading = readDataset(name, { folder, split, onProblem, frameStride });
  const tally = createProblemTally(onProblem);
  const idsSeen = new Map<string, number>();
  const samples: BenchmarkSample[] = [];
  for await (const record of reading) {
    const seen = (idsSeen.get(record.id) ?? 0) + 1;
    idsSeen.set(record.id, seen);
    const id = seen === 1 ? record.id : `${record.id}#${seen}`;
    const truth = truthOf(record, protocol, id, tally);
    if (truth !== undefined) samples.push(sampleOf(record, id, truth));
  }
  return {
    name,
    title: `${definition.title}, split ${split}`,
    protocol,
    differences: [...protocolNotes(name, protocol, body), ...exclusionNotes(reading.summary())],
    samples,
    ...(definition.frameRateHertz !== undefined && { frameRateHertz: definition.frameRateHertz }),
    yAxis: 'down',
    folder,
    problems: joinedProblems(missing, readingProblems(reading.summary()), tally.summary()),
  };
}

function truthOf(
  { keypoints3d, body, conversation }: DatasetRecord,
  protocol: EvaluationProtocol,
  id: string,
  tally: ProblemTally,
): BenchmarkTruth | undefined {
  const joints = keypoints3d && jointsOf(keypoints3d, protocol);
  const person = body && personOf(body);
  if (joints === undefined && person === undefined) {
    tally.add('no-truth', id, `it has neither the joints of '${protocol.name}' nor a body`);
    return undefined;
  }
  const answer = conversation?.find(({ from }) => from === 'assistant')?.text;
  return { ...(joints && { joints }), ...(person && { person }), ...(answer !== undefined && { answer }) };
}

/** The protocol's joints among those that the data set has; undefined if it lacks any that is measured. */
function jointsOf(
  { jointSet, metres, confidence }: Keypoints3d,
  protocol: EvaluationProtocol,
): Float32Array | undefined {
  const needed = [...protocol.measuredJoints, ...protocol.rootJoints];
  if (protocol.name === SMPL_24_PROTOCOL.name)
    return jointSet === 'smpl-24' && needed.every((joint) => (confidence[joint] ?? 0) > 0)
      ? metres
      : undefined;
  if (protocol.name !== HMR2_14_PROTOCOL.name) return undefined;
  const shift = match(jointSet)
    .with('hmr2-44', () => 0)
    .with('spin-24', () => HMR2_FIRST_SHARED)
    .otherwise(() => undefined);
  if (shift === undefined || needed.some((joint) => !((confidence[joint - shift] ?? 0) > 0)))
    return undefined;
  const joints = new Float32Array(3 * protocol.jointCount);
  if (shift === 0) joints.set(metres);
  else joints.set(metres.subarray(0, 3 * SHARED_WITH_SPIN), 3 * shift);
  return joints;
}

function personOf({ model, axisAngles, betas, gender }: BodyParameters): PosedPerson | undefined {
  if (model !== 'smpl' || axisAngles.length !== 3 * JOINT_COUNT) return undefined;
  return { pose6d: pose6dOfAxisAngles(axisAngles), betas, ...(gender && { gender }) };
}

function sampleOf(record: DatasetRecord, id: string, truth: BenchmarkTruth): BenchmarkSample {
  const { identity, image, conversation } = record;
  const { subject = '', sequence, frame, person } = identity;
  const name = sequence === undefined ? undefined : subject === '' ? sequence : `${subject}/${sequence}`;
  const asked = conversation
    ?.find(({ from }) => from === 'human')
    ?.text.replaceAll('<image>', '')
    .trim();
  return {
    id,
    task: 'image-to-pose',
    question: asked ?? POSE_QUESTION,
    ...(image && { image }),
    // RPE names no sequence, but its pictures lie in the folder of one.
    cluster: name ?? image?.path.split('/').slice(0, -1).join('/') ?? id,
    ...(name !== undefined && frame !== undefined && { track: { name: `${name}/${person ?? 0}`, frame } }),
    truth,
  };
}

function protocolNotes(
  name: PictureBenchmarkName,
  protocol: EvaluationProtocol,
  body: ScoringBody | undefined,
): readonly string[] {
  const notes: string[] = [];
  if (protocol.name === SMPL_24_PROTOCOL.name && name !== 'emdb')
    notes.push(
      "measured on SMPL's 24 kinematic joints; published figures are mostly on 14 regressed ones, and not comparable " +
        '(give --bodies and --joint-regressor)',
    );
  if (body?.isStandIn === true && protocol.name === body.protocol.name)
    notes.push(
      `poses are compared with true poses, both on ${body.name}, not with the person's own joints (give --bodies)`,
    );
  return notes;
}
