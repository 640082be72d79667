import { ones, tidy, useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBeta, DistributionError } from '../index.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

describe('a box is refused', () => {
  test.each([
    [[0], [1, 1]],
    [[0, 0], [1]],
    [[0], [1]],
    [
      [0, 0, 0],
      [1, 1, 1],
    ],
    [
      [0, 1],
      [1, 1],
    ],
    [
      [0, 2],
      [1, 1],
    ],
    [
      [0, 0],
      [1, Infinity],
    ],
    [
      [0, -Infinity],
      [1, 1],
    ],
    [
      [0, NaN],
      [1, 1],
    ],
  ])('with the corners %j and %j of two sides', (low, high) => {
    tidy(() => {
      const make = (): unknown => createBeta({ alpha: ones([2, 2]), beta: ones([2, 2]), low, high });
      expect(make).toThrow(DistributionError);
      expect(make).toThrow(
        `the box has the corners [${low.join(', ')}] and [${high.join(', ')}]; expected 2 numbers each, every low ` +
          'below its high',
      );
    });
  });
});
