import {
  add,
  concat,
  customGrad,
  matMul,
  reshape,
  slice,
  tensor2d,
  tidy,
  zeros,
  zerosLike,
  type ParameterStore,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@pose-rft/tensor';
import type { PixelValues } from '../image/pixel-values.js';
import { gaussianErrorLinear } from './activation.js';
import { fullAttention } from './full-attention.js';
import { layerNorm } from './layer-norm.js';
import { cutPatches, patchLength } from './patches.js';
import {
  checkVisionConfig,
  checkVisionFeature,
  defaultFeature,
  featureDepths,
  featureShape,
  patchGrid,
  visionTokenCount,
  type TokenGrid,
  type VisionFeature,
  type VisionTransformerConfig,
} from './vision-config.js';
import { VISION_NAMES } from './vision-names.js';

/** Rows that go through the blocks at once in `encode`: enough for fast products, and memory stays bounded. */
const ENCODED_ROWS = 2048;

/** A vision transformer with its parameters. It owns no tensors, and reads the parameters anew in every call. */
export interface VisionTower {
  readonly config: VisionTransformerConfig;
  readonly feature: VisionFeature;
  readonly parameters: ParameterStore;
  /** What precedes its parameters' names. */
  readonly prefix: string;
  /** Patch rows and columns; the features' tokens are these, row-major, behind a class token that is kept. */
  readonly grid: TokenGrid;
  /** Tokens of one picture's features. */
  readonly tokenCount: number;
  /** Numbers of one token. */
  readonly featureSize: number;
  /**
   * float32 [images, tokenCount, featureSize]: the features of preprocessed pictures. Differentiable in the tower's
   * trainable parameters; a tower without any leaves nothing on the tape of a gradient.
   *
   * @throws VisionInputError if a picture is not of the configured size
   */
  features(images: readonly PixelValues[]): Tensor3D;
  /** The same as plain data, [images * tokenCount * featureSize]: for encoders that do not learn. */
  encode(images: readonly PixelValues[]): Float32Array;
  /**
   * float32 [images, tokens, hiddenSize] each: all hidden states up to the last one that the features need, the
   * embedded patches first. For inspection; holds them all in memory.
   */
  hiddenStates(images: readonly PixelValues[]): Tensor3D[];
}

/**
 * A vision transformer of any of the families that {@link VisionTransformerConfig} describes: CLIP's, SigLIP's,
 * HMR2.0's. One forward pass serves all; what differs between them is data.
 *
 * @param options.feature - which hidden states the features are; default: {@link defaultFeature}
 * @param options.prefix - what precedes the parameters' names; default: as in {@link planVisionTower}
 * @throws VisionConfigError if configuration and feature do not describe a tower
 * @example
 * ```ts
 * import { createVisionParameters, createVisionTower, planVisionTower, visionPreset } from '@pose-rft/mllm';
 * import { createRandom } from '@pose-rft/random';
 * import { useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const config = visionPreset('small-clip');
 * const parameters = createVisionParameters(planVisionTower(config), createRandom(1));
 * const tower = createVisionTower({ config, parameters });
 * const image = { data: new Float32Array(3 * 64 * 64), channelCount: 3, height: 64, width: 64 };
 * console.assert(tower.encode([image]).length === tower.tokenCount * tower.featureSize);
 * parameters.dispose();
 * ```
 */
export function createVisionTower(options: {
  readonly config: VisionTransformerConfig;
  readonly parameters: ParameterStore;
  readonly feature?: VisionFeature;
  readonly prefix?: string;
}): VisionTower {
  const { parameters } = options;
  const config = checkVisionConfig(options.config);
  const feature = checkVisionFeature(config, options.feature ?? defaultFeature(config));
  const names = VISION_NAMES[config.family];
  const prefix = options.prefix ?? names.prefix;
  const { hiddenSize, headCount, normEpsilon, classToken } = config;
  const tokens = visionTokenCount(config);
  const depths = featureDepths(config, feature);
  const depth = Math.max(...depths);
  const { tokenCount, featureSize } = featureShape(config, feature);

  const matrix = (name: string): Tensor2D => parameters.get(`${prefix}.${name}`) as Tensor2D;
  const vector = (name: string): Tensor1D => parameters.get(`${prefix}.${name}`) as Tensor1D;
  const linear = (rows: Tensor2D, name: string): Tensor2D =>
    add(matMul(rows, matrix(`${name}.weight`)), vector(`${name}.bias`));
  const norm = (rows: Tensor2D, name: (part: 'weight' | 'bias') => string): Tensor2D =>
    layerNorm(rows, vector(name('weight')), vector(name('bias')), normEpsilon);

  /** [images * tokens, hiddenSize]: patches with their positions. */
  function embed(patches: Tensor2D): Tensor2D {
    const product = matMul(patches, matrix(names.patchEmbedding('weight')));
    const embedded = config.patchBias ? add(product, vector(names.patchEmbedding('bias'))) : product;
    const { rows, columns } = patchGrid(config);
    const imageCount = embedded.shape[0] / (rows * columns);
    const byImage: Tensor3D = reshape(embedded as Tensor2D, [imageCount, rows * columns, hiddenSize]);
    const positions = matrix(names.positions);
    const placed = ((): Tensor3D => {
      if (classToken === 'none') return add(byImage, positions);
      if (classToken === 'prepended') {
        const first: Tensor3D = add(zeros([imageCount, 1, hiddenSize]), vector(names.classToken));
        return add(concat([first, byImage], 1), positions);
      }
      const [positionCount] = positions.shape;
      const own = slice(positions, [1, 0], [positionCount - 1, hiddenSize]);
      return add(byImage, add(own, slice(positions, [0, 0], [1, hiddenSize])));
    })();
    const flat: Tensor2D = reshape(placed, [imageCount * tokens, hiddenSize]);
    return config.preNorm ? norm(flat, names.preNorm) : flat;
  }

  function runBlock(rows: Tensor2D, layer: number): Tensor2D {
    const block = names.block(layer);
    const attentionInput = norm(rows, (part) => `${block}.${names.attentionNorm}.${part}`);
    const qkv = linear(attentionInput, `${block}.${names.attentionInput}`);
    const attended = fullAttention(qkv, tokens, headCount);
    const mixed: Tensor2D = add(rows, linear(attended, `${block}.${names.attentionOutput}`));
    const mlpInput = norm(mixed, (part) => `${block}.${names.mlpNorm}.${part}`);
    const hidden = gaussianErrorLinear(config.activation, linear(mlpInput, `${block}.mlp.fc1`));
    return add(mixed, linear(hidden, `${block}.mlp.fc2`));
  }

  /** Hands every hidden state to `visit`; a block's intermediate tensors are freed when it is done. */
  function run(patches: Tensor2D, visit: (rows: Tensor2D, depth: number) => void): void {
    let rows = tidy(() => embed(patches));
    visit(rows, 0);
    for (let layer = 0; layer < depth; layer++) {
      const input = rows;
      rows = tidy(() => runBlock(input, layer));
      if (!depths.includes(layer)) input.dispose();
      visit(rows, layer + 1);
    }
  }

  /** float32 [images, tokenCount, featureSize]. */
  function selectFeatures(patches: Tensor2D): Tensor3D {
    return tidy(() => {
      const states = new Map<number, Tensor2D>();
      run(patches, (rows, reached) => {
        if (depths.includes(reached)) states.set(reached, rows);
      });
      const parts = depths.map((wanted) => {
        const rows = states.get(wanted) as Tensor2D;
        return feature.finalNorm ? norm(rows, names.finalNorm) : rows;
      });
      const joined = parts.length === 1 ? (parts[0] as Tensor2D) : concat(parts, 1);
      const byImage: Tensor3D = reshape(joined, [joined.shape[0] / tokens, tokens, featureSize]);
      return feature.dropClassToken ? slice(byImage, [0, 1, 0], [-1, tokenCount, -1]) : byImage;
    });
  }

  function patchTensor(images: readonly PixelValues[]): Tensor2D {
    const { rows, columns } = patchGrid(config);
    const shape: [number, number] = [images.length * rows * columns, patchLength(config)];
    return tensor2d(cutPatches(config, images), shape);
  }

  function isFrozen(): boolean {
    return !parameters.names.some((name) => name.startsWith(`${prefix}.`) && parameters.isTrainable(name));
  }

  function features(images: readonly PixelValues[]): Tensor3D {
    return tidy(() => {
      const patches = patchTensor(images);
      if (!isFrozen()) return selectFeatures(patches);
      // What runs inside is not recorded: no gradient, and no intermediate tensor is kept for one.
      const withoutGradient = customGrad((input) => ({
        value: selectFeatures(input as Tensor2D),
        gradFunc: () => zerosLike(patches),
      }));
      return withoutGradient(patches);
    });
  }

  return {
    config,
    feature,
    parameters,
    prefix,
    grid: patchGrid(config),
    tokenCount,
    featureSize,
    features,
    encode(images) {
      const encoded = new Float32Array(images.length * tokenCount * featureSize);
      const atOnce = Math.max(1, Math.floor(ENCODED_ROWS / tokens));
      for (let first = 0; first < images.length; first += atOnce) {
        const values = tidy(() => features(images.slice(first, first + atOnce)).dataSync<'float32'>());
        encoded.set(values, first * tokenCount * featureSize);
      }
      return encoded;
    },
    hiddenStates: (images) =>
      tidy(() => {
        const states: Tensor3D[] = [];
        // A reshaped tensor outlives the one that it is made of.
        run(patchTensor(images), (rows) => states.push(reshape(rows, [images.length, tokens, hiddenSize])));
        return states;
      }),
  };
}
