import { fc, test } from '@fast-check/vitest';
import { createRandom } from '@pose-rft/random';
import {
  add,
  dispose,
  mul,
  sum,
  tensor,
  tensor1d,
  tidy,
  useBackend,
  valueAndGradients,
  type Tensor,
} from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { passAnswers } from './answer-pass.js';
import { planAnswers, type PromptedAnswer } from './answer-plan.js';
import { mllmConfig, type MllmConfig } from './config.js';
import { createDecoder, type Decoder } from './decoder.js';
import { parseLoraConfig } from './lora/lora-config.js';
import { isLoraSecondFactor } from './lora/lora-modules.js';
import { packSegments, type TokenSegment } from './packing.js';
import { createMllmParameters } from './parameters.js';
import type { MllmPrompt } from './prompt.js';
import { largestDifference } from './testing/small-model.js';

trackTensorLeaks({ beforeAll, afterAll });
beforeAll(() => useBackend('wasm'));

const VOCABULARY = 23;

/** Every trait of a decoder, in any combination. */
const configs = fc
  .record({
    keyValueHeadCount: fc.constantFrom(1, 2, 4),
    headSize: fc.constantFrom(2, 4, 6),
    window: fc.option(fc.integer({ min: 1, max: 5 })),
    windowedLayers: fc.constantFrom([0], [1], [0, 1]),
    hasBiases: fc.boolean(),
    tiedEmbeddings: fc.boolean(),
    hasAdapters: fc.boolean(),
    ropeScaling: fc.constantFrom<MllmConfig['ropeScaling']>(
      { kind: 'none' },
      { kind: 'linear', factor: 2 },
      { kind: 'llama3', factor: 4, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 8 },
    ),
  })
  .map(({ window, windowedLayers, hasBiases, hasAdapters, ...traits }) =>
    mllmConfig('tiny', {
      ...traits,
      hiddenSize: 8,
      layerCount: 2,
      headCount: 4,
      intermediateSize: 10,
      vocabularySize: VOCABULARY,
      imageTokenCount: 3,
      imageFeatureSize: 5,
      maxPositions: 64,
      qkvBias: hasBiases,
      feedForwardBias: hasBiases,
      slidingWindow: window === null ? null : { size: window, layers: windowedLayers },
      lora: hasAdapters ? parseLoraConfig({ rank: 2, alpha: 3 }) : null,
      poseHead: { hiddenSize: 6, logStdMin: -4, logStdMax: -2 },
      poseSize: 12,
    }),
  );

/** Prompts with or without an image, and answers to them. */
const prompts = fc
  .array(
    fc.tuple(
      fc.array(fc.integer({ min: 7, max: VOCABULARY - 1 }), { minLength: 1, maxLength: 6 }),
      fc.boolean(),
    ),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((drawn) =>
    drawn.map(([words, hasImage], index): MllmPrompt => {
      if (!hasImage) return { promptIds: words };
      const imageFeatures = createRandom(index).fillNormal(new Float32Array(15));
      return { promptIds: [3, 3, 3, ...words], imageFeatures };
    }),
  );
const answers = fc.array(
  fc.tuple(fc.nat(2), fc.array(fc.integer({ min: 7, max: VOCABULARY - 1 }), { maxLength: 5 }), fc.boolean()),
  { minLength: 1, maxLength: 4 },
);

function answersTo(prompts: readonly MllmPrompt[], drawn: readonly [number, number[], boolean][]) {
  return drawn.map(([prompt, words, hasPose]): PromptedAnswer => ({
    prompt: prompt % prompts.length,
    ids: [...words, ...(hasPose ? [2] : []), 1],
  }));
}

function withDecoder<Result>(
  config: MllmConfig,
  body: (decoder: Decoder) => Result,
  options: { readonly recomputesBlocks?: boolean } = {},
): Result {
  const parameters = createMllmParameters({ config, random: createRandom(1) });
  for (const name of parameters.names.filter(isLoraSecondFactor)) {
    const { shape, size } = parameters.get(name);
    const values = createRandom(2).split(name).fillNormal(new Float32Array(size));
    parameters.replace(name, tensor(values, shape));
  }
  parameters.unfreeze(() => true);
  const decoder = createDecoder({ config, parameters, ...options });
  try {
    return body(decoder);
  } finally {
    decoder.dispose();
    parameters.dispose();
  }
}

/** The states of each segment. */
function hiddenStates(decoder: Decoder, segments: readonly TokenSegment[]): Float32Array[] {
  const packed = packSegments(segments, decoder.config);
  const width = decoder.config.hiddenSize;
  const all = tidy(() => decoder.hiddenStates(packed).dataSync<'float32'>());
  const states = segments.map(({ ids }, index) => {
    const start = packed.layout.starts[index] as number;
    return all.slice(start * width, (start + ids.length) * width);
  });
  packed.dispose();
  return states;
}

const asSegment = ({ promptIds, imageFeatures }: MllmPrompt): TokenSegment => ({
  ids: promptIds,
  imageFeatures,
});

describe('a decoder with any traits', () => {
  test.prop({ config: configs, prompts, change: fc.nat() }, { numRuns: 15 })(
    'is causal: a later token changes no earlier state, bit for bit',
    ({ config, prompts, change }) => {
      const [prompt] = prompts as [MllmPrompt];
      const place = prompt.promptIds.length - 1;
      const other =
        7 + (((prompt.promptIds[place] as number) - 7 + 1 + (change % (VOCABULARY - 8))) % (VOCABULARY - 7));
      const changed = { ...prompt, promptIds: prompt.promptIds.with(place, other) };
      withDecoder(config, (decoder) => {
        const [before] = hiddenStates(decoder, [asSegment(prompt)]) as [Float32Array];
        const [after] = hiddenStates(decoder, [asSegment(changed)]) as [Float32Array];
        const from = place * config.hiddenSize;
        expect(after.slice(0, from)).toEqual(before.slice(0, from));
        expect(after.slice(from)).not.toEqual(before.slice(from));
      });
    },
  );

  test.prop({ config: configs, prompts, seed: fc.nat() }, { numRuns: 15 })(
    'gives a sequence the states that it has alone, whatever shares the batch, in any order',
    ({ config, prompts, seed }) => {
      const segments = prompts.map(asSegment);
      const order = createRandom(seed).shuffle([...segments.keys()]);
      withDecoder(config, (decoder) => {
        const alone = segments.map((segment) => hiddenStates(decoder, [segment])[0] as Float32Array);
        const together = hiddenStates(
          decoder,
          order.map((index) => segments[index] as TokenSegment),
        );
        order.forEach((segment, place) =>
          expect(
            largestDifference(together[place] as Float32Array, alone[segment] as Float32Array),
          ).toBeLessThan(1e-5),
        );
      });
    },
  );

  test.prop({ config: configs, prompts, answers }, { numRuns: 15 })(
    'gives answers that share their prompt the loss and gradients that they have behind copies of it',
    ({ config, prompts, answers }) => {
      const given = answersTo(prompts, answers);
      withDecoder(config, (decoder) => {
        const shared = differentiate(decoder, prompts, given);
        const copies = differentiate(
          decoder,
          given.map(({ prompt }) => prompts[prompt] as MllmPrompt),
          given.map(({ ids }, prompt) => ({ prompt, ids })),
        );
        expect(Math.abs(shared.loss - copies.loss)).toBeLessThan(1e-5 * (1 + Math.abs(copies.loss)));
        expectSameGradients(shared.gradients, copies.gradients, 1e-5);
      });
    },
  );

  test.prop({ config: configs, prompts, answers }, { numRuns: 12 })(
    'computes the same gradients when it computes its blocks twice',
    ({ config, prompts, answers }) => {
      const given = answersTo(prompts, answers);
      const plain = withDecoder(config, (decoder) => differentiate(decoder, prompts, given));
      const twice = withDecoder(config, (decoder) => differentiate(decoder, prompts, given), {
        recomputesBlocks: true,
      });
      expect(twice.loss).toBe(plain.loss);
      expectSameGradients(twice.gradients, plain.gradients, 1e-6);
    },
  );

  test.prop({ config: configs, prompts, steps: fc.integer({ min: 1, max: 4 }) }, { numRuns: 15 })(
    'goes on from its caches as if there were none',
    ({ config, prompts, steps }) => {
      const words = prompts.map((_, index) =>
        Array.from({ length: steps }, (_, step) => 7 + ((3 * index + step) % 16)),
      );
      withDecoder(config, (decoder) => {
        const whole = hiddenStates(
          decoder,
          prompts.map((prompt, index) => ({
            ...asSegment(prompt),
            ids: [...prompt.promptIds, ...(words[index] ?? [])],
          })),
        );
        const packed = packSegments(prompts.map(asSegment), config);
        const { rowCount, starts } = packed.layout;
        const caches = decoder.createCaches(rowCount + prompts.length * steps);
        tidy(() => {
          decoder.hiddenStates(packed, caches);
        });
        for (let step = 0; step < steps; step++) {
          const own = (index: number): number => rowCount + index * steps;
          const next = tidy(() =>
            decoder
              .nextHiddenStates(
                {
                  ids: Int32Array.from(words, (ids) => ids[step] as number),
                  positions: Int32Array.from(prompts, ({ promptIds }) => promptIds.length + step),
                  cacheRows: Int32Array.from(prompts, (_, index) => own(index) + step),
                  ranges: Int32Array.from(
                    prompts.flatMap(({ promptIds }, index) => {
                      const start = starts[index] as number;
                      return [start, start + promptIds.length, own(index), own(index) + step + 1];
                    }),
                  ),
                },
                caches,
              )
              .dataSync<'float32'>(),
          );
          prompts.forEach(({ promptIds }, index) => {
            const row = (promptIds.length + step) * config.hiddenSize;
            const expected = (whole[index] as Float32Array).slice(row, row + config.hiddenSize);
            const found = next.slice(index * config.hiddenSize, (index + 1) * config.hiddenSize);
            expect(largestDifference(found, expected)).toBeLessThan(1e-5);
          });
        }
        packed.dispose();
        for (const cache of caches) cache.dispose();
      });
    },
  );
});

/** A loss that weighs every token and every number of a pose differently. */
function differentiate(
  decoder: Decoder,
  prompts: readonly MllmPrompt[],
  given: readonly PromptedAnswer[],
): { loss: number; gradients: Map<string, Float32Array> } {
  const plan = planAnswers(prompts, given);
  // Equal answers to one prompt share their rows: each copy weighs what its place among all tokens says.
  const weights = new Float32Array(plan.tokenIds.length);
  plan.tokenIndices.forEach((place, token) => {
    weights[place] = (weights[place] as number) + Math.sin(1 + token);
  });
  const poseWeights = new Float32Array(plan.poseRows.length);
  plan.poseIndices.forEach((place, answer) => {
    if (place >= 0) poseWeights[place] = (poseWeights[place] as number) + Math.cos(1 + answer);
  });
  const { loss, gradients } = valueAndGradients(decoder.parameters, () => {
    const { tokenLogProbs, poses } = passAnswers(decoder, plan, 0.8);
    const ofTokens: Tensor = sum(mul(tokenLogProbs, tensor1d(weights)));
    if (poses === undefined) return { loss: ofTokens, aux: null };
    const ofPoses = mul(sum(poses.mean, 1), tensor1d(poseWeights));
    return { loss: add(ofTokens, sum(ofPoses)), aux: null };
  });
  const values = new Map(
    Object.entries(gradients).map(([name, gradient]) => [name, gradient.dataSync<'float32'>().slice()]),
  );
  dispose(gradients);
  return { loss, gradients: values };
}

/** Each gradient to `tolerance` of the largest number in any of them; a parameter out of reach has zeros. */
function expectSameGradients(
  found: ReadonlyMap<string, Float32Array>,
  expected: ReadonlyMap<string, Float32Array>,
  tolerance: number,
): void {
  const magnitude = Math.max(1, ...[...expected.values()].flatMap((values) => Array.from(values, Math.abs)));
  for (const name of new Set([...found.keys(), ...expected.keys()])) {
    const size = (found.get(name) ?? expected.get(name))?.length ?? 0;
    const [first, second] = [found, expected].map((all) => all.get(name) ?? new Float32Array(size));
    expect(largestDifference(first as Float32Array, second as Float32Array), name).toBeLessThan(
      tolerance * magnitude,
    );
  }
}
