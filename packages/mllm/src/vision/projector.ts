import { add, matMul, tidy, type ParameterStore, type Tensor1D, type Tensor2D } from '@pose-rft/tensor';
import type { ParameterPlan } from '../parameters.js';
import { gaussianErrorLinear } from './activation.js';
import type { CheckpointSource } from './vision-checkpoint.js';
import { VisionConfigError, type VisionActivation } from './vision-config.js';

/** What turns a vision token into a row among the token embeddings: linear layers with an activation between them. */
export interface ProjectorConfig {
  /** Numbers of a vision token. */
  readonly inputSize: number;
  /** Width of the language model's residual stream, and of the layers between. */
  readonly outputSize: number;
  /** Linear layers: 2 is LLaVA-1.5's `mlp2x_gelu`, 1 LLaVA's `linear`. */
  readonly depth: number;
  readonly activation: VisionActivation;
  readonly bias: boolean;
  /** What precedes `linear_1`, ... in the parameters' names. */
  readonly prefix: string;
}

/** Where LLaVA's projector stands. */
export const PROJECTOR_PREFIX = 'multi_modal_projector';

/**
 * The number of linear layers of LLaVA's projector types: `linear`, `mlp2x_gelu`, `mlp3x_gelu`, ...
 *
 * @throws VisionConfigError for another type
 */
export function projectorDepth(type: string): number {
  if (type === 'linear') return 1;
  const depth = Number(/^mlp([1-9]\d*)x_gelu$/.exec(type)?.[1]);
  if (!Number.isSafeInteger(depth))
    throw new VisionConfigError(
      `mm_projector_type: expected linear, mlp2x_gelu or another mlp<layers>x_gelu, found ${JSON.stringify(type)}.`,
    );
  return depth;
}

/**
 * The parameters of a projector, under LLaVA's names; matrices `[in, out]`. The start is wide, as that of
 * {@link planMllmParameters}, for the reasons given there.
 */
export function planProjector(config: ProjectorConfig): Readonly<Record<string, ParameterPlan>> {
  const plan: Record<string, ParameterPlan> = {};
  for (let layer = 1; layer <= config.depth; layer++) {
    const inputs = layer === 1 ? config.inputSize : config.outputSize;
    plan[`${config.prefix}.linear_${layer}.weight`] = {
      shape: [inputs, config.outputSize],
      initial: { kind: 'normal', standardDeviation: 2.8 / Math.sqrt(inputs) },
    };
    if (config.bias)
      plan[`${config.prefix}.linear_${layer}.bias`] = {
        shape: [config.outputSize],
        initial: { kind: 'constant', value: 0 },
      };
  }
  return plan;
}

/** Where a projector's parameters come from in a checkpoint, by name; `filePrefix` precedes `linear_1`, ... there. */
export function planProjectorCheckpoint(
  config: ProjectorConfig,
  filePrefix: string = config.prefix,
): Readonly<Record<string, CheckpointSource>> {
  return Object.fromEntries(
    Object.entries(planProjector(config)).map(([name, { shape }]): [string, CheckpointSource] => {
      const inFile = `${filePrefix}${name.slice(config.prefix.length)}`;
      return [
        name,
        {
          layout: shape.length === 2 ? 'transposed' : 'same',
          tensors: [{ name: inFile, shape: shape.toReversed() }],
        },
      ];
    }),
  );
}

/**
 * Vision tokens as rows of the language model's width. Differentiable.
 *
 * @param tokens - float32 [N, config.inputSize]
 * @returns float32 [N, config.outputSize]
 */
export function project(config: ProjectorConfig, parameters: ParameterStore, tokens: Tensor2D): Tensor2D {
  return tidy(() => {
    let rows = tokens;
    for (let layer = 1; layer <= config.depth; layer++) {
      const name = `${config.prefix}.linear_${layer}`;
      const input = layer === 1 ? rows : gaussianErrorLinear(config.activation, rows);
      const product: Tensor2D = matMul(input, parameters.get(`${name}.weight`) as Tensor2D);
      rows = config.bias ? add(product, parameters.get(`${name}.bias`) as Tensor1D) : product;
    }
    return rows;
  });
}
