import {
  createParameterStore,
  dispose,
  gather,
  matMul,
  memory,
  mul,
  ones,
  sin,
  sum,
  tensor1d,
  tensor2d,
  useBackend,
  valueAndGradients,
  type ParameterStore,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { normalOperand } from '../fused/op-outcome.js';
import { recomputeInBackward } from './recompute-in-backward.js';

trackTensorLeaks({ beforeAll, afterAll });

const WIDTH = 5;
const LAYERS = 4;

function createLayers(): ParameterStore {
  const layers = Array.from({ length: LAYERS }, (_, layer) => [
    `layer.${layer}`,
    tensor2d(normalOperand(layer + 1, WIDTH, WIDTH).values, [WIDTH, WIDTH]),
  ]);
  return createParameterStore(Object.fromEntries(layers), { trainable: (name) => name !== 'layer.1' });
}

/** Sines of products, layer by layer, with the rows shuffled in between. */
function differentiate(store: ParameterStore, recomputes: boolean) {
  const slopes = tensor2d(normalOperand(9, 3, WIDTH).values, [3, WIDTH]);
  const result = valueAndGradients(store, () => {
    let rows = tensor2d(normalOperand(8, 3, WIDTH).values, [3, WIDTH]);
    for (const name of store.names) {
      const order = tensor1d([2, 0, 1], 'int32');
      const piece = (input: Tensor2D, [places = order]: readonly unknown[]): Tensor2D =>
        sin(matMul(gather(input, places as Tensor1D), store.get(name) as Tensor2D));
      const learning = store.isTrainable(name) ? [store.get(name)] : [];
      rows = recomputes ? recomputeInBackward(rows, [order], learning, piece) : piece(rows, [order]);
      order.dispose();
    }
    return { loss: sum(mul(rows, slopes)), aux: null };
  });
  slopes.dispose();
  return result;
}

describe.each(['wasm', 'cpu'] as const)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('gives the loss and the gradients of the plain pass, bit for bit', () => {
    const store = createLayers();
    const plain = differentiate(store, false);
    const recomputed = differentiate(store, true);
    expect(recomputed.loss).toBe(plain.loss);
    expect(Object.keys(recomputed.gradients)).toEqual(Object.keys(plain.gradients));
    for (const [name, gradient] of Object.entries(plain.gradients))
      expect(recomputed.gradients[name]?.dataSync(), name).toEqual(gradient.dataSync());
    for (const { gradients } of [plain, recomputed]) dispose(gradients);
    store.dispose();
  });

  it('keeps only the input of a piece until the backward pass', () => {
    const store = createParameterStore({ weight: ones([4, 4]) });
    const kept = (recomputes: boolean): number => {
      let bytes = 0;
      const before = memory().numBytes;
      const { gradients } = valueAndGradients(store, () => {
        const piece = (input: Tensor2D): Tensor2D => {
          let rows = input;
          for (let turn = 0; turn < 10; turn++) rows = sin(matMul(rows, store.get('weight') as Tensor2D));
          return rows;
        };
        const rows: Tensor2D = ones([100, 4]);
        const output = recomputes ? recomputeInBackward(rows, [], [store.get('weight')], piece) : piece(rows);
        bytes = memory().numBytes - before;
        return { loss: sum(output), aux: null };
      });
      dispose(gradients);
      return bytes;
    };
    expect(kept(true)).toBeLessThan(0.2 * kept(false));
    store.dispose();
  });
});
