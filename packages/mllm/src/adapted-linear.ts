import {
  add,
  concat,
  matMul,
  mul,
  tensor2d,
  zeros,
  type ParameterStore,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import type { Random } from '@pose-rft/random';
import type { MllmConfig } from './config.js';
import type { LinearLayer } from './linear-layers.js';
import { loraScale } from './lora/lora-config.js';
import { loraModules, loraParameterNames } from './lora/lora-modules.js';

/**
 * Computes a linear layer and the adapters beside it: float32 [N, outputSize] = x W, plus the bias and the adapters'
 * updates where the layer has them. Differentiable. `dropout` draws which inputs of the adapters are dropped; without it
 * none are.
 */
export type AdaptedLinear = (layer: LinearLayer, input: Tensor2D, dropout?: Random) => Tensor2D;

/** @param parameters - read anew in every call */
export function createAdaptedLinear(config: MllmConfig, parameters: ParameterStore): AdaptedLinear {
  const adapted = new Set(loraModules(config).map(({ name }) => name));
  const scale = config.lora === null ? 0 : loraScale(config.lora);
  const dropoutShare = config.lora?.dropout ?? 0;

  function update(moduleName: string, input: Tensor2D, dropout: Random | undefined): Tensor2D {
    const { a, b } = loraParameterNames(moduleName);
    const kept =
      dropout === undefined || dropoutShare === 0
        ? input
        : mul(input, dropoutMask(input.shape, dropoutShare, dropout.split(moduleName)));
    const narrow: Tensor2D = mul(matMul(kept, parameters.get(a) as Tensor2D), scale);
    return matMul(narrow, parameters.get(b) as Tensor2D);
  }

  return ({ name, modules, hasBias }, input, dropout) => {
    const product: Tensor2D = matMul(input, parameters.get(`${name}.weight`) as Tensor2D);
    const output: Tensor2D = hasBias ? add(product, parameters.get(`${name}.bias`) as Tensor1D) : product;
    if (!modules.some((module) => adapted.has(module.name))) return output;
    const updates = modules.map((module): Tensor2D =>
      adapted.has(module.name)
        ? update(module.name, input, dropout)
        : zeros([input.shape[0], module.outputSize]),
    );
    return add(output, updates.length === 1 ? (updates[0] as Tensor2D) : concat(updates, 1));
  };
}

/** Zeros for dropped numbers, 1 / (1 - share) for the others, which keeps the mean. */
function dropoutMask(shape: [number, number], share: number, random: Random): Tensor2D {
  const mask = new Float32Array(shape[0] * shape[1]);
  const kept = 1 / (1 - share);
  for (let index = 0; index < mask.length; index++) mask[index] = random.uniform() < share ? 0 : kept;
  return tensor2d(mask, shape);
}
