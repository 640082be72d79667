import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { jsonLines } from '@pose-rft/datasets';
import {
  createProblemTally,
  type BenchmarkProblems,
  type ProblemPolicy,
  type ProblemTally,
} from './benchmark-problem.js';
import type { Benchmark, BenchmarkSample } from './benchmark.js';
import type { PosePredictor, SamplePrediction } from './pose-predictor.js';
import { parsePredictionLine, PredictionLineError } from './prediction-line.js';

/** Thrown when a file of predictions cannot be read at all. */
export class PredictionsFileError extends Error {
  override readonly name = 'PredictionsFileError';
}

/** A file of predictions, read and checked against a benchmark. */
export interface ReadPredictions {
  readonly predictor: PosePredictor;
  /** What was wrong with the file. */
  readonly problems: BenchmarkProblems;
}

/** Python's writer puts NaN and infinities into JSON as bare words, which JSON does not have. */
const TEXT_OR_BARE_NUMBER = /"(?:[^"\\\n]|\\.)*"|-?Infinity|NaN/g;

/**
 * Reads the predictions of any model from a JSONL file, one sample a line (see `parsePredictionLine`), for the samples of
 * a benchmark. A first line `{"model": "HMR 2.0b"}` names the model.
 *
 * @throws PredictionsFileError if the file cannot be read
 * @throws BenchmarkProblemError for the first broken line, wrong count, NaN, repeated or unknown id, unless problems are
 *   skipped
 * @example
 * ```ts
 * import { mkdtemp, writeFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { readPredictions, syntheticBenchmark } from 'pose-rft';
 *
 * const file = join(await mkdtemp(join(tmpdir(), 'predictions-')), 'model.jsonl');
 * const pose = new Array(72).fill(0);
 * await writeFile(file, `{"model":"T"}\n${JSON.stringify({ id: 'synthetic/1/0', axisAngles: pose })}\n{"id":"other"}\n`);
 * const benchmark = syntheticBenchmark({ count: 2, seed: 1 });
 * const { predictor, problems } = await readPredictions(file, benchmark, 'skip');
 * console.assert(predictor.name === 'T' && problems.counts['unknown-id'] === 1);
 * ```
 */
export async function readPredictions(
  file: string,
  benchmark: Benchmark,
  onProblem: ProblemPolicy = 'throw',
): Promise<ReadPredictions> {
  const tally = createProblemTally(onProblem);
  const known = new Set(benchmark.samples.map(({ id }) => id));
  const predictions = new Map<string, SamplePrediction>();
  const broken = new Set<string>();
  let name = basename(file).replace(/\.jsonl$/, '');
  for await (const { where, value } of linesOf(file, tally)) {
    const header = headerOf(value);
    if (header !== undefined && predictions.size === 0) {
      name = header;
      continue;
    }
    try {
      const { id, prediction } = parsePredictionLine(value, benchmark.protocol);
      if (!known.has(id))
        tally.add('unknown-id', where, `'${id.slice(0, 120)}' is no sample of ${benchmark.name}`);
      else if (predictions.has(id))
        tally.add('duplicate-id', where, `'${id}' has a prediction already; the first one counts`);
      else predictions.set(id, prediction);
    } catch (error) {
      if (!(error instanceof PredictionLineError)) throw error;
      const id = idOf(value);
      if (id !== undefined) broken.add(id);
      tally.add(error.kind, where, error.message);
    }
  }
  return {
    predictor: {
      name,
      // What is wrong with its line was said once; that it is missing too would say it twice.
      predict: (samples) =>
        Promise.resolve(samples.map(({ id }) => predictions.get(id) ?? { kind: 'missing' })),
      objection: ({ id }) => (broken.has(id) && !predictions.has(id) ? 'their lines are wrong' : undefined),
    },
    problems: tally.summary(),
  };
}

async function* linesOf(
  file: string,
  tally: ProblemTally,
): AsyncGenerator<{ readonly where: string; readonly value: unknown }, void, undefined> {
  const handle = await open(file).catch((error: unknown) => {
    throw new PredictionsFileError(
      `${file}: the predictions cannot be read (${error instanceof Error ? error.message : String(error)}); ` +
        'give a JSONL file, one sample a line',
      { cause: error },
    );
  });
  await handle.close();
  const chunks = withoutBareNumbers(createReadStream(file));
  for await (const element of jsonLines(chunks, { file })) {
    const where = `${file}:${element.index + 1}`;
    if ('problem' in element) tally.add('broken-line', where, element.problem);
    else yield { where, value: element.value };
  }
}

/** The lines with null for NaN and infinities, so that they are found where they stand, and named. */
async function* withoutBareNumbers(
  chunks: AsyncIterable<string | Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let rest = '';
  const mended = (text: string): Uint8Array =>
    encoder.encode(text.replace(TEXT_OR_BARE_NUMBER, (found) => (found.startsWith('"') ? found : 'null')));
  for await (const chunk of chunks) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const end = rest.lastIndexOf('\n') + 1;
    if (end === 0) continue;
    yield mended(rest.slice(0, end));
    rest = rest.slice(end);
  }
  if (rest !== '') yield mended(rest);
}

function headerOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('model' in value) || 'id' in value) return undefined;
  return typeof value.model === 'string' && value.model !== '' ? value.model.slice(0, 120) : undefined;
}

function idOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
    ? value.id
    : undefined;
}

/** What a model must be asked to make such a file: one line a sample, with the picture's path and the person's box. */
export function questionLine(sample: BenchmarkSample): string {
  const { id, task, question, image, track } = sample;
  return JSON.stringify({ id, task, question, ...(image && { image }), ...(track && { track }) });
}

/** A prediction as a line that `readPredictions` reads. */
export function predictionLine(id: string, prediction: SamplePrediction): string | undefined {
  const list = (numbers: Float32Array): readonly number[] => Array.from(numbers);
  switch (prediction.kind) {
    case 'missing':
      return undefined;
    case 'no-person':
      return JSON.stringify({ id, noPerson: true });
    case 'answers':
      return JSON.stringify({
        id,
        answers: prediction.answers.map(({ text, pose, joints }) => ({
          ...(text !== undefined && { text }),
          ...(pose && {
            rotation6d: list(pose.mean6d),
            samples: pose.samples6d.map((sample) => ({ rotation6d: list(sample) })),
            ...(pose.logStandardDeviation && { logStandardDeviation: list(pose.logStandardDeviation) }),
            ...(pose.betas && { betas: list(pose.betas) }),
          }),
          ...(joints && { joints: list(joints) }),
        })),
      });
  }
}
