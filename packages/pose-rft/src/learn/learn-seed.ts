import { join } from 'node:path';
import { createSyntheticSet, type PosePrompt, type PoseSample } from '@pose-rft/datasets';
import { createRandom, type Random } from '@pose-rft/random';
import { match } from 'ts-pattern';
import { evaluate } from '../evaluation/evaluate.js';
import { meanOf, METRIC_NAMES, type EvaluationResult, type MetricName } from '../evaluation/metrics.js';
import type { PoseModel } from '../model/pose-model.js';
import { loadPoseModel, poseModelExists, savePoseModel } from '../model/pose-model-checkpoint.js';
import { cpuBudget, cpuSeconds } from '../recipes/cpu-clock.js';
import { pretrain, trainingSamples } from '../recipes/pretrain.js';
import { reinforcementMethod } from '../recipes/reinforcement-method.js';
import { trainReinforcement } from '../recipes/train-reinforcement.js';
import { trainSupervised } from '../recipes/train-supervised.js';
import type { LearningRecord } from './learning-table.js';
import {
  assertStartsRun,
  learningMethod,
  startOf,
  type LearningMethod,
  type LearningMethodName,
} from './methods.js';

export interface LearnSeedOptions {
  readonly seed: number;
  readonly methods: readonly LearningMethodName[];
  /** CPU seconds that each method gets on top of the converged supervised model. */
  readonly cpuSecondsPerMethod: number;
  readonly pretrainingSteps: number;
  /** Training samples; as many as pretraining has unless told. */
  readonly samples?: number;
  /** Settings are chosen on `validation` and reported on `test`. */
  readonly split: 'validation' | 'test';
  readonly promptCount: number;
  /** Models are kept here; a converged supervised model that lies here already is used again. */
  readonly folder: string;
  /** Records of an earlier run with the same options: their methods are not run again, their models are read. */
  readonly done?: readonly LearningRecord[];
  readonly log: (line: string) => void;
}

/** The learning rate of continued supervised training: a quarter of pretraining's highest. */
const CONTINUED_LEARNING_RATE = 1e-3;

/**
 * Runs every method with one seed and yields its record, as soon as it is there.
 *
 * @throws MissingStartError if a method starts from the result of one that does not come before it
 */
export async function* learnSeed(options: LearnSeedOptions): AsyncGenerator<LearningRecord> {
  const { seed, log, split } = options;
  assertStartsRun(options.methods);
  const samples = trainingSamples(seed, options.samples);
  const prompts = createSyntheticSet({ count: options.promptCount, seed: 1, split }).map(
    ({ prompt }) => prompt,
  );
  const converged = await convergedModel(options);
  const finished = new Map<LearningMethodName, PoseModel>([['sft', converged]]);
  const owned = [converged];
  try {
    for (const name of options.methods) {
      const method = learningMethod(name);
      const earlier = options.done?.find((record) => record.method === name);
      if (earlier !== undefined) {
        if (name !== 'sft') {
          const model = await loadPoseModel(modelFolder(options, name));
          finished.set(name, model);
          owned.push(model);
        }
        log(`seed ${seed}: ${method.label}, from the earlier run`);
        yield earlier;
        continue;
      }
      const start = finished.get(startOf(method)) ?? converged;
      const clock = cpuSeconds();
      const { model, steps } = await continueWith(method, start, samples, options);
      const used = cpuSeconds() - clock;
      finished.set(name, model);
      owned.push(model);
      const result = await evaluateModel(model, prompts);
      const record: LearningRecord = {
        method: name,
        seed,
        split,
        cpuSeconds: used,
        steps,
        metrics: meansOf(result),
        meanLogStandardDeviation: result.meanLogStandardDeviation,
        ...(method.kind === 'reinforcement'
          ? { sigmaMatchedStart: await sigmaMatched(start, result, prompts) }
          : {}),
      };
      log(`seed ${seed}: ${method.label}, ${steps} steps in ${used.toFixed(0)} CPU s`);
      if (name !== 'sft') await savePoseModel(modelFolder(options, name), model);
      yield record;
    }
  } finally {
    for (const model of owned) model.dispose();
  }
}

function modelFolder({ folder, seed }: LearnSeedOptions, name: LearningMethodName): string {
  return join(folder, `${name}-seed-${seed}`);
}

async function convergedModel(options: LearnSeedOptions): Promise<PoseModel> {
  const { seed, pretrainingSteps, log } = options;
  const folder = join(options.folder, `sft-seed-${seed}-${pretrainingSteps}-steps`);
  if (await poseModelExists(folder)) return loadPoseModel(folder);
  log(`seed ${seed}: supervised training, ${pretrainingSteps} steps`);
  const model = pretrain({
    seed,
    steps: pretrainingSteps,
    ...(options.samples === undefined ? {} : { samples: options.samples }),
    onStep: ({ step, crossEntropy, poseMeanSquaredError }) => {
      if (step % 1000 === 0)
        log(
          `seed ${seed}: step ${step}, cross entropy ${crossEntropy.toFixed(3)}, pose error ${poseMeanSquaredError.toFixed(4)}`,
        );
    },
  });
  await savePoseModel(folder, model);
  return model;
}

async function continueWith(
  method: LearningMethod,
  start: PoseModel,
  samples: readonly PoseSample[],
  options: LearnSeedOptions,
): Promise<{ model: PoseModel; steps: number }> {
  const model = start.clone();
  const random = createRandom(options.seed).split('continued');
  const budget = cpuBudget(options.cpuSecondsPerMethod);
  const steps = await match(method)
    .with({ kind: 'none' }, () => Promise.resolve(0))
    .with({ kind: 'supervised' }, ({ jointPositionWeight }) =>
      countSteps(
        trainSupervised({
          model,
          samples,
          random,
          budget,
          jointPositionWeight,
          learningRate: CONTINUED_LEARNING_RATE,
        }),
      ),
    )
    .with({ kind: 'reinforcement' }, ({ method: name }) =>
      countSteps(
        trainReinforcement({
          model,
          reference: start,
          method: reinforcementMethod(name),
          samples,
          random,
          budget,
          iterations: Number.MAX_SAFE_INTEGER,
        }),
      ),
    )
    .exhaustive();
  return { model, steps };
}

async function countSteps(training: Iterable<unknown> | AsyncIterable<unknown>): Promise<number> {
  let steps = 0;
  for await (const _step of training) steps += 1;
  return steps;
}

/** Every model meets the same prompts and the same noise. */
function evaluationStream(): Random {
  return createRandom(1).split('evaluation');
}

function evaluateModel(model: PoseModel, prompts: readonly PosePrompt[]): Promise<EvaluationResult> {
  return evaluate({ model, prompts, random: evaluationStream() });
}

/** The start's samples, drawn as narrowly as the tuned model draws its own: shows what is merely less noise. */
async function sigmaMatched(
  start: PoseModel,
  tuned: EvaluationResult,
  prompts: readonly PosePrompt[],
): Promise<Readonly<Record<MetricName, number>>> {
  const plain = await evaluateModel(start, prompts);
  const matched = await evaluate({
    model: start,
    prompts,
    random: evaluationStream(),
    logStandardDeviationShift: tuned.meanLogStandardDeviation - plain.meanLogStandardDeviation,
  });
  return meansOf(matched);
}

function meansOf(result: EvaluationResult): Readonly<Record<MetricName, number>> {
  const means = {} as Record<MetricName, number>;
  for (const metric of METRIC_NAMES) means[metric] = meanOf(result, metric);
  return means;
}
