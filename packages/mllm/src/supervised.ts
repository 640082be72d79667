import type { Scalar } from '@pose-rft/tensor';
import type { Random } from '@pose-rft/random';
import { passAnswers } from './answer-pass.js';
import { planAnswers } from './answer-plan.js';
import type { Decoder } from './decoder.js';
import { CAMERA_SIZE } from './pose-head-config.js';
import { shapeSizeOf } from './pose-head-parameters.js';
import type { MllmPrompt } from './prompt.js';
import { answerTokenWeights, supervisionTerms } from './supervision-terms.js';

/** A prompt with the answer that the model should give. */
export interface SupervisedSample extends MllmPrompt {
  /** The answer's tokens, `<eos>` included. */
  readonly answerIds: readonly number[];
  /** [poseSize] the pose that belongs to the answer's first `<POSE>`; without it, that pose is not trained. */
  readonly targetPose6d?: Float32Array | undefined;
  /** [shapeSize] shape coefficients that belong to that pose; read where the head gives them. */
  readonly targetShape?: Float32Array | undefined;
  /** [3] the weak-perspective camera that belongs to that pose; read where the head gives one. */
  readonly targetCamera?: Float32Array | undefined;
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
  /** Weight of the mean squared error of the mean shape coefficients (default 1). */
  readonly shapeWeight?: number;
  /** Weight of the mean squared error of the mean camera (default 1). */
  readonly cameraWeight?: number;
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
  checkBatch(decoder, batch);
  const plan = planAnswers(
    batch,
    batch.map(({ answerIds }, prompt) => ({ prompt, ids: answerIds })),
    decoder.config.tokenIds,
  );
  const pass = passAnswers(decoder, plan, 1, options.dropout);
  const targets = batch.flatMap(({ targetPose6d, targetShape, targetCamera }, sample) => {
    const row = plan.poseIndices[sample] as number;
    return targetPose6d === undefined || row < 0
      ? []
      : [{ sample, row, targetPose6d, targetShape, targetCamera }];
  });
  const weights = answerTokenWeights(batch.map(({ answerIds }) => answerIds.length));
  return supervisionTerms(decoder.config, pass, weights, targets, options);
}

function checkBatch(decoder: Decoder, batch: readonly SupervisedSample[]): void {
  if (batch.length === 0)
    throw new SupervisedSampleError('supervisedLoss: the batch is empty; expected samples.');
  const { poseHead, poseSize } = decoder.config;
  const checkTarget = (target: Float32Array | undefined, size: number, what: string, index: number): void => {
    const broken = target?.findIndex((value) => !Number.isFinite(value)) ?? -1;
    if (target !== undefined && (target.length !== size || broken >= 0))
      throw new SupervisedSampleError(
        `supervisedLoss: expected the ${what} of sample ${index} to have ${size} finite numbers, found ` +
          `${target.length}${broken >= 0 ? `, of which number ${broken} is ${target[broken]}` : ''}.`,
      );
  };
  batch.forEach(({ answerIds, targetPose6d, targetShape, targetCamera }, index) => {
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
    checkTarget(targetPose6d, poseSize, 'pose', index);
    if (shapeSizeOf(poseHead) > 0) checkTarget(targetShape, shapeSizeOf(poseHead), 'shape', index);
    if (poseHead.hasCamera === true) checkTarget(targetCamera, CAMERA_SIZE, 'camera', index);
  });
}
