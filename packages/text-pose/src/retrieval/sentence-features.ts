import { tensor2d } from '@pose-rft/tensor';
import type { SentenceTextConfig } from './retrieval-config.js';
import type { TextEncoder } from './text-encoder.js';

/** Any frozen encoder of sentences: N texts to [N, featureSize] numbers, row by row. */
export interface SentenceEncoder {
  readonly name: string;
  readonly featureSize: number;
  encode(texts: readonly string[]): Promise<Float32Array>;
}

/** What `pipeline('feature-extraction', model)` of `@huggingface/transformers` is, as far as it is used here. */
export type FeatureExtractionPipeline = (
  texts: string[],
  options: { pooling: 'mean'; normalize: boolean },
) => Promise<{ readonly data: ArrayLike<number | bigint>; readonly dims: readonly number[] }>;

/** Features of the texts that were asked for, each computed once; see {@link createSentenceFeatures}. */
export interface SentenceFeatures {
  readonly encoder: SentenceEncoder;
  /** Computes what is not known yet. @throws SentenceFeaturesError if the encoder gives other shapes, or no numbers */
  add(texts: readonly string[]): Promise<void>;
  /** [featureSize] @throws SentenceFeaturesError if the text was never added */
  get(text: string): Float32Array;
}

/** Thrown when a sentence encoder is missing, gives what it should not, or was not asked beforehand. */
export class SentenceFeaturesError extends Error {
  override readonly name = 'SentenceFeaturesError';
}

/**
 * Wraps a feature-extraction pipeline of `@huggingface/transformers` (mean pooling, normalised). The package itself is
 * not imported: the caller makes the pipeline.
 *
 * @param featureSize - the model's hidden size, such as 384 for all-MiniLM-L6-v2
 */
export function featureExtractionEncoder(
  name: string,
  featureSize: number,
  pipeline: FeatureExtractionPipeline,
): SentenceEncoder {
  return {
    name,
    featureSize,
    async encode(texts) {
      const { data, dims } = await pipeline([...texts], { pooling: 'mean', normalize: true });
      if (dims.join() !== [texts.length, featureSize].join())
        throw new SentenceFeaturesError(
          `The pipeline ${name} gave [${dims.join(', ')}] for ${texts.length} texts; expected ` +
            `[${texts.length}, ${featureSize}]. Give featureSize as the model's hidden size.`,
        );
      return Float32Array.from(data, Number);
    },
  };
}

const TEXTS_PER_CALL = 64;

/**
 * Features of a frozen sentence encoder, kept by text: it runs once for each distinct text, so that training and
 * scoring stay synchronous.
 *
 * @example
 * ```ts
 * import { createSentenceFeatures, featureExtractionEncoder } from '@pose-rft/text-pose/retrieval';
 *
 * // With @huggingface/transformers: await pipeline('feature-extraction', 'Xenova/all-MiniLM-L6-v2').
 * const pipeline = async (texts: string[]) => ({
 *   data: texts.flatMap((text) => [text.length, 1]),
 *   dims: [texts.length, 2],
 * });
 * const features = createSentenceFeatures(featureExtractionEncoder('lengths', 2, pipeline));
 * await features.add(['kneeling', 'sitting']);
 * console.assert(features.get('sitting')[0] === 7);
 * ```
 */
export function createSentenceFeatures(encoder: SentenceEncoder): SentenceFeatures {
  const known = new Map<string, Float32Array>();
  const { featureSize, name } = encoder;
  return {
    encoder,
    async add(texts) {
      const missing = [...new Set(texts)].filter((text) => !known.has(text));
      for (let start = 0; start < missing.length; start += TEXTS_PER_CALL) {
        const batch = missing.slice(start, start + TEXTS_PER_CALL);
        const values = await encoder.encode(batch);
        if (values.length !== batch.length * featureSize || !values.every(Number.isFinite))
          throw new SentenceFeaturesError(
            `The sentence encoder ${name} gave ${values.length} numbers for ${batch.length} texts; expected ` +
              `${batch.length} x ${featureSize} finite ones. Check its featureSize and its pooling.`,
          );
        batch.forEach((text, index) =>
          known.set(text, values.slice(index * featureSize, (index + 1) * featureSize)),
        );
      }
    },
    get(text) {
      const features = known.get(text);
      if (features === undefined)
        throw new SentenceFeaturesError(
          `There are no features of ${JSON.stringify(text.slice(0, 80))}: await add(texts) before they are used.`,
        );
      return features;
    },
  };
}

/** The features as constants: the encoder is frozen, and what is trained is the projection behind it. */
export function createSentenceTextEncoder(
  config: SentenceTextConfig,
  features: SentenceFeatures | undefined,
): TextEncoder {
  if (features?.encoder.featureSize !== config.featureSize)
    throw new SentenceFeaturesError(
      `This model reads ${config.featureSize} features of the sentence encoder ${config.name}; found ` +
        `${features === undefined ? 'none' : `${features.encoder.featureSize} of ${features.encoder.name}`}. ` +
        'Give createSentenceFeatures(encoder) as `sentenceFeatures`.',
    );
  return {
    encode(texts) {
      const rows = new Float32Array(texts.length * config.featureSize);
      texts.forEach((text, index) => rows.set(features.get(text), index * config.featureSize));
      return { features: tensor2d(rows, [texts.length, config.featureSize]), release: () => {} };
    },
    dispose: () => {},
  };
}
