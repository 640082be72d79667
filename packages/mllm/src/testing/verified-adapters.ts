import { createRandom } from '@pose-rft/random';
import { tensor } from '@pose-rft/tensor';
import { parseLoraConfig } from '../lora/lora-config.js';
import { addLora, type AdaptableModel } from '../lora/lora-model.js';
import { isLoraParameter } from '../lora/lora-modules.js';
import { hashedWeight } from './hashed-weights.js';

/** The adapters that `tools/parity/llava` lets PEFT load: on some modules of some layers, with factors from their names. */
export function addVerifiedAdapters(base: AdaptableModel): AdaptableModel {
  const lora = parseLoraConfig({
    rank: 2,
    alpha: 3,
    rankStabilised: true,
    targets: ['q_proj', 'k_proj', 'o_proj', 'up_proj', 'down_proj'],
    excluded: ['language_model.model.layers.1.mlp.up_proj'],
  });
  const model = addLora(base, lora, createRandom(3));
  for (const name of model.parameters.names.filter(isLoraParameter)) {
    const { shape } = model.parameters.get(name);
    model.parameters.replace(name, tensor(hashedWeight(name, shape), shape, 'float32'));
  }
  return model;
}
