import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { createTokenChooser, NonFiniteLogitsError, type TokenChoiceOptions } from './token-choice.js';

const PROBABILITIES = [0.05, 0.4, 0, 0.3, 0.15, 0.1];
const LOGITS = Float32Array.from([
  9,
  9,
  ...PROBABILITIES.map((probability) => Math.max(Math.log(probability), -1e4) + 2),
]);
const choose = (options: Partial<TokenChoiceOptions> = {}) =>
  createTokenChooser(PROBABILITIES.length, { random: createRandom(1), ...options });

function frequencies(options: Partial<TokenChoiceOptions>, count = 20_000): number[] {
  const chooser = choose(options);
  const shares = PROBABILITIES.map(() => 0);
  for (let draw = 0; draw < count; draw++) {
    const { id } = chooser(LOGITS, 2);
    shares[id] = (shares[id] ?? 0) + 1 / count;
  }
  return shares;
}

function expectShares(found: readonly number[], expected: readonly number[]): void {
  // Five standard errors of 20,000 draws at the worst probability, 1/2.
  found.forEach((share, id) =>
    expect(Math.abs(share - (expected[id] as number)), `token ${id}`).toBeLessThan(0.018),
  );
  expected.forEach((share, id) => share === 0 && expect(found[id]).toBe(0));
}

describe('a token chooser', () => {
  it('draws in proportion to the probabilities', () => {
    expectShares(frequencies({}), PROBABILITIES);
  });

  it('sharpens them by the temperature', () => {
    const squares = PROBABILITIES.map((probability) => probability ** 2);
    const total = squares.reduce((a, b) => a + b);
    expectShares(frequencies({ temperature: 0.5 }), squares.map((square) => square / total)); // prettier-ignore
  });

  it('keeps to the topK likeliest', () => {
    expectShares(frequencies({ topK: 2 }), [0, 4 / 7, 0, 3 / 7, 0, 0]);
  });

  it('keeps to the fewest that hold topP', () => {
    expectShares(frequencies({ topP: 0.71 }), [0, 0.4 / 0.85, 0, 0.3 / 0.85, 0.15 / 0.85, 0]);
    expectShares(frequencies({ topP: 0.69 }), [0, 4 / 7, 0, 3 / 7, 0, 0]);
  });

  it('keeps to those at least minP times as likely as the likeliest', () => {
    expectShares(frequencies({ minP: 0.3 }), [0, 0.4 / 0.85, 0, 0.3 / 0.85, 0.15 / 0.85, 0]);
  });

  it('restricts itself to the allowed tokens, renormalised', () => {
    const chooser = choose();
    const shares = PROBABILITIES.map(() => 0);
    const allowed = Uint8Array.of(1, 0, 0, 1, 0, 1);
    for (let draw = 0; draw < 20_000; draw++) {
      const { id, logProb } = chooser(LOGITS, 2, allowed);
      expect(logProb).toBeCloseTo(Math.log((PROBABILITIES[id] as number) / 0.45), 4);
      shares[id] = (shares[id] ?? 0) + 1 / 20_000;
    }
    expectShares(shares, [0.05 / 0.45, 0, 0, 0.3 / 0.45, 0, 0.1 / 0.45]);
  });

  it('never draws what has no probability, however much is asked for', () => {
    expect(frequencies({ topK: 6, topP: 1 })[2]).toBe(0);
  });

  it('takes the likeliest when greedy', () => {
    expect(frequencies({ greedy: true }, 20)).toEqual([0, expect.closeTo(1), 0, 0, 0, 0]);
  });

  it('reports the log-probability at the temperature, before truncation', () => {
    expect(choose({ greedy: true })(LOGITS, 2).logProb).toBeCloseTo(Math.log(0.4), 5);
    expect(choose({ topK: 1 })(LOGITS, 2).logProb).toBeCloseTo(Math.log(0.4), 5);
    const tempered = 0.4 ** 2 / PROBABILITIES.reduce((sum, probability) => sum + probability ** 2, 0);
    expect(choose({ topK: 1, temperature: 0.5 })(LOGITS, 2).logProb).toBeCloseTo(Math.log(tempered), 5);
  });

  it.each([NaN, Infinity])('refuses logits that hold %d', (value) => {
    expect(() => choose()(LOGITS.with(4, value), 2)).toThrow(NonFiniteLogitsError);
  });
});
