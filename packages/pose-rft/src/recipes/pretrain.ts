import { createSyntheticSet, type PoseSample } from '@pose-rft/datasets';
import { createRandom } from '@pose-rft/random';
import { createPoseModel, meanPoseOf, type PoseModel } from '../model/pose-model.js';
import { stepBudget } from './cpu-clock.js';
import { trainSupervised, type SupervisedStep } from './train-supervised.js';

/** The settings that take a fresh model to convergence. */
export const PRETRAINING = {
  steps: 10_000,
  samples: 40_000,
  learningRate: 4e-3,
  /** Answers of the training set that break the format, as answers of people and weaker models do. */
  malformedFraction: 0.12,
} as const;

export interface PretrainOptions {
  readonly seed: number;
  readonly steps?: number;
  readonly samples?: number;
  readonly onStep?: (step: SupervisedStep) => void;
  readonly signal?: AbortSignal;
}

/** The training set of a seed: that of pretraining, and of everything that continues from it. */
export function trainingSamples(seed: number, count: number = PRETRAINING.samples): readonly PoseSample[] {
  return createSyntheticSet({
    count,
    seed,
    split: 'train',
    malformedFraction: PRETRAINING.malformedFraction,
  });
}

/**
 * Trains a fresh model by supervised learning. Everything is drawn from the seed: on one backend, equal seeds give
 * equal weights.
 */
export function pretrain(options: PretrainOptions): PoseModel {
  const { seed, steps = PRETRAINING.steps, onStep, signal } = options;
  const random = createRandom(seed);
  const samples = trainingSamples(seed, options.samples);
  const model = createPoseModel({ random: random.split('parameters'), meanPose6d: meanPoseOf(samples) });
  const training = trainSupervised({
    model,
    samples,
    random: random.split('supervised'),
    budget: stepBudget(steps),
    learningRate: PRETRAINING.learningRate,
    ...(signal === undefined ? {} : { signal }),
  });
  for (const step of training) onStep?.(step);
  return model;
}
