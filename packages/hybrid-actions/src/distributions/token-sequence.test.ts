import { createRandom } from '@pose-rft/random';
import { tensor2d, tensor3d, tidy, useBackend, zeros, type Tensor } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTokenSequence, DistributionError, type TokenSequenceDistribution } from '../index.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

const ln = Math.log;
const END = 1;

function expectClose(found: Tensor, expected: readonly number[]): void {
  const values = Array.from(found.dataSync());
  expect(values).toHaveLength(expected.length);
  values.forEach((value, index) => expect(value).toBeCloseTo(expected[index] ?? NaN, 5));
}

/** Three rows with two, one and none of the two steps; tokens 0, the end and 2, with the odds 1 : 2 : 1 and 2 : 1 : 1. */
function threeRows(): TokenSequenceDistribution {
  const steps = [
    [0, ln(2), 0],
    [ln(2), 0, 0],
  ];
  return createTokenSequence({ logits: tensor3d([steps, steps, steps]), end: END, lengths: [2, 1, 0] });
}

// Of 1/4, 1/2, 1/4 in any order.
const ENTROPY = 1.5 * ln(2);

describe('rows of different lengths', () => {
  test('count each step with the probability that it is reached', () => {
    tidy(() => {
      expectClose(threeRows().entropy(), [ENTROPY + 0.5 * ENTROPY, ENTROPY, 0]);
      expectClose(threeRows().mean(), [
        ...[0.25, 0.5, 0.25, 0.25, 0.125, 0.125],
        ...[0.25, 0.5, 0.25, 0, 0, 0],
        ...[0, 0, 0, 0, 0, 0],
      ]);
    });
  });

  test('diverge step by step, as far as they are reached', () => {
    tidy(() => {
      const uniform = createTokenSequence({ logits: zeros([3, 2, 3]), end: END, lengths: [2, 1, 0] });
      const kl = ln(3) - ENTROPY;
      expectClose(threeRows().kl(uniform), [1.5 * kl, kl, 0]);
    });
  });

  test('draw no more tokens than they have steps, and none after the end', () => {
    tidy(() => {
      const distribution = threeRows();
      const random = createRandom(2);
      const firsts = new Set<string>();
      for (let draw = 0; draw < 200; draw++) {
        const [a = NaN, b = NaN, ...others] = distribution.sample(random).dataSync();
        firsts.add(`${a},${b}`);
        expect(others[0]).toBeGreaterThanOrEqual(0);
        expect(others.slice(1)).toEqual([-1, -1, -1]);
      }
      expect([...firsts].sort()).toEqual(['0,0', '0,1', '0,2', '1,-1', '2,0', '2,1', '2,2']);
    });
  });

  test('have their own mode', () => {
    tidy(() => {
      // Ending at once has 1/2; any longer sequence at most 1/4 * 1/2.
      expect(Array.from(threeRows().mode().dataSync())).toEqual([1, -1, 1, -1, -1, -1]);
      const steps = [
        [ln(4), 0, 0],
        [0, 0, ln(4)],
      ];
      const sequence = createTokenSequence({ logits: tensor3d([steps, steps]), end: END, lengths: [1, 2] });
      expect(Array.from(sequence.mode().dataSync())).toEqual([0, -1, 0, 2]);
    });
  });

  test('are scored token by token, with 0 after the last', () => {
    tidy(() => {
      const tokens = tensor2d(
        [
          [2, 0],
          [1, -1],
          [-1, -1],
        ],
        undefined,
        'int32',
      );
      expectClose(threeRows().stepLogProbs(tokens), [-ln(4), -ln(2), -ln(2), 0, 0, 0]);
      expectClose(threeRows().logProb(tokens), [-ln(8), -ln(2), 0]);
    });
  });
});

test('without lengths every row has all steps', () => {
  tidy(() => {
    const [implicit, explicit] = [{}, { lengths: Int32Array.of(2, 2) }].map((more) =>
      createTokenSequence({ logits: zeros([2, 2, 3]), end: 0, ...more }),
    );
    if (!implicit || !explicit) throw new Error('there are two');
    expectClose(implicit.kl(explicit), [0, 0]);
    expectClose(explicit.kl(implicit), [0, 0]);
    expectClose(implicit.entropy(), [ln(3) * (5 / 3), ln(3) * (5 / 3)]);
  });
});

test('what a step that is never reached would cost does not count', () => {
  tidy(() => {
    const surely = [-Infinity, 0];
    const p = createTokenSequence({ logits: tensor3d([[surely, [0, 0]]]), end: END });
    const q = createTokenSequence({ logits: tensor3d([[[0, 0], surely]]), end: END });
    expectClose(p.kl(q), [ln(2)]);
    expectClose(p.entropy(), [0]);
    expect(q.kl(p).dataSync()[0]).toBe(Infinity);
  });
});

describe('what does not fit is refused', () => {
  test.each([-1, 3, 0.5, NaN])('the end token %d of three', (end) => {
    tidy(() => {
      const make = (): unknown => createTokenSequence({ logits: zeros([1, 2, 3]), end });
      expect(make).toThrow(DistributionError);
      expect(make).toThrow(`end: expected a token in [0, 3), got ${end}`);
    });
  });

  test.each([[[2]], [[2, 3]], [[2, -1]], [[1.5, 2]], [[2, 2, 2]]])(
    'the lengths %j of two rows',
    (lengths) => {
      tidy(() => {
        const make = (): unknown => createTokenSequence({ logits: zeros([2, 2, 3]), end: 0, lengths });
        expect(make).toThrow(DistributionError);
        expect(make).toThrow(`lengths: expected 2 integers in [0, 2], got ${lengths.join(', ')}`);
      });
    },
  );

  test('a divergence from sequences of other lengths, or of another end', () => {
    tidy(() => {
      const make = (end: number, lengths: number[]): TokenSequenceDistribution =>
        createTokenSequence({ logits: zeros([2, 2, 3]), end, lengths });
      for (const other of [make(0, [2, 1]), make(1, [2, 2])])
        expect(() => make(0, [2, 2]).kl(other)).toThrow(/differ in their end token or their lengths/);
      expectClose(make(0, [1, 2]).kl(make(0, [1, 2])), [0, 0]);
    });
  });
});
