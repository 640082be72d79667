import { fc, test } from '@fast-check/vitest';
import { createAdamW, createParameterStore, dispose, tensor1d, useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect } from 'vitest';

trackTensorLeaks({ beforeAll, afterAll });
beforeAll(async () => {
  await useBackend('cpu');
});

const number = fc.double({ min: -5, max: 5, noNaN: true });
const size = 3;
const vector = fc.array(number, { minLength: size, maxLength: size });
const config = fc.record({
  beta1: fc.double({ min: 0, max: 0.99, noNaN: true }),
  beta2: fc.double({ min: 0.5, max: 0.999, noNaN: true }),
  epsilon: fc.constantFrom(1e-8, 1e-3),
  weightDecay: fc.double({ min: 0, max: 0.5, noNaN: true }),
});

describe('AdamW', () => {
  test.prop([
    config,
    vector,
    fc.array(vector, { minLength: 1, maxLength: 6 }),
    fc.double({ min: 0, max: 0.1, noNaN: true }),
  ])(
    'is the formula of Loshchilov and Hutter, algorithm 2, in float64 up to rounding',
    (settings, start, gradients, learningRate) => {
      const store = createParameterStore({ x: tensor1d(start) });
      const optimizer = createAdamW(settings);
      const expected = start.slice();
      const first = new Array<number>(size).fill(0);
      const second = new Array<number>(size).fill(0);
      gradients.forEach((gradient, step) => {
        const slopes = { x: tensor1d(gradient) };
        optimizer.step(store, slopes, learningRate);
        dispose(slopes);
        gradient.forEach((slope, index) => {
          const m = settings.beta1 * (first[index] as number) + (1 - settings.beta1) * slope;
          const v = settings.beta2 * (second[index] as number) + (1 - settings.beta2) * slope ** 2;
          first[index] = m;
          second[index] = v;
          const mean = m / (1 - settings.beta1 ** (step + 1));
          const deviation = Math.sqrt(v / (1 - settings.beta2 ** (step + 1)));
          const x = expected[index] as number;
          expected[index] =
            x - learningRate * (mean / (deviation + settings.epsilon) + settings.weightDecay * x);
        });
      });
      store
        .get('x')
        .dataSync()
        .forEach((value, index) => expect(Math.abs(value - (expected[index] as number))).toBeLessThan(1e-4));
      store.dispose();
    },
  );

  test.prop([vector, vector, fc.double({ min: 0.01, max: 100, noNaN: true })])(
    'with a tiny epsilon does not care about the scale of the gradient',
    (start, gradient, scale) => {
      const run = (factor: number): number[] => {
        const store = createParameterStore({ x: tensor1d(start) });
        const slopes = {
          x: tensor1d(gradient.map((slope) => (Math.abs(slope) < 1e-3 ? 0 : slope * factor))),
        };
        createAdamW({ epsilon: 1e-12 }).step(store, slopes, 0.01);
        const values = Array.from(store.get('x').dataSync());
        dispose(slopes);
        store.dispose();
        return values;
      };
      const scaled = run(scale);
      run(1).forEach((value, index) => expect(scaled[index]).toBeCloseTo(value, 5));
    },
  );

  test.prop([vector, vector])('with a rate of zero changes nothing', (start, gradient) => {
    const store = createParameterStore({ x: tensor1d(start) });
    const slopes = { x: tensor1d(gradient) };
    createAdamW({ weightDecay: 0.3 }).step(store, slopes, 0);
    // By ===, for which -0 is 0.
    const changed = Array.from(store.get('x').dataSync()).filter(
      (value, index) => value !== Math.fround(start[index] ?? NaN),
    );
    expect(changed).toEqual([]);
    dispose(slopes);
    store.dispose();
  });
});
