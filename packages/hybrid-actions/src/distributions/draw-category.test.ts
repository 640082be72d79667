import { createRandom, type Random } from '@pose-rft/random';
import { describe, expect, test } from 'vitest';
import { DistributionError } from '../index.js';
import { drawCategory } from './draw-category.js';
import { likeliestSequence } from './likeliest-sequence.js';

const ln = Math.log;
const saying = (uniform: number): Random => ({ ...createRandom(1), uniform: () => uniform });

describe('a category', () => {
  // The second row: probabilities 1/8, 0, 5/8, 2/8.
  const logits = Float32Array.of(9, 9, 9, 9, ln(1), -Infinity, ln(5), ln(2));

  test.each([
    [0, 0],
    [0.124, 0],
    [0.126, 2],
    [0.749, 2],
    [0.751, 3],
    [0.9999, 3],
  ])('for the uniform number %d is %d', (uniform, category) => {
    expect(drawCategory(logits, 1, 4, saying(uniform))).toBe(category);
  });

  test('does not depend on a constant in the logits, however large', () => {
    for (const shift of [-1e4, 0, 1e4])
      expect(drawCategory(Float32Array.of(shift, shift + 1, shift), 0, 3, saying(0.5))).toBe(1);
    expect(drawCategory(Float32Array.of(-Infinity, 0), 0, 2, saying(0))).toBe(1);
    // Rounding must not fall off the end, onto a masked category.
    expect(drawCategory(Float32Array.of(0, 0, -Infinity), 0, 3, saying(1))).toBe(1);
  });

  test.each([
    [[0, NaN, 0]],
    [[NaN, 0, 0]],
    [[0, 0, NaN]],
    [[0, Infinity, 0]],
    [[-Infinity, -Infinity, -Infinity]],
  ])('of the logits %j is refused', (row) => {
    const refused = (): unknown => drawCategory(Float32Array.from([0, 0, 0, ...row]), 1, 3, saying(0.5));
    expect(refused).toThrow(DistributionError);
    expect(refused).toThrow(
      `row 1 has the logits ${row.join(', ')}; expected no NaN, no Infinity and at least one finite number`,
    );
  });

  test('is refused with the first eight logits of many', () => {
    const many = new Float32Array(20).fill(2, 10).fill(NaN, 12, 13);
    expect(() => drawCategory(many, 1, 10, saying(0))).toThrow(
      'row 1 has the logits 2, 2, NaN, 2, 2, 2, 2, 2; expected',
    );
  });
});

describe('the likeliest sequence of independent steps', () => {
  /** All sequences with their log-probabilities; `end` stops them. */
  function enumerated(logits: readonly (readonly number[])[], end: number): Map<string, number> {
    const found = new Map<string, number>();
    const go = (tokens: readonly number[], logProb: number): void => {
      const step = logits[tokens.length];
      if (step === undefined || tokens.at(-1) === end) {
        found.set(tokens.join(), logProb);
        return;
      }
      const total = ln(step.reduce((sum, logit) => sum + Math.exp(logit), 0));
      step.forEach((logit, token) => go([...tokens, token], logProb + logit - total));
    };
    go([], 0);
    return found;
  }

  test('is that with the greatest probability of all', () => {
    const random = createRandom(5);
    for (let trial = 0; trial < 300; trial++) {
      const [steps, size] = [1 + random.integer(3), 2 + random.integer(2)];
      const end = random.integer(size);
      const logits = Array.from({ length: steps }, () =>
        Array.from({ length: size }, () => 2 * random.normal()),
      );
      const all = enumerated(logits, end);
      const found = likeliestSequence(Float32Array.from(logits.flat()), size, end);
      expect(all.get(found.join()) ?? NaN).toBeCloseTo(Math.max(...all.values()), 5);
    }
  });

  test('may be empty, may only end, may never end', () => {
    expect(likeliestSequence(new Float32Array(0), 3, 1)).toEqual([]);
    expect(likeliestSequence(Float32Array.of(-Infinity, 0), 2, 1)).toEqual([1]);
    expect(likeliestSequence(Float32Array.of(0, -Infinity, 0, -Infinity), 2, 1)).toEqual([0, 0]);
    expect(likeliestSequence(Float32Array.of(-Infinity, 0, -Infinity, 0), 2, 0)).toEqual([1, 1]);
    // Of two alike the shorter, and of two tokens alike the first.
    expect(likeliestSequence(Float32Array.of(0, 0, 0, 0), 2, 1)).toEqual([1]);
    expect(likeliestSequence(Float32Array.of(5, 0, 5, 5, 0, 5), 3, 1)).toEqual([0, 0]);
    expect(likeliestSequence(Float32Array.of(0), 1, 0)).toEqual([0]);
  });
});
