import {
  add,
  erf,
  matMul,
  mul,
  reshape,
  type ParameterStore,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import type { ConfigFields } from './config-fields.js';
import type { ParameterPlan } from './parameters.js';

/** How a pose in a question becomes tokens. */
export interface PoseInputConfig {
  /** Stands in a prompt for one of a pose's rows: a token that no answer holds, such as a row behind the tokenizer's vocabulary. */
  readonly tokenId: number;
  /** Rows that one pose takes. */
  readonly tokenCount: number;
  /** Width of the projector's hidden layer. */
  readonly hiddenSize: number;
}

const PREFIX = 'pose_projector';

/** @throws MllmConfigError */
export function parsePoseInputConfig(fields: ConfigFields, vocabularySize: number): PoseInputConfig {
  const tokenId = fields.count('tokenId', 0);
  if (tokenId >= vocabularySize) return fields.fail('tokenId', `a token id in [0, ${vocabularySize})`);
  return Object.freeze({
    tokenId,
    tokenCount: fields.count('tokenCount'),
    hiddenSize: fields.count('hiddenSize'),
  });
}

/** The projector's parameters: names, shapes and starts. */
export function planPoseInput(
  { tokenCount, hiddenSize: width }: PoseInputConfig,
  poseSize: number,
  hiddenSize: number,
): Record<string, ParameterPlan> {
  const linear = (name: string, inputs: number, outputs: number): Record<string, ParameterPlan> => ({
    [`${PREFIX}.${name}.weight`]: {
      shape: [inputs, outputs],
      initial: { kind: 'normal', standardDeviation: 1 / Math.sqrt(inputs) },
    },
    [`${PREFIX}.${name}.bias`]: { shape: [outputs], initial: { kind: 'constant', value: 0 } },
  });
  return { ...linear('linear_1', poseSize, width), ...linear('linear_2', width, tokenCount * hiddenSize) };
}

/** Whether a parameter belongs to the projector of poses in questions. */
export function isPoseInputParameter(name: string): boolean {
  return name.startsWith(`${PREFIX}.`);
}

/**
 * Poses as rows among the token embeddings: two layers with the exact GELU between them, as images have.
 *
 * @param poses6d - float32 [P, poseSize]
 * @returns float32 [P * tokenCount, hiddenSize]
 */
export function projectPoses(
  parameters: ParameterStore,
  { tokenCount }: PoseInputConfig,
  poses6d: Tensor2D,
): Tensor2D {
  const linear = (input: Tensor2D, layer: string): Tensor2D =>
    add(
      matMul(input, parameters.get(`${PREFIX}.${layer}.weight`) as Tensor2D),
      parameters.get(`${PREFIX}.${layer}.bias`) as Tensor1D,
    );
  const first = linear(poses6d, 'linear_1');
  const active: Tensor2D = mul(mul(first, 0.5), add(erf(mul(first, Math.SQRT1_2)), 1));
  const rows = linear(active, 'linear_2');
  return reshape(rows, [rows.shape[0] * tokenCount, rows.shape[1] / tokenCount]);
}
