import type { ParameterPlan } from '@pose-rft/mllm';
import { JOINT_COUNT } from '@pose-rft/smpl';
import {
  add,
  concat,
  exp,
  logSoftmax,
  matMul,
  mul,
  ones,
  reshape,
  sigmoid,
  slice,
  sum,
  tensor2d,
  transpose,
  type ParameterStore,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@pose-rft/tensor';

/** A tower's tokens as places of the crop. */
export interface TokenPlaces {
  readonly count: number;
  /** [count, 2] middles of the patches, in units in which the crop reaches from -1 to 1. */
  readonly centres: Float32Array;
}

/** What a reader makes of a batch of tokens. */
export interface JointReading {
  /** float32 [B * 24, tokens]: log-probability of each joint's patch. */
  readonly logPlaces: Tensor2D;
  /** float32 [B * 24, 2]: where each joint is, in units of the crop. */
  readonly keypoints: Tensor2D;
  /** float32 [B * 24, tokenSize + 4]: each joint's mean token under its places, then its place, a constant, its certainty. */
  readonly jointTokens: Tensor2D;
  /** float32 [B, summarySize]: the layer from which pose and joints are read. */
  readonly summary: Tensor2D;
  /** float32 [B, 72]: metres, pelvis at the origin. */
  readonly joints: Tensor2D;
  /** float32 [B, 144]: 6D columns. */
  readonly pose6d: Tensor2D;
}

/** Numbers of a joint's token beside the tower's own: x, y, 1, certainty. */
export const PLACE_FEATURES = 4;
const PREFIX = 'joint_reader';

export interface JointReaderShape {
  readonly tokenSize: number;
  readonly summarySize: number;
}

/**
 * Parameters of a reader: which patch each joint is in, how far it is from that patch's middle, and the pose.
 *
 * @param start - where joints and pose start: best their means over the training set
 */
export function planJointReader(
  { tokenSize, summarySize }: JointReaderShape,
  start: { readonly jointsMetres: Float32Array; readonly pose6d: Float32Array },
): Readonly<Record<string, ParameterPlan>> {
  const read = JOINT_COUNT * (tokenSize + PLACE_FEATURES);
  const outputs = start.jointsMetres.length + start.pose6d.length;
  return {
    [`${PREFIX}.places.weight`]: normal([tokenSize, JOINT_COUNT], 1 / Math.sqrt(tokenSize)),
    [`${PREFIX}.offsets.weight`]: normal([tokenSize, 2], 0.1 / Math.sqrt(tokenSize)),
    [`${PREFIX}.summary.weight`]: normal([read, summarySize], 1 / Math.sqrt(read)),
    [`${PREFIX}.summary.bias`]: { shape: [summarySize], initial: { kind: 'constant', value: 0 } },
    [`${PREFIX}.outputs.weight`]: normal([summarySize, outputs], 0.1 / Math.sqrt(summarySize)),
    [`${PREFIX}.outputs.bias`]: {
      shape: [outputs],
      initial: { kind: 'values', values: Float32Array.of(...start.jointsMetres, ...start.pose6d) },
    },
  };
}

/**
 * Reads joints out of a tower's tokens: each joint looks for its patch (a softmax over the tokens, which 2D keypoints
 * teach), takes the mean of the tokens there, and all joints together give pose and positions. Differentiable; the
 * caller's tidy owns the tensors.
 *
 * @param tokens - float32 [B, tokens, tokenSize]
 */
export function readJoints(
  parameters: ParameterStore,
  shape: JointReaderShape,
  places: TokenPlaces,
  tokens: Tensor3D,
): JointReading {
  const [batch, count, tokenSize] = tokens.shape;
  const rows = batch * JOINT_COUNT;
  const matrix = (name: string): Tensor2D => parameters.get(`${PREFIX}.${name}`) as Tensor2D;
  const bias = (name: string): Tensor1D => parameters.get(`${PREFIX}.${name}`) as Tensor1D;
  const flat: Tensor2D = reshape(tokens, [batch * count, tokenSize]);
  const scores: Tensor3D = reshape(matMul(flat, matrix('places.weight')), [batch, count, JOINT_COUNT]);
  const logPlaces: Tensor2D = logSoftmax(reshape(transpose(scores, [0, 2, 1]), [rows, count]));
  const weights: Tensor2D = exp(logPlaces);
  const pooled: Tensor2D = reshape(matMul(reshape(weights, [batch, JOINT_COUNT, count]), tokens), [
    rows,
    tokenSize,
  ]);
  const centre: Tensor2D = matMul(weights, tensor2d(places.centres, [places.count, 2]));
  const keypoints: Tensor2D = add(centre, matMul(pooled, matrix('offsets.weight')));
  // The expected log-probability: 0 for a joint that is in one patch for sure, -log(count) for one that may be anywhere.
  const certainty: Tensor2D = sum(mul(weights, logPlaces), 1, true);
  const jointTokens: Tensor2D = concat([pooled, keypoints, ones([rows, 1]), certainty] as Tensor2D[], 1);
  const read: Tensor2D = reshape(jointTokens, [batch, JOINT_COUNT * (shape.tokenSize + PLACE_FEATURES)]);
  const hidden: Tensor2D = add(matMul(read, matrix('summary.weight')), bias('summary.bias'));
  const summary: Tensor2D = mul(hidden, sigmoid(hidden));
  const outputs: Tensor2D = add(matMul(summary, matrix('outputs.weight')), bias('outputs.bias'));
  const joints = slice(outputs, [0, 0], [batch, 3 * JOINT_COUNT]);
  const pose6d = slice(outputs, [0, 3 * JOINT_COUNT], [batch, 6 * JOINT_COUNT]);
  return { logPlaces, keypoints, jointTokens, summary, joints, pose6d };
}

function normal(shape: readonly number[], standardDeviation: number): ParameterPlan {
  return { shape, initial: { kind: 'normal', standardDeviation } };
}
