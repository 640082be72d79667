// npx tsx tools/bench/fused-ops.ts
// Milliseconds of each fused op on the wasm backend, forward and forward with gradient: composed of tfjs's stock ops,
// and as a compiled kernel. The fastest of several runs, so that a busy machine disturbs less; matrix products of the
// same decoder block stand below for comparison.
import { createRandom } from '@pose-rft/random';
import * as tf from '@pose-rft/tensor';
import { composedGatherRows } from '../../packages/tensor/src/fused/gather-rows.js';
import { composedGaussianGroupLogProbs } from '../../packages/tensor/src/fused/gaussian-log-probs.js';
import { composedPackedAttention } from '../../packages/tensor/src/fused/packed-attention.js';
import { composedRmsNorm } from '../../packages/tensor/src/fused/rms-norm.js';
import { composedRotaryEmbedding } from '../../packages/tensor/src/fused/rotary-embedding.js';
import { composedSwiGlu } from '../../packages/tensor/src/fused/swi-glu.js';
import { composedTokenLogProbs } from '../../packages/tensor/src/fused/token-log-probs.js';

interface Comparison {
  readonly name: string;
  readonly operands: readonly tf.Tensor[];
  readonly composed?: (...operands: tf.Tensor[]) => tf.Tensor;
  readonly fused: (...operands: tf.Tensor[]) => tf.Tensor;
}

const HEADS = 4;
const VOCABULARY = 512;
const PROMPT_ROWS = 40;
const ANSWER_ROWS = 16;
const CANDIDATES = 8;

await tf.useBackend('wasm');
if (!tf.fusedKernelsActive()) throw new Error('the kernels are not active: nothing to compare');

const random = createRandom(1);

function normal(...shape: number[]): tf.Tensor {
  return tf.tensor(random.fillNormal(new Float32Array(tf.util.sizeFromShape(shape))), shape);
}

/** Milliseconds of the fastest call within about a third of a second. */
function fastest(call: () => void): number {
  let best = Infinity;
  const begin = performance.now();
  call();
  for (let run = 0; run < 5 || (performance.now() - begin < 350 && run < 200); run++) {
    const start = performance.now();
    call();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function forward(op: (...operands: tf.Tensor[]) => tf.Tensor, operands: readonly tf.Tensor[]): number {
  return fastest(() => tf.tidy(() => void op(...operands)));
}

function withGradient(op: (...operands: tf.Tensor[]) => tf.Tensor, operands: readonly tf.Tensor[]): number {
  const dy = tf.tidy(() => tf.onesLike(op(...operands)));
  const time = fastest(() => tf.tidy(() => void tf.grads(op)([...operands], dy)));
  dy.dispose();
  return time;
}

function comparisons(rowCount: number, width: number): readonly Comparison[] {
  const groupRows = PROMPT_ROWS + CANDIDATES * ANSWER_ROWS;
  const segments: tf.AttentionSegment[] = [];
  for (let row = 0; row + groupRows <= rowCount; row += groupRows) {
    const prefix = segments.length;
    segments.push({ length: PROMPT_ROWS });
    for (let c = 0; c < CANDIDATES; c++) segments.push({ length: ANSWER_ROWS, prefix });
  }
  const rest = rowCount - segments.reduce((sum, segment) => sum + segment.length, 0);
  for (let left = rest; left > 0; left -= 76) segments.push({ length: Math.min(76, left) });

  const layout = tf.createAttentionLayout(segments);
  const tables = tf.createRotaryTables({ headSize: width / HEADS, maxPositions: 256 });
  const ids = tf.tensor1d(
    Int32Array.from({ length: rowCount }, () => random.integer(VOCABULARY)),
    'int32',
  );
  const hidden = 16 * Math.round((width * 8) / 3 / 16);
  const matrix = (t: tf.Tensor | undefined): tf.Tensor2D => t as tf.Tensor2D;
  const vector = (t: tf.Tensor | undefined): tf.Tensor1D => t as tf.Tensor1D;
  return [
    {
      name: 'rmsNorm',
      operands: [normal(rowCount, width), normal(width)],
      composed: (x, gain) => composedRmsNorm(matrix(x), vector(gain), 1e-5),
      fused: (x, gain) => tf.rmsNorm(matrix(x), vector(gain)),
    },
    {
      name: `swiGlu, f = ${hidden}`,
      operands: [normal(rowCount, 2 * hidden)],
      composed: (gateUp) => composedSwiGlu(matrix(gateUp)),
      fused: (gateUp) => tf.swiGlu(matrix(gateUp)),
    },
    {
      name: 'rotaryEmbedding',
      operands: [normal(rowCount, 3 * width)],
      composed: (qkv) => composedRotaryEmbedding(matrix(qkv), layout.positions, tables, HEADS),
      fused: (qkv) => tf.rotaryEmbedding(matrix(qkv), layout.positions, tables, HEADS),
    },
    {
      name: 'packedAttention',
      operands: [normal(rowCount, 3 * width)],
      composed: (qkv) => composedPackedAttention(matrix(qkv), layout, HEADS),
      fused: (qkv) => tf.packedAttention(matrix(qkv), layout, HEADS),
    },
    {
      name: 'gatherRows',
      operands: [normal(VOCABULARY, width)],
      composed: (table) => composedGatherRows(matrix(table), ids),
      fused: (table) => tf.gatherRows(matrix(table), ids),
    },
    {
      name: `tokenLogProbs, V = ${VOCABULARY}`,
      operands: [normal(rowCount, VOCABULARY)],
      composed: (logits) => composedTokenLogProbs(matrix(logits), ids),
      fused: (logits) => tf.tokenLogProbs(matrix(logits), ids),
    },
    {
      name: 'matMul qkv',
      operands: [normal(rowCount, width), normal(width, 3 * width)],
      fused: (x, weights) => tf.matMul(matrix(x), matrix(weights)),
    },
    {
      name: 'matMul gate | up',
      operands: [normal(rowCount, width), normal(width, 2 * hidden)],
      fused: (x, weights) => tf.matMul(matrix(x), matrix(weights)),
    },
  ];
}

function gaussianComparison(): Comparison {
  const samples = random.fillNormal(new Float32Array(128 * 16 * 144));
  return {
    name: 'diagonalGaussianGroupLogProbs',
    operands: [normal(128, 144), normal(128, 144)],
    composed: (mean, logStd) =>
      composedGaussianGroupLogProbs(samples, mean as tf.Tensor2D, logStd as tf.Tensor2D, 6),
    fused: (mean, logStd) =>
      tf.diagonalGaussianGroupLogProbs(samples, mean as tf.Tensor2D, logStd as tf.Tensor2D, 6),
  };
}

function report(title: string, rows: readonly Comparison[]): void {
  const cells = (values: readonly string[]): string => values.map((value) => value.padStart(10)).join('');
  console.log(`\n${title.padEnd(34)}${cells(['composed', 'fused', 'ratio', 'composed', 'fused', 'ratio'])}`);
  for (const { name, operands, composed, fused } of rows) {
    const figures = [forward, withGradient].flatMap((measure) => {
      const fusedTime = measure(fused, operands);
      const composedTime = composed === undefined ? NaN : measure(composed, operands);
      const shown = (value: number, digits: number): string =>
        Number.isNaN(value) ? '' : value.toFixed(digits);
      return [shown(composedTime, 3), shown(fusedTime, 3), shown(composedTime / fusedTime, 1)];
    });
    console.log(`${name.padEnd(34)}${cells(figures)}`);
  }
}

console.log(`${''.padEnd(34)}${'forward (ms)'.padStart(30)}${'with gradient (ms)'.padStart(30)}`);
for (const [rowCount, width] of [
  [608, 64],
  [2432, 128],
] as const)
  report(`N = ${rowCount}, d = ${width}`, comparisons(rowCount, width));
report('[128, 16, 144] in groups of 6', [gaussianComparison()]);
