import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { defineGradient, defineWasmKernel, type Operands } from './wasm-kernel.js';

type Groups = { readonly groupSize: number };

const forward = defineWasmKernel(
  'FusedGaussianGroupLogProbs',
  ({ samples, mean, logStd }: Operands<'samples' | 'mean' | 'logStd'>, heap, { groupSize }: Groups) => {
    const { kernels, address, allocate, withScratch } = heap;
    const [gaussianCount = 0, sampleCount = 0, width = 0] = samples.shape;
    const logDensities = allocate(gaussianCount, sampleCount, width / groupSize);
    withScratch(2 * width, (scratch) =>
      kernels.gaussianLogProbsForward(
        address(samples),
        address(mean),
        address(logStd),
        address(logDensities),
        scratch,
        gaussianCount,
        sampleCount,
        width,
        groupSize,
      ),
    );
    return [logDensities];
  },
);

const backward = defineWasmKernel(
  'FusedGaussianGroupLogProbsGradient',
  (
    { samples, mean, logStd, dy }: Operands<'samples' | 'mean' | 'logStd' | 'dy'>,
    { kernels, address, allocate, withScratch },
    { groupSize }: Groups,
  ) => {
    const [gaussianCount = 0, sampleCount = 0, width = 0] = samples.shape;
    const dMean = allocate(gaussianCount, width);
    const dLogStd = allocate(gaussianCount, width);
    withScratch(2 * width, (scratch) =>
      kernels.gaussianLogProbsBackward(
        address(samples),
        address(mean),
        address(logStd),
        address(dy),
        address(dMean),
        address(dLogStd),
        scratch,
        gaussianCount,
        sampleCount,
        width,
        groupSize,
      ),
    );
    return [dMean, dLogStd];
  },
);

defineGradient(
  'FusedGaussianGroupLogProbs',
  { operands: ['samples', 'mean', 'logStd'], results: [] },
  ({ samples, mean, logStd }, dy, groups: Groups) => {
    const [dMean, dLogStd] = backward({ samples, mean, logStd, dy }, groups);
    return { mean: dMean, logStd: dLogStd };
  },
);

/** {@link diagonalGaussianGroupLogProbs} by the compiled kernel. */
export function fusedGaussianGroupLogProbs(
  samples: Tensor3D,
  mean: Tensor2D,
  logStd: Tensor2D,
  groupSize: number,
): Tensor3D {
  return forward({ samples, mean, logStd }, { groupSize })[0] as Tensor3D;
}
