import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';
import { useBackend, writeFileAtomically } from '@pose-rft/tensor';
import { loadJudgeEvaluator, loadRewardEvaluator } from '@pose-rft/text-pose/retrieval';
import { match } from 'ts-pattern';
import { benchmarkJson, benchmarkRows } from '../evaluation/benchmark/benchmark-json.js';
import { benchmarkMarkdown } from '../evaluation/benchmark/benchmark-markdown.js';
import {
  formatProblems,
  joinedProblems,
  noProblems,
  type ProblemPolicy,
} from '../evaluation/benchmark/benchmark-problem.js';
import { BENCHMARK_NAMES, type Benchmark, type BenchmarkName } from '../evaluation/benchmark/benchmark.js';
import { cmuBenchmark } from '../evaluation/benchmark/cmu-benchmark.js';
import { loadScoringBody } from '../evaluation/benchmark/load-scoring-body.js';
import { modelPredictor } from '../evaluation/benchmark/model-predictor.js';
import { pictureBenchmark } from '../evaluation/benchmark/picture-benchmark.js';
import type { PosePredictor } from '../evaluation/benchmark/pose-predictor.js';
import { poseScriptBenchmark } from '../evaluation/benchmark/posescript-benchmark.js';
import { predictionLine, questionLine, readPredictions } from '../evaluation/benchmark/predictions-file.js';
import { runBenchmark } from '../evaluation/benchmark/run-benchmark.js';
import type { RetrievalEvaluator } from '../evaluation/benchmark/score-retrieval.js';
import { syntheticScoringBody, type ScoringBody } from '../evaluation/benchmark/scoring-body.js';
import { syntheticBenchmark } from '../evaluation/benchmark/synthetic-benchmark.js';
import { loadModelOrShipped } from '../model/shipped-checkpoint.js';
import { createProgressDisplay } from '../progress/progress-display.js';
import { benchmarkPage } from '../report/benchmark-page.js';
import { prepareOutputFolder } from '../run/output-folder.js';
import { parseBackend } from './backend-option.js';
import { UsageError, type CommandInput, type OptionDescription } from './command.js';

/** What `evaluate` takes beside `--benchmark`. */
export const BENCHMARK_OPTIONS: Readonly<Record<string, OptionDescription>> = {
  benchmark: {
    type: 'string',
    value: 'NAME',
    description: `a benchmark instead: ${BENCHMARK_NAMES.join(', ')}`,
  },
  data: { type: 'string', value: 'DIR', description: "benchmark: the data set's folder" },
  split: { type: 'string', value: 'NAME', description: 'benchmark: another split than the usual one' },
  amass: {
    type: 'string',
    value: 'DIR',
    description: 'posescript: where AMASS lies (default AMASS in --data)',
  },
  predictions: {
    type: 'string',
    value: 'FILE',
    description: "benchmark: scores another model's predictions, JSONL",
  },
  bodies: {
    type: 'string',
    value: 'DIR',
    description: "benchmark: SMPL's models, for the person's own joints and surface",
  },
  'joint-regressor': {
    type: 'string',
    value: 'FILE',
    description: 'benchmark: J_regressor_h36m.npy or SMPL_to_J19.pkl, for 14 joints',
  },
  'on-problem': {
    type: 'string',
    value: 'throw|skip',
    default: 'throw',
    description: 'benchmark: ends at what is wrong, or leaves it out and counts it',
  },
  stride: { type: 'string', value: 'N', default: '1', description: 'benchmark: takes every nth frame' },
  limit: { type: 'string', value: 'N', description: 'benchmark: the first N samples' },
  'save-questions': {
    type: 'string',
    value: 'FILE',
    description: 'benchmark: writes what to ask a model, JSONL, and stops',
  },
  'save-predictions': { type: 'string', value: 'FILE', description: 'benchmark: writes the answers, JSONL' },
  out: {
    type: 'string',
    value: 'DIR',
    default: './out',
    description: 'benchmark: folder for tables and report',
  },
};

/** Runs `evaluate --benchmark NAME`. */
export async function evaluateBenchmark(name: BenchmarkName, input: CommandInput): Promise<void> {
  const seed = input.number('seed', { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  const answersPerSample = input.number('candidates', { min: 1, max: 256, integer: true });
  const onProblem = policyOf(input);
  const body = await bodyOf(input);
  const benchmark = limited(await benchmarkOf(name, input, { seed, onProblem, body }), input);
  const questions = input.text('save-questions');
  if (questions !== undefined) {
    await writeFileAtomically(questions, `${benchmark.samples.map(questionLine).join('\n')}\n`);
    process.stdout.write(`${benchmark.samples.length} questions in ${questions}\n`);
    return;
  }
  const out = await prepareOutputFolder(input.text('out') ?? './out');
  await useBackend(parseBackend(input));
  const { predictor, dispose, problems } = await predictorOf(benchmark, input, onProblem);
  const lines: string[] = [];
  const savedTo = input.text('save-predictions');
  const evaluators = await evaluatorsOf(benchmark);
  const display = createProgressDisplay(process.stdout);
  const result = await runBenchmark({
    benchmark: { ...benchmark, problems: joinedProblems(benchmark.problems, problems) },
    predictor: savedTo === undefined ? predictor : recording(predictor, lines),
    body,
    evaluators,
    answersPerSample,
    random: createRandom(seed).split('evaluation'),
    onProblem,
    onProgress: (done) =>
      display.update({ phase: 'evaluating', done, total: benchmark.samples.length, figures: [] }),
  }).finally(() => {
    dispose();
    for (const evaluator of evaluators) evaluator.dispose();
  });
  display.finish();
  const markdown = benchmarkMarkdown(result);
  await writeFileAtomically(join(out, 'table.md'), markdown);
  await writeFileAtomically(join(out, 'result.json'), benchmarkJson(result));
  await writeFileAtomically(join(out, 'samples.jsonl'), benchmarkRows(result));
  await writeFileAtomically(join(out, 'report.html'), await benchmarkPage(result, benchmark));
  if (savedTo !== undefined)
    await writeFileAtomically(
      savedTo,
      [JSON.stringify({ model: predictor.name }), ...lines].map((line) => `${line}\n`).join(''),
    );
  process.stdout.write(`${markdown}\n`);
  const left = formatProblems(result.problems);
  if (left.length > 0) process.stdout.write(`left out:\n${left.map((line) => `  ${line}\n`).join('')}`);
  process.stdout.write(`table.md, result.json, samples.jsonl and report.html are in ${out}\n`);
}

/** The name that `--benchmark` was given; undefined without it. */
export function benchmarkNameOf(input: CommandInput): BenchmarkName | undefined {
  const given = input.text('benchmark');
  if (given === undefined) {
    const orphan = Object.keys(BENCHMARK_OPTIONS).find(
      (option) =>
        input.text(option) !== undefined && input.text(option) !== BENCHMARK_OPTIONS[option]?.default,
    );
    if (orphan !== undefined) throw new UsageError(`evaluate: --${orphan} needs --benchmark NAME`);
    return undefined;
  }
  const name = BENCHMARK_NAMES.find((known) => known === given);
  if (name === undefined)
    throw new UsageError(
      `--benchmark must be one of ${BENCHMARK_NAMES.join(', ')}, got ${JSON.stringify(given)}`,
    );
  return name;
}

function policyOf(input: CommandInput): ProblemPolicy {
  const given = input.text('on-problem');
  if (given === 'throw' || given === 'skip') return given;
  throw new UsageError(`--on-problem must be throw or skip, got ${JSON.stringify(given)}`);
}

async function bodyOf(input: CommandInput): Promise<ScoringBody> {
  const folder = input.text('bodies');
  const regressor = input.text('joint-regressor');
  if (folder !== undefined) return loadScoringBody(folder, regressor);
  if (regressor !== undefined) throw new UsageError('--joint-regressor needs --bodies DIR');
  return syntheticScoringBody();
}

async function benchmarkOf(
  name: BenchmarkName,
  input: CommandInput,
  { seed, onProblem, body }: { seed: number; onProblem: ProblemPolicy; body: ScoringBody },
): Promise<Benchmark> {
  if (name === 'synthetic') {
    const count = input.number('prompts', { min: 1, max: 1_000_000, integer: true });
    return syntheticBenchmark({ count, seed });
  }
  const folder = input.text('data');
  if (folder === undefined)
    throw new UsageError(
      `evaluate --benchmark ${name} needs the data set's folder: --data DIR; \`pose-rft data list\` says where to get it`,
    );
  const split = input.text('split');
  const amassFolder = input.text('amass');
  const frameStride = input.number('stride', { min: 1, max: 1_000_000, integer: true });
  const options = { folder, onProblem, frameStride, ...(split !== undefined && { split }) };
  return match(name)
    .with('cmu', () => cmuBenchmark({ ...options, seed }))
    .with('posescript', () =>
      poseScriptBenchmark({ ...options, ...(amassFolder !== undefined && { amassFolder }) }),
    )
    .with('3dpw', 'h36m', 'emdb', 'rpe', (pictures) => pictureBenchmark(pictures, { ...options, body }))
    .exhaustive();
}

function limited(benchmark: Benchmark, input: CommandInput): Benchmark {
  if (input.text('limit') === undefined) return benchmark;
  const limit = input.number('limit', { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  if (limit >= benchmark.samples.length) return benchmark;
  return {
    ...benchmark,
    differences: [...benchmark.differences, `only the first ${limit} of ${benchmark.samples.length} samples`],
    samples: benchmark.samples.slice(0, limit),
  };
}

async function predictorOf(benchmark: Benchmark, input: CommandInput, onProblem: ProblemPolicy) {
  const file = input.text('predictions');
  if (file !== undefined)
    return { ...(await readPredictions(file, benchmark, onProblem)), dispose: () => undefined };
  const folder = input.text('model');
  const model = await loadModelOrShipped(folder, 'tuned');
  return {
    predictor: modelPredictor(model, folder ?? 'the shipped tuned model'),
    problems: noProblems(),
    dispose: () => {
      model.dispose();
    },
  };
}

async function evaluatorsOf(
  benchmark: Benchmark,
): Promise<readonly (RetrievalEvaluator & { dispose(): void })[]> {
  if (!benchmark.samples.some(({ task }) => task === 'text-to-pose')) return [];
  return [await loadRewardEvaluator(), await loadJudgeEvaluator()];
}

/** The predictor, its answers kept as lines. */
function recording(predictor: PosePredictor, lines: string[]): PosePredictor {
  return {
    ...predictor,
    async predict(samples, options) {
      const predictions = await predictor.predict(samples, options);
      predictions.forEach((prediction, index) => {
        const line = predictionLine(samples[index]?.id ?? '', prediction);
        if (line !== undefined) lines.push(line);
      });
      return predictions;
    },
  };
}
