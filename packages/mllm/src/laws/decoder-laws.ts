import { tidy } from '@pose-rft/tensor';
import fc from 'fast-check';
import type { Decoder } from '../decoder.js';
import { packSegments } from '../packing.js';
import { law, type Law } from './law.js';

/** Token ids of one sequence. */
export type TokenSequence = readonly number[];

/** A decoder under test: what it computes for a batch of sequences. */
export interface DecoderSubject {
  /** Ids that a sequence may hold: two or more, none that stands for an image or a pose. */
  readonly ids: readonly number[];
  readonly hiddenSize: number;
  /** Longest sequence to try. */
  readonly maxLength: number;
  /** [length * hiddenSize] for each sequence. */
  hiddenStates(batch: readonly TokenSequence[]): readonly Float32Array[];
  /** The same of a model with adapters that are off, and of its base. Without them that law is left out. */
  readonly adapterOff?: {
    hiddenStates(batch: readonly TokenSequence[]): readonly Float32Array[];
    baseHiddenStates(batch: readonly TokenSequence[]): readonly Float32Array[];
  };
  /** Largest difference that rounding may make between batches of other shapes (default 1e-5). */
  readonly tolerance?: number;
}

/** This package's decoder as a subject of {@link decoderLaws}. */
export function decoderSubject(
  decoder: Decoder,
  { ids, maxLength = 8 }: { readonly ids: readonly number[]; readonly maxLength?: number },
): DecoderSubject {
  const { hiddenSize } = decoder.config;
  return {
    ids,
    hiddenSize,
    maxLength,
    hiddenStates(batch) {
      const packed = packSegments(
        batch.map((sequence) => ({ ids: sequence })),
        decoder.config,
      );
      try {
        const all = tidy(() => decoder.hiddenStates(packed).dataSync<'float32'>());
        return batch.map((sequence, index) => {
          const start = packed.layout.starts[index] as number;
          return all.slice(start * hiddenSize, (start + sequence.length) * hiddenSize);
        });
      } finally {
        packed.dispose();
      }
    },
  };
}

/**
 * What a decoder owes, whatever its architecture: a later token changes no earlier state, bit for bit; what shares the
 * batch changes nothing, nor does its order (so no padding is ever attended to); and adapters that are off leave the base
 * model, bit for bit.
 *
 * @example
 * ```ts
 * import { createDecoder, createMllmParameters, mllmConfig } from '@pose-rft/mllm';
 * import { decoderLaws, decoderSubject } from '@pose-rft/mllm/laws';
 * import { createRandom } from '@pose-rft/random';
 * import { useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('auto');
 * const config = mllmConfig('tiny', { vocabularySize: 20 });
 * const parameters = createMllmParameters({ config, random: createRandom(1) });
 * const decoder = createDecoder({ config, parameters });
 * for (const law of decoderLaws(decoderSubject(decoder, { ids: [7, 8, 9, 10] }))) law.check({ numRuns: 5, seed: 1 });
 * decoder.dispose();
 * parameters.dispose();
 * ```
 */
export function decoderLaws(subject: DecoderSubject): readonly Law[] {
  const { ids, hiddenSize, maxLength, tolerance = 1e-5, adapterOff } = subject;
  const sequences = fc.array(fc.constantFrom(...ids), { minLength: 1, maxLength });
  const batches = fc.array(sequences, { minLength: 1, maxLength: 4 });
  const one = (sequence: TokenSequence): Float32Array =>
    subject.hiddenStates([sequence])[0] ?? new Float32Array(0);
  return [
    law(
      'a later token changes no earlier state',
      fc.record({ sequence: sequences, other: fc.constantFrom(...ids) }),
      ({ sequence, other }) => {
        const prefix = (sequence.length - 1) * hiddenSize;
        const changed = [...sequence.slice(0, -1), other];
        return identical(one(sequence).subarray(0, prefix), one(changed).subarray(0, prefix));
      },
    ),
    law('what shares the batch changes no state', batches, (batch) => {
      const together = subject.hiddenStates(batch);
      return batch.every((sequence, index) => near(together[index], one(sequence), tolerance));
    }),
    law(
      'a batch in another order has the same states in that order',
      fc.record({ batch: batches, shift: fc.nat(3) }),
      ({ batch, shift }) => {
        const order = batch.map((_, index) => (index + shift) % batch.length).reverse();
        const states = subject.hiddenStates(batch);
        const moved = subject.hiddenStates(order.map((index) => batch[index] ?? []));
        return order.every((index, place) => near(moved[place], states[index], tolerance));
      },
    ),
    ...(adapterOff === undefined
      ? []
      : [
          law('adapters that are off leave the base model as it is', batches, (batch) => {
            const base = adapterOff.baseHiddenStates(batch);
            return adapterOff
              .hiddenStates(batch)
              .every((states, index) => identical(states, base[index] ?? new Float32Array(0)));
          }),
        ]),
  ];
}

function identical(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, index) => Object.is(value, b[index]));
}

function near(a: Float32Array | undefined, b: Float32Array | undefined, tolerance: number): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.length === b.length &&
    a.every((value, index) => Math.abs(value - (b[index] ?? Number.NaN)) <= tolerance)
  );
}
