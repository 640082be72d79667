import { match } from 'ts-pattern';
import { isPoseFeatureKind, POSE_FEATURE_KINDS, type PoseFeatureKind } from './pose-features.js';

/** The shape of a retrieval model: everything that fixes its parameters' names and shapes, and the forward pass. */
export interface RetrievalConfig {
  /** Numbers of an embedding. */
  readonly embeddingSize: number;
  readonly text: TextEncoderConfig;
  readonly pose: PoseEncoderConfig;
}

/** A text encoder of one's own, or a frozen one from elsewhere with a linear map trained on top. */
export type TextEncoderConfig = TransformerTextConfig | ConvolutionTextConfig | SentenceTextConfig;

/** A bidirectional transformer over words of a fixed vocabulary; the mean of its last rows is the text's. */
export interface TransformerTextConfig {
  readonly kind: 'transformer';
  readonly hiddenSize: number;
  readonly layerCount: number;
  /** Attention heads; each has `hiddenSize / headCount` numbers, an even count (rotary embedding turns pairs). */
  readonly headCount: number;
  /** Width of the gated feed-forward layer. */
  readonly intermediateSize: number;
  /** Whether a word's row also holds what its two neighbours add, from tables of their own. */
  readonly neighbours: boolean;
  /** Words beyond this many are not read. */
  readonly maximumWords: number;
  /** The words with an embedding of their own; all others share one. */
  readonly vocabulary: readonly string[];
  /** Words that are not read at all. */
  readonly skippedWords: readonly string[];
}

/**
 * Word vectors that are means of hashed character n-grams (so no word is unknown), one gated convolution over windows
 * of words, and the mean of its rows.
 */
export interface ConvolutionTextConfig {
  readonly kind: 'convolution';
  /** Rows of the table of character n-grams. */
  readonly bucketCount: number;
  /** Numbers of a word vector. */
  readonly wordSize: number;
  /** Words in a window; odd. */
  readonly windowSize: number;
  readonly filterCount: number;
  readonly hiddenSize: number;
  /** Words beyond this many are not read. */
  readonly maximumWords: number;
  /** Words that are not read at all. */
  readonly skippedWords: readonly string[];
}

/** Features of a frozen sentence encoder (see `createSentenceFeatures`) under a trained linear map. */
export interface SentenceTextConfig {
  readonly kind: 'sentence-encoder';
  /** Which encoder, for the reader of the checkpoint. */
  readonly name: string;
  /** Numbers that it gives for a sentence. */
  readonly featureSize: number;
}

/** A multilayer perceptron over what {@link PoseFeatureKind} says of a pose. */
export interface PoseEncoderConfig {
  readonly features: PoseFeatureKind;
  readonly hiddenSize: number;
  /** Gated layers, >= 1; all but the first are residual. */
  readonly layerCount: number;
}

/** Thrown for a configuration that describes no model. */
export class RetrievalConfigError extends Error {
  override readonly name = 'RetrievalConfigError';
}

/** Words that say nothing about a pose, and that encoders may pass over. */
export const WORDS_WITHOUT_POSE: readonly string[] = (
  'a an the their his her its he she they it is are be being has have been of to so that this there with ' +
  'person someone somebody man woman subject figure individual human'
).split(' ');

/**
 * Checks a configuration that was read from a file or written by hand, and returns a copy of its known fields.
 *
 * @throws RetrievalConfigError naming the field, what was expected and what was found
 */
export function parseRetrievalConfig(value: unknown): RetrievalConfig {
  const fields = objectOf('the configuration', value);
  return {
    embeddingSize: positiveInteger(fields, 'embeddingSize'),
    text: parseText(objectOf('"text"', fields['text'])),
    pose: parsePose(objectOf('"pose"', fields['pose'])),
  };
}

type Fields = Readonly<Record<string, unknown>>;

const TEXT_KINDS = ['transformer', 'convolution', 'sentence-encoder'] as const;

function parseText(fields: Fields): TextEncoderConfig {
  const kind = TEXT_KINDS.find((name) => name === fields['kind']);
  if (kind === undefined) throw refused('text.kind', `one of ${TEXT_KINDS.join(', ')}`, fields['kind']);
  return match(kind)
    .with('transformer', (kind) => checkedTransformer({ kind, ...transformerFields(fields) }))
    .with('convolution', (kind) => checkedConvolution({ kind, ...convolutionFields(fields) }))
    .with('sentence-encoder', (kind) => {
      const name = fields['name'];
      if (typeof name !== 'string') throw refused('text.name', 'a string', name);
      return { kind, name, featureSize: positiveInteger(fields, 'featureSize') };
    })
    .exhaustive();
}

function transformerFields(fields: Fields): Omit<TransformerTextConfig, 'kind'> {
  return {
    hiddenSize: positiveInteger(fields, 'hiddenSize'),
    layerCount: positiveInteger(fields, 'layerCount'),
    headCount: positiveInteger(fields, 'headCount'),
    intermediateSize: positiveInteger(fields, 'intermediateSize'),
    neighbours: truthValue(fields, 'neighbours'),
    maximumWords: positiveInteger(fields, 'maximumWords'),
    vocabulary: distinctWords(fields, 'vocabulary'),
    skippedWords: distinctWords(fields, 'skippedWords'),
  };
}

function checkedTransformer(config: TransformerTextConfig): TransformerTextConfig {
  const headSize = config.hiddenSize / config.headCount;
  if (!Number.isInteger(headSize) || headSize % 2 !== 0)
    throw refused(
      'text.hiddenSize',
      `an even multiple of headCount (${config.headCount})`,
      config.hiddenSize,
    );
  return config;
}

function convolutionFields(fields: Fields): Omit<ConvolutionTextConfig, 'kind'> {
  return {
    bucketCount: positiveInteger(fields, 'bucketCount'),
    wordSize: positiveInteger(fields, 'wordSize'),
    windowSize: positiveInteger(fields, 'windowSize'),
    filterCount: positiveInteger(fields, 'filterCount'),
    hiddenSize: positiveInteger(fields, 'hiddenSize'),
    maximumWords: positiveInteger(fields, 'maximumWords'),
    skippedWords: distinctWords(fields, 'skippedWords'),
  };
}

function checkedConvolution(config: ConvolutionTextConfig): ConvolutionTextConfig {
  if (config.windowSize % 2 === 0) throw refused('text.windowSize', 'an odd number', config.windowSize);
  return config;
}

function parsePose(fields: Fields): PoseEncoderConfig {
  const features = fields['features'];
  if (!isPoseFeatureKind(features))
    throw refused('pose.features', `one of ${POSE_FEATURE_KINDS.join(', ')}`, features);
  return {
    features,
    hiddenSize: positiveInteger(fields, 'hiddenSize'),
    layerCount: positiveInteger(fields, 'layerCount'),
  };
}

function objectOf(what: string, value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refused(what, 'an object', value);
  return { ...value };
}

function positiveInteger(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
    throw refused(name, 'a positive integer', value);
  return value;
}

function truthValue(fields: Fields, name: string): boolean {
  const value = fields[name];
  if (typeof value !== 'boolean') throw refused(name, 'true or false', value);
  return value;
}

function distinctWords(fields: Fields, name: string): readonly string[] {
  const value = fields[name];
  const words: unknown[] = Array.isArray(value) ? value : [];
  const strings = words.filter((word) => typeof word === 'string');
  if (!Array.isArray(value) || strings.length !== words.length || new Set(strings).size !== strings.length)
    throw refused(name, 'an array of strings, each once', value);
  return strings;
}

function refused(field: string, expected: string, found: unknown): RetrievalConfigError {
  const shown = JSON.stringify(found) ?? String(found);
  return new RetrievalConfigError(
    `Retrieval configuration: ${field}: expected ${expected}, found ${shown.slice(0, 120)}. ` +
      'Give what createRetrievalModel describes, or take a checkpoint as it was saved.',
  );
}
