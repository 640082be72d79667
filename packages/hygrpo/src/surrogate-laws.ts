import type { Law } from '@pose-rft/hybrid-actions/laws';
import { grad, sum, tensor1d, tidy, type Tensor } from '@pose-rft/tensor';
import fc from 'fast-check';
import type { ClipEpsilon } from './clipped-objective.js';
import { requireNear } from './require-near.js';

/** Anything with the signature of `clippedObjective`: terms to be maximised, one a ratio. */
export type SurrogateFunction = (ratios: Tensor, advantages: Float32Array, epsilon: ClipEpsilon) => Tensor;

interface Terms {
  readonly ratios: Float32Array;
  readonly advantages: Float32Array;
  readonly low: number;
  readonly high: number;
  /** Above 1 + high. */
  readonly far: number;
}

const terms: fc.Arbitrary<Terms> = fc
  .record({
    pairs: fc.array(
      fc.record({
        ratio: fc.integer({ min: 1, max: 80 }).map((numerator) => numerator / 16),
        advantage: fc.integer({ min: -48, max: 48 }).map((numerator) => numerator / 16),
      }),
      { minLength: 1, maxLength: 8 },
    ),
    low: fc.integer({ min: 1, max: 15 }).map((numerator) => numerator / 16),
    high: fc.integer({ min: 1, max: 15 }).map((numerator) => numerator / 16),
    beyond: fc.integer({ min: 1, max: 32 }).map((numerator) => numerator / 16),
  })
  .map(({ pairs, low, high, beyond }) => ({
    ratios: Float32Array.from(pairs, ({ ratio }) => ratio),
    advantages: Float32Array.from(pairs, ({ advantage }) => advantage),
    low,
    high,
    far: 1 + high + beyond,
  }));

/**
 * What a clipped surrogate must satisfy, term by term.
 *
 * @example
 * ```ts
 * import { clippedObjective } from '@pose-rft/hygrpo';
 * import { surrogateLaws } from '@pose-rft/hygrpo/laws';
 * import { useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * for (const law of surrogateLaws(clippedObjective, { runs: 20 })) law.check();
 * ```
 */
export function surrogateLaws(
  surrogate: SurrogateFunction,
  options: { readonly runs?: number } = {},
): readonly Law[] {
  const law = (name: string, holds: (given: Terms) => void): Law => ({
    name,
    check: () =>
      fc.assert(
        fc.property(terms, (given) => {
          tidy(() => holds(given));
        }),
        { numRuns: options.runs ?? 100 },
      ),
  });
  const valuesOf = (given: Terms, epsilon: ClipEpsilon): Float32Array =>
    surrogate(tensor1d(given.ratios), given.advantages, epsilon).dataSync<'float32'>();
  const each = (
    { ratios, advantages }: Terms,
    visit: (ratio: number, advantage: number, index: number) => void,
  ): void => ratios.forEach((ratio, index) => visit(ratio, advantages[index] as number, index));

  return [
    law('no term is above the unclipped one', (given) => {
      const found = valuesOf(given, given);
      each(given, (ratio, advantage, index) => {
        const value = found[index] as number;
        if (!(value <= ratio * advantage + 1e-5))
          throw new Error(`term ${index} is ${value}; unclipped it is ${ratio * advantage}`);
      });
    }),
    law('inside the clip a term is ratio times advantage', (given) => {
      const found = valuesOf(given, given);
      each(given, (ratio, advantage, index) => {
        if (ratio >= 1 - given.low && ratio <= 1 + given.high)
          requireNear(`term ${index}`, found[index], ratio * advantage);
      });
    }),
    law('outside it a term that gains is held at the bound, and one that loses is not', (given) => {
      const found = valuesOf(given, given);
      each(given, (ratio, advantage, index) => {
        if (ratio > 1 + given.high)
          requireNear(`term ${index}`, found[index], (advantage > 0 ? 1 + given.high : ratio) * advantage);
        if (ratio < 1 - given.low)
          requireNear(`term ${index}`, found[index], (advantage < 0 ? 1 - given.low : ratio) * advantage);
      });
    }),
    law('the gradient is the advantage, and 0 where a bound holds the term', (given) => {
      const { advantages, low, high } = given;
      const slope = grad((ratios) => sum(surrogate(ratios, advantages, { low, high })))(
        tensor1d(given.ratios),
      ).dataSync();
      each(given, (ratio, advantage, index) => {
        const isHeld = (ratio > 1 + high && advantage > 0) || (ratio < 1 - low && advantage < 0);
        requireNear(`the slope of term ${index}`, slope[index], isHeld ? 0 : advantage);
      });
    }),
    law('a dual clip bounds a term from below where the advantage is negative, and nowhere else', (given) => {
      const { low, high, far } = given;
      const plain = valuesOf(given, { low, high });
      const dual = valuesOf(given, { low, high, dual: far });
      each(given, (_, advantage, index) => {
        const before = plain[index] as number;
        requireNear(`term ${index}`, dual[index], advantage < 0 ? Math.max(before, far * advantage) : before);
      });
    }),
    law('a cap on the ratio above the clip is the dual clip', (given) => {
      const { low, high, far } = given;
      const capped = valuesOf(given, { low, high, ratioCap: far });
      valuesOf(given, { low, high, dual: far }).forEach((value, index) =>
        requireNear(`term ${index}`, capped[index], value),
      );
    }),
  ];
}
