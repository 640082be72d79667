import { setImmediate as nextTurn } from 'node:timers/promises';
import { createSyntheticSet, type PosePrompt, type PoseSample } from '@pose-rft/datasets';
import type { HyGrpoStep, Reward } from '@pose-rft/hygrpo';
import type { MllmAction } from '@pose-rft/mllm';
import { createRandom } from '@pose-rft/random';
import type { AdamW } from '@pose-rft/tensor';
import { evaluate } from '../evaluation/evaluate.js';
import type { EvaluationResult } from '../evaluation/metrics.js';
import type { PoseModel } from '../model/pose-model.js';
import type { ProgressDisplay } from '../progress/progress-display.js';
import { stepBudget } from '../recipes/cpu-clock.js';
import { reinforcementMethod, type ReinforcementMethod } from '../recipes/reinforcement-method.js';
import { createReinforcementOptimizer, trainReinforcement } from '../recipes/train-reinforcement.js';
import { galleryAnswers } from '../report/gallery.js';
import type { GalleryEntry } from '../report/html-report.js';
import { recordCurves, type CurveName, type RecordedCurves } from './curves.js';
import { saveRunCheckpoint, type RunCheckpoint, type RunSettings } from './run-checkpoint.js';

export interface FineTuneOptions {
  readonly outputFolder: string;
  readonly settings: RunSettings;
  /** The model that the run starts from, and is compared with. */
  readonly start: PoseModel;
  /** What an interrupted run left behind: the run goes on from there. Its model becomes the run's own. */
  readonly resumed?: RunCheckpoint;
  /** The method's own unless given. */
  readonly rewards?: readonly Reward<PosePrompt, MllmAction>[];
  /** 50 unless told; a checkpoint is also written when the run ends, whatever ends it. */
  readonly iterationsPerCheckpoint?: number;
  readonly display: ProgressDisplay;
  /** Aborting it ends the run after the present iteration; its checkpoint is written. */
  readonly signal: AbortSignal;
}

export type FineTuneOutcome =
  | { readonly kind: 'stopped'; readonly iteration: number }
  | {
      readonly kind: 'finished';
      readonly model: PoseModel;
      readonly curves: RecordedCurves;
      readonly before: EvaluationResult;
      readonly after: EvaluationResult;
      readonly gallery: readonly GalleryEntry[];
      readonly trainingSeconds: number;
    };

const GALLERY_SIZE = 9;
/** Questions such as "show me the pose, ..."; the bare descriptions read better under a picture. */
const ASKS_FOR_A_POSE = /\bpose\b/;
const DEFAULT_ITERATIONS_PER_CHECKPOINT = 50;
/** The held-out prompts are the same in every run, whatever its seed: results can be compared. */
const TEST_SEED = 1;

/**
 * Evaluates, reinforcement-fine-tunes, evaluates again. A finished run's model is the caller's to dispose.
 *
 * @throws NonFiniteRewardError, RewardFailedError from a reward; the checkpoint of the iteration before is written
 */
export async function fineTune(options: FineTuneOptions): Promise<FineTuneOutcome> {
  const model = options.resumed?.model ?? options.start.clone();
  let finished = false;
  try {
    const outcome = await fineTuneInPlace(options, model);
    finished = outcome.kind === 'finished';
    return outcome;
  } finally {
    if (!finished) model.dispose();
  }
}

async function fineTuneInPlace(options: FineTuneOptions, model: PoseModel): Promise<FineTuneOutcome> {
  const { settings, start, display, signal } = options;
  const held = createSyntheticSet({ count: settings.evaluationPrompts, seed: TEST_SEED, split: 'test' });
  const prompts = held.map(({ prompt }) => prompt);
  const before = await evaluateWithProgress('evaluating the start', start, prompts, display, signal);
  if (before === undefined) return { kind: 'stopped', iteration: options.resumed?.iteration ?? 0 };

  const samples = createSyntheticSet({
    count: settings.trainingSamples,
    seed: settings.seed,
    split: 'train',
  });
  const optimizer = createReinforcementOptimizer(reinforcementMethod(settings.method));
  if (options.resumed !== undefined) optimizer.restore(options.resumed.optimizer);
  const curves: RecordedCurves = structuredClone(options.resumed?.curves ?? {});
  const training = await tune({ ...options, model, optimizer, samples, curves });
  optimizer.dispose();
  if (training.iteration < settings.iterations) return { kind: 'stopped', iteration: training.iteration };

  const after = await evaluateWithProgress('evaluating the result', model, prompts, display, signal);
  if (after === undefined) return { kind: 'stopped', iteration: training.iteration };
  const gallery = await pictureGallery(start, model, prompts);
  return { kind: 'finished', model, curves, before, after, gallery, trainingSeconds: training.seconds };
}

interface TuneOptions extends FineTuneOptions {
  readonly model: PoseModel;
  readonly optimizer: AdamW;
  readonly samples: readonly PoseSample[];
  /** Extended in place. */
  readonly curves: RecordedCurves;
}

/** The training itself, with its checkpoints: every so many iterations, and at the end, however it comes. */
async function tune(options: TuneOptions): Promise<{ iteration: number; seconds: number }> {
  const { settings, model, optimizer, curves, display, signal, outputFolder } = options;
  const { iterationsPerCheckpoint = DEFAULT_ITERATIONS_PER_CHECKPOINT } = options;
  let iteration = options.resumed?.iteration ?? 0;
  let savedIteration = iteration;
  let seconds = options.resumed?.trainingSeconds ?? 0;
  const save = async (): Promise<void> => {
    if (savedIteration === iteration) return;
    await saveRunCheckpoint(outputFolder, {
      settings,
      iteration,
      curves,
      trainingSeconds: seconds,
      model,
      optimizer: optimizer.state(),
    });
    savedIteration = iteration;
  };
  const steps = trainReinforcement({
    model,
    reference: options.start,
    method: reinforcementMethod(settings.method),
    samples: options.samples,
    random: createRandom(settings.seed).split('reinforcement'),
    budget: stepBudget(settings.iterations),
    iterations: settings.iterations,
    optimizer,
    startIteration: iteration,
    signal,
    ...(options.rewards === undefined ? {} : { rewards: options.rewards }),
  });
  let last = performance.now();
  try {
    for await (const step of steps) {
      iteration = step.iteration + 1;
      seconds += (performance.now() - last) / 1000;
      recordCurves(curves, step.metrics);
      if (step.flat !== undefined) display.log(step.flat);
      display.update({
        phase: `tuning (${settings.method})`,
        done: iteration,
        total: settings.iterations,
        figures: liveFigures(settings.method, step),
      });
      if (iteration % iterationsPerCheckpoint === 0) await save();
      // Lets an interrupt be heard: the embedded backends compute without ever waiting.
      await nextTurn();
      last = performance.now();
    }
  } finally {
    // Also when a reward threw: what was learned until then is not lost.
    await save();
  }
  return { iteration, seconds };
}

function liveFigures(method: ReinforcementMethod, step: HyGrpoStep): readonly (readonly [string, string])[] {
  const shown: readonly (readonly [label: string, metric: CurveName, digits: number])[] = [
    ['format', 'rewards/format/mean', 3],
    ['true statements', 'rewards/statements/mean', 3],
    ['semantic', 'rewards/semantic/mean', 3],
    ['spatial', 'rewards/spatial/mean', method === 'hygrpo-paper' ? 4 : 3],
    ['KL answer', 'kl/answer', 4],
    ['KL pose', 'kl/pose', 3],
    ['clipped answer', 'clip_ratio/answer', 4],
    ['clipped pose', 'clip_ratio/pose', 4],
    ['gradient norm', 'grad_norm', 2],
  ];
  return shown.flatMap(([label, metric, digits]) => {
    const value: number | undefined = step.metrics[metric];
    return value === undefined || Number.isNaN(value) ? [] : [[label, value.toFixed(digits)] as const];
  });
}

async function evaluateWithProgress(
  phase: string,
  model: PoseModel,
  prompts: readonly PosePrompt[],
  display: ProgressDisplay,
  signal: AbortSignal,
): Promise<EvaluationResult | undefined> {
  if (signal.aborted) return undefined;
  try {
    return await evaluate({
      model,
      prompts,
      random: createRandom(TEST_SEED).split('evaluation'),
      signal,
      onProgress: (done) => display.update({ phase, done, total: prompts.length, figures: [] }),
    });
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** The first held-out descriptions, answered by both models under the same noise. */
async function pictureGallery(
  start: PoseModel,
  tuned: PoseModel,
  prompts: readonly PosePrompt[],
): Promise<readonly GalleryEntry[]> {
  const sentences = prompts
    .filter(({ kind, question }) => kind === 'text-to-pose' && !ASKS_FOR_A_POSE.test(question))
    .slice(0, GALLERY_SIZE);
  const stream = createRandom(TEST_SEED);
  const before = await galleryAnswers(start, sentences, stream.split('gallery'));
  const after = await galleryAnswers(tuned, sentences, stream.split('gallery'));
  return sentences.flatMap(({ question }, index) => {
    const first = before[index];
    const second = after[index];
    return first === undefined || second === undefined
      ? []
      : [
          {
            sentence: tuned.tokenizer.decode(tuned.tokenizer.encode(question).ids),
            before: first,
            after: second,
          },
        ];
  });
}
