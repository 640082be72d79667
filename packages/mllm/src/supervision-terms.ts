import { add, mul, neg, sum, tensor1d, type Scalar } from '@pose-rft/tensor';
import type { AnswerPass } from './answer-pass.js';
import type { MllmConfig } from './config.js';
import { externalLoss } from './external-loss.js';
import { selectPoseRows, type PoseDistribution } from './pose-head.js';
import { poseSupervision, vectorSupervision } from './pose-supervision.js';
import type { SupervisedLossOptions, SupervisedReport } from './supervised.js';

/** A pose that an answer should give. */
export interface PoseTarget {
  /** Whose answer it is, as `poseMeanLoss` is told. */
  readonly sample: number;
  /** Its place among the poses of the pass. */
  readonly row: number;
  /** [poseSize] */
  readonly targetPose6d: Float32Array;
  readonly targetShape?: Float32Array | undefined;
  readonly targetCamera?: Float32Array | undefined;
}

/**
 * The terms of supervised fine-tuning, weighted and summed.
 *
 * @param pass - over the answers
 * @param tokenWeights - [T'] the weight of each token's cross entropy; they add up to 1
 * @param targets - in ascending order of their rows
 */
export function supervisionTerms(
  config: MllmConfig,
  { tokenLogProbs, poses }: AnswerPass,
  tokenWeights: Float32Array,
  targets: readonly PoseTarget[],
  options: SupervisedLossOptions,
): { loss: Scalar; aux: SupervisedReport } {
  const {
    crossEntropyWeight = 1,
    poseWeight = 30,
    negativeLogLikelihoodWeight = 0.2,
    shapeWeight = 1,
    cameraWeight = 1,
    poseMeanLoss,
    poseMeanLossWeight = 1,
  } = options;
  const crossEntropy: Scalar = neg(sum(mul(tokenLogProbs, tensor1d(tokenWeights))));
  const textLoss: Scalar = mul(crossEntropy, crossEntropyWeight);
  const report = { crossEntropy: read(crossEntropy), poseCount: targets.length };
  if (poses === undefined || targets.length === 0)
    return {
      loss: textLoss,
      aux: { ...report, poseMeanSquaredError: 0, poseNegativeLogLikelihood: 0, poseMeanLoss: 0 },
    };

  const predicted = selectPoses(poses, targets);
  const { squaredError, negativeLogLikelihood } = poseSupervision(
    predicted,
    stackRows(targets, 'targetPose6d', config.poseSize),
  );
  let loss: Scalar = add(
    textLoss,
    add(mul(squaredError, poseWeight), mul(negativeLogLikelihood, negativeLogLikelihoodWeight)),
  );
  for (const [gaussian, field, weight] of [
    [predicted.shape, 'targetShape', shapeWeight],
    [predicted.camera, 'targetCamera', cameraWeight],
  ] as const) {
    const rows = targets.flatMap((target, row) => (target[field] === undefined ? [] : [row]));
    if (gaussian === undefined || rows.length === 0) continue;
    const vectors = stackRows(rows.map((row) => targets[row] as PoseTarget), field, gaussian.mean.shape[1]); // prettier-ignore
    const terms = vectorSupervision(gaussian, Int32Array.from(rows), vectors);
    loss = add(
      loss,
      add(
        mul(terms.squaredError, weight),
        mul(terms.negativeLogLikelihood, negativeLogLikelihoodWeight * (weight > 0 ? 1 : 0)),
      ),
    );
  }
  let meanLossValue = 0;
  if (poseMeanLoss !== undefined) {
    const evaluated = poseMeanLoss(
      Float32Array.from(predicted.mean.dataSync()),
      Int32Array.from(targets, ({ sample }) => sample),
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
export function answerTokenWeights(lengths: readonly number[]): Float32Array {
  return Float32Array.from(
    lengths.flatMap((length) => new Array<number>(length).fill(1 / (length * lengths.length))),
  );
}

/** The rows that have a target. */
function selectPoses(poses: PoseDistribution, targets: readonly PoseTarget[]): PoseDistribution {
  const isAll = targets.length === poses.mean.shape[0] && targets.every(({ row }, index) => row === index);
  return isAll
    ? poses
    : selectPoseRows(
        poses,
        Int32Array.from(targets, ({ row }) => row),
      );
}

/** [targets * size] one after the other. */
function stackRows(
  targets: readonly PoseTarget[],
  field: 'targetPose6d' | 'targetShape' | 'targetCamera',
  size: number,
): Float32Array {
  const rows = new Float32Array(targets.length * size);
  targets.forEach((target, row) => rows.set(target[field] ?? [], row * size));
  return rows;
}

function read(scalar: Scalar): number {
  return scalar.dataSync()[0] as number;
}
