/** The shape of the model: everything that fixes its parameters' names and shapes, and the forward pass. */
export interface MllmConfig {
  /** Width of the residual stream. */
  readonly hiddenSize: number;
  readonly layerCount: number;
  /** Attention heads; each has `hiddenSize / headCount` numbers, an even count (rotary embedding turns pairs). */
  readonly headCount: number;
  /** Width of the gated feed-forward layer. */
  readonly intermediateSize: number;
  /** Rows of the embedding table; at least the tokenizer's size. */
  readonly vocabularySize: number;
  /** `<image>` slots that one image fills. */
  readonly imageTokenCount: number;
  /** Numbers in the feature vector of one slot. */
  readonly imageFeatureSize: number;
  /** Longest prompt plus answer, in tokens. */
  readonly maxPositions: number;
  /** Base of the rotary embedding's frequencies. */
  readonly ropeTheta: number;
  /** Epsilon of RMSNorm. */
  readonly normEpsilon: number;
  readonly poseHead: PoseHeadConfig;
  /** Numbers of a pose: 6 for each of the 24 joints. */
  readonly poseSize: number;
}

export interface PoseHeadConfig {
  readonly hiddenSize: number;
  /** Lower bound of the log standard deviation of a pose's numbers (natural logarithm). */
  readonly logStdMin: number;
  readonly logStdMax: number;
}

/** Numbers of one joint's rotation: the first two columns of its matrix. */
export const ROTATION_SIZE = 6;

/** Thrown for a configuration that describes no model. */
export class MllmConfigError extends Error {
  override readonly name = 'MllmConfigError';
}

export type MllmPreset = keyof typeof MLLM_PRESETS;

/**
 * Shapes worth naming. `tiny` (0.2 M parameters) trains on one CPU core; `llava-1.5-7b` is the shape of the real
 * model, whose feature vectors are CLIP ViT-L/14-336's.
 */
export const MLLM_PRESETS = {
  tiny: {
    hiddenSize: 64,
    layerCount: 2,
    headCount: 4,
    intermediateSize: 176,
    vocabularySize: 512,
    imageTokenCount: 12,
    imageFeatureSize: 128,
    maxPositions: 256,
    ropeTheta: 10_000,
    normEpsilon: 1e-5,
    poseHead: { hiddenSize: 256, logStdMin: -4, logStdMax: -2.5 },
    poseSize: 144,
  },
  small: {
    hiddenSize: 128,
    layerCount: 4,
    headCount: 4,
    intermediateSize: 336,
    vocabularySize: 512,
    imageTokenCount: 12,
    imageFeatureSize: 128,
    maxPositions: 256,
    ropeTheta: 10_000,
    normEpsilon: 1e-5,
    poseHead: { hiddenSize: 256, logStdMin: -4, logStdMax: -2.5 },
    poseSize: 144,
  },
  'llava-1.5-7b': {
    hiddenSize: 4096,
    layerCount: 32,
    headCount: 32,
    intermediateSize: 11_008,
    vocabularySize: 32_064,
    imageTokenCount: 576,
    imageFeatureSize: 1024,
    maxPositions: 4096,
    ropeTheta: 10_000,
    normEpsilon: 1e-5,
    poseHead: { hiddenSize: 1024, logStdMin: -4, logStdMax: -2.5 },
    poseSize: 144,
  },
} as const satisfies Record<string, MllmConfig>;

/**
 * A preset with changes.
 *
 * @throws MllmConfigError if the result describes no model
 * @example
 * ```ts
 * import { mllmConfig } from '@pose-rft/mllm';
 *
 * const config = mllmConfig('tiny', { vocabularySize: 300 });
 * console.assert(config.hiddenSize === 64 && config.vocabularySize === 300);
 * ```
 */
export function mllmConfig(preset: MllmPreset, changes: Partial<MllmConfig> = {}): MllmConfig {
  return parseMllmConfig({ ...MLLM_PRESETS[preset], ...changes });
}

/**
 * Checks a configuration that was read from a file or written by hand, and returns a frozen copy of its known fields.
 *
 * @throws MllmConfigError naming the field, what was expected and what was found
 */
export function parseMllmConfig(value: unknown): MllmConfig {
  const fields = fieldsOf(value, 'the configuration');
  const head = fieldsOf(fields['poseHead'], '"poseHead"');
  const config: MllmConfig = Object.freeze({
    hiddenSize: count(fields, 'hiddenSize'),
    layerCount: count(fields, 'layerCount'),
    headCount: count(fields, 'headCount'),
    intermediateSize: count(fields, 'intermediateSize'),
    vocabularySize: count(fields, 'vocabularySize'),
    imageTokenCount: count(fields, 'imageTokenCount'),
    imageFeatureSize: count(fields, 'imageFeatureSize'),
    maxPositions: count(fields, 'maxPositions'),
    ropeTheta: positive(fields, 'ropeTheta'),
    normEpsilon: positive(fields, 'normEpsilon'),
    poseHead: Object.freeze({
      hiddenSize: count(head, 'hiddenSize'),
      logStdMin: finite(head, 'logStdMin'),
      logStdMax: finite(head, 'logStdMax'),
    }),
    poseSize: count(fields, 'poseSize'),
  });
  const headSize = config.hiddenSize / config.headCount;
  if (!Number.isInteger(headSize) || headSize % 2 !== 0)
    throw new MllmConfigError(
      `MllmConfig: hiddenSize ${config.hiddenSize} over headCount ${config.headCount} gives heads of ${headSize} ` +
        'numbers; expected an even integer. Change either of them.',
    );
  if (config.poseHead.logStdMin >= config.poseHead.logStdMax)
    throw new MllmConfigError(
      `MllmConfig: poseHead.logStdMin ${config.poseHead.logStdMin} must lie below logStdMax ` +
        `${config.poseHead.logStdMax}.`,
    );
  if (config.poseSize % ROTATION_SIZE !== 0)
    throw new MllmConfigError(
      `MllmConfig: poseSize ${config.poseSize} is no multiple of ${ROTATION_SIZE}, the numbers of one joint; ` +
        'expected 144 for the 24 joints of SMPL.',
    );
  return config;
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MllmConfigError(
      `MllmConfig: expected ${what} to be an object, found ${JSON.stringify(value)}.`,
    );
  return { ...value };
}

function count(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
    throw new MllmConfigError(`MllmConfig: expected ${name} to be an integer above 0, found ${show(value)}.`);
  return value;
}

function positive(fields: Fields, name: string): number {
  const value = finite(fields, name);
  if (value <= 0)
    throw new MllmConfigError(`MllmConfig: expected ${name} to be a number above 0, found ${show(value)}.`);
  return value;
}

function finite(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new MllmConfigError(`MllmConfig: expected ${name} to be a finite number, found ${show(value)}.`);
  return value;
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
