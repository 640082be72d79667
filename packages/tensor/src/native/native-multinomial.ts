import { createRandom } from '@pose-rft/random';
import type { DataType, KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';

/** What the kernel uses of tfjs-node's backend. */
interface NativeBackend {
  readSync(dataId: object): ArrayLike<number>;
  write(values: Int32Array, shape: number[], dtype: DataType): object;
}

/**
 * Multinomial on native TensorFlow, drawn on the host. The stock kernel goes on from its last draw however it is seeded,
 * so that equal seeds give different samples, and refuses probabilities (`normalized`).
 */
export const nativeMultinomialKernel: KernelConfig = {
  kernelName: 'Multinomial',
  backendName: 'tensorflow',
  kernelFunc: drawMultinomial,
};

function drawMultinomial({ inputs, attrs, backend }: Parameters<KernelFunc>[0]): TensorInfo {
  const { logits } = inputs as { logits: TensorInfo };
  const { numSamples, seed, normalized } = attrs as {
    numSamples: number;
    seed: number;
    normalized: boolean;
  };
  const [rowCount = 0, classCount = 0] = logits.shape;
  const native = backend as NativeBackend;
  const values = native.readSync(logits.dataId);
  // tfjs's own default seed is a fraction below 1, a caller's an integer: both choose a stream.
  const random = createRandom(Number.isInteger(seed) ? seed : Math.floor(seed * 2 ** 32));
  const samples = new Int32Array(rowCount * numSamples);
  const cumulative = new Float64Array(classCount);
  for (let row = 0; row < rowCount; row++) {
    const total = accumulate(values, row * classCount, normalized, cumulative);
    for (let sample = 0; sample < numSamples; sample++)
      samples[row * numSamples + sample] = firstAbove(cumulative, random.uniform() * total);
  }
  const shape = [rowCount, numSamples];
  return { dataId: native.write(samples, shape, 'int32'), shape, dtype: 'int32' };
}

/** Running sums of a row's probabilities, up to a factor; returns their total. */
function accumulate(
  values: ArrayLike<number>,
  start: number,
  normalized: boolean,
  cumulative: Float64Array,
): number {
  let largest = -Infinity;
  for (let index = 0; index < cumulative.length; index++)
    largest = Math.max(largest, values[start + index] as number);
  let total = 0;
  for (let index = 0; index < cumulative.length; index++) {
    const value = values[start + index] as number;
    total += normalized ? value : Math.exp(value - largest);
    cumulative[index] = total;
  }
  return total;
}

/** The first index whose running sum exceeds `level`: never one of probability 0. */
function firstAbove(cumulative: Float64Array, level: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulative[middle] as number) > level) high = middle;
    else low = middle + 1;
  }
  return low;
}
