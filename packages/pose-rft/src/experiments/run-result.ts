import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { writeFileAtomically } from '@pose-rft/tensor';
import { METRICS, type MetricDefinition, type MetricName } from '../evaluation/metrics.js';
import type { IterationCost } from './cost-clock.js';
import type { PoseJudgement } from './pose-judges.js';
import type { Variant } from './variant.js';

/** What experiments measure: everything that an evaluation does, and what the two evaluators think. */
export const EXPERIMENT_METRICS = {
  ...METRICS,
  rewardEvaluator: {
    label: 'evaluator A',
    unit: '',
    better: 'higher',
    prompts: 'text-to-pose',
    explanation: 'cosine of sentence and mean pose by the evaluator that may reward',
  },
  judgeEvaluator: {
    label: 'evaluator B',
    unit: '',
    better: 'higher',
    prompts: 'text-to-pose',
    explanation: 'the same by the evaluator that only judges',
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type ExperimentMetric = MetricName | 'rewardEvaluator' | 'judgeEvaluator';

export const EXPERIMENT_METRIC_NAMES = Object.keys(EXPERIMENT_METRICS) as readonly ExperimentMetric[];

/** What a run had reached after some of its iterations. */
export interface CurvePoint {
  /** Iterations done. */
  readonly iteration: number;
  /** On the test prompts. */
  readonly test: PoseJudgement;
  /** On prompts that nothing is reported on: what may choose where to stop. */
  readonly validation: PoseJudgement;
  /** KL of the pose to the start in the iteration before, in nats a pose; NaN at iteration 0 and without a KL term. */
  readonly klPose: number;
}

/** What decides the result of a run: the same settings give the same numbers on the same backend. */
export interface ExperimentRunSettings {
  readonly experiment: string;
  readonly variant: Variant;
  readonly seed: number;
  readonly iterations: number;
  readonly trainingSamples: number;
  readonly prompts: number;
  readonly curvePoints: number;
}

/** One variant with one seed, measured. */
export interface RunResult {
  readonly settings: ExperimentRunSettings;
  readonly metrics: Readonly<Record<ExperimentMetric, number>>;
  /** What the judges give to the poses that the test prompts were made from. */
  readonly truth: PoseJudgement;
  readonly curve: readonly CurvePoint[];
  /** CPU seconds an iteration; the one part that depends on the machine. */
  readonly cost: IterationCost;
}

/** Thrown when a kept result is damaged, or of other settings than those that are asked for. */
export class RunResultError extends Error {
  override readonly name = 'RunResultError';
}

const FORMAT = { format: 'pose-rft-experiment-run', version: 1 } as const;

export async function writeRunResult(path: string, result: RunResult): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify({ ...FORMAT, ...result })}\n`);
}

/**
 * The result that an earlier run left, or undefined if it left none.
 *
 * @throws RunResultError if the file is no such result, or its settings are not `expected`
 */
export async function readRunResult(
  path: string,
  expected: ExperimentRunSettings,
): Promise<RunResult | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const found = parseResult(path, text);
  // As JSON holds them: optional settings that are undefined are not there.
  if (!isDeepStrictEqual(found.settings, JSON.parse(JSON.stringify(expected))))
    throw new RunResultError(
      `${path} holds a run with other settings than these; choose another folder with --out DIR, or remove the file`,
    );
  return found;
}

function parseResult(path: string, text: string): RunResult {
  let parsed: unknown;
  try {
    // JSON has no NaN: what was not measured is null.
    parsed = JSON.parse(text, (_key, value: unknown) => (value === null ? Number.NaN : value));
  } catch (error) {
    throw new RunResultError(`${path} is no JSON; remove it to run again`, { cause: error });
  }
  const isResult =
    typeof parsed === 'object' &&
    parsed !== null &&
    'format' in parsed &&
    parsed.format === FORMAT.format &&
    'version' in parsed &&
    parsed.version === FORMAT.version &&
    'settings' in parsed &&
    'metrics' in parsed;
  if (!isResult)
    throw new RunResultError(
      `${path} is no result of version ${FORMAT.version} of this command; remove it to run again`,
    );
  const { settings, metrics, truth, curve, cost } = parsed as RunResult;
  return { settings, metrics, truth, curve, cost };
}
