import type { MllmConfig } from './config.js';
import { visionEncoderConfig } from './vision-input.js';
import { projectorConfigs } from './vision/vision-encoder.js';

/** A linear layer as checkpoints and adapters name it. */
export interface LinearModule {
  /** In the Hugging Face layout of LLaVA: `language_model.model.layers.0.self_attn.q_proj`. */
  readonly name: string;
  readonly outputSize: number;
}

/**
 * A linear layer of the model: `${name}.weight` [inputSize, outputSize] and, with a bias, `${name}.bias` [outputSize].
 * One product serves several modules of a checkpoint (queries, keys and values; gate and up): their outputs stand side
 * by side.
 */
export interface LinearLayer {
  readonly name: string;
  readonly inputSize: number;
  readonly outputSize: number;
  readonly hasBias: boolean;
  readonly modules: readonly LinearModule[];
}

/** The linear layers of one block, by their place in it. */
export interface BlockLinears {
  readonly qkv: LinearLayer;
  readonly attentionOutput: LinearLayer;
  readonly gateUp: LinearLayer;
  readonly down: LinearLayer;
}

/** The prefix of a layer's parameter names. */
export function layerName(layer: number): string {
  return `language_model.model.layers.${layer}`;
}

export function blockLinears(config: MllmConfig, layer: number): BlockLinears {
  const { hiddenSize, headCount, keyValueHeadCount, headSize, intermediateSize } = config;
  const block = layerName(layer);
  const queries = headCount * headSize;
  const keys = keyValueHeadCount * headSize;
  const attention = (name: string, outputSize: number): LinearModule => ({
    name: `${block}.self_attn.${name}`,
    outputSize,
  });
  const feedForward = (name: string, outputSize: number): LinearModule => ({
    name: `${block}.mlp.${name}`,
    outputSize,
  });
  return {
    qkv: linearLayer(`${block}.self_attn.qkv_proj`, hiddenSize, config.qkvBias, [
      attention('q_proj', queries),
      attention('k_proj', keys),
      attention('v_proj', keys),
    ]),
    attentionOutput: linearLayer(`${block}.self_attn.o_proj`, queries, config.attentionOutputBias, [
      attention('o_proj', hiddenSize),
    ]),
    gateUp: linearLayer(`${block}.mlp.gate_up_proj`, hiddenSize, config.feedForwardBias, [
      feedForward('gate_proj', intermediateSize),
      feedForward('up_proj', intermediateSize),
    ]),
    down: linearLayer(`${block}.mlp.down_proj`, intermediateSize, config.feedForwardBias, [
      feedForward('down_proj', hiddenSize),
    ]),
  };
}

/** The layers between image features and token embeddings, of all projectors; none in a model without images. */
export function projectorLinears(config: MllmConfig): readonly LinearLayer[] {
  const { hiddenSize, imageFeatureSize, vision } = config;
  if (imageFeatureSize === 0) return [];
  if (vision !== null)
    return projectorConfigs(visionEncoderConfig(vision, hiddenSize)).flatMap(
      ({ prefix, depth, inputSize, bias }) =>
        Array.from({ length: depth }, (_, index) => {
          const name = `${prefix}.linear_${index + 1}`;
          const inputs = index === 0 ? inputSize : hiddenSize;
          return linearLayer(name, inputs, bias, [{ name, outputSize: hiddenSize }]);
        }),
    );
  const projection = (name: string, inputSize: number): LinearLayer =>
    linearLayer(`multi_modal_projector.${name}`, inputSize, true, [
      { name: `multi_modal_projector.${name}`, outputSize: hiddenSize },
    ]);
  return [projection('linear_1', imageFeatureSize), projection('linear_2', hiddenSize)];
}

/** The language-model head; undefined where the embedding table serves as one. */
export function headLinear({
  hiddenSize,
  vocabularySize,
  tiedEmbeddings,
}: MllmConfig): LinearLayer | undefined {
  if (tiedEmbeddings) return undefined;
  const name = 'language_model.lm_head';
  return linearLayer(name, hiddenSize, false, [{ name, outputSize: vocabularySize }]);
}

/** Every linear layer outside the pose head: the projector, the blocks in their order, the head. */
export function linearLayers(config: MllmConfig): readonly LinearLayer[] {
  const head = headLinear(config);
  return [
    ...projectorLinears(config),
    ...Array.from({ length: config.layerCount }, (_, layer) =>
      Object.values(blockLinears(config, layer)),
    ).flat(),
    ...(head === undefined ? [] : [head]),
  ];
}

function linearLayer(
  name: string,
  inputSize: number,
  hasBias: boolean,
  modules: readonly LinearModule[],
): LinearLayer {
  const outputSize = modules.reduce((sum, module) => sum + module.outputSize, 0);
  return { name, inputSize, outputSize, hasBias, modules };
}
