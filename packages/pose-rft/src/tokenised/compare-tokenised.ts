import { createSyntheticSet } from '@pose-rft/datasets';
import type { PoseTokeniserConfig } from '@pose-rft/mllm';
import { trainingSamples } from '../recipes/pretrain.js';
import { startHybrid } from './hybrid-family.js';
import { runFamily, type MethodFamily, type TokenisedRecord } from './method-family.js';
import { startTokenised, type TokenisedFamily, type TokeniserRecord } from './tokenised-family.js';
import { TOKENISED_METHOD_NAMES, tokenisedMethod, type TokenisedMethodName } from './tokenised-methods.js';

export interface CompareTokenisedOptions {
  readonly seed: number;
  /** All unless told. */
  readonly methods?: readonly TokenisedMethodName[];
  /** CPU seconds for the supervised training of each family's start, from nothing. */
  readonly startSeconds: number;
  /** CPU seconds that each method gets on top of its start. */
  readonly secondsPerMethod: number;
  /** Training samples. */
  readonly sampleCount: number;
  readonly promptCount: number;
  /** Settings are chosen on `validation` and reported on `test`. */
  readonly split: 'validation' | 'test';
  /** Default: that of `@pose-rft/mllm`. */
  readonly tokeniser?: Partial<PoseTokeniserConfig>;
}

/** What is known as the comparison goes on. */
export type TokenisedOutcome =
  | { readonly kind: 'method'; readonly record: TokenisedRecord }
  | { readonly kind: 'tokeniser'; readonly record: TokeniserRecord };

/**
 * Trains both families of models with one seed at equal CPU time, the hybrid one and the one that gives poses as codes,
 * and yields what each method reached as soon as it is known. They share training set, network, rewards, prompts and
 * evaluation; the tokeniser's training counts.
 */
export async function* compareTokenised(options: CompareTokenisedOptions): AsyncGenerator<TokenisedOutcome> {
  const { seed, startSeconds, sampleCount, promptCount, split } = options;
  const methods = options.methods ?? TOKENISED_METHOD_NAMES;
  const familyOptions = {
    seed,
    startSeconds,
    samples: trainingSamples(seed, sampleCount),
    prompts: createSyntheticSet({ count: promptCount, seed: 1, split }).map(({ prompt }) => prompt),
  };
  for (const name of ['hybrid', 'tokenised'] as const) {
    const own = methods.filter((method) => tokenisedMethod(method).family === name);
    if (own.length === 0) continue;
    const family: MethodFamily & Partial<TokenisedFamily> =
      name === 'hybrid'
        ? await startHybrid(familyOptions)
        : await startTokenised({
            ...familyOptions,
            ...(options.tokeniser === undefined ? {} : { tokeniser: options.tokeniser }),
          });
    try {
      if (family.tokeniser !== undefined) yield { kind: 'tokeniser', record: family.tokeniser };
      for await (const record of runFamily(family, { ...options, methods: own }))
        yield { kind: 'method', record };
    } finally {
      family.dispose();
    }
  }
}
