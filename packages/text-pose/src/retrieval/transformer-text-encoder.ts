import {
  add,
  createAttentionLayout,
  createRotaryTables,
  gatherRows,
  matMul,
  packedAttention,
  rmsNorm,
  rotaryEmbedding,
  swiGlu,
  type ParameterStore,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import type { TransformerTextConfig } from './retrieval-config.js';
import { NEIGHBOUR_TABLES, UNKNOWN_WORD } from './retrieval-parameters.js';
import { segmentMean } from './segment-mean.js';
import type { TextEncoder } from './text-encoder.js';
import { wordSequence } from './word-sequence.js';

const ROTARY_BASE = 1000;

/**
 * A bidirectional transformer: words of a text attend to each other both ways, texts stand packed one after the other
 * without padding. Pre-norm blocks with RMSNorm, rotary positions and gated feed-forward layers. With `neighbours` a
 * word's row also holds what its two neighbours add: "left" belongs to the word behind it, which attention alone takes
 * long to find out.
 */
export function createTransformerTextEncoder(
  config: TransformerTextConfig,
  parameters: ParameterStore,
): TextEncoder {
  const { hiddenSize, headCount, layerCount, maximumWords } = config;
  const tables = createRotaryTables({
    headSize: hiddenSize / headCount,
    maxPositions: maximumWords,
    theta: ROTARY_BASE,
  });
  const skippedWords = new Set(config.skippedWords);
  const rowOfWord = new Map(config.vocabulary.map((word, index) => [word, index + 1]));
  const matrix = (name: string): Tensor2D => parameters.get(name) as Tensor2D;
  const vector = (name: string): Tensor1D => parameters.get(name) as Tensor1D;

  function whatNeighboursAdd(ids: Int32Array, lengths: Int32Array): Tensor2D {
    const [before, behind] = neighbours(ids, lengths, config.vocabulary.length + 1);
    return add(
      gatherRows(matrix(NEIGHBOUR_TABLES[0]), before),
      gatherRows(matrix(NEIGHBOUR_TABLES[1]), behind),
    );
  }

  return {
    encode(texts) {
      const sequences = texts.map((text) => wordSequence(text, { skippedWords, maximumWords }));
      const ids = Int32Array.from(sequences.flat(), (word) => rowOfWord.get(word) ?? UNKNOWN_WORD);
      const lengths = Int32Array.from(sequences, ({ length }) => length);
      const layout = createAttentionLayout(
        Array.from(lengths, (length) => ({ length, bidirectional: true })),
      );
      let rows = gatherRows(matrix('text.embedding'), ids);
      if (config.neighbours) rows = add(rows, whatNeighboursAdd(ids, lengths));
      for (let layer = 0; layer < layerCount; layer++) {
        const block = `text.layers.${layer}`;
        const normalised = rmsNorm(rows, vector(`${block}.attention_norm`));
        const qkv: Tensor2D = matMul(normalised, matrix(`${block}.qkv`));
        const turned = rotaryEmbedding(qkv, layout.positions, tables, headCount);
        const attended = packedAttention(turned, layout, headCount);
        rows = add(rows, matMul(attended, matrix(`${block}.attended`)));
        const gated = swiGlu(matMul(rmsNorm(rows, vector(`${block}.gate_norm`)), matrix(`${block}.gate_up`)));
        rows = add(rows, matMul(gated, matrix(`${block}.down`)));
      }
      return {
        features: segmentMean(rmsNorm(rows, vector('text.norm')), lengths),
        release: () => layout.dispose(),
      };
    },
    dispose: () => tables.dispose(),
  };
}

/** The ids of the word before and of the word behind each word of packed texts; `none` at a text's ends. */
function neighbours(ids: Int32Array, lengths: Int32Array, none: number): [Int32Array, Int32Array] {
  const before = new Int32Array(ids.length).fill(none);
  const behind = new Int32Array(ids.length).fill(none);
  let start = 0;
  for (const length of lengths) {
    const end = start + length;
    before.set(ids.subarray(start, end - 1), start + 1);
    behind.set(ids.subarray(start + 1, end), start);
    start = end;
  }
  return [before, behind];
}
