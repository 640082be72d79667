import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { samplePose } from '@pose-rft/datasets';
import { createRandom } from '@pose-rft/random';
import { createKinematics, smplToAmass, SYNTHETIC_SKELETON, writeAmass } from '@pose-rft/smpl';
import { captionPoseInDetail } from '@pose-rft/text-pose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BenchmarkDataError } from './benchmark-data.js';
import { poseScriptBenchmark } from './posescript-benchmark.js';
import { runBenchmark } from './run-benchmark.js';
import { syntheticScoringBody } from './scoring-body.js';

const kinematics = createKinematics(SYNTHETIC_SKELETON);
const random = createRandom(12);
const poses = Array.from({ length: 4 }, () => samplePose(random));
const captions = poses.map((pose6d) => {
  const joints = new Float32Array(72);
  kinematics.jointsFromRotation6d(pose6d, 0, joints, 0, { globalOrientation: 'identity' });
  return captionPoseInDetail(joints, 0, random, { noise: 0 }).text;
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pose-rft-posescript-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let copies = 0;

/** PoseScript's files as released, over a small AMASS: two recordings of two poses, one under its newer name. */
async function release(changes: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const root = join(folder, String(copies++));
  const write = async (name: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  };
  const files: Readonly<Record<string, unknown>> = {
    'ids_2_dataset_sequence_and_frame_index_100k.json': {
      '0': ['AMASS', 'CMU/01/01_01_poses.npz', 0],
      '1': ['AMASS', 'CMU/01/01_01_poses.npz', 1],
      '2': ['AMASS', 'MPI_HDM05/bd/walk_poses.npz', 0],
      '3': ['AMASS', 'MPI_HDM05/bd/walk_poses.npz', 1],
      '9': ['AMASS', 'MPI_HDM05/bd/walk_poses.npz', 0],
    },
    'posescript_human_6293.json': {
      '0': [captions[0]],
      '1': [captions[1], 'another one'],
      '2': [captions[2]],
      '3': captions[3],
      '9': ['of another split'],
    },
    'test_ids_100k.json': [0, 1, 2, 3, 4],
    ...changes,
  };
  for (const [name, content] of Object.entries(files))
    if (content !== undefined) await write(name, JSON.stringify(content));
  const motion = (first: number): Uint8Array => {
    const pose6d = Float32Array.from([...(poses[first] ?? []), ...(poses[first + 1] ?? [])]);
    return writeAmass(smplToAmass({ frameCount: 2, pose6d, rootPositionsMetres: new Float32Array(6) }));
  };
  await write('AMASS/CMU/01/01_01_poses.npz', motion(0));
  await write('AMASS/HDM05/bd/walk_stageii.npz', motion(2));
  return root;
}

describe('poseScriptBenchmark', () => {
  it('joins descriptions of the split with poses of AMASS, old names or new', async () => {
    const benchmark = await poseScriptBenchmark({ folder: await release() });
    expect(benchmark.samples.map(({ id }) => id)).toEqual(['0', '1', '2', '3']);
    benchmark.samples.forEach(({ question, task, truth, cluster }, row) => {
      expect(question).toBe(captions[row]);
      expect(task).toBe('text-to-pose');
      expect(cluster).toBe(row < 2 ? 'CMU/01/01_01_poses.npz' : 'MPI_HDM05/bd/walk_poses.npz');
      // SMPL-H has no joints of whole hands: those rotations are not in AMASS.
      const shared = truth.person?.pose6d.subarray(6, 132) ?? new Float32Array(0);
      const expected = poses[row]?.subarray(6, 132) ?? new Float32Array(0);
      shared.forEach((value, index) => {
        expect(value).toBeCloseTo(expected[index] ?? Number.NaN, 4);
      });
      expect([...(truth.person?.pose6d.subarray(0, 6) ?? [])]).toEqual([1, 0, 0, 0, 1, 0]);
      expect(truth.constraints?.length).toBeGreaterThan(2);
    });
  });

  it('finds the true poses right: their texts were read, and their claims hold', async () => {
    const benchmark = await poseScriptBenchmark({ folder: await release() });
    const { tasks } = await runBenchmark({
      benchmark,
      body: syntheticScoringBody(),
      random: createRandom(1),
      predictor: {
        name: 'the truth',
        predict: (samples) =>
          Promise.resolve(
            samples.map(({ truth }) => ({
              kind: 'answers',
              answers: [{ pose: { mean6d: truth.person?.pose6d ?? new Float32Array(144), samples6d: [] } }],
            })),
          ),
      },
    });
    const [texts] = tasks;
    expect(texts?.estimates.mpjpeMean?.mean).toBeLessThan(0.01);
    expect(texts?.estimates.satisfiedMean?.mean).toBe(texts?.estimates.satisfiedTruth?.mean);
    expect(texts?.estimates.satisfiedTruth?.mean).toBeGreaterThan(0.9);
    expect(texts?.estimates.satisfiedTruth?.clusterCount).toBe(2);
  });

  it('names, or counts, recordings that AMASS lacks, and frames beyond an end', async () => {
    const references = {
      '0': ['AMASS', 'CMU/01/01_01_poses.npz', 0],
      '1': ['AMASS', 'CMU/01/01_01_poses.npz', 77],
      '2': ['AMASS', 'KIT/1/none_poses.npz', 0],
    };
    const root = await release({ 'ids_2_dataset_sequence_and_frame_index_100k.json': references });
    await expect(poseScriptBenchmark({ folder: root })).rejects.toThrow(/--on-problem skip/);
    const { samples, problems } = await poseScriptBenchmark({ folder: root, onProblem: 'skip' });
    expect(samples.map(({ id }) => id)).toEqual(['0']);
    expect(problems.counts).toMatchObject({ 'incomplete-data': 1, 'broken-record': 2 });
  });

  it('says where to get what is missing', async () => {
    const root = await release();
    await expect(poseScriptBenchmark({ folder: root, amassFolder: join(root, 'none') })).rejects.toThrow(
      /none of 2 recordings[^]*amass\.is\.tue\.mpg\.de[^]*--amass DIR/,
    );
    const without = await release({ 'test_ids_100k.json': undefined });
    await expect(poseScriptBenchmark({ folder: without })).rejects.toThrow(/lacks test_ids_100k\.json/);
    await expect(poseScriptBenchmark({ folder: without })).rejects.toThrow(BenchmarkDataError);
    await expect(poseScriptBenchmark({ folder: root, captions: 'automatic' })).rejects.toThrow(
      /posescript_auto_100k\.json cannot be read/,
    );
  });
});
