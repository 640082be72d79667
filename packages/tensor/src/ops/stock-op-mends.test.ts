import {
  cumprod,
  cumsum,
  multinomial,
  randomGamma,
  randomNormal,
  randomStandardNormal,
  tensor1d,
  tensor2d,
  tidy,
  truncatedNormal,
  useBackend,
  type Tensor,
} from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

trackTensorLeaks({ beforeAll, afterAll });

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  const draws: Readonly<Record<string, (seed?: number) => Tensor>> = {
    randomNormal: (seed) => randomNormal([8], 0, 1, 'float32', seed),
    randomStandardNormal: (seed) => randomStandardNormal([8], 'float32', seed),
    truncatedNormal: (seed) => truncatedNormal([8], 0, 1, 'float32', seed),
    randomGamma: (seed) => randomGamma([8], 2, 1, 'float32', seed),
    multinomial: (seed) => multinomial(tensor1d(new Array<number>(1000).fill(0)), 8, seed),
  };
  test.each(Object.entries(draws))(
    '%s repeats for seed 0, as for any other, and differs without one',
    (_name, draw) => {
      const values = (seed?: number): number[] => Array.from(tidy(() => draw(seed).dataSync()));
      expect(values(0)).toEqual(values(0));
      expect(values(1)).toEqual(values(1));
      expect(values(0)).not.toEqual(values(1));
      expect(values()).not.toEqual(values());
    },
  );

  test('cumsum and cumprod take negative axes', () => {
    tidy(() => {
      const x = tensor2d([
        [1, 2, 3],
        [4, 5, 6],
      ]);
      expect(cumsum(x, -1).arraySync()).toEqual([
        [1, 3, 6],
        [4, 9, 15],
      ]);
      expect(cumsum(x, -2).arraySync()).toEqual([
        [1, 2, 3],
        [5, 7, 9],
      ]);
      expect(cumprod(x, -1, true, true).arraySync()).toEqual([
        [6, 3, 1],
        [30, 6, 1],
      ]);
    });
  });
});
