import { add, matMul, relu, type ParameterStore, type Tensor1D, type Tensor2D } from '@pose-rft/tensor';
import type { PoseTokeniserConfig } from './pose-tokeniser-config.js';
import { hasBridge, tokeniserLayers } from './pose-tokeniser-parameters.js';

/**
 * The encoder or the decoder on tensors, differentiable in its parameters: what training runs. `createPoseTokeniser` runs
 * the same layers on plain arrays.
 *
 * @param rows - [N, poseSize] poses less their mean for the encoder, [N, latentSize] for the decoder
 */
export function tokeniserNetwork(
  part: 'encoder' | 'decoder',
  config: PoseTokeniserConfig,
  parameters: ParameterStore,
  rows: Tensor2D,
): Tensor2D {
  const layers = tokeniserLayers(part, config);
  const output = layers.reduce<Tensor2D>((values, { name }, index) => {
    const weight = parameters.get(`${name}.weight`) as Tensor2D;
    const bias = parameters.get(`${name}.bias`) as Tensor1D;
    const sums: Tensor2D = add(matMul<Tensor2D>(values, weight), bias);
    return index + 1 < layers.length ? relu(sums) : sums;
  }, rows);
  if (!hasBridge(config)) return output;
  return add(output, matMul<Tensor2D>(rows, parameters.get(`${part}.bridge.weight`) as Tensor2D));
}
