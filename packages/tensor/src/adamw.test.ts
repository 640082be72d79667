import {
  createAdamW,
  createParameterStore,
  dispose,
  InvalidOptimizerError,
  matMul,
  MissingParameterError,
  ones,
  scalar,
  ShapeMismatchError,
  square,
  sum,
  tensor,
  tensor1d,
  tensor2d,
  tidy,
  useBackend,
  valueAndGradients,
  type AdamW,
  type ParameterStore,
  type Tensor,
} from '@pose-rft/tensor';
import { expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import golden from './__golden__/adamw.golden.json' with { type: 'json' };

trackTensorLeaks({ beforeAll, afterAll });

const valuesOf = (store: ParameterStore, name: string): number[] => Array.from(store.get(name).dataSync());

/** One step with the given gradients, which are disposed. */
function stepWith(
  optimizer: AdamW,
  store: ParameterStore,
  gradients: Record<string, Tensor>,
  learningRate = 0.1,
) {
  const report = optimizer.step(store, gradients, learningRate);
  dispose(gradients);
  return report;
}

describe.each(['cpu', 'wasm'] as const)('AdamW on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  test.each(golden.map((run, index) => [index, run] as const))(
    "follows torch.optim.AdamW's run %i",
    (_index, run) => {
      const shapes: Readonly<Record<string, readonly number[]>> = run.shapes;
      const tensorsOf = (
        values: Readonly<Record<string, readonly number[] | undefined>>,
      ): Record<string, Tensor> =>
        Object.fromEntries(
          Object.entries(values).flatMap(([name, numbers]) =>
            numbers === undefined ? [] : [[name, tensor([...numbers], [...(shapes[name] ?? [])])]],
          ),
        );
      const store = createParameterStore(tensorsOf(run.initial));
      const { beta1, beta2, epsilon, weightDecay } = run;
      const optimizer = createAdamW({ beta1, beta2, epsilon, weightDecay });
      for (const { gradients, parameters } of run.steps) {
        expect(stepWith(optimizer, store, tensorsOf(gradients), run.learningRate).applied).toBe(true);
        for (const [name, expected] of Object.entries(parameters))
          valuesOf(store, name).forEach((value, index) =>
            expect(Math.abs(value - (expected[index] ?? NaN))).toBeLessThan(1e-6),
          );
      }
      store.dispose();
    },
  );

  test('gives products the new weights, although wasm caches the packed old ones', () => {
    const store = createParameterStore({ weight: tensor2d([[1], [1]]) });
    const product = (): number =>
      tidy(() => matMul(ones([1, 2]), store.get('weight')).dataSync()[0] as number);
    expect(product()).toBe(2);
    stepWith(createAdamW({ weightDecay: 0 }), store, { weight: ones([2, 1]) });
    expect(product()).toBeCloseTo(1.8, 5);
    store.dispose();
  });

  test('minimises', () => {
    const store = createParameterStore({ x: tensor1d([3, -2]) });
    const optimizer = createAdamW({ weightDecay: 0 });
    for (let step = 0; step < 200; step++) {
      const { gradients } = valueAndGradients(store, () => ({
        loss: sum(square(store.get('x'))),
        aux: null,
      }));
      stepWith(optimizer, store, gradients);
    }
    for (const value of valuesOf(store, 'x')) expect(Math.abs(value)).toBeLessThan(0.05);
    store.dispose();
  });

  test.each([NaN, Infinity, -Infinity])('does not apply a gradient of %d, and says so', (bad) => {
    const store = createParameterStore({ a: tensor1d([1, 2]), b: scalar(3) });
    const optimizer = createAdamW();
    const report = stepWith(optimizer, store, { a: tensor1d([1, bad]), b: scalar(1) });
    expect(report.applied).toBe(false);
    expect(Number.isFinite(report.gradientNorm)).toBe(false);
    expect(valuesOf(store, 'a')).toEqual([1, 2]);
    expect(valuesOf(store, 'b')).toEqual([3]);
    expect(optimizer.state()).toEqual({ step: 0, moments: {} });
    store.dispose();
  });
});

describe('AdamW', () => {
  beforeAll(async () => {
    await useBackend('cpu');
  });

  test('leaks nothing', () => {
    expectNoTensorLeak(() => {
      const store = createParameterStore({ a: tensor1d([1, 2]), b: scalar(3) });
      const optimizer = createAdamW();
      for (let step = 0; step < 3; step++) stepWith(optimizer, store, { a: tensor1d([1, -1]), b: scalar(1) });
      optimizer.dispose();
      store.dispose();
    });
  });

  test('clips by the norm of all gradients together', () => {
    const start = { a: [1, 2], b: [3] };
    const run = (gradients: { a: number[]; b: number[] }, maxGradientNorm?: number): number[] => {
      const store = createParameterStore({ a: tensor1d(start.a), b: tensor1d(start.b) });
      // An epsilon of order one makes the update depend on the gradient's size.
      const optimizer = createAdamW({
        epsilon: 1,
        ...(maxGradientNorm === undefined ? {} : { maxGradientNorm }),
      });
      const report = stepWith(optimizer, store, { a: tensor1d(gradients.a), b: tensor1d(gradients.b) });
      const result = [report.gradientNorm, ...valuesOf(store, 'a'), ...valuesOf(store, 'b')];
      store.dispose();
      return result;
    };
    const [normClipped, ...clipped] = run({ a: [2, 4], b: [4] }, 3);
    const [, ...scaled] = run({ a: [1, 2], b: [2] });
    expect(normClipped).toBe(6);
    clipped.forEach((value, index) => expect(value).toBeCloseTo(scaled[index] as number, 6));
    expect(run({ a: [1, 2], b: [2] }, 3)).toEqual(run({ a: [1, 2], b: [2] }));
  });

  test('keeps moments by name: freezing one parameter leaves the others exactly as they would be', () => {
    const run = (withOther: boolean): number[] => {
      const store = createParameterStore({ other: scalar(5), x: scalar(1) });
      const optimizer = createAdamW();
      for (let step = 0; step < 4; step++) {
        const gradients: Record<string, Tensor> = { x: scalar(step - 1.5) };
        if (withOther && step < 2) gradients['other'] = scalar(100);
        stepWith(optimizer, store, gradients);
      }
      const result = valuesOf(store, 'x');
      store.dispose();
      return result;
    };
    expect(run(true)).toEqual(run(false));
  });

  test('scales the rate, and chooses what decays, by name', () => {
    const store = createParameterStore({ a: scalar(1), b: scalar(1) });
    const optimizer = createAdamW({ weightDecay: 0.5, decays: (name) => name === 'a' });
    const gradients = { a: scalar(0), b: scalar(0) };
    optimizer.step(store, gradients, 0.1, (name) => (name === 'a' ? 2 : 1));
    dispose(gradients);
    expect(valuesOf(store, 'a')[0]).toBeCloseTo(0.9, 6);
    expect(valuesOf(store, 'b')).toEqual([1]);
    store.dispose();
  });

  test('continues from a saved state bit for bit', () => {
    const gradientsAt = (step: number): Record<string, Tensor> => ({
      x: tensor1d([Math.sin(step), Math.cos(step)]),
    });
    const start = (): ParameterStore => createParameterStore({ x: tensor1d([0.3, -0.7]) });
    const straight = start();
    const first = createAdamW();
    for (let step = 0; step < 6; step++) stepWith(first, straight, gradientsAt(step));

    const interrupted = start();
    const before = createAdamW();
    for (let step = 0; step < 3; step++) stepWith(before, interrupted, gradientsAt(step));
    const state = before.state();
    const copy = interrupted.clone();
    stepWith(before, copy, gradientsAt(9)); // must not reach into the saved state
    copy.dispose();
    const after = createAdamW();
    after.restore(state);
    for (let step = 3; step < 6; step++) stepWith(after, interrupted, gradientsAt(step));

    expect(valuesOf(interrupted, 'x')).toEqual(valuesOf(straight, 'x'));
    expect(after.state()).toEqual(first.state());
    straight.dispose();
    interrupted.dispose();
  });

  test('refuses what makes no sense', () => {
    for (const config of [
      { beta1: 1 },
      { beta2: -0.1 },
      { epsilon: 0 },
      { weightDecay: NaN },
      { maxGradientNorm: 0 },
    ])
      expect(() => createAdamW(config)).toThrow(InvalidOptimizerError);
    const optimizer = createAdamW();
    const store = createParameterStore({ x: tensor1d([1, 2]) });
    const one = tensor1d([1]);
    const two = tensor1d([1, 2]);
    expect(() => optimizer.step(store, { y: one }, 0.1)).toThrow(MissingParameterError);
    expect(() => optimizer.step(store, { x: one }, 0.1)).toThrow(ShapeMismatchError);
    expect(() => optimizer.step(store, { x: two }, NaN)).toThrow(InvalidOptimizerError);
    const moments = { m: new Float32Array(3), v: new Float32Array(2), step: 1 };
    expect(() => optimizer.restore({ step: 1, moments: { x: moments } })).toThrow(/AdamW state of "x"/);
    optimizer.restore({ step: 1, moments: { x: { ...moments, v: new Float32Array(3) } } });
    expect(() => optimizer.step(store, { x: two }, 0.1)).toThrow(/expected moments of 2 numbers/);
    dispose([one, two]);
    store.dispose();
  });
});
