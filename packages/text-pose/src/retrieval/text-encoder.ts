import type { ParameterStore, Tensor2D } from '@pose-rft/tensor';
import { match } from 'ts-pattern';
import { createConvolutionTextEncoder } from './convolution-text-encoder.js';
import type { TextEncoderConfig } from './retrieval-config.js';
import { createSentenceTextEncoder, type SentenceFeatures } from './sentence-features.js';
import { createTransformerTextEncoder } from './transformer-text-encoder.js';

/** Texts to features [N, width], before the projection into the shared space. */
export interface TextEncoder {
  /**
   * Differentiable. Call it inside a `tidy` or a loss, and `release` once the gradients are there: it frees what the
   * backward pass still reads.
   */
  encode(texts: readonly string[]): { readonly features: Tensor2D; readonly release: () => void };
  dispose(): void;
}

/** The encoder of a configuration. It reads the parameters anew in every call, and does not own them. */
export function createTextEncoder(
  config: TextEncoderConfig,
  parameters: ParameterStore,
  sentenceFeatures: SentenceFeatures | undefined,
): TextEncoder {
  return match(config)
    .with({ kind: 'transformer' }, (transformer) => createTransformerTextEncoder(transformer, parameters))
    .with({ kind: 'convolution' }, (convolution) => createConvolutionTextEncoder(convolution, parameters))
    .with({ kind: 'sentence-encoder' }, (sentence) => createSentenceTextEncoder(sentence, sentenceFeatures))
    .exhaustive();
}
