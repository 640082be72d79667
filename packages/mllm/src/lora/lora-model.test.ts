import { createRandom } from '@pose-rft/random';
import { dispose, sum, tensor, tidy, useBackend, valueAndGradients, zerosLike } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { fc, test as property } from '@fast-check/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mllmConfig, MllmConfigError, type MllmConfig } from '../config.js';
import { createDecoder } from '../decoder.js';
import { packSegments } from '../packing.js';
import { createMllmParameters } from '../parameters.js';
import { passAnswers } from '../answer-pass.js';
import { planAnswers } from '../answer-plan.js';
import { largestDifference } from '../testing/small-model.js';
import { parseLoraConfig, type LoraConfig } from './lora-config.js';
import { addLora, mergeLora, type AdaptableModel } from './lora-model.js';
import { isLoraParameter, isLoraSecondFactor, loraModules } from './lora-modules.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

const CONFIG = mllmConfig('tiny', {
  hiddenSize: 8,
  headCount: 4,
  keyValueHeadCount: 2,
  headSize: 6,
  intermediateSize: 10,
  vocabularySize: 19,
  imageTokenCount: 2,
  imageFeatureSize: 5,
  maxPositions: 30,
  qkvBias: true,
  poseHead: { hiddenSize: 6, logStdMin: -4, logStdMax: -2 },
  poseSize: 12,
});
const lora = (changes: Partial<LoraConfig> = {}): LoraConfig =>
  parseLoraConfig({ rank: 2, alpha: 6, ...changes });

function baseModel(config: MllmConfig = CONFIG): AdaptableModel {
  return { config, parameters: createMllmParameters({ config, random: createRandom(4) }) };
}

/** Adapters in use: B is no longer zero. */
function trainedAdapters(changes: Partial<LoraConfig> = {}): AdaptableModel {
  const model = addLora(baseModel(), lora(changes), createRandom(5));
  for (const name of model.parameters.names.filter(isLoraSecondFactor)) {
    const { shape, size } = model.parameters.get(name);
    model.parameters.replace(
      name,
      tensor(createRandom(6).split(name).fillNormal(new Float32Array(size)), shape),
    );
  }
  return model;
}

const SEGMENT = {
  ids: [3, 3, 9, 12, 7, 15],
  imageFeatures: createRandom(7).fillNormal(new Float32Array(10)),
};

function hiddenStates({ config, parameters }: AdaptableModel, dropoutSeed?: number): Float32Array {
  const decoder = createDecoder({ config, parameters });
  const packed = packSegments([SEGMENT], config);
  const dropout = dropoutSeed === undefined ? undefined : createRandom(dropoutSeed);
  const states = tidy(() => decoder.hiddenStates(packed, undefined, dropout).dataSync<'float32'>().slice());
  packed.dispose();
  decoder.dispose();
  return states;
}

describe('addLora', () => {
  it('changes nothing, bit for bit, until B learns; nor does a trained adapter whose B is zero', () => {
    const base = baseModel();
    const expected = hiddenStates(base);
    const fresh = addLora(base, lora(), createRandom(5));
    expect(hiddenStates(fresh)).toEqual(expected);
    fresh.parameters.dispose();

    const trained = trainedAdapters();
    expect(largestDifference(hiddenStates(trained), expected)).toBeGreaterThan(0.1);
    for (const name of trained.parameters.names.filter(isLoraSecondFactor))
      trained.parameters.replace(name, zerosLike(trained.parameters.get(name)));
    expect(hiddenStates(trained)).toEqual(expected);
    trained.parameters.dispose();
  });

  it('lets the adapters, the projector and the pose head learn, and nothing else', () => {
    const model = addLora(baseModel(), lora({ targets: ['q_proj'] }), createRandom(5));
    const learning = model.parameters.names.filter((name) => model.parameters.isTrainable(name));
    expect(learning.filter(isLoraParameter)).toHaveLength(2 * CONFIG.layerCount);
    expect(learning.filter((name) => !isLoraParameter(name))).toEqual(
      model.parameters.names.filter((name) => /^(pose_head|multi_modal_projector)\./.test(name)),
    );
    model.parameters.dispose();
  });

  it('refuses a model that has adapters', () => {
    const model = trainedAdapters();
    expect(() => addLora(model, lora(), createRandom(1))).toThrow(/has adapters already/);
    model.parameters.dispose();
  });
});

describe('loraModules', () => {
  const modules = (changes: Partial<LoraConfig>): string[] =>
    loraModules({ ...CONFIG, lora: lora(changes) }).map(({ name }) => name);

  it('finds modules by their last name, a whole name, an expression, or all of them', () => {
    expect(modules({})).toHaveLength(7 * CONFIG.layerCount);
    expect(modules({ targets: ['v_proj', 'lm_head'] })).toEqual([
      'language_model.model.layers.0.self_attn.v_proj',
      'language_model.model.layers.1.self_attn.v_proj',
      'language_model.lm_head',
    ]);
    expect(modules({ targets: '.*layers\\.1\\..*_proj', excluded: '.*self_attn.*' })).toEqual(
      ['gate', 'up', 'down'].map((name) => `language_model.model.layers.1.mlp.${name}_proj`),
    );
    expect(modules({ targets: ['multi_modal_projector.linear_2'] })).toHaveLength(1);
  });

  it('names targets that do not exist', () => {
    expect(() => modules({ targets: ['q_proj', 'query'] })).toThrow(MllmConfigError);
    expect(() => modules({ targets: ['query'] })).toThrow(/query names no module .* q_proj, k_proj/);
    expect(() => modules({ targets: 'vision_tower.*' })).toThrow(/names no module/);
  });

  it.each<[Record<string, unknown>, RegExp]>([
    [{ rank: 0 }, /rank to be an integer above 0/],
    [{ alpha: -1 }, /alpha to be a number above 0/],
    [{ dropout: 1 }, /lora.dropout to be a number in \[0, 1\)/],
    [{ targets: 7 }, /lora.targets to be a list/],
    [{ targets: '(' }, /no regular expression/],
  ])('refuses %j', (changes, message) => {
    expect(() => parseLoraConfig({ rank: 2, alpha: 4, ...changes })).toThrow(message);
  });
});

describe('scaling and dropout', () => {
  it('scales by alpha / rank, or alpha / sqrt(rank)', () => {
    // Twice the alpha of one is sqrt(2) times that of the other at rank 2.
    const plain = trainedAdapters({ alpha: 6 });
    const stabilised = trainedAdapters({ alpha: 6 / Math.SQRT2, rankStabilised: true });
    expect(largestDifference(hiddenStates(plain), hiddenStates(stabilised))).toBeLessThan(1e-5);
    plain.parameters.dispose();
    stabilised.parameters.dispose();
  });

  it('drops inputs of the adapters only where randomness is given, the same for the same seed', () => {
    const model = trainedAdapters({ dropout: 0.5 });
    const kept = hiddenStates(model);
    expect(hiddenStates(model)).toEqual(kept);
    expect(hiddenStates(model, 1)).toEqual(hiddenStates(model, 1));
    expect(largestDifference(hiddenStates(model, 1), kept)).toBeGreaterThan(1e-3);
    expect(largestDifference(hiddenStates(model, 1), hiddenStates(model, 2))).toBeGreaterThan(1e-3);
    model.parameters.dispose();
    const base = addLora(baseModel(), lora({ dropout: 0.5 }), createRandom(5));
    expect(hiddenStates(base, 1)).toEqual(hiddenStates(base));
    base.parameters.dispose();
  });
});

describe('mergeLora', () => {
  property.prop(
    {
      targets: fc.subarray(['q_proj', 'v_proj', 'gate_proj', 'down_proj', 'lm_head', 'linear_1'], {
        minLength: 1,
      }),
    },
    { numRuns: 15 },
  )('computes what the adapters computed', ({ targets }) => {
    const model = trainedAdapters({ targets });
    const expected = hiddenStates(model);
    const merged = mergeLora(model);
    expect(largestDifference(hiddenStates(merged), expected)).toBeLessThan(1e-4);
    expect(mergeLora(merged)).toBe(merged);
    merged.parameters.dispose();
  });
});

describe('gradients', () => {
  it('reach adapters alone among the language model, through answers that share their prompt', () => {
    const model = trainedAdapters();
    const decoder = createDecoder(model);
    const plan = planAnswers(
      [{ promptIds: SEGMENT.ids, imageFeatures: SEGMENT.imageFeatures }],
      [
        { prompt: 0, ids: [9, 2, 1] },
        { prompt: 0, ids: [8, 1] },
      ],
    );
    const { gradients } = valueAndGradients(model.parameters, () => {
      const { tokenLogProbs } = passAnswers(decoder, plan);
      return { loss: sum(tokenLogProbs), aux: null };
    });
    const reached = Object.keys(gradients).filter((name) => !name.startsWith('multi_modal_projector'));
    expect(reached.every(isLoraParameter)).toBe(true);
    expect(reached).toHaveLength(14 * CONFIG.layerCount);
    dispose(gradients);
    decoder.dispose();
    model.parameters.dispose();
  });
});
