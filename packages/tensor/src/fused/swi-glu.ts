import { mul, sigmoid, slice, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import { runsFusedOnCard } from '../webgpu/fused-on-card.js';
import { fusedKernelsActive } from './kernel-instance.js';
import { requireDivisibleWidth, requireTensor } from './operand.js';
import { fusedSwiGlu } from './swi-glu.wasm.js';

/**
 * The gated activation of Llama's feed-forward block: silu(gate) * up, with silu(z) = z * sigmoid(z)
 * (N. Shazeer, "GLU Variants Improve Transformer", 2020, eq. 6).
 *
 * @param gateUp - float32 [N, 2f]: each row holds the gate's f numbers, then up's
 * @returns float32 [N, f]; differentiable
 * @throws FusedOperandError if the shape or dtype is wrong
 * @example
 * ```ts
 * import { swiGlu, tensor2d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const activated = swiGlu(tensor2d([[0, 20, 5, 3]])).arraySync(); // gates 0 and 20, ups 5 and 3
 * console.assert(activated[0]?.[0] === 0 && Math.abs((activated[0]?.[1] ?? 0) - 60) < 1e-3);
 * ```
 */
export function swiGlu(gateUp: Tensor2D): Tensor2D {
  requireTensor('swiGlu', 'gateUp', gateUp, 'float32', [null, null]);
  requireDivisibleWidth('swiGlu', 'gateUp', gateUp.shape[1], 2);
  const isFused = fusedKernelsActive() || runsFusedOnCard('FusedSwiGlu', gateUp);
  return isFused ? fusedSwiGlu(gateUp) : composedSwiGlu(gateUp);
}

/** The same from stock ops. */
export function composedSwiGlu(gateUp: Tensor2D): Tensor2D {
  return tidy(() => {
    const [rowCount, width] = gateUp.shape;
    const gate = slice(gateUp, [0, 0], [rowCount, width / 2]);
    const up = slice(gateUp, [0, width / 2], [rowCount, width / 2]);
    return mul(mul(gate, sigmoid(gate)), up);
  });
}
