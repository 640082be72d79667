import { RewardInputError } from '../reward-input-error.js';
import type { SentenceEncoder } from './embedding-similarity-reward.js';

/** How an encoder's token vectors become one: the first token's (BGE-M3, the BGE family), or their mean (most others). */
export type SentencePooling = 'cls' | 'mean';

/** What `pipeline('feature-extraction', model)` of `@huggingface/transformers` gives, as far as it is used here. */
export type FeatureExtractionPipeline = (
  texts: string[],
  options: { pooling: SentencePooling; normalize: boolean },
) => Promise<{ readonly data: ArrayLike<number | bigint>; readonly dims: readonly number[] }>;

export interface SentenceEncoderOptions {
  /** A name on the Hugging Face hub, or a folder: it needs `tokenizer.json`, `config.json` and `onnx/model.onnx`. */
  readonly model: string;
  /** As the model was trained. Default `cls`, which is BGE-M3's. */
  readonly pooling?: SentencePooling;
  /** Passed on to `pipeline`: `dtype`, `device`, `revision`, `local_files_only`, `cache_dir` ... */
  readonly pipelineOptions?: Readonly<Record<string, unknown>>;
  /** Imports `@huggingface/transformers`. Default: the installed package. */
  readonly importTransformers?: () => Promise<unknown>;
}

/** Thrown when the optional peer `@huggingface/transformers` cannot be loaded; `cause` is why. */
export class MissingTransformersError extends Error {
  override readonly name = 'MissingTransformersError';
  constructor(cause: unknown) {
    super(
      `the sentence encoder needs @huggingface/transformers, which could not be loaded (${
        cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
      }). Install it: npm install @huggingface/transformers; where its postinstall cannot download, add ` +
        '"allowScripts": { "onnxruntime-node": false, "protobufjs": false } to package.json, or --ignore-scripts: ' +
        'the CPU backend is in the package itself',
      { cause },
    );
  }
}

/**
 * A sentence encoder of `@huggingface/transformers`, an optional peer that is imported here and nowhere else. The
 * model's files are fetched by that package unless `model` is a folder or `pipelineOptions` has `local_files_only`.
 *
 * @throws MissingTransformersError if the package cannot be loaded
 * @throws RewardInputError if it gives no token vectors, or other numbers than one row a text
 * @throws what the package throws where it cannot find or read the model
 * @example
 * ```ts
 * import { createSentenceEncoder, MissingTransformersError } from '@pose-rft/rewards/sentence-encoder';
 *
 * const encoder = createSentenceEncoder({
 *   model: 'Xenova/bge-m3', // the paper's
 *   importTransformers: () => Promise.reject(new Error('not installed')),
 * });
 * const error: unknown = await encoder.catch((reason: unknown) => reason);
 * console.assert(error instanceof MissingTransformersError);
 * ```
 */
export async function createSentenceEncoder(options: SentenceEncoderOptions): Promise<SentenceEncoder> {
  const {
    model,
    pooling = 'cls',
    pipelineOptions = {},
    importTransformers = () => importOptional('@huggingface/transformers'),
  } = options;
  const transformers = await importTransformers().catch((error: unknown) => {
    throw new MissingTransformersError(error);
  });
  const { pipeline } = transformers as { readonly pipeline?: MakePipeline };
  if (typeof pipeline !== 'function')
    throw new MissingTransformersError(new Error('the module exports no function named pipeline'));
  return sentenceEncoderOf(
    model,
    await pipeline('feature-extraction', model, { ...pipelineOptions }),
    pooling,
  );
}

type MakePipeline = (
  task: 'feature-extraction',
  model: string,
  options: Record<string, unknown>,
) => Promise<FeatureExtractionPipeline>;

/** By a variable, so that neither bundlers nor TypeScript ask for a package that may not be there. */
async function importOptional(specifier: string): Promise<unknown> {
  const module: unknown = await import(/* @vite-ignore */ /* webpackIgnore: true */ specifier);
  return module;
}

/**
 * A sentence encoder of a pipeline that is already there. It encodes one text to learn the size of the embeddings,
 * which are normalised to length 1.
 *
 * @throws RewardInputError if the pipeline gives other than one row of finite size a text
 */
export async function sentenceEncoderOf(
  name: string,
  pipeline: FeatureExtractionPipeline,
  pooling: SentencePooling = 'cls',
): Promise<SentenceEncoder> {
  const run = async (texts: readonly string[]): Promise<{ rows: Float32Array; size: number }> => {
    const { data, dims } = await pipeline([...texts], { pooling, normalize: true });
    const [count, size = 0] = dims;
    if (dims.length !== 2 || count !== texts.length || size < 1)
      throw new RewardInputError(
        `the pipeline of ${name} gave [${dims.join(', ')}] for ${texts.length} texts; expected [${texts.length}, size]: ` +
          'it must be one of feature extraction',
      );
    return { rows: Float32Array.from(data, Number), size };
  };
  const { size: featureSize } = await run(['a text']);
  return {
    name,
    featureSize,
    encode: async (texts) => (texts.length === 0 ? new Float32Array() : (await run(texts)).rows),
  };
}
