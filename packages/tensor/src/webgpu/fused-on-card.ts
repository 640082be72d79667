import { getBackend, getKernel, type Tensor } from '@tensorflow/tfjs-core';
import { registerRmsNormOnCard } from './rms-norm-on-card.js';
import { registerRotaryEmbeddingOnCard } from './rotary-embedding-on-card.js';
import { registerSwiGluOnCard } from './swi-glu-on-card.js';
import { registerTokenLogProbsOnCard } from './token-log-probs-on-card.js';

/** Registers the fused ops that have kernels in WGSL; the others are composed of stock ops there. */
export function registerFusedOpsOnCard(): void {
  registerRmsNormOnCard();
  registerRotaryEmbeddingOnCard();
  registerSwiGluOnCard();
  registerTokenLogProbsOnCard();
}

/** Whether a fused op runs as a kernel of the present backend, WebGPU, on these numbers; a card binds no empty tensor. */
export function runsFusedOnCard(kernelName: string, operand: Tensor): boolean {
  return getBackend() === 'webgpu' && operand.size > 0 && getKernel(kernelName, 'webgpu') !== undefined;
}
