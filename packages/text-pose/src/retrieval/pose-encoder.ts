import {
  add,
  div,
  rmsNorm,
  sub,
  swiGlu,
  type ParameterStore,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import { linearLayer } from './linear-layer.js';
import type { PoseEncoderConfig } from './retrieval-config.js';
import { FEATURE_DEVIATION, FEATURE_MEAN } from './retrieval-parameters.js';

/**
 * Features of poses [N, F] to [N, hiddenSize]: a multilayer perceptron as VPoser's and PoseScript's pose encoders are,
 * with measured statistics of the features in place of batch normalisation, and gated residual layers. Differentiable.
 */
export function encodePoseFeatures(
  config: PoseEncoderConfig,
  parameters: ParameterStore,
  features: Tensor2D,
): Tensor2D {
  const vector = (name: string): Tensor1D => parameters.get(name) as Tensor1D;
  const standardised: Tensor2D = div(sub(features, vector(FEATURE_MEAN)), vector(FEATURE_DEVIATION));
  let rows = swiGlu(linearLayer(parameters, 'pose.layers.0', standardised));
  for (let layer = 1; layer < config.layerCount; layer++) {
    const block = `pose.layers.${layer}`;
    const gated = swiGlu(linearLayer(parameters, block, rmsNorm(rows, vector(`${block}.norm`))));
    rows = add(rows, linearLayer(parameters, `${block}.residual`, gated));
  }
  return rmsNorm(rows, vector('pose.norm'));
}
