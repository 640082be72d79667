import { scalar, useBackend, type Tensor } from '@pose-rft/tensor';
import {
  checkGradients,
  countTensors,
  expectNoTensorLeak,
  GradientMismatchError,
  TensorLeakError,
  trackTensorLeaks,
} from '@pose-rft/tensor/testing';
import { beforeAll, expect, test } from 'vitest';

beforeAll(async () => {
  await useBackend('cpu');
});

test('a leak is reported, sync and async', async () => {
  const leaked: Tensor[] = [];
  const leak = (): number => leaked.push(scalar(1));
  expect(() => expectNoTensorLeak(leak)).toThrow(TensorLeakError);
  expect(() => expectNoTensorLeak(leak)).toThrow(/^1 tensor\(s\) leaked: 1 were alive before, 2 are now/);
  await expect(expectNoTensorLeak(() => Promise.resolve(leak()))).rejects.toThrow(TensorLeakError);
  expect(() => expectNoTensorLeak(() => leaked.pop()?.dispose())).toThrow(/did not create were disposed/);
  for (const tensor of leaked) tensor.dispose();
  expect(countTensors()).toBe(0);
});

test('clean code gives back its result, sync and async', async () => {
  expect(expectNoTensorLeak(() => 3)).toBe(3);
  await expect(expectNoTensorLeak(() => Promise.resolve(4))).resolves.toBe(4);
});

test('the hooks compare the end of a file with its start', () => {
  const hooks: (() => void)[] = [];
  trackTensorLeaks({ beforeAll: (body) => hooks.push(body), afterAll: (body) => hooks.push(body) });
  const [start, end] = hooks;
  start?.();
  const tensor = scalar(1);
  expect(end).toThrow(TensorLeakError);
  tensor.dispose();
  expect(end).not.toThrow();
});

test('a wrong gradient is reported by element', () => {
  const wrong = (x: Tensor): Tensor => x.mul(x.clone().dataSync()[0] ?? 0);
  expect(() => checkGradients(wrong, [{ shape: [1], values: [2] }])).toThrow(GradientMismatchError);
  expect(() => checkGradients(wrong, [{ shape: [1], values: [2] }])).toThrow(
    /input 0, element 0: the gradient is/,
  );
  checkGradients((x) => x.square(), [{ shape: [1], values: [2] }]);
});
