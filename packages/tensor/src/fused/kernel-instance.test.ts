import { dispose, ones, tidy, useBackend, zeros, type Tensor1D, type Tensor2D } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { heapMemory, isHeapBackend } from './heap-backend.js';
import { fusedKernelsActive, fusedKernelStatus } from './kernel-instance.js';
import { rmsNorm } from './rms-norm.js';

trackTensorLeaks({ beforeAll, afterAll });

const normOfOnes = (): number[] => tidy(() => [...rmsNorm(ones([3, 5]), ones([5])).dataSync()]);

test('the kernels run on wasm, and only there', async () => {
  await useBackend('cpu');
  expect(fusedKernelsActive()).toBe(false);
  expect(fusedKernelStatus()).toEqual({
    active: false,
    reason: expect.stringContaining('present one is cpu'),
  });
  await useBackend('wasm');
  expect(fusedKernelStatus()).toEqual({ active: true });
});

test('they follow the memory when it grows', async () => {
  await useBackend('wasm');
  const before = normOfOnes();
  tidy(() => {
    zeros([64, 1024, 1024]); // 256 MB: more than the memory that tfjs starts with.
    expect(normOfOnes()).toEqual(before);
  });
});

test('tensors of another backend move over', async () => {
  await useBackend('cpu');
  const x: Tensor2D = ones([3, 5]);
  const gain: Tensor1D = ones([5]);
  await useBackend('wasm');
  const y = rmsNorm(x, gain, 0);
  expect([...y.dataSync()]).toEqual(Array(15).fill(1));
  dispose([x, gain, y]);
});

test('a backend that publishes no memory is told apart', () => {
  const stranger = {
    wasm: {},
    dataIdMap: {},
    makeOutput: () => null,
    disposeData: () => true,
    readSync: () => [],
  };
  expect(isHeapBackend({})).toBe(false);
  expect(isHeapBackend(stranger) && heapMemory(stranger)).toBe(null);
});
