import {
  add,
  diagonalGaussianGroupLogProbs,
  gatherRows,
  mean,
  mul,
  neg,
  square,
  stopGradient,
  sub,
  sum,
  tensor1d,
  tensor2d,
  type Scalar,
  type Tensor2D,
} from '@pose-rft/tensor';
import type { Random } from '@pose-rft/random';
import { passAnswers } from './answer-pass.js';
import { planAnswers, type AnswerPlan } from './answer-plan.js';
import { ROTATION_SIZE } from './config.js';
import type { Decoder } from './decoder.js';
import { externalLoss } from './external-loss.js';
import type { PoseDistribution } from './pose-head.js';
import type { MllmPrompt } from './prompt.js';

/** A prompt with the answer that the model should give. */
export interface SupervisedSample extends MllmPrompt {
  /** The answer's tokens, `<eos>` included. */
  readonly answerIds: readonly number[];
  /** [poseSize] the pose that belongs to the answer's first `<POSE>`; without it, that pose is not trained. */
  readonly targetPose6d?: Float32Array | undefined;
}

/**
 * A loss on the predicted mean poses, computed outside the tape (from joint positions, say).
 *
 * @param meanPoses6d - [M * poseSize]
 * @param sampleIndices - [M] which sample of the batch each pose belongs to
 * @returns the loss, and its gradient in the layout of `meanPoses6d`
 */
export type PoseMeanLoss = (
  meanPoses6d: Float32Array,
  sampleIndices: Int32Array,
) => { readonly loss: number; readonly gradient: Float32Array };

export interface SupervisedLossOptions {
  /** Weight of the answers' cross entropy (default 1; 0 trains the poses alone). */
  readonly crossEntropyWeight?: number;
  /** Weight of the mean squared error of the mean pose (default 30: the error is small in 6D). */
  readonly poseWeight?: number;
  /** Weight of the standard deviations' negative log-likelihood (default 0.2). */
  readonly negativeLogLikelihoodWeight?: number;
  readonly poseMeanLoss?: PoseMeanLoss | undefined;
  /** Draws which inputs of the adapters are dropped, if their configuration has a dropout (default: none are). */
  readonly dropout?: Random | undefined;
  /** Weight of `poseMeanLoss` (default 1). */
  readonly poseMeanLossWeight?: number;
}

/** The terms of a supervised loss before weighting; terms of poses are 0 in a batch without any. */
export interface SupervisedReport {
  /** Nats per token: the mean over each answer's tokens, then over answers. */
  readonly crossEntropy: number;
  /** Mean over all numbers of all poses. */
  readonly poseMeanSquaredError: number;
  /** Nats per number of a pose. */
  readonly poseNegativeLogLikelihood: number;
  readonly poseMeanLoss: number;
  readonly poseCount: number;
}

/** Thrown for a sample that nothing can be learned from. */
export class SupervisedSampleError extends Error {
  override readonly name = 'SupervisedSampleError';
}

/**
 * The loss of supervised fine-tuning: cross entropy of the answers, squared error of the mean pose, and negative
 * log-likelihood of the standard deviations. The last holds the mean fixed: trained jointly, a small sigma
 * where the mean is still wrong would dominate its gradient. Use it inside `valueAndGradients` or a `tidy`.
 *
 * @param batch - one or more samples
 * @throws SupervisedSampleError if the batch or an answer is empty, an answer holds a token that no answer may hold,
 *   or a pose does not have poseSize finite numbers
 * @throws PromptError if a prompt cannot be packed
 */
export function supervisedLoss(
  decoder: Decoder,
  batch: readonly SupervisedSample[],
  options: SupervisedLossOptions = {},
): { loss: Scalar; aux: SupervisedReport } {
  const {
    crossEntropyWeight = 1,
    poseWeight = 30,
    negativeLogLikelihoodWeight = 0.2,
    poseMeanLoss,
    poseMeanLossWeight = 1,
  } = options;
  checkBatch(decoder, batch);
  const plan = planAnswers(
    batch,
    batch.map(({ answerIds }, prompt) => ({ prompt, ids: answerIds })),
    decoder.config.tokenIds,
  );
  const { tokenLogProbs, poses } = passAnswers(decoder, plan, 1, options.dropout);
  const crossEntropy: Scalar = neg(sum(mul(tokenLogProbs, tensor1d(tokenWeights(batch)))));
  const sampleIndices = batch.flatMap(({ targetPose6d }, index) =>
    targetPose6d !== undefined && (plan.poseIndices[index] as number) >= 0 ? [index] : [],
  );
  const textLoss: Scalar = mul(crossEntropy, crossEntropyWeight);
  const report = { crossEntropy: read(crossEntropy), poseCount: sampleIndices.length };
  if (poses === undefined || sampleIndices.length === 0)
    return {
      loss: textLoss,
      aux: { ...report, poseMeanSquaredError: 0, poseNegativeLogLikelihood: 0, poseMeanLoss: 0 },
    };

  const predicted = selectPoses(poses, plan, sampleIndices);
  const shape = predicted.mean.shape;
  const targetData = new Float32Array(shape[0] * shape[1]);
  sampleIndices.forEach((sample, row) => targetData.set(batch[sample]?.targetPose6d ?? [], row * shape[1]));
  const squaredError: Scalar = mean(square(sub(predicted.mean, tensor2d(targetData, shape))));
  const groupLogProbs = diagonalGaussianGroupLogProbs(
    targetData,
    stopGradient(predicted.mean),
    predicted.logStandardDeviation,
    ROTATION_SIZE,
  );
  const negativeLogLikelihood: Scalar = mul(mean(groupLogProbs), -1 / ROTATION_SIZE);
  let loss: Scalar = add(
    textLoss,
    add(mul(squaredError, poseWeight), mul(negativeLogLikelihood, negativeLogLikelihoodWeight)),
  );
  let meanLossValue = 0;
  if (poseMeanLoss !== undefined) {
    const evaluated = poseMeanLoss(
      Float32Array.from(predicted.mean.dataSync()),
      Int32Array.from(sampleIndices),
    );
    meanLossValue = evaluated.loss;
    loss = add(
      loss,
      mul(externalLoss(predicted.mean, evaluated.loss, evaluated.gradient), poseMeanLossWeight),
    );
  }
  return {
    loss,
    aux: {
      ...report,
      poseMeanSquaredError: read(squaredError),
      poseNegativeLogLikelihood: read(negativeLogLikelihood),
      poseMeanLoss: meanLossValue,
    },
  };
}

/** [T] weights that average over each answer's tokens first: a long answer counts no more than a short one. */
function tokenWeights(batch: readonly SupervisedSample[]): Float32Array {
  return Float32Array.from(
    batch.flatMap(({ answerIds }) =>
      new Array<number>(answerIds.length).fill(1 / (answerIds.length * batch.length)),
    ),
  );
}

/** The rows of the samples that have a target. */
function selectPoses(
  poses: PoseDistribution,
  plan: AnswerPlan,
  sampleIndices: readonly number[],
): PoseDistribution {
  if (sampleIndices.length === plan.poseRows.length) return poses;
  const rows = Int32Array.from(sampleIndices, (sample) => plan.poseIndices[sample] as number);
  const select = (tensor: Tensor2D): Tensor2D => gatherRows(tensor, rows);
  return { mean: select(poses.mean), logStandardDeviation: select(poses.logStandardDeviation) };
}

function checkBatch(decoder: Decoder, batch: readonly SupervisedSample[]): void {
  if (batch.length === 0)
    throw new SupervisedSampleError('supervisedLoss: the batch is empty; expected samples.');
  const { poseSize } = decoder.config;
  batch.forEach(({ answerIds, targetPose6d }, index) => {
    if (answerIds.length === 0)
      throw new SupervisedSampleError(
        `supervisedLoss: sample ${index} has an empty answer; expected tokens that end in <eos>.`,
      );
    const forbidden = answerIds.find((id) => !decoder.canAnswerWith(id));
    if (forbidden !== undefined)
      throw new SupervisedSampleError(
        `supervisedLoss: the answer of sample ${index} holds token ${forbidden}, which the model never emits ` +
          '(padding, image, turn marks, unknown words). Add the missing word to the vocabulary, or mend the answer.',
      );
    const broken = targetPose6d?.findIndex((value) => !Number.isFinite(value)) ?? -1;
    if (targetPose6d !== undefined && (targetPose6d.length !== poseSize || broken >= 0))
      throw new SupervisedSampleError(
        `supervisedLoss: expected the pose of sample ${index} to have ${poseSize} finite numbers, found ` +
          `${targetPose6d.length}${broken >= 0 ? `, of which number ${broken} is ${targetPose6d[broken]}` : ''}.`,
      );
  });
}

function read(scalar: Scalar): number {
  return scalar.dataSync()[0] as number;
}
