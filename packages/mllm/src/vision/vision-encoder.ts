import {
  concat,
  reshape,
  tensor3d,
  tidy,
  type ParameterStore,
  type Tensor2D,
  type Tensor3D,
} from '@pose-rft/tensor';
import { match } from 'ts-pattern';
import type { PixelValues } from '../image/pixel-values.js';
import type { ParameterPlan } from '../parameters.js';
import { planProjector, project, PROJECTOR_PREFIX, type ProjectorConfig } from './projector.js';
import { VisionInputError } from './patches.js';
import { resizeTokenGrid } from './token-grid.js';
import {
  defaultFeature,
  featureShape,
  patchGrid,
  VisionConfigError,
  type VisionActivation,
  type VisionFeature,
  type VisionTransformerConfig,
} from './vision-config.js';
import { VISION_NAMES } from './vision-names.js';
import { planVisionTower } from './vision-parameters.js';
import { createVisionTower, type VisionTower } from './vision-tower.js';

/** One tower of an encoder. */
export interface EncoderTower {
  readonly config: VisionTransformerConfig;
  /** Default: {@link defaultFeature}. */
  readonly feature?: VisionFeature;
  /** What precedes the tower's parameters' names; default: `vision_tower.vision_model`, or HMR2.0's. */
  readonly prefix?: string;
  /**
   * What precedes the names of the projector that the tower has of its own when tokens are concatenated; default:
   * `multi_modal_projector` for the first tower, `pose_projector` for the second.
   */
  readonly projectorPrefix?: string;
}

/**
 * How the features of several towers become one sequence:
 * - `tokens`: every tower's tokens through a projector of its own, one tower's behind the other's;
 * - `channels`: the towers' numbers for the same place side by side, through one projector. Towers with another grid
 *   than the first one's are refused, or resized to it.
 */
export type VisionFusion =
  { readonly kind: 'tokens' } | { readonly kind: 'channels'; readonly unequalGrids: 'refuse' | 'resize' };

/** The picture half of a model. */
export interface VisionEncoderConfig {
  /** The language-aligned tower, then the pose-aware one if there is one. */
  readonly towers: readonly EncoderTower[];
  readonly fusion: VisionFusion;
  readonly projector: {
    readonly depth: number;
    readonly activation: VisionActivation;
    readonly bias: boolean;
  };
  /** Width of the language model's residual stream. */
  readonly outputSize: number;
}

/** The features of one picture, of each tower: [tokenCount * featureSize]. What a cache keeps of frozen towers. */
export type ImageFeatures = readonly Float32Array[];

/** Towers, fusion and projectors; see {@link createVisionEncoder}. */
export interface VisionEncoder {
  readonly config: VisionEncoderConfig;
  readonly towers: readonly VisionTower[];
  /** Rows among the token embeddings that one picture takes. */
  readonly tokenCount: number;
  readonly outputSize: number;
  /**
   * The features of pictures without gradient, as plain data.
   *
   * @param images - for every picture, what each tower's preprocessing made of it
   * @throws VisionInputError if there is not one for each tower, or it has another size
   */
  encode(images: readonly (readonly PixelValues[])[]): ImageFeatures[];
  /**
   * float32 [images, tokenCount, outputSize]: fused and projected. Differentiable in the projectors.
   *
   * @throws VisionInputError if features do not have the towers' sizes
   */
  projectFeatures(images: readonly ImageFeatures[]): Tensor3D;
  /** The same of pictures, differentiable in the trainable towers too. */
  project(images: readonly (readonly PixelValues[])[]): Tensor3D;
}

const PROJECTOR_PREFIXES = [PROJECTOR_PREFIX, 'pose_projector'] as const;

/**
 * Every parameter of a vision encoder: its towers' and its projectors'.
 *
 * @throws VisionConfigError if the towers cannot be fused as configured
 */
export function planVisionEncoder(config: VisionEncoderConfig): Readonly<Record<string, ParameterPlan>> {
  checkFusion(config);
  return Object.assign(
    {},
    ...config.towers.map(({ config: tower, feature, prefix }) => planVisionTower(tower, feature, prefix)),
    ...projectorConfigs(config).map(planProjector),
  ) as Readonly<Record<string, ParameterPlan>>;
}

/** The projectors: one for each tower when tokens are concatenated, one when channels are. */
export function projectorConfigs(config: VisionEncoderConfig): readonly ProjectorConfig[] {
  const sizes = config.towers.map(towerShape).map(({ featureSize }) => featureSize);
  const { outputSize, projector } = config;
  return match(config.fusion)
    .with({ kind: 'tokens' }, () =>
      config.towers.map(({ projectorPrefix }, index) => ({
        ...projector,
        inputSize: sizes[index] as number,
        outputSize,
        prefix: projectorPrefix ?? PROJECTOR_PREFIXES[index] ?? `${PROJECTOR_PREFIX}_${index + 1}`,
      })),
    )
    .with({ kind: 'channels' }, () => [
      {
        ...projector,
        inputSize: sizes.reduce((sum, size) => sum + size, 0),
        outputSize,
        prefix: config.towers[0]?.projectorPrefix ?? PROJECTOR_PREFIX,
      },
    ])
    .exhaustive();
}

/** Rows among the token embeddings that one picture takes. */
export function encoderTokenCount(config: VisionEncoderConfig): number {
  const counts = config.towers.map(towerShape).map(({ tokenCount }) => tokenCount);
  return config.fusion.kind === 'tokens'
    ? counts.reduce((sum, count) => sum + count, 0)
    : (counts[0] as number);
}

/**
 * The picture half of the model: vision towers, the fusion of their features, and the projectors into the language
 * model. It owns no tensors; the parameters are their owner's.
 *
 * @param options.parameters - those of {@link planVisionEncoder}, alone or among others
 * @throws VisionConfigError if the towers cannot be fused as configured
 * @example
 * ```ts
 * import { createVisionEncoder, createVisionParameters, planVisionEncoder, visionPreset } from '@pose-rft/mllm';
 * import { createRandom } from '@pose-rft/random';
 * import { useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const config = {
 *   towers: [{ config: visionPreset('small-clip') }, { config: visionPreset('small-hmr2') }],
 *   fusion: { kind: 'tokens' },
 *   projector: { depth: 2, activation: 'gelu', bias: true },
 *   outputSize: 32,
 * } as const;
 * const parameters = createVisionParameters(planVisionEncoder(config), createRandom(1));
 * const encoder = createVisionEncoder({ config, parameters });
 * const picture = (size: number) => ({ data: new Float32Array(3 * size * size), channelCount: 3, height: size, width: size });
 * const features = encoder.encode([[picture(64), picture(128)]]);
 * const tokens = encoder.projectFeatures(features);
 * console.assert(tokens.shape.join() === '1,112,32' && encoder.tokenCount === 64 + 48);
 * tokens.dispose();
 * parameters.dispose();
 * ```
 */
export function createVisionEncoder(options: {
  readonly config: VisionEncoderConfig;
  readonly parameters: ParameterStore;
}): VisionEncoder {
  const { config, parameters } = options;
  checkFusion(config);
  const towers = config.towers.map((tower) => createVisionTower({ ...tower, parameters }));
  const projectors = projectorConfigs(config);

  function fuse(streams: readonly Tensor3D[]): Tensor3D {
    return tidy(() =>
      match(config.fusion)
        .with({ kind: 'tokens' }, () => {
          const projected = streams.map((stream, index) =>
            projectTokens(projectors[index] as ProjectorConfig, stream),
          );
          return projected.length === 1 ? (projected[0] as Tensor3D) : concat(projected, 1);
        })
        .with({ kind: 'channels' }, () => {
          const target = (towers[0] as VisionTower).grid;
          const aligned = streams.map((stream, index) =>
            index === 0 || stream.shape[1] === (streams[0] as Tensor3D).shape[1]
              ? stream
              : resizeTokenGrid(stream, (towers[index] as VisionTower).grid, target),
          );
          const joined = aligned.length === 1 ? (aligned[0] as Tensor3D) : concat(aligned, 2);
          return projectTokens(projectors[0] as ProjectorConfig, joined);
        })
        .exhaustive(),
    );
  }

  function projectTokens(projector: ProjectorConfig, stream: Tensor3D): Tensor3D {
    const [imageCount, tokenCount, size] = stream.shape;
    const rows: Tensor2D = reshape(stream, [imageCount * tokenCount, size]);
    return reshape(project(projector, parameters, rows), [imageCount, tokenCount, config.outputSize]);
  }

  /** For every tower, its pictures. */
  function picturesByTower(images: readonly (readonly PixelValues[])[]): readonly (readonly PixelValues[])[] {
    images.forEach((pictures, index) => checkCount('pictures', pictures.length, towers.length, index));
    return towers.map((_, tower) => images.map((pictures) => pictures[tower] as PixelValues));
  }

  return {
    config,
    towers,
    tokenCount: encoderTokenCount(config),
    outputSize: config.outputSize,
    encode(images) {
      const encoded = picturesByTower(images).map((pictures, tower) =>
        (towers[tower] as VisionTower).encode(pictures),
      );
      return images.map((_, image) =>
        encoded.map((features) => {
          const size = features.length / images.length;
          return features.slice(image * size, (image + 1) * size);
        }),
      );
    },
    projectFeatures: (images) =>
      tidy(() => fuse(towers.map((tower, index) => stackFeatures(tower, index, towers.length, images)))),
    project: (images) =>
      tidy(() =>
        fuse(
          picturesByTower(images).map((pictures, tower) => (towers[tower] as VisionTower).features(pictures)),
        ),
      ),
  };
}

/** float32 [images, tokenCount, featureSize] of one tower. */
function stackFeatures(
  tower: VisionTower,
  index: number,
  towerCount: number,
  images: readonly ImageFeatures[],
): Tensor3D {
  const { tokenCount, featureSize } = tower;
  const stacked = new Float32Array(images.length * tokenCount * featureSize);
  images.forEach((features, image) => {
    checkCount('features', features.length, towerCount, image);
    const own = features[index] as Float32Array;
    if (own.length !== tokenCount * featureSize)
      throw new VisionInputError(
        `vision encoder: expected ${tokenCount} x ${featureSize} features of picture ${image} in tower ${index}, ` +
          `found ${own.length} numbers. Was it encoded for another model?`,
      );
    stacked.set(own, image * tokenCount * featureSize);
  });
  return tensor3d(stacked, [images.length, tokenCount, featureSize]);
}

function checkCount(what: string, found: number, expected: number, image: number): void {
  if (found !== expected)
    throw new VisionInputError(
      `vision encoder: expected ${expected} ${what} of picture ${image}, one for each tower, found ${found}.`,
    );
}

function towerShape({ config, feature = defaultFeature(config) }: EncoderTower): {
  readonly tokenCount: number;
  readonly featureSize: number;
} {
  return featureShape(config, feature);
}

function checkFusion(config: VisionEncoderConfig): void {
  const { towers, fusion } = config;
  if (towers.length === 0)
    throw new VisionConfigError('vision encoder: expected at least one tower, found none.');
  const prefixes = towers.map(({ config: tower, prefix }) => prefix ?? VISION_NAMES[tower.family].prefix);
  const twice = prefixes.find((prefix, index) => prefixes.indexOf(prefix) !== index);
  if (twice !== undefined)
    throw new VisionConfigError(
      `vision encoder: two towers keep their parameters below ${twice}; give one of them another prefix.`,
    );
  if (fusion.kind === 'tokens') return;
  const counts = towers.map(towerShape).map(({ tokenCount }) => tokenCount);
  const first = counts[0] as number;
  counts.forEach((count, index) => {
    if (count === first) return;
    const described =
      `vision encoder: tower ${index} gives ${count} tokens a picture, the first one ${first}; ` +
      'side by side they must be equally many.';
    if (fusion.unequalGrids === 'refuse')
      throw new VisionConfigError(
        `${described} Let unequal grids be resized, or concatenate tokens instead.`,
      );
    for (const place of [0, index]) {
      const tower = towers[place] as EncoderTower;
      const { rows, columns } = patchGrid(tower.config);
      if (counts[place] !== rows * columns)
        throw new VisionConfigError(
          `${described} Tower ${place} keeps its class token, which has no place in a grid: leave it out to resize.`,
        );
    }
  });
}
