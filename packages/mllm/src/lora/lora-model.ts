import type { Random } from '@pose-rft/random';
import {
  add,
  concat,
  createParameterStore,
  keep,
  matMul,
  mul,
  tensor,
  tidy,
  zeros,
  type ParameterStore,
  type Tensor,
  type Tensor2D,
} from '@pose-rft/tensor';
import { MllmConfigError } from '../config-fields.js';
import { parseMllmConfig, type MllmConfig } from '../config.js';
import { linearLayers, type LinearLayer } from '../linear-layers.js';
import { initialParameter, learnsBesideAdapters, planMllmParameters } from '../parameters.js';
import { loraScale, type LoraConfig } from './lora-config.js';
import { isLoraParameter, loraModules, loraParameterNames } from './lora-modules.js';

/** A configuration and its parameters. */
export interface AdaptableModel {
  readonly config: MllmConfig;
  readonly parameters: ParameterStore;
}

/**
 * Puts adapters beside the linear layers of a model. They change nothing yet: B is zero. The base model rests from now
 * on; the adapters learn, and so do the projector and the pose head.
 *
 * @param model - its store is used up: the tensors belong to the store that is returned
 * @param random - draws the factors A
 * @throws MllmConfigError if the model has adapters, or the targets match no module
 * @example
 * ```ts
 * import { addLora, createMllmParameters, mllmConfig, parseLoraConfig } from '@pose-rft/mllm';
 * import { createRandom } from '@pose-rft/random';
 * import { useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('auto');
 * const config = mllmConfig('tiny');
 * const base = { config, parameters: createMllmParameters({ config, random: createRandom(1) }) };
 * const lora = parseLoraConfig({ rank: 4, alpha: 8, targets: ['q_proj', 'v_proj'] });
 * const adapted = addLora(base, lora, createRandom(2));
 * console.assert(adapted.parameters.isTrainable('language_model.model.layers.0.self_attn.v_proj.lora_A.weight'));
 * adapted.parameters.dispose();
 * ```
 */
export function addLora(model: AdaptableModel, lora: LoraConfig, random: Random): AdaptableModel {
  if (model.config.lora !== null)
    throw new MllmConfigError(
      'addLora: the model has adapters already; expected a base model. Merge them first (mergeLora).',
    );
  const config = parseMllmConfig({ ...model.config, lora });
  const entries = tensorsOf(model.parameters);
  for (const [name, plan] of Object.entries(planMllmParameters(config)))
    if (isLoraParameter(name))
      entries[name] = tensor(initialParameter(plan, random.split(name)), [...plan.shape], 'float32');
  return { config, parameters: createParameterStore(entries, { trainable: learnsBesideAdapters }) };
}

/**
 * Adds the adapters' products to the weights that they stand beside: W + scale A B. The result computes what the
 * adapted model computed (without dropout, to rounding) and is a base model like any other.
 *
 * @param model - its store is used up, as in {@link addLora}; all parameters of the result are trainable
 */
export function mergeLora(model: AdaptableModel): AdaptableModel {
  const { config, parameters } = model;
  const { lora } = config;
  if (lora === null) return model;
  const adapted = new Set(loraModules(config).map(({ name }) => name));
  const entries = tensorsOf(parameters);
  for (const layer of linearLayers(config)) {
    if (!layer.modules.some(({ name }) => adapted.has(name))) continue;
    const name = `${layer.name}.weight`;
    const merged = keep(
      tidy((): Tensor2D =>
        add(parameters.get(name), layerUpdate(layer, adapted, parameters, loraScale(lora))),
      ),
    );
    parameters.get(name).dispose();
    entries[name] = merged;
  }
  const base: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(entries)) {
    if (isLoraParameter(name)) value.dispose();
    else base[name] = value;
  }
  return { config: parseMllmConfig({ ...config, lora: null }), parameters: createParameterStore(base) };
}

function layerUpdate(
  { modules, inputSize }: LinearLayer,
  adapted: ReadonlySet<string>,
  parameters: ParameterStore,
  scale: number,
): Tensor2D {
  const updates = modules.map(({ name, outputSize }): Tensor2D => {
    if (!adapted.has(name)) return zeros([inputSize, outputSize]);
    const { a, b } = loraParameterNames(name);
    return mul(matMul(parameters.get(a) as Tensor2D, parameters.get(b) as Tensor2D), scale);
  });
  return updates.length === 1 ? (updates[0] as Tensor2D) : concat(updates, 1);
}

function tensorsOf(parameters: ParameterStore): Record<string, Tensor> {
  return Object.fromEntries(parameters.names.map((name) => [name, parameters.get(name)]));
}
