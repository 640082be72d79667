import { blockLinears, headLinear, layerName, projectorLinears, type LinearLayer } from '../linear-layers.js';
import type { MllmConfig } from '../config.js';
import { PROJECTOR_PREFIX } from '../vision/projector.js';

/** Buffers that older releases of transformers saved; they follow from the configuration. */
const BUFFERS = /(^|\.)(rotary_emb\.inv_freq|position_ids)$/;

/** From the names of each layout to one: the hub's for LLaVA-1.5, without the `vision_model.` that some have. */
const RENAMINGS: readonly (readonly [RegExp, string])[] = [
  [/^model\.language_model\./, 'language_model.model.'],
  [/^model\.multi_modal_projector\./, 'multi_modal_projector.'],
  [/^model\.mm_projector\.0\./, 'multi_modal_projector.linear_1.'],
  [/^model\.mm_projector\.2\./, 'multi_modal_projector.linear_2.'],
  [/^(?:model\.)?vision_tower\.(?:vision_tower\.)?(?:vision_model\.)?/, 'vision_tower.'],
  [/^lm_head\./, 'language_model.lm_head.'],
  [/^model\.(?=embed_tokens\.|layers\.|norm\.)/, 'language_model.model.'],
];

/**
 * The name of a tensor or module in this package, from its name in any of the layouts that LLaVA and Llama checkpoints
 * come in: the hub's older (`language_model.model.layers.0...`) and newer (`model.language_model.layers.0...`) one,
 * LLaVA's original (`model.mm_projector.0...`), and that of a language model alone (`model.layers.0...`). Undefined for
 * buffers that hold nothing learned. Unknown names come back as they are.
 *
 * @example
 * ```ts
 * import { canonicalTensorName } from '@pose-rft/mllm';
 *
 * console.assert(canonicalTensorName('lm_head.weight') === 'language_model.lm_head.weight');
 * console.assert(canonicalTensorName('model.norm.weight') === 'language_model.model.norm.weight');
 * ```
 */
export function canonicalTensorName(name: string): string | undefined {
  if (BUFFERS.test(name)) return undefined;
  const renaming = RENAMINGS.find(([pattern]) => pattern.test(name));
  return renaming === undefined ? name : name.replace(renaming[0], renaming[1]);
}

/** How a parameter of the model is put together from tensors of a checkpoint. */
export type ParameterSource =
  /** Matrices [out, in], transposed and put side by side. */
  | { readonly kind: 'transposed'; readonly tensors: readonly StoredTensor[] }
  /** Vectors, one after the other. */
  | { readonly kind: 'joined'; readonly tensors: readonly StoredTensor[] }
  /** A table that may have fewer rows than the model's. */
  | { readonly kind: 'rows'; readonly tensors: readonly [StoredTensor] };

export interface StoredTensor {
  /** As {@link canonicalTensorName} gives it. */
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * What each parameter that a checkpoint must hold is made of; pose head, further projectors and adapters are not among
 * them.
 *
 * @param storedVocabularySize - rows of the checkpoint's embedding table
 */
export function parameterSources(
  config: MllmConfig,
  storedVocabularySize = config.vocabularySize,
): ReadonlyMap<string, ParameterSource> {
  const sources = new Map<string, ParameterSource>();
  const linear = ({ name, modules, inputSize, hasBias }: LinearLayer): void => {
    sources.set(`${name}.weight`, {
      kind: 'transposed',
      tensors: modules.map((module) => ({
        name: `${module.name}.weight`,
        shape: [module.outputSize, inputSize],
      })),
    });
    if (!hasBias) return;
    sources.set(`${name}.bias`, {
      kind: 'joined',
      tensors: modules.map((module) => ({ name: `${module.name}.bias`, shape: [module.outputSize] })),
    });
  };
  const vector = (name: string): void => {
    sources.set(name, { kind: 'joined', tensors: [{ name, shape: [config.hiddenSize] }] });
  };

  for (const projection of projectorLinears(config))
    if (projection.name.startsWith(`${PROJECTOR_PREFIX}.`)) linear(projection);
  const table = 'language_model.model.embed_tokens.weight';
  sources.set(table, {
    kind: 'rows',
    tensors: [{ name: table, shape: [storedVocabularySize, config.hiddenSize] }],
  });
  for (let layer = 0; layer < config.layerCount; layer++) {
    const block = layerName(layer);
    const { qkv, attentionOutput, gateUp, down } = blockLinears(config, layer);
    vector(`${block}.input_layernorm.weight`);
    linear(qkv);
    linear(attentionOutput);
    vector(`${block}.post_attention_layernorm.weight`);
    linear(gateUp);
    linear(down);
  }
  vector('language_model.model.norm.weight');
  const head = headLinear(config);
  if (head !== undefined)
    sources.set(`${head.name}.weight`, {
      kind: 'transposed',
      tensors: [{ name: `${head.name}.weight`, shape: [storedVocabularySize, config.hiddenSize] }],
    });
  return sources;
}
