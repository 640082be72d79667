import type { PoseSample } from '@pose-rft/datasets';
import { codebookUsage, type LevelUsage, type PoseTokeniserConfig } from '@pose-rft/mllm';
import { createRandom } from '@pose-rft/random';
import { cpuBudget, cpuSeconds, type Budget } from '../recipes/cpu-clock.js';
import { PRETRAINING } from '../recipes/pretrain.js';
import { trainSupervised } from '../recipes/train-supervised.js';
import { evaluateReconstruction, evaluateTokenised } from './evaluate-tokenised.js';
import { CONTINUED_LEARNING_RATE, type FamilyOptions } from './hybrid-family.js';
import {
  countSteps,
  evaluationStream,
  meansOf,
  type MethodFamily,
  type Metrics,
  type TrainedModel,
} from './method-family.js';
import {
  createTokenisedModel,
  tokenisedSample,
  withComponents,
  type TokenisedPoseModel,
} from './tokenised-model.js';
import { trainTokenisedReinforcement } from './train-tokenised-reinforcement.js';
import { trainTokeniser } from './train-tokeniser.js';

/** Of the start's time, how much its tokeniser takes. */
const TOKENISER_SHARE = 0.3;

/** What the tokeniser of a seed is like. */
export interface TokeniserRecord {
  readonly seed: number;
  readonly cpuSeconds: number;
  readonly steps: number;
  /** The metrics of the held-out targets themselves, coded and decoded. */
  readonly reconstruction: Metrics;
  /** Of the codes of the held-out targets. */
  readonly usage: readonly LevelUsage[];
}

/** A family with what its tokeniser is like. */
export interface TokenisedFamily extends MethodFamily {
  readonly tokeniser: TokeniserRecord;
}

/**
 * Trains the start of the models that give poses as codes: a tokeniser, then the network on answers with its codes, both
 * within `startSeconds`.
 */
export async function startTokenised(
  options: FamilyOptions & { readonly tokeniser?: Partial<PoseTokeniserConfig> },
): Promise<TokenisedFamily> {
  const { seed, samples, prompts, startSeconds } = options;
  const random = createRandom(seed);
  const clock = cpuSeconds();
  let tokeniserSteps = 0;
  const tokeniser = trainTokeniser({
    samples,
    random: random.split('tokeniser'),
    budget: cpuBudget(TOKENISER_SHARE * startSeconds),
    ...(options.tokeniser === undefined ? {} : { config: options.tokeniser }),
    onStep: () => {
      tokeniserSteps++;
    },
  });
  const tokeniserSeconds = cpuSeconds() - clock;
  const start = createTokenisedModel({ random: random.split('parameters'), tokeniser });
  const encodeSample = createSampleMemory(start);
  const budget: Budget = cpuBudget(Math.max(0.01, startSeconds - tokeniserSeconds));
  const steps = await countSteps(
    trainSupervised({
      model: start,
      encodeSample,
      samples,
      random: random.split('supervised'),
      budget,
      learningRate: PRETRAINING.learningRate,
    }),
  );
  const startTime = cpuSeconds() - clock;

  const evaluateModel = (model: TokenisedPoseModel) =>
    evaluateTokenised({ model, prompts, random: evaluationStream() });
  const train = async (
    model: TokenisedPoseModel,
    training: Iterable<unknown> | AsyncIterable<unknown>,
  ): Promise<TrainedModel> => ({
    steps: await countSteps(training),
    evaluate: () => evaluateModel(model),
    dispose: () => {
      model.dispose();
    },
  });
  return {
    tokeniser: {
      seed,
      cpuSeconds: tokeniserSeconds,
      steps: tokeniserSteps,
      reconstruction: meansOf(
        await evaluateReconstruction({ model: start, tokeniser, prompts, random: evaluationStream() }),
      ),
      usage: codebookUsage(
        Int32Array.from(prompts.flatMap(({ targetPose6d }) => [...tokeniser.encodePoses(targetPose6d)])),
        tokeniser.config,
      ),
    },
    start: { cpuSeconds: startTime, steps, evaluate: () => evaluateModel(start) },
    continueSupervised(run) {
      const model = start.clone();
      return train(
        model,
        trainSupervised({ model, encodeSample, samples, ...run, learningRate: CONTINUED_LEARNING_RATE }),
      );
    },
    async reinforce(method, run) {
      if (method.family !== 'tokenised') throw new TypeError('startTokenised: this model has no pose head');
      const { components } = method;
      const model = withComponents(start, components);
      const reference = withComponents(start, components);
      try {
        return await train(
          model,
          trainTokenisedReinforcement({
            model,
            reference,
            components,
            samples,
            ...run,
            iterations: Number.MAX_SAFE_INTEGER,
          }),
        );
      } finally {
        reference.dispose();
      }
    },
    dispose: () => {
      start.dispose();
    },
  };
}

/** Poses are coded once, when a sample is first drawn. */
function createSampleMemory(model: TokenisedPoseModel) {
  const known = new Map<PoseSample, ReturnType<typeof tokenisedSample>>();
  return (sample: PoseSample) => {
    let encoded = known.get(sample);
    if (encoded === undefined) {
      encoded = tokenisedSample(model, sample);
      known.set(sample, encoded);
    }
    return encoded;
  };
}
