import { jointEvidence, readDataset, turnedToFront } from '@pose-rft/datasets';
import { createRandom, type Random } from '@pose-rft/random';
import { createKinematics, JOINT_COUNT, SMPL_24_PROTOCOL, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { captionPose, describePose } from '@pose-rft/text-pose';
import { inBodyFrame } from '../../report/pose-picture.js';
import { exclusionNotes, readingProblems, requireData, type BenchmarkDataOptions } from './benchmark-data.js';
import { joinedProblems } from './benchmark-problem.js';
import type { Benchmark, BenchmarkSample } from './benchmark.js';
import { pose6dOfAxisAngles } from './pose-of-axis-angles.js';

export interface CmuBenchmarkOptions extends BenchmarkDataOptions {
  /** Of captions and of the noise on evidence. */
  readonly seed: number;
  /** Every nth frame is also captioned: neighbours show nearly the same pose, which no caption could tell apart. 10 unless told. */
  readonly framesPerCaption?: number;
}

/** CMU recorded 120 frames a second; files may have been thinned, but keep the frames' numbers. */
const CMU_HERTZ = 120;
const FACTS_NAMED = 2;
/** One of those that the synthetic set asks. */
const QUESTION = 'what is the pose of the person?';

/**
 * Real people, recorded: frames of the CMU motion capture database, each turned to face the camera, as evidence of a
 * picture (2D joints with noise, as the synthetic set has it), and every tenth frame as a text that our captions write of
 * it. Bones are those of the synthetic skeleton, so errors are of poses alone.
 *
 * @throws BenchmarkDataError if the folder holds no recordings
 * @throws DatasetProblemError (of `@pose-rft/datasets`) for the first broken recording, unless problems are skipped
 */
export async function cmuBenchmark(options: CmuBenchmarkOptions): Promise<Benchmark> {
  const { folder, seed, onProblem = 'throw', frameStride = 1, framesPerCaption = 10 } = options;
  const missing = await requireData('cmu', 'all', options);
  const reading = readDataset('cmu', { folder, split: 'all', onProblem, frameStride });
  const random = createRandom(seed).split('cmu');
  const samples: BenchmarkSample[] = [];
  let frameOfTake = 0;
  let last = '';
  for await (const { id, identity, body } of reading) {
    if (body === undefined) continue;
    const take = identity.sequence ?? '';
    frameOfTake = take === last ? frameOfTake + 1 : 0;
    last = take;
    const pose6d = turnedToFront(pose6dOfAxisAngles(body.axisAngles));
    const frame = { id, take, number: identity.frame ?? frameOfTake, pose6d, random: random.split(id) };
    samples.push(evidenceSample(frame));
    if (frameOfTake % framesPerCaption === 0) samples.push(textSample(frame));
  }
  return {
    name: 'cmu',
    title: `CMU motion capture, ${new Set(samples.map(({ cluster }) => cluster)).size} takes`,
    protocol: SMPL_24_PROTOCOL,
    differences: [
      'evidence is made from the recorded joints; the data set has no pictures of them',
      'each frame is turned to face the camera',
      ...exclusionNotes(reading.summary()),
    ],
    samples,
    frameRateHertz: CMU_HERTZ,
    problems: joinedProblems(missing, readingProblems(reading.summary())),
  };
}

interface RecordedFrame {
  readonly id: string;
  readonly take: string;
  readonly number: number;
  readonly pose6d: Float32Array;
  readonly random: Random;
}

const kinematics = createKinematics(SYNTHETIC_SKELETON);

function evidenceSample({ id, take, number, pose6d, random }: RecordedFrame): BenchmarkSample {
  const joints = new Float32Array(3 * JOINT_COUNT);
  kinematics.jointsFromRotation6d(pose6d, 0, joints, 0);
  const facts = describePose(joints, 0);
  return {
    id,
    task: 'image-to-pose',
    question: QUESTION,
    evidence: jointEvidence(joints, random.split('evidence')),
    cluster: take,
    track: { name: take, frame: number },
    truth: { joints, person: { pose6d }, wantsStatements: facts.length >= FACTS_NAMED },
  };
}

function textSample({ id, take, pose6d, random }: RecordedFrame): BenchmarkSample {
  const upright = inBodyFrame(pose6d);
  const joints = new Float32Array(3 * JOINT_COUNT);
  kinematics.jointsFromRotation6d(upright, 0, joints, 0);
  const { text, constraints } = captionPose(joints, 0, random.split('caption'));
  return {
    id: `${id}/text`,
    task: 'text-to-pose',
    question: text,
    cluster: take,
    truth: { joints, person: { pose6d: upright }, constraints },
  };
}
