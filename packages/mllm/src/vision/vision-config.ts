/** The non-linearity between a block's two linear layers, under its Hugging Face name. */
export type VisionActivation = 'quick_gelu' | 'gelu' | 'gelu_pytorch_tanh';

/**
 * What the class token is in a tower:
 * - `prepended`: a learned row before the patches, with the first position (CLIP);
 * - `position`: no row, but every patch gets the first position added to its own (HMR2.0's ViT, whose class token was
 *   cut away after pretraining);
 * - `none`: neither (SigLIP).
 */
export type ClassToken = 'prepended' | 'position' | 'none';

/** Whose parameter names and file layout a tower has. */
export type VisionFamily = 'clip' | 'siglip' | 'hmr2';

/** The shape of a vision transformer: everything that fixes its parameters and its forward pass. */
export interface VisionTransformerConfig {
  readonly family: VisionFamily;
  /** Height of the picture that goes in, in pixels. */
  readonly imageHeight: number;
  /** Width of the picture that goes in, in pixels. */
  readonly imageWidth: number;
  readonly channelCount: number;
  /** Columns of pixels that the tower itself leaves out on the left and on the right. */
  readonly sideCropPixels: number;
  readonly patchSize: number;
  /** Zeros around the picture from which patches are cut as well. */
  readonly patchPaddingPixels: number;
  /** Width of the residual stream. */
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layerCount: number;
  readonly headCount: number;
  readonly activation: VisionActivation;
  /** Epsilon of LayerNorm. */
  readonly normEpsilon: number;
  readonly classToken: ClassToken;
  /** Whether the patch embedding has a bias. */
  readonly patchBias: boolean;
  /** Whether a LayerNorm precedes the first block. */
  readonly preNorm: boolean;
}

/** Which hidden states are a tower's features. */
export interface VisionFeature {
  /**
   * Indices into the hidden states, as in Hugging Face: 0 the embedded patches, n what n blocks made of them, negative
   * ones from the end (-1 after the last block). Several are joined along the channels.
   */
  readonly layers: readonly number[];
  /** Whether the class token's row is left out. */
  readonly dropClassToken: boolean;
  /** Whether the last LayerNorm is applied; only for the state after the last block. */
  readonly finalNorm: boolean;
}

/** Thrown for a configuration that describes no vision tower. */
export class VisionConfigError extends Error {
  override readonly name = 'VisionConfigError';
}

/** Patch rows and columns of a tower. */
export interface TokenGrid {
  readonly rows: number;
  readonly columns: number;
}

/** The grid of patches that a tower cuts its pictures into: row-major, one token each. */
export function patchGrid(config: VisionTransformerConfig): TokenGrid {
  const { imageHeight, imageWidth, sideCropPixels, patchSize, patchPaddingPixels } = config;
  const along = (pixels: number): number => Math.floor((pixels + 2 * patchPaddingPixels) / patchSize);
  return { rows: along(imageHeight), columns: along(imageWidth - 2 * sideCropPixels) };
}

/** Rows of a tower's hidden states: its patches, and the class token where it is one. */
export function visionTokenCount(config: VisionTransformerConfig): number {
  const { rows, columns } = patchGrid(config);
  return rows * columns + (config.classToken === 'prepended' ? 1 : 0);
}

/** How many blocks lead to a hidden state, by its Hugging Face index. */
export function blocksBefore(config: VisionTransformerConfig, layer: number): number {
  return layer < 0 ? config.layerCount + 1 + layer : layer;
}

/** The hidden states by the number of blocks before each, in the order in which they are joined. */
export function featureDepths(config: VisionTransformerConfig, feature: VisionFeature): readonly number[] {
  return feature.layers.map((layer) => blocksBefore(config, layer));
}

/** Tokens of one picture's features, and numbers of each. */
export function featureShape(
  config: VisionTransformerConfig,
  feature: VisionFeature,
): { readonly tokenCount: number; readonly featureSize: number } {
  return {
    tokenCount: visionTokenCount(config) - (feature.dropClassToken ? 1 : 0),
    featureSize: config.hiddenSize * feature.layers.length,
  };
}

/**
 * The features that a family is used with: CLIP's last hidden state but one without the class token (LLaVA-1.5),
 * SigLIP's last but one, HMR2.0's last through its LayerNorm.
 */
export function defaultFeature(config: VisionTransformerConfig): VisionFeature {
  const dropClassToken = config.classToken === 'prepended';
  return config.family === 'hmr2'
    ? { layers: [-1], dropClassToken, finalNorm: true }
    : { layers: [-2], dropClassToken, finalNorm: false };
}

/**
 * Checks a configuration and returns a frozen copy.
 *
 * @throws VisionConfigError naming the field, what was expected and what was found
 */
export function checkVisionConfig(config: VisionTransformerConfig): VisionTransformerConfig {
  const fail = (problem: string): never => {
    throw new VisionConfigError(`vision configuration: ${problem}.`);
  };
  const { imageHeight, imageWidth, sideCropPixels, patchSize, hiddenSize, headCount } = config;
  for (const [name, value, least] of [
    ['imageHeight', imageHeight, 1],
    ['imageWidth', imageWidth, 1],
    ['channelCount', config.channelCount, 1],
    ['sideCropPixels', sideCropPixels, 0],
    ['patchSize', patchSize, 1],
    ['patchPaddingPixels', config.patchPaddingPixels, 0],
    ['hiddenSize', hiddenSize, 1],
    ['intermediateSize', config.intermediateSize, 1],
    ['layerCount', config.layerCount, 1],
    ['headCount', headCount, 1],
  ] as const)
    if (!Number.isSafeInteger(value) || value < least)
      fail(`expected ${name} to be an integer of at least ${least}, found ${String(value)}`);
  if (!(config.normEpsilon > 0)) fail(`expected normEpsilon above 0, found ${config.normEpsilon}`);
  if (hiddenSize % headCount !== 0)
    fail(`hiddenSize ${hiddenSize} is no multiple of headCount ${headCount}; change either of them`);
  const { rows, columns } = patchGrid(config);
  if (rows < 1 || columns < 1)
    fail(
      `${imageHeight} x ${imageWidth} pixels, less ${sideCropPixels} on each side, hold no patch of ${patchSize}`,
    );
  return Object.freeze({ ...config });
}

/**
 * Checks that a tower has the features asked for, and returns a frozen copy.
 *
 * @throws VisionConfigError for a layer that does not exist, a class token that there is none of, or the last
 *   LayerNorm of a state that it does not follow
 */
export function checkVisionFeature(config: VisionTransformerConfig, feature: VisionFeature): VisionFeature {
  const { layers, dropClassToken, finalNorm } = feature;
  const count = config.layerCount;
  if (layers.length === 0)
    throw new VisionConfigError('vision feature: expected at least one layer, found none.');
  for (const layer of layers) {
    const depth = blocksBefore(config, layer);
    if (!Number.isInteger(layer) || depth < 0 || depth > count)
      throw new VisionConfigError(
        `vision feature: layer ${layer} does not exist; a tower of ${count} blocks has hidden states 0 to ${count}, ` +
          `or -${count + 1} to -1.`,
      );
  }
  if (dropClassToken && config.classToken !== 'prepended')
    throw new VisionConfigError(
      'vision feature: this tower has no class token to leave out; ask for all tokens ' +
        '(vision_feature_select_strategy "full", dropClassToken false).',
    );
  if (finalNorm && layers.some((layer) => blocksBefore(config, layer) !== count))
    throw new VisionConfigError(
      `vision feature: the last LayerNorm follows the last block only; expected layers [-1], found [${layers.join(', ')}].`,
    );
  return Object.freeze({ layers: Object.freeze([...layers]), dropClassToken, finalNorm });
}
