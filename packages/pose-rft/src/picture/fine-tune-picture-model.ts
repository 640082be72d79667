import { createRandom } from '@pose-rft/random';
import { evaluate } from '../evaluation/evaluate.js';
import { meanOf, type EvaluationResult } from '../evaluation/metrics.js';
import { meanPoseOf, type PoseModel } from '../model/pose-model.js';
import { cpuBudget, cpuSeconds, stepBudget } from '../recipes/cpu-clock.js';
import { reinforcementMethod } from '../recipes/reinforcement-method.js';
import { trainReinforcement } from '../recipes/train-reinforcement.js';
import { trainSupervised } from '../recipes/train-supervised.js';
import { createPictureLanguageModel } from './picture-model.js';
import { pictureSamples, type PictureSample } from './picture-samples.js';
import type { PictureSenses } from './picture-senses.js';
import type { PictureView } from './picture-views.js';
import { poseSpreadMillimetres } from './pose-spread.js';

/** How a picture model is trained. Those that ship got less: docs/pictures.md. */
export const PICTURE_TRAINING = {
  /** Crops of the training split; each is learned from as in a mirror too. */
  crops: 8000,
  supervisedSteps: 2500,
  supervisedLearningRate: 4e-3,
  iterations: 400,
  testCrops: 512,
} as const;

/** A stage of the run, and how its model does on held-out pictures. */
export interface PictureStage {
  readonly name: 'SFT' | 'SFT continued' | 'HyGRPO';
  readonly result: EvaluationResult;
  /** Of this stage's own training. */
  readonly cpuSeconds: number;
}

export interface PictureOutcome {
  readonly seed: number;
  readonly senses: PictureSenses;
  readonly stages: readonly PictureStage[];
  /** The held-out samples. */
  readonly testSamples: readonly PictureSample[];
  /** [144] the mean pose of the training split: what is right without looking. */
  readonly meanPose: Float32Array;
  /** After supervised training. The caller disposes both models. */
  readonly before: PoseModel;
  /** After HyGRPO. */
  readonly after: PoseModel;
  /** What the true error of the tuned model's mean pose is, in units of the spread that it predicts. */
  readonly errorPerSpread: number;
}

export interface PictureRunOptions {
  readonly senses: PictureSenses;
  readonly trainingViews: readonly PictureView[];
  /** Held-out: of the test split. */
  readonly testViews: readonly PictureView[];
  readonly seed: number;
  readonly supervisedSteps?: number;
  readonly iterations?: number;
  readonly onProgress?: (progress: {
    readonly phase: string;
    readonly done: number;
    readonly total: number;
    readonly figures: readonly (readonly [string, string])[];
  }) => void;
  readonly signal?: AbortSignal;
}

/**
 * The picture model from what frozen senses say: supervised training on questions about rendered people, then HyGRPO with the
 * spatial reward, the format's and that of true statements; and, beside it, supervised training continued for as much
 * CPU time as HyGRPO took. All three are measured on the same held-out pictures.
 */
export async function fineTunePictureModel(options: PictureRunOptions): Promise<PictureOutcome> {
  const { senses, seed, signal } = options;
  const settings = { ...PICTURE_TRAINING, ...definedOf(options) };
  const random = createRandom(seed).split('picture model');
  const report =
    (phase: string, total: number) =>
    (done: number, figures: readonly (readonly [string, string])[] = []) =>
      options.onProgress?.({ phase, done, total, figures });
  const stopping = signal === undefined ? {} : { signal };

  const samples = pictureSamples(options.trainingViews, senses, { seed, split: 'train' });
  const testSamples = pictureSamples(options.testViews, senses, { seed, split: 'test' });
  const prompts = testSamples.map(({ prompt }) => prompt);
  const measure = (model: PoseModel, name: string): Promise<EvaluationResult> =>
    evaluate({
      model,
      prompts,
      random: createRandom(seed).split('picture evaluation'),
      onProgress: report(`measuring ${name}`, prompts.length),
      ...stopping,
    });

  const meanPose = meanPoseOf(samples);
  const before = createPictureLanguageModel({
    senses,
    random: random.split('parameters'),
    meanPose6d: meanPose,
  });
  const supervisedSeconds = timed(() => {
    const tell = report('supervised training', settings.supervisedSteps);
    for (const step of trainSupervised({
      model: before,
      samples,
      random: random.split('supervised'),
      budget: stepBudget(settings.supervisedSteps),
      learningRate: settings.supervisedLearningRate,
      ...stopping,
    }))
      tell(step.step, [['pose error', step.poseMeanSquaredError.toFixed(4)]]);
  });
  signal?.throwIfAborted();
  const supervised = await measure(before, 'SFT');

  const after = before.clone();
  const start = cpuSeconds();
  const tell = report('HyGRPO', settings.iterations);
  for await (const { iteration, metrics } of trainReinforcement({
    model: after,
    reference: before,
    method: reinforcementMethod('hygrpo'),
    samples,
    random: random.split('reinforcement'),
    budget: stepBudget(settings.iterations),
    iterations: settings.iterations,
    ...stopping,
  }))
    tell(iteration + 1, [['spatial reward', (metrics['rewards/spatial/mean'] ?? Number.NaN).toFixed(3)]]);
  const reinforcementSeconds = cpuSeconds() - start;
  signal?.throwIfAborted();
  const reinforced = await measure(after, 'HyGRPO');

  const continued = before.clone();
  const continuedSeconds = timed(() => {
    const tellContinued = report('SFT continued', 100);
    for (const step of trainSupervised({
      model: continued,
      samples,
      random: random.split('continued'),
      budget: cpuBudget(reinforcementSeconds),
      learningRate: settings.supervisedLearningRate * CONTINUED_RATE_SHARE,
      ...stopping,
    }))
      tellContinued(Math.round(100 * step.fraction), [['pose error', step.poseMeanSquaredError.toFixed(4)]]);
  });
  signal?.throwIfAborted();
  const continuedResult = await measure(continued, 'SFT continued');
  continued.dispose();

  const spread = await poseSpreadMillimetres(after, prompts, random.split('spread'));
  return {
    seed,
    senses,
    stages: [
      { name: 'SFT', result: supervised, cpuSeconds: supervisedSeconds },
      { name: 'SFT continued', result: continuedResult, cpuSeconds: continuedSeconds },
      { name: 'HyGRPO', result: reinforced, cpuSeconds: reinforcementSeconds },
    ],
    testSamples,
    meanPose,
    before,
    after,
    errorPerSpread: meanOf(reinforced, 'mpjpeMean') / spread,
  };
}

/** Supervised training goes on at half of its first rate, since it has come to rest once. */
const CONTINUED_RATE_SHARE = 0.5;

/** Counts of a run that were given. */
function definedOf(options: PictureRunOptions): Partial<Record<keyof typeof PICTURE_TRAINING, number>> {
  const { supervisedSteps, iterations } = options;
  return Object.fromEntries(
    Object.entries({ supervisedSteps, iterations }).filter(([, value]) => value !== undefined),
  );
}

function timed(work: () => void): number {
  const start = cpuSeconds();
  work();
  return cpuSeconds() - start;
}
