import {
  add,
  concat,
  gatherRows,
  matMul,
  rmsNorm,
  swiGlu,
  zeros,
  type ParameterStore,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import { characterNgramBuckets } from './character-ngrams.js';
import { linearLayer } from './linear-layer.js';
import type { ConvolutionTextConfig } from './retrieval-config.js';
import { segmentMean } from './segment-mean.js';
import type { TextEncoder } from './text-encoder.js';
import { wordSequence } from './word-sequence.js';

/**
 * A gated convolution over windows of words, in the manner of Y. Kim ("Convolutional Neural Networks for Sentence
 * Classification", 2014) with the mean in place of the maximum, so that it counts what a text says rather than reads it
 * in order. A batch has few distinct words: each place of the window maps those, and rows only add up what is theirs.
 */
export function createConvolutionTextEncoder(
  config: ConvolutionTextConfig,
  parameters: ParameterStore,
): TextEncoder {
  const { bucketCount, filterCount, maximumWords, windowSize } = config;
  const skippedWords = new Set(config.skippedWords);
  const bucketsOfWord = new Map<string, Int32Array>();
  const matrix = (name: string): Tensor2D => parameters.get(name) as Tensor2D;
  const vector = (name: string): Tensor1D => parameters.get(name) as Tensor1D;

  function bucketsOf(word: string): Int32Array {
    let buckets = bucketsOfWord.get(word);
    if (buckets === undefined) {
      buckets = characterNgramBuckets(word, bucketCount);
      // The words of free text are endless; a cache is not.
      if (bucketsOfWord.size < LARGEST_CACHE) bucketsOfWord.set(word, buckets);
    }
    return buckets;
  }

  /** [D, wordSize] of distinct words. */
  function wordVectors(words: readonly string[]): Tensor2D {
    const buckets = words.map(bucketsOf);
    const all = new Int32Array(buckets.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const one of buckets) {
      all.set(one, at);
      at += one.length;
    }
    return segmentMean(
      gatherRows(matrix('text.ngrams'), all),
      Int32Array.from(buckets, ({ length }) => length),
    );
  }

  return {
    encode(texts) {
      const sequences = texts.map((text) => wordSequence(text, { skippedWords, maximumWords }));
      const distinct = [...new Set(sequences.flat())];
      const rowOfWord = new Map(distinct.map((word, index) => [word, index]));
      const vectors = wordVectors(distinct);
      const nothing: Tensor2D = zeros([1, 2 * filterCount]);
      let windows: Tensor2D | undefined;
      for (let place = 0; place < windowSize; place++) {
        const mapped: Tensor2D = matMul(vectors, matrix(`text.window.${place}`));
        const seen = concat([mapped, nothing], 0);
        const shift = place - (windowSize - 1) / 2;
        const rows = gatherRows(seen, shiftedRows(sequences, rowOfWord, shift));
        windows = windows === undefined ? rows : add(windows, rows);
      }
      const filtered = swiGlu(add(windows as Tensor2D, vector('text.window.bias')));
      const pooled = segmentMean(
        filtered,
        Int32Array.from(sequences, ({ length }) => length),
      );
      const normalised = rmsNorm(pooled, vector('text.pooled_norm'));
      return { features: swiGlu(linearLayer(parameters, 'text.hidden', normalised)), release: () => {} };
    },
    dispose: () => {},
  };
}

const LARGEST_CACHE = 20_000;

/** For each word of each text, the row of the word `shift` places on; beyond a text's ends the last row, of zeros. */
function shiftedRows(
  sequences: readonly (readonly string[])[],
  rowOfWord: ReadonlyMap<string, number>,
  shift: number,
): Int32Array {
  const beyond = rowOfWord.size;
  const rows = new Int32Array(sequences.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const sequence of sequences)
    for (let word = 0; word < sequence.length; word++)
      rows[at++] = rowOfWord.get(sequence[word + shift] ?? '\0') ?? beyond;
  return rows;
}
