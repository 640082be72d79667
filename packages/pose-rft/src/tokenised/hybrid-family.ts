import type { PosePrompt, PoseSample } from '@pose-rft/datasets';
import { createRandom } from '@pose-rft/random';
import { evaluate } from '../evaluation/evaluate.js';
import { createPoseModel, meanPoseOf, type PoseModel } from '../model/pose-model.js';
import { cpuBudget, cpuSeconds } from '../recipes/cpu-clock.js';
import { PRETRAINING } from '../recipes/pretrain.js';
import { reinforcementMethod } from '../recipes/reinforcement-method.js';
import { trainReinforcement } from '../recipes/train-reinforcement.js';
import { trainSupervised } from '../recipes/train-supervised.js';
import { countSteps, evaluationStream, type MethodFamily, type TrainedModel } from './method-family.js';

/** The learning rate of continued supervised training: a quarter of the start's highest. */
export const CONTINUED_LEARNING_RATE = PRETRAINING.learningRate / 4;

export interface FamilyOptions {
  readonly seed: number;
  readonly samples: readonly PoseSample[];
  readonly prompts: readonly PosePrompt[];
  /** CPU seconds of the start's supervised training, from nothing. */
  readonly startSeconds: number;
}

/** Trains the start of the models whose pose is drawn from a distribution: the project's own. */
export async function startHybrid(options: FamilyOptions): Promise<MethodFamily> {
  const { seed, samples, prompts, startSeconds } = options;
  const random = createRandom(seed);
  const clock = cpuSeconds();
  const budget = cpuBudget(startSeconds);
  const start = createPoseModel({ random: random.split('parameters'), meanPose6d: meanPoseOf(samples) });
  const steps = await countSteps(
    trainSupervised({
      model: start,
      samples,
      random: random.split('supervised'),
      budget,
      learningRate: PRETRAINING.learningRate,
    }),
  );
  const evaluateModel = (model: PoseModel) => evaluate({ model, prompts, random: evaluationStream() });
  const train = async (
    training: (model: PoseModel) => Iterable<unknown> | AsyncIterable<unknown>,
  ): Promise<TrainedModel> => {
    const model = start.clone();
    const trainedSteps = await countSteps(training(model));
    return {
      steps: trainedSteps,
      evaluate: () => evaluateModel(model),
      dispose: () => {
        model.dispose();
      },
    };
  };
  return {
    start: { cpuSeconds: cpuSeconds() - clock, steps, evaluate: () => evaluateModel(start) },
    continueSupervised: (run) =>
      train((model) => trainSupervised({ model, samples, ...run, learningRate: CONTINUED_LEARNING_RATE })),
    reinforce(method, run) {
      if (method.family !== 'hybrid')
        throw new TypeError('startHybrid: codes are not components of this model');
      return train((model) =>
        trainReinforcement({
          model,
          reference: start,
          method: reinforcementMethod(method.method),
          samples,
          ...run,
          iterations: Number.MAX_SAFE_INTEGER,
        }),
      );
    },
    dispose: () => {
      start.dispose();
    },
  };
}
