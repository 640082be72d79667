import { match } from 'ts-pattern';
import { FusedOperandError } from './operand.js';

/**
 * How a model that was trained on short sequences turns its queries and keys over longer ones. Names and numbers are
 * those of `rope_scaling` in a Hugging Face `config.json`.
 *
 * - `linear`: all angles divided by `factor` (S. Chen et al., "Extending Context Window of Large Language Models via
 *   Positional Interpolation", 2023).
 * - `llama3`: only the low frequencies divided, those of which fewer than `lowFrequencyFactor` turns fit into
 *   `originalMaxPositions`; those of more than `highFrequencyFactor` turns kept; a blend between (Llama 3.1).
 * - `yarn`: the same idea with a ramp over pairs between `betaFast` and `betaSlow` turns, and cosines and sines scaled by
 *   `attentionFactor` (B. Peng et al., "YaRN", 2023; Qwen2.5).
 */
export type RotaryScaling =
  | { readonly kind: 'none' }
  | { readonly kind: 'linear'; readonly factor: number }
  | {
      readonly kind: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalMaxPositions: number;
    }
  | {
      readonly kind: 'yarn';
      readonly factor: number;
      readonly betaFast: number;
      readonly betaSlow: number;
      readonly attentionFactor: number;
      readonly originalMaxPositions: number;
    };

/** The angles of a rotary embedding. */
export interface RotaryFrequencies {
  /** [headSize / 2] */
  readonly radiansPerPosition: Float64Array;
  /** Multiplies cosines and sines: 1, except for YaRN. */
  readonly amplitude: number;
}

/**
 * What each pair of numbers of a head turns by from one position to the next.
 *
 * @throws FusedOperandError if headSize is not even and positive, or theta or a number of the scaling not positive
 * @example
 * ```ts
 * import { rotaryFrequencies } from '@pose-rft/tensor';
 *
 * const { radiansPerPosition } = rotaryFrequencies({ headSize: 4, theta: 100, scaling: { kind: 'linear', factor: 2 } });
 * console.assert(radiansPerPosition[0] === 0.5 && Math.abs((radiansPerPosition[1] ?? 0) - 0.05) < 1e-9);
 * ```
 */
export function rotaryFrequencies(shape: {
  readonly headSize: number;
  readonly theta: number;
  readonly scaling?: RotaryScaling;
}): RotaryFrequencies {
  const { headSize, theta, scaling = { kind: 'none' } } = shape;
  const operation = 'createRotaryTables';
  if (!Number.isInteger(headSize) || headSize <= 0 || headSize % 2 !== 0)
    throw new FusedOperandError(operation, 'headSize', 'a positive even integer', `${headSize}`);
  for (const [name, value] of Object.entries({ ...scaling, theta }))
    if (typeof value === 'number' && (!(value > 0) || !Number.isFinite(value)))
      throw new FusedOperandError(operation, name, 'a positive number', `${value}`);

  const pairs = headSize / 2;
  const plain = Float64Array.from({ length: pairs }, (_, pair) => theta ** ((-2 * pair) / headSize));
  return match(scaling)
    .with({ kind: 'none' }, () => ({ radiansPerPosition: plain, amplitude: 1 }))
    .with({ kind: 'linear' }, ({ factor }) => ({
      radiansPerPosition: plain.map((radians) => radians / factor),
      amplitude: 1,
    }))
    .with(
      { kind: 'llama3' },
      ({ factor, lowFrequencyFactor, highFrequencyFactor, originalMaxPositions }) => ({
        radiansPerPosition: plain.map((radians) => {
          const turns = (originalMaxPositions * radians) / (2 * Math.PI);
          const kept = clamp((turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor));
          return kept * radians + ((1 - kept) * radians) / factor;
        }),
        amplitude: 1,
      }),
    )
    .with({ kind: 'yarn' }, ({ factor, betaFast, betaSlow, attentionFactor, originalMaxPositions }) => {
      // The (fractional) pair that makes so many turns over the original positions.
      const pairOf = (turns: number): number =>
        (pairs * Math.log(originalMaxPositions / (2 * Math.PI * turns))) / Math.log(theta);
      const first = Math.max(0, Math.floor(pairOf(betaFast)));
      const last = Math.min(headSize - 1, Math.ceil(pairOf(betaSlow)));
      const ramp = Math.max(last - first, 1e-3);
      return {
        radiansPerPosition: plain.map((radians, pair) => {
          const divided = clamp((pair - first) / ramp);
          return (1 - divided) * radians + (divided * radians) / factor;
        }),
        amplitude: attentionFactor,
      };
    })
    .exhaustive();
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
