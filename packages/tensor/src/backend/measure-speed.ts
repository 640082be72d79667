import {
  add,
  dispose,
  matMul,
  mean,
  mul,
  square,
  tensor1d,
  tensor2d,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { createRandom } from '@pose-rft/random';
import { createAdamW } from '../adamw.js';
import { rmsNorm } from '../fused/rms-norm.js';
import { swiGlu } from '../fused/swi-glu.js';
import { createParameterStore, valueAndGradients, type ParameterStore } from '../parameter-store.js';

/** How fast the present backend is. */
export interface BackendSpeed {
  /** Billions of operations (multiplications and additions) a second in a product of two 512 x 512 matrices. */
  readonly productGflops: number;
  /** Training steps a second of `TRAINING_STEP`: loss, gradients and AdamW. */
  readonly stepsPerSecond: number;
}

/** What a step of `stepsPerSecond` trains: a decoder's feed-forward block, on the rows of 16 short answers. */
export const TRAINING_STEP = { rows: 256, width: 128, hidden: 384 } as const;

const PRODUCT_SIZE = 512;

/**
 * Measures the present backend for about so many seconds: half on products, half on training steps. The best of the
 * repetitions counts, so that other work on the machine disturbs little.
 */
export async function measureSpeed(seconds: number): Promise<BackendSpeed> {
  const productSeconds = await fastestRun(seconds / 2, multiplyMatrices());
  const stepSeconds = await fastestRun(seconds / 2, trainBlock());
  return { productGflops: (2 * PRODUCT_SIZE ** 3) / productSeconds / 1e9, stepsPerSecond: 1 / stepSeconds };
}

/** Work to repeat, and what frees its tensors. */
interface Workload {
  readonly run: () => Promise<unknown>;
  readonly dispose: () => void;
}

async function fastestRun(seconds: number, { run, dispose: free }: Workload): Promise<number> {
  const end = performance.now() + 1000 * seconds;
  let fastest = Infinity;
  do {
    const start = performance.now();
    await run();
    fastest = Math.min(fastest, performance.now() - start);
  } while (performance.now() < end);
  free();
  return fastest / 1000;
}

function multiplyMatrices(): Workload {
  const [a, b] = [normalMatrix(1, PRODUCT_SIZE, PRODUCT_SIZE), normalMatrix(2, PRODUCT_SIZE, PRODUCT_SIZE)];
  const run = async (): Promise<void> => {
    const product = matMul(a, b);
    await product.data();
    product.dispose();
  };
  return { run, dispose: () => dispose([a, b]) };
}

function trainBlock(): Workload {
  const { rows, width, hidden } = TRAINING_STEP;
  const store = createParameterStore({
    gain: tensor1d(new Float32Array(width).fill(1)),
    gateUp: normalMatrix(3, width, 2 * hidden, 1 / Math.sqrt(width)),
    down: normalMatrix(4, hidden, width, 1 / Math.sqrt(hidden)),
  });
  const input = normalMatrix(5, rows, width);
  const optimizer = createAdamW();
  const run = (): Promise<void> => {
    const { gradients } = valueAndGradients(store, () => ({ loss: blockLoss(store, input), aux: null }));
    optimizer.step(store, gradients, 1e-3);
    dispose(gradients);
    return Promise.resolve();
  };
  return {
    run,
    dispose() {
      store.dispose();
      optimizer.dispose();
      input.dispose();
    },
  };
}

function blockLoss(store: ParameterStore, input: Tensor2D): ReturnType<typeof mean> {
  const matrix = (name: string): Tensor2D => store.get(name) as Tensor2D;
  const normalised = rmsNorm(input, store.get('gain').as1D());
  const output = matMul(swiGlu(matMul(normalised, matrix('gateUp'))), matrix('down'));
  return mean(square(add(input, mul(output, 0.5))));
}

function normalMatrix(seed: number, rows: number, columns: number, scale = 1): Tensor2D {
  const values = createRandom(seed).fillNormal(new Float32Array(rows * columns));
  return tensor2d(
    values.map((value) => scale * value),
    [rows, columns],
  );
}
