import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BenchmarkProblemError, formatProblems, type BenchmarkProblemKind } from './benchmark-problem.js';
import type { SamplePrediction } from './pose-predictor.js';
import { PredictionsFileError, predictionLine, questionLine, readPredictions } from './predictions-file.js';
import { runBenchmark } from './run-benchmark.js';
import { syntheticScoringBody } from './scoring-body.js';
import { syntheticBenchmark } from './synthetic-benchmark.js';

const benchmark = syntheticBenchmark({ count: 6, seed: 4 });
const [first = '', second = ''] = benchmark.samples.map(({ id }) => id);
const pose = new Array<number>(72).fill(0);

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pose-rft-predictions-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(...lines: readonly (object | string)[]): Promise<string> {
  const file = join(folder, `${files++}.jsonl`);
  await writeFile(
    file,
    lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''),
  );
  return file;
}

async function predictionsOf(file: string): Promise<readonly SamplePrediction[]> {
  const { predictor } = await readPredictions(file, benchmark, 'skip');
  return predictor.predict(benchmark.samples, { answersPerSample: 1, random: createRandom(1) });
}

describe('readPredictions', () => {
  it('reads answers in their long and in their short form, and names the model by the first line', async () => {
    const file = await fileOf(
      { model: 'HMR 2.0b' },
      { id: first, answers: [{ text: 'it is <POSE>.', axisAngles: pose, betas: [1, 2] }, { text: 'no.' }] },
      {
        id: second,
        axisAngles: Array.from({ length: 24 }, () => [0, 0, 0]),
        samples: [{ axisAngles: pose }],
      },
    );
    const { predictor, problems } = await readPredictions(file, benchmark);
    expect(predictor.name).toBe('HMR 2.0b');
    expect(formatProblems(problems)).toEqual([]);
    const [one, two, three] = await predictionsOf(file);
    expect(one).toMatchObject({ kind: 'answers', answers: [{ text: 'it is <POSE>.' }, { text: 'no.' }] });
    if (one?.kind !== 'answers' || two?.kind !== 'answers') throw new Error('no answers');
    expect([...(one.answers[0]?.pose?.mean6d.subarray(0, 6) ?? [])]).toEqual([1, 0, 0, 0, 1, 0]);
    expect([...(one.answers[0]?.pose?.betas ?? [])]).toEqual([1, 2]);
    expect(two.answers[0]?.pose?.samples6d).toHaveLength(1);
    expect(three).toEqual({ kind: 'missing' });
  });

  it.each<[string, object | string, BenchmarkProblemKind, RegExp]>([
    ['no JSON', '{"id": "x', 'broken-line', /no JSON/],
    ['a list', '[1]', 'broken-line', /the line is a list of 1, expected an object/],
    ['no id', { axisAngles: pose }, 'broken-line', /id is missing/],
    ['another id', { id: 'nobody', axisAngles: pose }, 'unknown-id', /'nobody' is no sample of synthetic/],
    [
      '71 angles',
      { id: first, axisAngles: pose.slice(1) },
      'wrong-count',
      /axisAngles has 71 numbers, expected 72/,
    ],
    ['23 joints', { id: first, joints: pose.slice(3) }, 'wrong-count', /joints has 69 numbers, expected 72/],
    [
      'too few sigmas',
      { id: first, axisAngles: pose, logStandardDeviation: [0] },
      'wrong-count',
      /expected 144/,
    ],
    [
      'null',
      { id: first, joints: pose.map((_, i) => (i === 5 ? null : 0)) },
      'not-finite',
      /number 5 is null/,
    ],
    [
      'Python NaN',
      `{"id": "${first}", "joints": [${pose.map((_, i) => (i === 9 ? 'NaN' : 0)).join(', ')}]}`,
      'not-finite',
      /number 9 is null/,
    ],
    [
      'an infinity',
      `{"id": "${first}", "joints": [-Infinity${',0'.repeat(71)}]}`,
      'not-finite',
      /number 0 is null/,
    ],
    ['millimetres', { id: first, joints: pose.map(() => 20_000) }, 'not-finite', /20000/],
    ['a text', { id: first, joints: 'x' }, 'broken-line', /expected a list of numbers/],
    [
      'an unknown field',
      { id: first, pose },
      'broken-line',
      /has a field 'pose'; known are text, axisAngles/,
    ],
    ['two poses', { id: first, axisAngles: pose, rotation6d: pose }, 'broken-line', /not both/],
    ['samples alone', { id: first, samples: [] }, 'broken-line', /samples needs axisAngles/],
    [
      'an unknown joint set',
      { id: first, joints: pose, jointSet: 'mine' },
      'broken-line',
      /jointSet is "mine"/,
    ],
    [
      "other joints than the protocol's",
      { id: first, joints: pose.slice(0, 51), jointSet: 'coco-17' },
      'unscorable',
      /coco-17/,
    ],
  ])('names %s, refuses it, or counts it once', async (_, line, kind, message) => {
    const file = await fileOf({ id: second, axisAngles: pose }, line);
    await expect(readPredictions(file, benchmark)).rejects.toThrow(BenchmarkProblemError);
    const { problems } = await readPredictions(file, benchmark, 'skip');
    expect(problems.counts[kind]).toBe(1);
    expect(Object.values(problems.counts).reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(problems.examples[0]?.message).toMatch(message);
    expect(problems.examples[0]?.where).toBe(`${file}:2`);
  });

  it('takes the first of two predictions for one sample, and counts the other', async () => {
    const file = await fileOf({ id: first, noPerson: true }, { id: first, axisAngles: pose });
    const { problems } = await readPredictions(file, benchmark, 'skip');
    expect(problems.counts['duplicate-id']).toBe(1);
    expect((await predictionsOf(file))[0]).toEqual({ kind: 'no-person' });
  });

  it('leaves words in texts alone', async () => {
    const file = await fileOf({ id: first, text: 'they are, NaN, nobody: [NaN]' });
    expect((await predictionsOf(file))[0]).toMatchObject({
      answers: [{ text: 'they are, NaN, nobody: [NaN]' }],
    });
  });

  it('refuses a file that is not there', async () => {
    await expect(readPredictions(join(folder, 'none.jsonl'), benchmark)).rejects.toThrow(
      PredictionsFileError,
    );
  });

  it('reads back what predictionLine writes', async () => {
    const prediction: SamplePrediction = {
      kind: 'answers',
      answers: [
        {
          text: 'so: <POSE>.',
          pose: {
            mean6d: Float32Array.from({ length: 144 }, (_, index) => Math.sin(index)),
            samples6d: [Float32Array.from({ length: 144 }, (_, index) => Math.cos(index))],
            logStandardDeviation: new Float32Array(144).fill(-2.5),
            betas: Float32Array.of(0.5),
          },
        },
        { joints: Float32Array.from({ length: 72 }, (_, index) => index / 100) },
      ],
    };
    const line = predictionLine(first, prediction) ?? '';
    expect((await predictionsOf(await fileOf(line)))[0]).toEqual(prediction);
    expect(predictionLine(first, { kind: 'missing' })).toBeUndefined();
    expect(JSON.parse(predictionLine(first, { kind: 'no-person' }) ?? '')).toEqual({
      id: first,
      noPerson: true,
    });
  });
});

describe('a run over such a file', () => {
  it('skips and counts missing samples and frames without a person, with a summary', async () => {
    const file = await fileOf({ id: first, axisAngles: pose }, { id: second, noPerson: true });
    const { predictor } = await readPredictions(file, benchmark);
    const options = { benchmark, predictor, body: syntheticScoringBody(), random: createRandom(1) };
    await expect(runBenchmark(options)).rejects.toThrow(/nobody is there \(no-person\)[^]*--on-problem skip/);
    const { problems, tasks } = await runBenchmark({ ...options, onProblem: 'skip' });
    expect(problems.counts).toMatchObject({ 'no-person': 1, 'missing-prediction': 4, unscorable: 0 });
    expect(formatProblems(problems).join('\n')).toMatch(/4 missing-prediction\n {2}synthetic\/4\/2: /);
    const [pictures, texts] = tasks;
    expect(pictures).toMatchObject({ scoredCount: 1, sampleCount: 3 });
    expect(pictures?.estimates.mpjpeMean?.count).toBe(1);
    expect(texts?.estimates.answered?.mean).toBe(0);
    expect(texts?.estimates.mpjpeMean).toBeUndefined();
  });

  it('counts a broken line once, not as missing too', async () => {
    const lines = benchmark.samples.map(({ id }) => ({ id, axisAngles: id === first ? [0] : pose }));
    const { predictor, problems } = await readPredictions(await fileOf(...lines), benchmark, 'skip');
    const result = await runBenchmark({
      benchmark: { ...benchmark, problems },
      predictor,
      body: syntheticScoringBody(),
      random: createRandom(1),
    });
    expect(result.problems.counts).toMatchObject({ 'wrong-count': 1, 'missing-prediction': 0 });
    expect(result.differences.join()).toMatch(/left out: their lines are wrong/);
  });
});

describe('questionLine', () => {
  it('says what to ask, and nothing of the truth', async () => {
    const line = JSON.parse(
      questionLine(benchmark.samples[1] ?? (await Promise.reject(new Error('none')))),
    ) as object;
    expect(Object.keys(line)).toEqual(['id', 'task', 'question']);
  });
});
