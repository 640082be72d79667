import type { VisionFamily } from './vision-config.js';

/** The two parameters of a linear layer or a LayerNorm. */
export type WeightOrBias = 'weight' | 'bias';

/** Where a tower's parameters stand; every name follows the tower's prefix and a dot. */
export interface VisionNames {
  /** What precedes the names in a model's parameter store. */
  readonly prefix: string;
  readonly classToken: string;
  readonly patchEmbedding: (part: WeightOrBias) => string;
  readonly positions: string;
  readonly preNorm: (part: WeightOrBias) => string;
  readonly block: (layer: number) => string;
  readonly attentionNorm: string;
  /** Queries, keys and values: one matrix, side by side. */
  readonly attentionInput: string;
  readonly attentionOutput: string;
  readonly mlpNorm: string;
  readonly finalNorm: (part: WeightOrBias) => string;
}

const HUGGING_FACE = {
  prefix: 'vision_tower.vision_model',
  classToken: 'embeddings.class_embedding',
  patchEmbedding: (part: WeightOrBias) => `embeddings.patch_embedding.${part}`,
  positions: 'embeddings.position_embedding.weight',
  // Spelt so in every checkpoint.
  preNorm: (part: WeightOrBias) => `pre_layrnorm.${part}`,
  block: (layer: number) => `encoder.layers.${layer}`,
  attentionNorm: 'layer_norm1',
  attentionInput: 'self_attn.qkv_proj',
  attentionOutput: 'self_attn.out_proj',
  mlpNorm: 'layer_norm2',
  finalNorm: (part: WeightOrBias) => `post_layernorm.${part}`,
} as const satisfies VisionNames;

/** The names of each family: those of its checkpoints, but that Hugging Face's q, k and v stand in one matrix. */
export const VISION_NAMES: Readonly<Record<VisionFamily, VisionNames>> = {
  clip: HUGGING_FACE,
  siglip: HUGGING_FACE,
  hmr2: {
    prefix: 'pose_tower.backbone',
    classToken: 'cls_token',
    patchEmbedding: (part) => `patch_embed.proj.${part}`,
    positions: 'pos_embed',
    preNorm: (part) => `pre_norm.${part}`,
    block: (layer) => `blocks.${layer}`,
    attentionNorm: 'norm1',
    attentionInput: 'attn.qkv',
    attentionOutput: 'attn.proj',
    mlpNorm: 'norm2',
    finalNorm: (part) => `last_norm.${part}`,
  },
};
