import { createRandom } from '@pose-rft/random';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDecoder } from '../decoder.js';
import { addLora } from '../lora/lora-model.js';
import { parseLoraConfig } from '../lora/lora-config.js';
import { createSmallModel, type SmallModel } from '../testing/small-model.js';
import { trainSmallTokeniser, type SmallTokeniser } from '../testing/small-tokeniser.js';
import type { PoseTokeniser } from '../pose-tokeniser/pose-tokeniser.js';
import { decoderLaws, decoderSubject, type DecoderSubject } from './decoder-laws.js';
import { poseTokeniserLaws } from './pose-tokeniser-laws.js';

let model: SmallModel;
let subject: DecoderSubject;
let small: SmallTokeniser;

trackTensorLeaks({ beforeAll, afterAll });
beforeAll(async () => {
  await useBackend('wasm');
  model = createSmallModel(3);
  subject = decoderSubject(model.decoder, { ids: [7, 8, 9, 10, 11] });
  small = trainSmallTokeniser(1);
});
afterAll(() => {
  model.dispose();
});

const PARAMETERS = { numRuns: 25, seed: 5, endOnFailure: true };

describe('decoderLaws', () => {
  it('hold for the decoder', () => {
    for (const law of decoderLaws(subject)) law.check(PARAMETERS);
  });

  it('hold for fresh adapters, which are off', () => {
    const base = createSmallModel(4);
    const adapted = addLora(
      { config: base.config, parameters: base.parameters.clone() },
      parseLoraConfig({ rank: 2, alpha: 4 }),
      createRandom(2),
    );
    const decoder = createDecoder(adapted);
    const ids = { ids: [7, 8, 9] };
    const laws = decoderLaws({
      ...subject,
      adapterOff: {
        hiddenStates: decoderSubject(decoder, ids).hiddenStates,
        baseHiddenStates: decoderSubject(base.decoder, ids).hiddenStates,
      },
    });
    expect(laws).toHaveLength(4);
    laws[3]?.check(PARAMETERS);
    decoder.dispose();
    adapted.parameters.dispose();
    base.dispose();
  });

  it.each<[string, number, (own: DecoderSubject) => DecoderSubject['hiddenStates']]>([
    [
      'a state that knows the last token',
      0,
      (own) => (batch) =>
        own
          .hiddenStates(batch)
          .map((states, index) => states.map((value) => value + 1e-4 * (batch[index]?.at(-1) ?? 0))),
    ],
    [
      'padding that is attended to',
      1,
      (own) => (batch) => {
        const longest = Math.max(...batch.map(({ length }) => length));
        return own
          .hiddenStates(batch)
          .map((states, index) =>
            states.map((value) => value + 1e-3 * (longest - (batch[index]?.length ?? 0))),
          );
      },
    ],
    [
      'a place in the batch that matters',
      2,
      (own) => (batch) =>
        own.hiddenStates(batch).map((states, index) => states.map((value) => value + 1e-3 * index)),
    ],
  ])('catch %s', (_, broken, plant) => {
    const laws = decoderLaws({ ...subject, hiddenStates: plant(subject) });
    expect(() => {
      laws[broken]?.check(PARAMETERS);
    }).toThrow();
  });

  it('catch an adapter that is on', () => {
    const laws = decoderLaws({
      ...subject,
      adapterOff: {
        hiddenStates: (batch) =>
          subject.hiddenStates(batch).map((states) => states.map((value) => value * 1.0001)),
        baseHiddenStates: subject.hiddenStates,
      },
    });
    expect(() => {
      laws[3]?.check(PARAMETERS);
    }).toThrow();
  });
});

describe('poseTokeniserLaws', () => {
  const lawsOf = (changes: (own: PoseTokeniser) => Partial<PoseTokeniser>, largestDrift = 0.25) =>
    poseTokeniserLaws({
      tokeniser: { ...small.tokeniser, ...changes(small.tokeniser) },
      trainingPoses6d: small.poses6d,
      largestDrift,
    });

  it('hold for a trained tokeniser', () => {
    for (const law of lawsOf(() => ({}))) law.check(PARAMETERS);
  });

  it.each<[string, number, (own: PoseTokeniser) => Partial<PoseTokeniser>]>([
    [
      'a code out of range',
      0,
      (own) => ({ encodePoses: (poses) => own.encodePoses(poses).map(() => own.config.codebookSize) }),
    ],
    [
      'a batch that is coded by its first pose',
      1,
      (own) => ({
        encodePoses: (poses) => {
          const codes = own.encodePoses(poses);
          return codes.map((_, index) => codes[index % own.config.levelCount] as number);
        },
      }),
    ],
    [
      'numbers that are no rotations',
      2,
      (own) => ({
        decodeCodes: (codes, levels) => own.decodeCodes(codes, levels).map((value) => 1.01 * value),
      }),
    ],
    [
      'a level that makes latents worse',
      3,
      (own) => ({
        latentErrors: (poses) => own.latentErrors(poses).map((error, index) => error + index),
      }),
    ],
    [
      'a level that makes poses worse',
      4,
      (own) => ({
        decodeCodes: (codes, levels) => own.decodeCodes(codes, levels === own.config.levelCount ? 1 : levels),
      }),
    ],
    [
      'a decoder whose poses are coded as others',
      5,
      (own) => ({ decodeCodes: (codes, levels) => own.decodeCodes(codes, levels).map((value) => -value) }),
    ],
  ])('catch %s', (_, broken, plant) => {
    expect(() => {
      lawsOf(plant)[broken]?.check(PARAMETERS);
    }).toThrow();
  });
});
