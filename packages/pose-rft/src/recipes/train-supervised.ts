import type { PoseSample } from '@pose-rft/datasets';
import {
  supervisedLoss,
  type PoseMeanLoss,
  type SupervisedReport,
  type SupervisedSample,
} from '@pose-rft/mllm';
import type { Random } from '@pose-rft/random';
import { createAdamW, dispose, valueAndGradients, type Scalar } from '@pose-rft/tensor';
import { supervisedSample, type PoseModel } from '../model/pose-model.js';
import { createJointPositionLoss, type JointTarget } from './joint-position-loss.js';
import type { Budget } from './cpu-clock.js';

export interface SupervisedOptions {
  /** Trained in place. */
  readonly model: Pick<PoseModel, 'config' | 'tokenizer' | 'parameters' | 'decoder'>;
  /** A sample in the form that the supervised loss reads; {@link supervisedSample} of the model unless given. */
  readonly encodeSample?: (sample: PoseSample) => SupervisedSample;
  readonly samples: readonly PoseSample[];
  readonly random: Random;
  /** When to stop; the learning rate follows it. */
  readonly budget: Budget;
  /** Samples per step; 32 unless told. */
  readonly batchSize?: number;
  /** Highest learning rate; it falls to a hundredth along a cosine, after 60 steps of warm-up. */
  readonly learningRate: number;
  /** Weight of the mean joint distance in metres, on evidence prompts; 0, the default, leaves it out. */
  readonly jointPositionWeight?: number;
  /** Weight of the answers' cross entropy; 1 unless told. */
  readonly crossEntropyWeight?: number;
  readonly signal?: AbortSignal;
}

/** What one step of supervised training did. */
export interface SupervisedStep extends SupervisedReport {
  readonly step: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** How much of the budget is used, from 0 to 1. */
  readonly fraction: number;
}

const WARM_UP_STEPS = 60;

/**
 * Supervised fine-tuning: cross entropy of the answers, squared error of the mean pose, likelihood of sigma, and, if
 * wanted, the distance of the mean pose's joints. Yields after every step; ends with the budget or the signal.
 */
export function* trainSupervised(options: SupervisedOptions): Generator<SupervisedStep> {
  const { model, random, budget, learningRate, signal } = options;
  const lossOf = createSupervisedBatchLoss(options);
  const optimizer = createAdamW({ beta1: 0.9, beta2: 0.98, weightDecay: 0, maxGradientNorm: 1 });
  try {
    for (let step = 0; budget.fraction(step) < 1 && signal?.aborted !== true; step++) {
      const fraction = budget.fraction(step);
      const rate = cosineWithWarmUp(learningRate, fraction, step);
      const { loss, gradients, aux } = valueAndGradients(model.parameters, () => lossOf(random));
      const { gradientNorm } = optimizer.step(model.parameters, gradients, rate);
      dispose(gradients);
      yield {
        ...aux,
        step: step + 1,
        loss,
        gradientNorm,
        learningRate: rate,
        fraction: budget.fraction(step + 1),
      };
    }
  } finally {
    optimizer.dispose();
  }
}

function cosineWithWarmUp(peak: number, fraction: number, step: number): number {
  const floor = peak / 100;
  const cosine = floor + (peak - floor) * 0.5 * (1 + Math.cos(Math.PI * fraction));
  return cosine * Math.min(1, (step + 1) / WARM_UP_STEPS);
}

/**
 * A function that draws a batch and gives its supervised loss, to be called inside `valueAndGradients`: a step of
 * supervised training, or a term beside a reinforcement objective.
 */
export function createSupervisedBatchLoss(
  options: Pick<
    SupervisedOptions,
    'model' | 'encodeSample' | 'samples' | 'batchSize' | 'jointPositionWeight' | 'crossEntropyWeight'
  >,
): (random: Random) => { loss: Scalar; aux: SupervisedReport } {
  const { model, samples, batchSize = 32, jointPositionWeight = 0, crossEntropyWeight = 1 } = options;
  const { encodeSample = (sample: PoseSample) => supervisedSample(model, sample) } = options;
  const encoded = new Map<PoseSample, SupervisedSample>();
  const encode = (sample: PoseSample): SupervisedSample => {
    let known = encoded.get(sample);
    if (known === undefined) {
      known = encodeSample(sample);
      encoded.set(sample, known);
    }
    return known;
  };
  const jointPositionLoss = createJointPositionLoss();

  return (random) => {
    const batch = Array.from({ length: batchSize }, () => random.pick(samples));
    const poseMeanLoss: PoseMeanLoss = (poses, sampleIndices) =>
      jointPositionLoss(
        poses,
        Array.from(sampleIndices, (index) => jointTargetOf(batch[index])),
      );
    return supervisedLoss(model.decoder, batch.map(encode), {
      crossEntropyWeight,
      poseMeanLoss: jointPositionWeight > 0 ? poseMeanLoss : undefined,
      poseMeanLossWeight: jointPositionWeight,
    });
  };
}

/** Joint positions are a target only where the prompt shows them: many poses fit a sentence. */
function jointTargetOf(sample: PoseSample | undefined): JointTarget | undefined {
  if (sample?.prompt.kind !== 'evidence-to-pose') return undefined;
  return { targetJoints: sample.prompt.targetJoints, globalOrientation: 'keep' };
}
