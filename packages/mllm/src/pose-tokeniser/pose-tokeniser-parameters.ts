import { createParameterStore, tensor, type ParameterStore, type Tensor } from '@pose-rft/tensor';
import type { Random } from '@pose-rft/random';
import { initialParameter, type ParameterPlan } from '../parameters.js';
import { PoseTokeniserError, type PoseTokeniserConfig } from './pose-tokeniser-config.js';

/** One linear layer of the encoder or the decoder: `{name}.weight` [inputSize, outputSize] and `{name}.bias`. */
export interface TokeniserLayer {
  readonly name: string;
  readonly inputSize: number;
  readonly outputSize: number;
}

/** The pose that the networks see as zero: the mean of the training poses. Not trained. */
export const MEAN_POSE = 'mean_pose';
/** [K, C, latentSize]. Not trained by gradients: its entries follow the averages of what they stand for. */
export const CODEBOOKS = 'codebooks';

/** The layers of the encoder (pose to latent) or the decoder (latent to pose), in order. */
export function tokeniserLayers(
  part: 'encoder' | 'decoder',
  config: PoseTokeniserConfig,
): readonly TokeniserLayer[] {
  const { poseSize, latentSize, hiddenSize, hiddenLayerCount } = config;
  const hidden = new Array<number>(hiddenLayerCount).fill(hiddenSize);
  const sizes = part === 'encoder' ? [poseSize, ...hidden, latentSize] : [latentSize, ...hidden, poseSize];
  return sizes.slice(1).map((outputSize, index) => ({
    name: `${part}.${index}`,
    inputSize: sizes[index] as number,
    outputSize,
  }));
}

/** Whether a linear map bridges the hidden layers, which then learn what it leaves over: `{part}.bridge.weight`. */
export function hasBridge({ hiddenLayerCount }: PoseTokeniserConfig): boolean {
  return hiddenLayerCount > 0;
}

/**
 * Every parameter's name, shape and start. Hidden layers start as He et al. (2015) have it, as they end in rectifiers; the
 * last layer behind them starts at zero, so that the bridge learns alone at first.
 */
export function planPoseTokeniser(
  config: PoseTokeniserConfig,
  meanPose6d: Float32Array = new Float32Array(config.poseSize),
): Readonly<Record<string, ParameterPlan>> {
  const { levelCount, codebookSize, latentSize, poseSize } = config;
  const plan: Record<string, ParameterPlan> = {
    [MEAN_POSE]: { shape: [poseSize], initial: { kind: 'values', values: meanPose6d } },
  };
  for (const part of ['encoder', 'decoder'] as const) {
    const layers = tokeniserLayers(part, config);
    const linear = (name: string, inputSize: number, outputSize: number, gain: number): void => {
      plan[`${name}.weight`] = {
        shape: [inputSize, outputSize],
        initial: { kind: 'normal', standardDeviation: gain / Math.sqrt(inputSize) },
      };
    };
    const [from, to] = part === 'encoder' ? [poseSize, latentSize] : [latentSize, poseSize];
    if (hasBridge(config)) linear(`${part}.bridge`, from, to, 1);
    layers.forEach(({ name, inputSize, outputSize }, index) => {
      linear(name, inputSize, outputSize, lastOrHidden(index === layers.length - 1, config));
      plan[`${name}.bias`] = { shape: [outputSize], initial: { kind: 'constant', value: 0 } };
    });
  }
  plan[CODEBOOKS] = {
    shape: [levelCount, codebookSize, latentSize],
    initial: { kind: 'constant', value: 0 },
  };
  return plan;
}

function lastOrHidden(isLast: boolean, config: PoseTokeniserConfig): number {
  if (!isLast) return Math.SQRT2;
  return hasBridge(config) ? 0 : 1;
}

/** Whether a parameter of a tokeniser is trained by gradients. */
export function learnsByGradient(name: string): boolean {
  return name !== MEAN_POSE && name !== CODEBOOKS;
}

/**
 * Fresh parameters, for `trainPoseTokeniser`; the caller owns the store.
 *
 * @param options.poses6d - [N, poseSize] training poses, whose mean the networks see as zero
 * @throws PoseTokeniserError if there is no pose, part of one, or a number that is not finite
 */
export function createPoseTokeniserParameters(options: {
  readonly config: PoseTokeniserConfig;
  readonly random: Random;
  readonly poses6d: Float32Array;
}): ParameterStore {
  const { config, random, poses6d } = options;
  requirePoses('createPoseTokeniserParameters', poses6d, config.poseSize);
  const entries: Record<string, Tensor> = {};
  for (const [name, parameter] of Object.entries(
    planPoseTokeniser(config, meanPose(poses6d, config.poseSize)),
  ))
    entries[name] = tensor(initialParameter(parameter, random.split(name)), [...parameter.shape], 'float32');
  return createParameterStore(entries, { trainable: learnsByGradient });
}

/** @throws PoseTokeniserError unless these are one or more poses of finite numbers */
export function requirePoses(caller: string, poses6d: Float32Array, poseSize: number, minimum = 1): void {
  const count = poses6d.length / poseSize;
  if (!Number.isInteger(count) || count < minimum)
    throw new PoseTokeniserError(
      `${caller}: expected poses of ${poseSize} numbers each, ${minimum} or more, one after the other; found ` +
        `${poses6d.length} numbers.`,
    );
  for (let index = 0; index < poses6d.length; index++)
    if (!Number.isFinite(poses6d[index]))
      throw new PoseTokeniserError(
        `${caller}: number ${index % poseSize} of pose ${Math.floor(index / poseSize)} is ${poses6d[index]}; ` +
          'expected finite numbers. Leave the pose out.',
      );
}

function meanPose(poses6d: Float32Array, poseSize: number): Float32Array {
  const sums = new Float64Array(poseSize);
  for (let index = 0; index < poses6d.length; index++)
    sums[index % poseSize] = (sums[index % poseSize] as number) + (poses6d[index] as number);
  const count = poses6d.length / poseSize;
  return Float32Array.from(sums, (sum) => sum / count);
}
