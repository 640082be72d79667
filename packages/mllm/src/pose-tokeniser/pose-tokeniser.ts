import type { ParameterStore } from '@pose-rft/tensor';
import { matrixToRotation6d, rotation6dToMatrix } from '@pose-rft/smpl';
import { ROTATION_SIZE } from '../rotation-size.js';
import { PoseTokeniserError, type PoseTokeniserConfig } from './pose-tokeniser-config.js';
import {
  CODEBOOKS,
  hasBridge,
  MEAN_POSE,
  requirePoses,
  tokeniserLayers,
} from './pose-tokeniser-parameters.js';
import { createCodebooks, quantiseResiduals, sumOfEntries } from './residual-quantiser.js';

/**
 * Turns poses into codes and back. Plain arithmetic on arrays: the same poses give the same codes, to the bit, whatever
 * the tensor backend, and whatever other poses are in the batch.
 */
export interface PoseTokeniser {
  readonly config: PoseTokeniserConfig;
  /**
   * @param poses6d - [N, poseSize] 6D rotations in layout `columns`; they need not be orthonormal
   * @returns [N, levelCount] codes in [0, codebookSize)
   * @throws PoseTokeniserError for part of a pose, or a number that is not finite
   */
  encodePoses(poses6d: Float32Array): Int32Array;
  /**
   * @param codes - [N, levelCount]
   * @param levels - how many levels to use, from the first on, in [1, levelCount] (default: all)
   * @returns [N, poseSize] rotations: the first two columns of a rotation matrix for each joint
   * @throws PoseTokeniserError for a code out of range, or codes of part of a pose
   */
  decodeCodes(codes: ArrayLike<number>, levels?: number): Float32Array;
  /**
   * How far the latents of poses are from what their codes stand for, level by level: never further at the next level.
   *
   * @returns [N, levelCount + 1] distances in the latent space, the first to no code at all
   * @throws PoseTokeniserError as `encodePoses`
   */
  latentErrors(poses6d: Float32Array): Float64Array;
}

interface Layer {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly inputSize: number;
  readonly outputSize: number;
}

interface Network {
  readonly layers: readonly Layer[];
  readonly bridge: Float32Array | undefined;
}

/**
 * Makes a tokeniser of trained parameters, whose numbers it copies: it holds no tensor, and the store may be disposed
 * or trained on.
 *
 * @param options.parameters - as `createPoseTokeniserParameters` makes and `trainPoseTokeniser` trains them, or as
 *   `loadPoseTokeniser` reads them
 */
export function createPoseTokeniser(options: {
  readonly config: PoseTokeniserConfig;
  readonly parameters: ParameterStore;
}): PoseTokeniser {
  const { config, parameters } = options;
  const { levelCount, codebookSize, latentSize, poseSize } = config;
  const read = (name: string): Float32Array => Float32Array.from(parameters.get(name).dataSync<'float32'>());
  const networkOf = (part: 'encoder' | 'decoder'): Network => ({
    layers: tokeniserLayers(part, config).map(({ name, inputSize, outputSize }) => ({
      weight: read(`${name}.weight`),
      bias: read(`${name}.bias`),
      inputSize,
      outputSize,
    })),
    bridge: hasBridge(config) ? read(`${part}.bridge.weight`) : undefined,
  });
  const [encoder, decoder] = [networkOf('encoder'), networkOf('decoder')];
  const meanPose = read(MEAN_POSE);
  const codebooks = createCodebooks(config, read(CODEBOOKS));

  /** [N, latentSize] */
  function encode(poses6d: Float32Array): Float64Array {
    const count = poses6d.length / poseSize;
    const latents = new Float64Array(count * latentSize);
    const input = new Float64Array(poseSize);
    const run = createForwardPass(encoder);
    for (let row = 0; row < count; row++) {
      for (let number = 0; number < poseSize; number++)
        input[number] = (poses6d[row * poseSize + number] as number) - (meanPose[number] as number);
      latents.set(run(input), row * latentSize);
    }
    return latents;
  }

  return {
    config,
    encodePoses(poses6d) {
      requirePoses('encodePoses', poses6d, poseSize, 0);
      const codes = new Int32Array((poses6d.length / poseSize) * levelCount);
      quantiseResiduals(codebooks, encode(poses6d), codes);
      return codes;
    },
    decodeCodes(given, levels = levelCount) {
      const codes = checkedCodes(given, levels);
      const count = codes.length / levelCount;
      const latents = new Float64Array(count * latentSize);
      sumOfEntries(codebooks, codes, levels, latents);
      const poses6d = new Float32Array(count * poseSize);
      const run = createForwardPass(decoder);
      const raw = new Float64Array(poseSize);
      for (let row = 0; row < count; row++) {
        const output = run(latents.subarray(row * latentSize, (row + 1) * latentSize));
        for (let number = 0; number < poseSize; number++)
          raw[number] = (output[number] as number) + (meanPose[number] as number);
        writeRotations(raw, poses6d, row * poseSize);
      }
      return poses6d;
    },
    latentErrors(poses6d) {
      requirePoses('latentErrors', poses6d, poseSize, 0);
      const residuals = encode(poses6d);
      const count = poses6d.length / poseSize;
      const errors = new Float64Array(count * (levelCount + 1));
      const lengthAt = (offset: number): number =>
        Math.hypot(...residuals.subarray(offset, offset + latentSize));
      quantiseResiduals(codebooks, residuals, new Int32Array(count * levelCount), (_, offset, level) => {
        errors[(offset / latentSize) * (levelCount + 1) + level] = lengthAt(offset);
      });
      for (let row = 0; row < count; row++)
        errors[row * (levelCount + 1) + levelCount] = lengthAt(row * latentSize);
      return errors;
    },
  };

  function checkedCodes(given: ArrayLike<number>, levels: number): Int32Array {
    if (given.length % levelCount !== 0)
      throw new PoseTokeniserError(
        `decodeCodes: expected ${levelCount} codes a pose, found ${given.length} in all.`,
      );
    if (!Number.isInteger(levels) || levels < 1 || levels > levelCount)
      throw new PoseTokeniserError(
        `decodeCodes: expected levels to be an integer in [1, ${levelCount}], found ${levels}.`,
      );
    for (let index = 0; index < given.length; index++) {
      const code = given[index] as number;
      if (!Number.isInteger(code) || code < 0 || code >= codebookSize)
        throw new PoseTokeniserError(
          `decodeCodes: code ${index % levelCount} of pose ${Math.floor(index / levelCount)} is ${code}; expected ` +
            `an integer in [0, ${codebookSize}). Are these codes of another tokeniser?`,
        );
    }
    return Int32Array.from(given);
  }
}

/** A function from an input vector to the network's output, which the next call overwrites. */
function createForwardPass({ layers, bridge }: Network): (input: Float64Array) => Float64Array {
  const outputs = layers.map(({ outputSize }) => new Float64Array(outputSize));
  return (input) => {
    let values = input;
    layers.forEach(({ weight, bias }, index) => {
      const output = outputs[index] as Float64Array;
      output.set(bias);
      addProduct(values, weight, output);
      if (index + 1 < layers.length)
        for (let to = 0; to < output.length; to++) if ((output[to] as number) < 0) output[to] = 0;
      values = output;
    });
    if (bridge !== undefined) addProduct(input, bridge, values);
    return values;
  };
}

/** output += input W, where W is [input.length, output.length]. */
function addProduct(input: Float64Array, weight: Float32Array, output: Float64Array): void {
  const width = output.length;
  for (let from = 0; from < input.length; from++) {
    const value = input[from] as number;
    // A rectifier has made many of them zero.
    if (value === 0) continue;
    for (let to = 0, at = from * width; to < width; to++, at++)
      output[to] = (output[to] as number) + value * (weight[at] as number);
  }
}

const matrix = new Float64Array(9);

function writeRotations(raw: Float64Array, poses6d: Float32Array, offset: number): void {
  for (let at = 0; at < raw.length; at += ROTATION_SIZE) {
    rotation6dToMatrix(raw, at, matrix, 0);
    matrixToRotation6d(matrix, 0, poses6d, offset + at);
  }
}
