import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';
import { axisAngleToRotation6d, HMR2_14_PROTOCOL, SMPL_24_PROTOCOL, syntheticBody } from '@pose-rft/smpl';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GOLDEN_DATASETS } from '../../testing/golden-datasets.js';
import { BenchmarkDataError } from './benchmark-data.js';
import type { Benchmark } from './benchmark.js';
import { pictureBenchmark, type PictureBenchmarkName } from './picture-benchmark.js';
import { readPredictions } from './predictions-file.js';
import { runBenchmark } from './run-benchmark.js';
import { modelScoringBody, syntheticScoringBody } from './scoring-body.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pose-rft-pictures-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const body = syntheticScoringBody();
const load = (name: PictureBenchmarkName): Promise<Benchmark> =>
  pictureBenchmark(name, { folder: join(GOLDEN_DATASETS, name), onProblem: 'skip' });

let files = 0;
async function score(benchmark: Benchmark, lines: readonly object[], onProblem: 'skip' | 'throw' = 'throw') {
  const file = join(folder, `predictions-${files++}.jsonl`);
  await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const { predictor } = await readPredictions(file, benchmark, onProblem);
  const result = await runBenchmark({ benchmark, predictor, body, random: createRandom(1), onProblem });
  const [task] = result.tasks;
  if (task === undefined) throw new Error('nothing was scored');
  return { result, task };
}

/** Every joint `metres` to the side of the truth, but the root, so that roots still agree. */
const asideBy = (metres: number) => (benchmark: Benchmark) =>
  benchmark.samples.map(({ id, truth }) => ({
    id,
    joints: Array.from(truth.joints ?? [], (coordinate, index) => {
      const isRoot = benchmark.protocol.rootJoints.includes(Math.floor(index / 3));
      return coordinate + (index % 3 === 0 && !isRoot ? metres : 0);
    }),
  }));

describe('3dpw', () => {
  it('has a sample for each person with a valid camera, its track and its truth', async () => {
    const benchmark = await load('3dpw');
    expect(benchmark.samples).toHaveLength(5);
    expect(benchmark.protocol).toBe(SMPL_24_PROTOCOL);
    expect(benchmark.problems.counts['incomplete-data']).toBe(1);
    expect(benchmark.differences.join('\n')).toMatch(/14 regressed ones[^]*1 people \(camera-not-valid\)/);
    const [first] = benchmark.samples;
    expect(first).toMatchObject({
      id: 'downtown_walk_00/0/0',
      task: 'image-to-pose',
      cluster: 'downtown_walk_00',
      track: { name: 'downtown_walk_00/0', frame: 0 },
      image: { path: 'imageFiles/downtown_walk_00/image_00000.jpg' },
    });
    expect(first?.truth.person).toMatchObject({ gender: 'male' });
  });

  it('scores the truth perfect, as joints and as poses, and knows by how much joints are off', async () => {
    const benchmark = await load('3dpw');
    const perfect = await score(benchmark, asideBy(0)(benchmark));
    expect(perfect.task.estimates.mpjpeMean?.mean).toBeCloseTo(0, 3);
    expect(perfect.task.estimates.pck50?.mean).toBe(1);
    const aside = await score(benchmark, asideBy(0.048)(benchmark));
    expect(aside.task.estimates.mpjpeMean?.mean).toBeCloseTo((48 * 23) / 24, 3);
    expect(aside.task.estimates.paMpjpeMean?.mean).toBeLessThan(48);
    expect(aside.task.estimates.mpjpeMean).toMatchObject({ count: 5, clusterCount: 1 });
    const posed = await score(
      benchmark,
      benchmark.samples.map(({ id, truth }) => ({ id, rotation6d: Array.from(truth.person?.pose6d ?? []) })),
    );
    expect(posed.task.estimates.mpjpeMean?.mean).toBeCloseTo(0, 3);
    expect(posed.task.estimates.pveMean?.mean).toBeCloseTo(0, 3);
    expect(posed.task.estimates.angleMean?.mean).toBeCloseTo(0, 3);
    expect(posed.task.drawnPerSample).toBe(0);
  });

  it('regresses the joints of a published protocol from real bodies', async () => {
    const [pelvis, ankle] = [0, 1500];
    const vertexCount = syntheticBody().templateMetres.length / 3;
    // Each of the 19 joints is a vertex: what a regressor is, at its plainest.
    const columns = Uint32Array.from({ length: 19 }, (_, row) => (row === 14 ? pelvis : ankle + row));
    const regressing = modelScoringBody(
      { neutral: syntheticBody() },
      {
        protocol: HMR2_14_PROTOCOL,
        firstJoint: 25,
        rows: {
          rowCount: 19,
          columnCount: vertexCount,
          starts: Uint32Array.from({ length: 20 }, (_, row) => row),
          columns,
          values: new Float64Array(19).fill(1),
        },
      },
    );
    const benchmark = await pictureBenchmark('3dpw', {
      folder: join(GOLDEN_DATASETS, '3dpw'),
      onProblem: 'skip',
      body: regressing,
    });
    expect(benchmark.protocol).toBe(HMR2_14_PROTOCOL);
    const [sample] = benchmark.samples;
    if (sample?.truth.person === undefined) throw new Error('no body');
    const [joints, vertices] = [new Float64Array(3 * 44), new Float32Array(3 * vertexCount)];
    const { betas: _, ...person } = sample.truth.person;
    regressing.writeJoints(person, joints, 0);
    regressing.writeVertices(person, vertices);
    expect(joints[3 * 25]).toBeCloseTo(vertices[3 * ankle] ?? Number.NaN, 5);
    expect(joints[3 * 39 + 1]).toBeCloseTo(vertices[3 * pelvis + 1] ?? Number.NaN, 5);
    const result = await runBenchmark({
      benchmark,
      predictor: {
        name: 'the truth',
        predict: (samples) =>
          Promise.resolve(
            samples.map(({ truth }) => ({
              kind: 'answers',
              answers: [
                {
                  pose: {
                    mean6d: truth.person?.pose6d ?? new Float32Array(144),
                    samples6d: [],
                    ...(truth.person?.betas && { betas: truth.person.betas }),
                  },
                },
              ],
            })),
          ),
      },
      body: regressing,
      random: createRandom(1),
      onProblem: 'skip',
    });
    expect(result.tasks[0]?.estimates.mpjpeMean?.mean).toBeCloseTo(0, 3);
    expect(result.tasks[0]?.estimates.pveMean?.mean).toBeCloseTo(0, 3);
  });
});

describe('h36m', () => {
  it("has HMR 2.0's 14 joints, and needs joints for them", async () => {
    const benchmark = await load('h36m');
    expect(benchmark.protocol).toBe(HMR2_14_PROTOCOL);
    expect(benchmark.samples).toHaveLength(2);
    expect(benchmark.samples[0]).toMatchObject({
      cluster: 'S9/Directions_1.60457274',
      track: { name: 'S9/Directions_1.60457274/0', frame: 1 },
    });
    const aside = await score(benchmark, asideBy(0.03)(benchmark));
    expect(aside.task.estimates.mpjpeMean?.mean).toBeCloseTo(30, 3);
    expect(aside.task.estimates.pveMean).toBeUndefined();

    const pose = new Array<number>(72).fill(0);
    const posed = await score(
      benchmark,
      benchmark.samples.map(({ id }) => ({ id, axisAngles: pose })),
      'skip',
    );
    expect(posed.result.problems.counts.unscorable).toBe(2);
    expect(posed.task.estimates.mpjpeMean).toBeUndefined();
  });

  it("takes joints in SPIN's order", async () => {
    const benchmark = await load('h36m');
    const lines = benchmark.samples.map(({ id, truth }) => ({
      id,
      jointSet: 'spin-24',
      joints: [...(truth.joints?.subarray(75, 132) ?? []), ...new Array<number>(15).fill(0)],
    }));
    const { task } = await score(benchmark, lines);
    expect(task.estimates.mpjpeMean?.mean).toBeCloseTo(0, 4);
  });

  it('reads the other split, in the format of SPIN', async () => {
    const options = { folder: join(GOLDEN_DATASETS, 'h36m'), split: 'protocol1', onProblem: 'skip' } as const;
    const benchmark = await pictureBenchmark('h36m', options);
    expect(benchmark.samples).toHaveLength(2);
    expect(benchmark.samples[0]?.truth.joints).toHaveLength(132);
    expect(benchmark.samples[0]?.truth.person).toBeUndefined();
  });
});

describe('emdb', () => {
  it('has bodies alone: poses are compared on the stand-in, and joints need real bodies', async () => {
    const benchmark = await load('emdb');
    expect(benchmark.samples.map(({ id }) => id)).toEqual(['P0_00_mvs_a/0', 'P0_00_mvs_a/2']);
    expect(benchmark.differences.join()).not.toMatch(/14 regressed/);
    const bent = benchmark.samples.map(({ id, truth }) => {
      const pose = Float32Array.from(truth.person?.pose6d ?? []);
      axisAngleToRotation6d(Float64Array.of(0.3, 0, 0), 0, pose, 6 * 4);
      return { id, rotation6d: Array.from(pose) };
    });
    const { task, result } = await score(benchmark, bent);
    expect(task.estimates.mpjpeMean?.mean).toBeGreaterThan(5);
    expect(task.estimates.mpjpeMean?.mean).toBeLessThan(100);
    expect(result.scoringBody).toMatch(/synthetic body/);

    const joints = await score(
      benchmark,
      benchmark.samples.map(({ id }) => ({ id, joints: new Array<number>(72).fill(0.1) })),
      'skip',
    );
    expect(joints.result.problems.counts['no-truth']).toBe(2);
    const { examples } = joints.result.problems;
    expect(examples.find(({ kind }) => kind === 'no-truth')?.message).toMatch(/--bodies/);
  });
});

describe('rpe', () => {
  it('asks what the benchmark asks, of the person it means', async () => {
    const benchmark = await load('rpe');
    expect(benchmark.samples).toHaveLength(1);
    expect(benchmark.samples[0]).toMatchObject({
      id: '000000',
      question: 'The man is about to sit down, what is his pose?',
      cluster: '3DPW/imageFiles/downtown_runForBus_01',
      truth: { answer: 'Sure, it is <POSE>.', person: { gender: 'male' } },
    });
    const [line] = asideBy(0.1)(benchmark);
    const { task } = await score(benchmark, [{ ...line, text: 'Sure, it is <POSE>.' }]);
    expect(task.estimates.mpjpeMean?.mean).toBeCloseTo((100 * 23) / 24, 3);
    expect(task.estimates.textSimilarity?.mean).toBeCloseTo(1, 9);
    expect(task.estimates.format?.mean).toBe(1);
    expect(task.estimates.statementTruth).toBeUndefined();
  });
});

describe('missing data', () => {
  it('is named, with where to get it', async () => {
    await expect(pictureBenchmark('emdb', { folder: join(folder, 'none') })).rejects.toThrow(
      /emdb: .*none is not there\. Get it at https:\/\/emdb[^]*--data DIR[^]*data check emdb/,
    );
    await expect(pictureBenchmark('h36m', { folder })).rejects.toThrow(
      /split protocol2 lacks h36m_val_p2\.npz, h36m_valid_protocol2\.npz/,
    );
    await expect(pictureBenchmark('3dpw', { folder: join(GOLDEN_DATASETS, '3dpw') })).rejects.toThrow(
      /sequenceFiles\/test\/\*\.pkl \(1 of 24\)[^]*--on-problem skip/,
    );
    await expect(pictureBenchmark('rpe', { folder })).rejects.toThrow(BenchmarkDataError);
  });
});
