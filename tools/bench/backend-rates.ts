import { add, matMul, randomNormal, slice, type Tensor, type Tensor2D } from '@pose-rft/tensor';
import type { TaskRates } from './policy-tasks.js';

const PRODUCT_SIZE = 1024;
/** 3 x 64 MB: more than a processor keeps to itself. */
const SUM_SIZE = 2 ** 24;
const NUMBER_BYTES = 4;

/**
 * The fastest of the products of two 1024 x 1024 matrices that so many seconds hold, and of the sums of two tensors of
 * 2^24 numbers (two read, one written).
 */
export async function measureRates(seconds: number): Promise<TaskRates> {
  const [a, b] = [1, 2].map((seed) => randomNormal([PRODUCT_SIZE, PRODUCT_SIZE], 0, 1, 'float32', seed)) as [
    Tensor2D,
    Tensor2D,
  ];
  const product = await fastest(() => matMul(a, b), seconds / 2);
  a.dispose();
  b.dispose();
  const long = randomNormal([SUM_SIZE], 0, 1, 'float32', 3);
  const sum = await fastest(() => add(long, long), seconds / 4);
  const other = randomNormal([SUM_SIZE], 0, 1, 'float32', 4);
  const sumOfTwo = await fastest(() => add(long, other), seconds / 4);
  long.dispose();
  other.dispose();
  return {
    operationsPerSecond: (2 * PRODUCT_SIZE ** 3) / product,
    bytesPerSecond: NUMBER_BYTES * SUM_SIZE * Math.max(2 / sum, 3 / sumOfTwo),
  };
}

async function fastest(call: () => Tensor, seconds: number): Promise<number> {
  const end = performance.now() + 1000 * seconds;
  let best = Infinity;
  for (let runs = 0; runs < 3 || performance.now() < end; runs++) {
    const start = performance.now();
    const result = call();
    // The engine may only have queued it: one number is asked for.
    const first = slice(
      result,
      new Array<number>(result.rank).fill(0),
      new Array<number>(result.rank).fill(1),
    );
    await first.data();
    best = Math.min(best, performance.now() - start);
    first.dispose();
    result.dispose();
  }
  return best / 1000;
}
