// chrt -r 5 node tools/bench/wasm-threads.mjs THREADS
// How fast tfjs's WebAssembly backend multiplies matrices with one thread and with more, in Node: products of a square,
// and of a decoder's step of width 128. Its threaded build is made for browsers; three things make it run here.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { dirname, join } from 'node:path';

const SHAPES = [
  [1024, 1024, 1024],
  [2432, 128, 384],
  [2432, 128, 672],
  [2432, 336, 128],
  [384, 2432, 128],
  [512, 128, 512],
  [32, 128, 384],
];
const RUNS = 30;

const { resolve } = createRequire(import.meta.url);
const require = createRequire(resolve('@pose-rft/tensor/package.json'));
const threads = Number(process.argv[2] ?? 1);
if (threads > 1) {
  // It takes half of the processors that it is told of.
  const [processor] = os.cpus();
  os.cpus = () => Array.from({ length: 2 * threads }, () => processor);
  // It starts its workers from a blob, which worker threads do not take: here from a file, with its newlines escaped
  // once more, that reads the backend's script instead of another blob.
  const folder = join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'wasm-out');
  const { wasmWorkerContents } = require(join(folder, 'tfjs-backend-wasm-threaded-simd.worker.js'));
  const script = join(folder, 'tfjs-backend-wasm-threaded-simd.js');
  const file = join(mkdtempSync(join(os.tmpdir(), 'wasm-threads-')), 'worker.js');
  const contents = wasmWorkerContents
    .replace(
      'var objectUrl=URL.createObjectURL(e.data.urlOrBlob);importScripts(objectUrl);URL.revokeObjectURL(objectUrl)',
      `importScripts(${JSON.stringify(script)})`,
    )
    .replace(/\n/g, '\\n');
  writeFileSync(file, contents);
  URL.createObjectURL = () => file;
}
const tf = require('@tensorflow/tfjs-core');
const wasm = require('@tensorflow/tfjs-backend-wasm');
wasm.setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), '/'));
tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', threads > 1);
await tf.setBackend('wasm');

console.log(
  `${threads > 1 ? wasm.getThreadsCount() : 1} threads, GFLOP/s of the fastest of ${RUNS} products`,
);
for (const [rows, inner, columns] of SHAPES) {
  const left = tf.randomNormal([rows, inner]);
  let best = Infinity;
  for (let run = 0; run < RUNS; run++) {
    // A new operand each time, as weights are after a step: XNNPACK packs it anew.
    const right = tf.randomNormal([inner, columns]);
    const start = performance.now();
    tf.matMul(left, right).dispose();
    best = Math.min(best, performance.now() - start);
    right.dispose();
  }
  left.dispose();
  const rate = (2 * rows * inner * columns) / best / 1e6;
  console.log(`${[rows, inner, columns].join(' x ').padEnd(20)} ${rate.toFixed(1)}`);
}
// Its workers would go on waiting.
process.exit(0);
