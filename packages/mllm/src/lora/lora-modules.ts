import { MllmConfigError } from '../config-fields.js';
import type { MllmConfig } from '../config.js';
import { linearLayers, projectorLinears, type LinearLayer, type LinearModule } from '../linear-layers.js';
import { matchesModule, type LoraConfig } from './lora-config.js';

/** A module with an adapter. */
export interface LoraModule extends LinearModule {
  /** The layer that computes it. */
  readonly layer: LinearLayer;
  /** First of its columns among the layer's. */
  readonly firstColumn: number;
}

/** Names of an adapter's two factors: A [inputSize, rank] and B [rank, outputSize]. */
export function loraParameterNames(moduleName: string): { readonly a: string; readonly b: string } {
  return { a: `${moduleName}.lora_A.weight`, b: `${moduleName}.lora_B.weight` };
}

/** Whether a parameter is a factor of an adapter. */
export function isLoraParameter(name: string): boolean {
  return /\.lora_[AB]\.weight$/.test(name);
}

/**
 * Whether a parameter is the second factor of an adapter. With these at zero, the model is its base model exactly: a
 * reference policy that costs no second copy (`substitutedReference` of `@pose-rft/hygrpo`, with
 * `{ values: 'zero', parameters: isLoraSecondFactor }`).
 *
 * @example
 * ```ts
 * import { isLoraSecondFactor } from '@pose-rft/mllm';
 *
 * console.assert(isLoraSecondFactor('language_model.model.layers.0.self_attn.q_proj.lora_B.weight'));
 * ```
 */
export function isLoraSecondFactor(name: string): boolean {
  return name.endsWith('.lora_B.weight');
}

/**
 * The modules that a configuration's adapters stand beside, in the model's order; none without adapters.
 *
 * @throws MllmConfigError if the targets match no module, or a listed target matches none
 */
export function loraModules(config: MllmConfig): readonly LoraModule[] {
  const { lora } = config;
  if (lora === null) return [];
  // The projectors of a vision encoder learn whole: they are small, and start from nothing.
  const projectors = new Set(config.vision === null ? [] : projectorLinears(config).map(({ name }) => name));
  const all = linearLayers(config)
    .filter(({ name }) => !projectors.has(name))
    .flatMap(modulesOf);
  if (typeof lora.targets !== 'string')
    for (const target of lora.targets)
      if (!all.some(({ name }) => matchesModule([target], name))) throw unmatched(target, all);
  const adapted = all.filter(({ name }) => isAdapted(lora, name));
  if (adapted.length === 0) throw unmatched(JSON.stringify(lora.targets), all);
  return adapted;
}

function isAdapted({ targets, excluded }: LoraConfig, name: string): boolean {
  return matchesModule(targets, name) && !matchesModule(excluded, name);
}

function modulesOf(layer: LinearLayer): LoraModule[] {
  let firstColumn = 0;
  return layer.modules.map((module) => {
    const placed = { ...module, layer, firstColumn };
    firstColumn += module.outputSize;
    return placed;
  });
}

function unmatched(target: string, all: readonly LoraModule[]): MllmConfigError {
  const leaves = [...new Set(all.map(({ name }) => name.slice(name.lastIndexOf('.') + 1)))];
  return new MllmConfigError(
    `MllmConfig: lora.targets ${target} names no module of this model; expected among ${leaves.join(', ')}, or whole ` +
      `names such as ${all.at(-1)?.name}.`,
  );
}
