import { mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';
import { tidy, useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDecoder, type Decoder } from './decoder.js';
import { loadHuggingFaceModel, type LoadedHuggingFaceModel } from './hugging-face/load-hugging-face-model.js';
import { packSegments } from './packing.js';
import { sampleAnswers } from './sampling.js';
import { writeHashedModel } from './testing/hashed-weights.js';
import { largestDifference } from './testing/small-model.js';

interface Case {
  readonly ids: readonly number[];
  readonly logits: readonly number[];
  readonly hidden: readonly number[];
  readonly greedy: readonly number[];
}

interface Variant {
  readonly name: string;
  readonly config: unknown;
  readonly tensors: Readonly<Record<string, readonly number[]>>;
  readonly cases: readonly Case[];
}

const golden = JSON.parse(
  readFileSync(new URL('../golden/decoders.golden.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly Variant[] };

trackTensorLeaks({ beforeAll, afterAll });
let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'decoder-parity-'));
});
afterAll(() => rm(scratch, { recursive: true }));

describe.each(['wasm', 'cpu'] as const)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  describe.each(golden.cases)('$name', ({ name, config, tensors, cases }) => {
    let model: LoadedHuggingFaceModel;
    let decoder: Decoder;
    beforeAll(async () => {
      const folder = join(scratch, `${backend} ${name}`);
      await writeHashedModel(folder, config, tensors);
      model = await loadHuggingFaceModel(folder, { random: createRandom(1) });
      decoder = createDecoder(model);
    });
    afterAll(() => {
      decoder.dispose();
      model.parameters.dispose();
    });

    test('hidden states and logits are those of transformers, all prompts in one ragged pass', () => {
      const packed = packSegments(cases, model.config);
      const { hidden, logits } = tidy(() => {
        const states = decoder.hiddenStates(packed);
        return {
          hidden: states.dataSync<'float32'>(),
          logits: decoder.logits(states).dataSync<'float32'>(),
        };
      });
      const expectedHidden = cases.flatMap((each) => each.hidden);
      expect(largestDifference(hidden, expectedHidden)).toBeLessThan(1e-4);
      const answerable = (all: ArrayLike<number>): number[] =>
        Array.from(all).filter((_, index) => decoder.canAnswerWith(index % model.config.vocabularySize));
      const expectedLogits = cases.flatMap((each) => each.logits);
      expect(largestDifference(answerable(logits), answerable(expectedLogits))).toBeLessThan(1e-4);
      packed.dispose();
    });

    test('greedy decoding with cached keys goes on token by token as theirs without', async () => {
      const { answers } = await sampleAnswers(
        decoder,
        cases.map(({ ids }) => ({ promptIds: ids })),
        { candidatesPerPrompt: 1, random: createRandom(2), maxNewTokens: 6, greedy: true },
      );
      expect(answers).toEqual(cases.map(({ greedy }) => greedy));
    });
  });
});
