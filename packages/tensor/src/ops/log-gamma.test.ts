import {
  add,
  digamma,
  digammaIncrease,
  logBeta,
  logGamma,
  tensor1d,
  tidy,
  useBackend,
  type Tensor,
} from '@pose-rft/tensor';
import { checkGradients, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

trackTensorLeaks({ beforeAll, afterAll });

const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });
  const at = (body: (x: Tensor) => Tensor, x: readonly number[]): number[] =>
    Array.from(tidy(() => body(tensor1d([...x])).dataSync()));
  const close = (found: number | undefined, expected: number, tolerance = 2e-6): void =>
    expect(Math.abs((found ?? NaN) - expected), `${found} beside ${expected}`).toBeLessThan(
      tolerance * (1 + Math.abs(expected)),
    );

  test('logGamma is the logarithm of factorials, and of sqrt(pi) at one half', () => {
    const integers = [1, 2, 3, 4, 5, 8, 13, 21];
    at(logGamma, integers).forEach((value, index) =>
      close(value, Math.log(factorial((integers[index] ?? 0) - 1))),
    );
    close(at(logGamma, [0.5])[0], 0.5 * Math.log(Math.PI));
    close(at(logGamma, [1e-3])[0], 6.907178885383853);
    close(at(logGamma, [1e4])[0], 82099.71749644238);
  });

  test('digamma has its known values, at small and large arguments', () => {
    const eulersConstant = 0.5772156649015329;
    close(at(digamma, [1])[0], -eulersConstant);
    close(at(digamma, [0.5])[0], -eulersConstant - 2 * Math.LN2);
    close(at(digamma, [10])[0], 2.251752589066721);
    close(at(digamma, [1e-3])[0], -1000.5755719318103);
    close(at(digamma, [1e4])[0], 9.210290371142849);
  });

  test('logBeta keeps its digits where logGamma would lose them', () => {
    const beta = (a: number, b: number): number | undefined =>
      tidy(() => logBeta(tensor1d([a]), tensor1d([b])).dataSync()[0]);
    close(beta(2, 3), -Math.log(12));
    close(beta(0.5, 0.5), Math.log(Math.PI));
    close(beta(1e6, 1), -Math.log(1e6));
    close(beta(1e6, 2), -Math.log(1e6) - Math.log(1e6 + 1));
    // A naive difference of float32 logGammas near 1.2e7 would be off by about 1.
    close(beta(1e6, 1e6), -1386300.335, 1e-6);
  });

  test('digammaIncrease keeps the digits of a small difference', () => {
    const increase = (x: number, by: number): number | undefined =>
      tidy(() => digammaIncrease(tensor1d([x]), tensor1d([by])).dataSync()[0]);
    close(increase(1, 1), 1);
    close(increase(0.25, 2), 1 / 0.25 + 1 / 1.25);
    expect(Math.abs((increase(1e5, 1) ?? NaN) * 1e5 - 1)).toBeLessThan(1e-5);
  });

  test('the gradients are right, and that of logGamma is digamma', () => {
    const x = { shape: [4], values: [0.4, 1, 2.5, 9] };
    checkGradients(logGamma, [x], { step: 0.02 });
    checkGradients(digamma, [{ shape: [3], values: [1, 2.5, 9] }], { step: 0.02 });
    checkGradients(
      (a, b) => digammaIncrease(a, b),
      [
        { shape: [2], values: [1, 4] },
        { shape: [2], values: [2, 0.7] },
      ],
    );
    checkGradients((a, b) => logBeta(a, b), [x, { shape: [4], values: [3, 0.6, 1, 5] }], { step: 0.02 });
    checkGradients((a) => add(logBeta(a, a), logGamma(a)), [x], { step: 0.02 });
  });
});
