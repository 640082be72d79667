import { reshape, tensor1d, tensor2d, tidy, useBackend } from '@pose-rft/tensor';
import { checkGradients, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  chainBijectors,
  createAffineBijector,
  expBijector,
  invertBijector,
  sigmoidBijector,
  softplusBijector,
  tanhBijector,
  type Bijector,
} from '../index.js';
import { bijectorLaws } from '../laws.js';

beforeAll(async () => {
  await useBackend('wasm');
});
trackTensorLeaks({ beforeAll, afterAll });

const bijectors: readonly Bijector[] = [
  createAffineBijector({ shift: 0.5, scale: -3 }),
  expBijector,
  sigmoidBijector,
  softplusBijector,
  tanhBijector,
  chainBijectors([createAffineBijector({ shift: 0, scale: 0.5 }), tanhBijector, expBijector]),
  invertBijector(createAffineBijector({ shift: 1, scale: 2 })),
];

describe.each(bijectors)('the $kind bijector', (bijector) => {
  for (const law of bijectorLaws(bijector, { runs: 20 })) test(law.name, () => law.check());

  test('has the right gradients', () => {
    const x = { shape: [2, 2], values: [-1, 0.5, 0.1, 1.2] };
    checkGradients((values) => bijector.forward(reshape(values, [2, 2])), [x]);
    checkGradients((values) => bijector.forwardLogDet(reshape(values, [2, 2])), [x]);
    checkGradients((values) => bijector.inverse(bijector.forward(reshape(values, [2, 2]))), [x]);
  });
});

test('an affine map may differ by dimension', () => {
  tidy(() => {
    const shift = tensor1d([1, 0]);
    const scale = tensor1d([2, -4]);
    const affine = createAffineBijector({ shift, scale });
    const x = tensor2d([[3, 1]]);
    expect(affine.forward(x).dataSync().join()).toBe('7,-4');
    expect(affine.forwardLogDet(x).dataSync()[0]).toBeCloseTo(Math.log(8), 6);
  });
});

test('tanh and softplus have finite determinants far out', () => {
  tidy(() => {
    expect(tanhBijector.forwardLogDet(tensor2d([[50]])).dataSync()[0]).toBeCloseTo(2 * Math.LN2 - 100, 3);
    expect(softplusBijector.forward(tensor2d([[200]])).dataSync()[0]).toBe(200);
    expect(softplusBijector.inverse(tensor2d([[200]])).dataSync()[0]).toBe(200);
  });
});
