import type { Random } from '@pose-rft/random';
import {
  add,
  createAttentionLayout,
  createParameterStore,
  createRotaryTables,
  gatherRows,
  matMul,
  ones,
  packedAttention,
  rmsNorm,
  rotaryEmbedding,
  swiGlu,
  tensor2d,
  zeros,
  type ParameterStore,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import { WORDS } from './vocabulary.js';

const HIDDEN_SIZE = 48;
const HEAD_COUNT = 4;
const LAYER_COUNT = 2;
const INNER_SIZE = 96;
const MAX_POSITIONS = 32;
const NORM_EPSILON = 1e-5;

/** Answers to prompts, packed: the rows of a prompt are computed once for all of its answers. */
export interface PackedAnswers {
  readonly prompts: readonly (readonly number[])[];
  /** Each continues the prompt at its index in `promptOf`. */
  readonly answers: readonly (readonly number[])[];
  readonly promptOf: readonly number[];
}

export interface HiddenRows {
  /** [rows, HIDDEN_SIZE] */
  readonly hidden: Tensor2D;
  /** The row that says what follows the first `length` tokens of an answer. */
  rowAfter(answer: number, length: number): number;
}

/** A Llama-shaped decoder (rotary positions, RMS norm, SwiGLU) small enough to train in seconds. */
export interface LanguageModel {
  readonly parameters: ParameterStore;
  hiddenRows(packed: PackedAnswers): HiddenRows;
  /** [N, words] logits of the next word. */
  logits(hidden: Tensor2D): Tensor2D;
  /** [N, 2]: the means of an estimate, given the rows of its `NUMBER`. */
  estimateMeans(hidden: Tensor2D): Tensor2D;
}

/** Random parameters; those of exploration start at the given standard deviation. */
export function createParameters(random: Random, explorationStandardDeviation: number): ParameterStore {
  const matrix = (name: string, rows: number, columns: number): Tensor2D => {
    const values = random.split(name).fillNormal(new Float32Array(rows * columns));
    return tensor2d(
      values.map((value) => value / Math.sqrt(rows)),
      [rows, columns],
    );
  };
  const layers = Array.from({ length: LAYER_COUNT }, (_, layer) => ({
    [`${layer}.attention.norm`]: ones([HIDDEN_SIZE]),
    [`${layer}.attention.qkv`]: matrix(`${layer}.qkv`, HIDDEN_SIZE, 3 * HIDDEN_SIZE),
    [`${layer}.attention.out`]: matrix(`${layer}.out`, HIDDEN_SIZE, HIDDEN_SIZE),
    [`${layer}.mlp.norm`]: ones([HIDDEN_SIZE]),
    [`${layer}.mlp.gateUp`]: matrix(`${layer}.gateUp`, HIDDEN_SIZE, 2 * INNER_SIZE),
    [`${layer}.mlp.down`]: matrix(`${layer}.down`, INNER_SIZE, HIDDEN_SIZE),
  }));
  return createParameterStore({
    embedding: matrix('embedding', WORDS.length, HIDDEN_SIZE),
    ...Object.assign({}, ...layers),
    norm: ones([HIDDEN_SIZE]),
    words: matrix('words', HIDDEN_SIZE, WORDS.length),
    'estimate.weight': zeros([HIDDEN_SIZE, 2]),
    'estimate.bias': zeros([2]),
    'estimate.logStandardDeviation': tensor2d(
      [Math.log(explorationStandardDeviation), Math.log(explorationStandardDeviation)],
      [1, 2],
    ),
  });
}

export function createLanguageModel(parameters: ParameterStore): LanguageModel {
  const matrix = (name: string): Tensor2D => parameters.get(name) as Tensor2D;
  const vector = (name: string): Tensor1D => parameters.get(name) as Tensor1D;
  const tables = createRotaryTables({ headSize: HIDDEN_SIZE / HEAD_COUNT, maxPositions: MAX_POSITIONS });

  function hiddenRows({ prompts, answers, promptOf }: PackedAnswers): HiddenRows {
    const layout = createAttentionLayout([
      ...prompts.map(({ length }) => ({ length })),
      ...answers.map(({ length }, answer) => ({ length, prefix: promptOf[answer] ?? 0 })),
    ]);
    let rows = gatherRows(matrix('embedding'), Int32Array.from([...prompts, ...answers].flat()));
    for (let layer = 0; layer < LAYER_COUNT; layer++) {
      const normed = rmsNorm(rows, vector(`${layer}.attention.norm`), NORM_EPSILON);
      const qkv = rotaryEmbedding(
        matMul(normed, matrix(`${layer}.attention.qkv`)),
        layout.positionData,
        tables,
        HEAD_COUNT,
      );
      const attended = packedAttention(qkv, layout, HEAD_COUNT);
      rows = add(rows, matMul(attended, matrix(`${layer}.attention.out`)));
      const inner = swiGlu(
        matMul(rmsNorm(rows, vector(`${layer}.mlp.norm`), NORM_EPSILON), matrix(`${layer}.mlp.gateUp`)),
      );
      rows = add(rows, matMul(inner, matrix(`${layer}.mlp.down`)));
    }
    const { starts } = layout;
    layout.dispose();
    return {
      hidden: rmsNorm(rows, vector('norm'), NORM_EPSILON),
      rowAfter(answer, length) {
        if (length > 0) return (starts[prompts.length + answer] ?? 0) + length - 1;
        const prompt = promptOf[answer] ?? 0;
        return (starts[prompt] ?? 0) + (prompts[prompt]?.length ?? 0) - 1;
      },
    };
  }

  return {
    parameters,
    hiddenRows,
    logits: (hidden) => matMul(hidden, matrix('words')),
    estimateMeans: (hidden) => add(matMul(hidden, matrix('estimate.weight')), vector('estimate.bias')),
  };
}
