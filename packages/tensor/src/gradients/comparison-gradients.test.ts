import {
  add,
  all,
  any,
  cast,
  equal,
  grad,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  mul,
  multinomial,
  notEqual,
  sum,
  tensor1d,
  tidy,
  useBackend,
  where,
  zerosLike,
  type Tensor,
} from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

trackTensorLeaks({ beforeAll, afterAll });

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  const positive = (x: Tensor): Tensor => greater(x, 0);
  const conditions: Readonly<Record<string, (x: Tensor) => Tensor>> = {
    greater: positive,
    greaterEqual: (x) => greaterEqual(x, 0),
    less: (x) => less(0, x),
    lessEqual: (x) => lessEqual(0, x),
    equal: (x) => equal(x, 2),
    notEqual: (x) => notEqual(x, -1),
    logicalAnd: (x) => logicalAnd(positive(x), positive(x)),
    logicalOr: (x) => logicalOr(positive(x), positive(x)),
    logicalNot: (x) => logicalNot(logicalNot(positive(x))),
    logicalXor: (x) => logicalXor(positive(x), logicalNot(logicalOr(positive(x), logicalNot(positive(x))))),
  };

  test.each(Object.entries(conditions))(
    'a condition by %s may depend on what is differentiated',
    (_name, condition) => {
      const clipped = (x: Tensor): Tensor => sum(where(condition(x), mul(x, 3), zerosLike(x)));
      expect(tidy(() => grad(clipped)(tensor1d([-1, 2])).arraySync())).toEqual([0, 3]);
    },
  );

  test('reductions of conditions, and samples, have gradient zero', () => {
    const counted = (x: Tensor): Tensor =>
      sum(mul(x, add(cast(any(positive(x)), 'float32'), cast(all(positive(x)), 'float32'))));
    expect(tidy(() => grad(counted)(tensor1d([-1, 2])).arraySync())).toEqual([1, 1]);
    const sampled = (x: Tensor): Tensor =>
      sum(mul(x, cast(sum(multinomial(x.as1D(), 1, 3)), 'float32').mul(0)));
    expect(
      Array.from(
        tidy(() => grad(sampled)(tensor1d([-1, 2])).dataSync()),
        Math.abs,
      ),
    ).toEqual([0, 0]);
  });
});
