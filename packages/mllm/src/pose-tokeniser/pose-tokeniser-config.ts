import { ROTATION_SIZE } from '../rotation-size.js';

/** The shape of a pose tokeniser: everything that fixes its parameters' names and shapes, and what a code means. Plain JSON. */
export interface PoseTokeniserConfig {
  /** K: codes of a pose. Each level codes what the levels before it have left over. */
  readonly levelCount: number;
  /** C: entries of each level's codebook; a code is an integer in [0, C). */
  readonly codebookSize: number;
  /** Numbers of the vector that is quantised. */
  readonly latentSize: number;
  /** Width of the encoder's and decoder's hidden layers. */
  readonly hiddenSize: number;
  /** Hidden layers of either. */
  readonly hiddenLayerCount: number;
  /** Numbers of a pose: 6 a joint. */
  readonly poseSize: number;
}

/** Thrown for a tokeniser that cannot be, and for poses and codes that are none of its own. */
export class PoseTokeniserError extends Error {
  override readonly name = 'PoseTokeniserError';
}

/** What a configuration that names nothing else has: 84 bits for the 24 joints of SMPL. */
export const DEFAULT_POSE_TOKENISER: PoseTokeniserConfig = Object.freeze({
  levelCount: 12,
  codebookSize: 128,
  latentSize: 64,
  hiddenSize: 256,
  hiddenLayerCount: 1,
  poseSize: 144,
});

/** Codes are token ids in the end: a vocabulary of more than this is a mistake. */
const LARGEST_COUNT = 1 << 20;

/**
 * Checks a configuration that was read from a file or written by hand, completes it by {@link DEFAULT_POSE_TOKENISER}, and
 * returns a frozen copy of its known fields.
 *
 * @throws PoseTokeniserError naming the field, what was expected and what was found
 * @example
 * ```ts
 * import { parsePoseTokeniserConfig } from '@pose-rft/mllm';
 *
 * const config = parsePoseTokeniserConfig({ levelCount: 4 });
 * console.assert(config.levelCount === 4 && config.poseSize === 144);
 * ```
 */
export function parsePoseTokeniserConfig(value: unknown): PoseTokeniserConfig {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new PoseTokeniserError(
      `PoseTokeniserConfig: expected an object, found ${JSON.stringify(value) ?? String(value)}.`,
    );
  const given: Readonly<Record<string, unknown>> = { ...value };
  const count = (name: keyof PoseTokeniserConfig, minimum = 1): number => {
    const found = given[name] ?? DEFAULT_POSE_TOKENISER[name];
    if (
      typeof found === 'number' &&
      Number.isSafeInteger(found) &&
      found >= minimum &&
      found <= LARGEST_COUNT
    )
      return found;
    throw new PoseTokeniserError(
      `PoseTokeniserConfig: expected ${name} to be an integer in [${minimum}, ${LARGEST_COUNT}], found ` +
        `${JSON.stringify(given[name])}.`,
    );
  };
  const config = Object.freeze({
    levelCount: count('levelCount'),
    // Code 0 of every level but the first stands for "nothing more".
    codebookSize: count('codebookSize', 2),
    latentSize: count('latentSize'),
    hiddenSize: count('hiddenSize'),
    hiddenLayerCount: count('hiddenLayerCount', 0),
    poseSize: count('poseSize'),
  });
  if (config.poseSize % ROTATION_SIZE !== 0)
    throw new PoseTokeniserError(
      `PoseTokeniserConfig: poseSize ${config.poseSize} is no multiple of ${ROTATION_SIZE}, the numbers of one joint; ` +
        'expected 144 for the 24 joints of SMPL.',
    );
  return config;
}
