import { createRandom } from '@pose-rft/random';
import { add, backend, dispose, mean, useBackend, valueAndGradients } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { passAnswers } from '../answer-pass.js';
import { planAnswers } from '../answer-plan.js';
import { mllmConfig, type MllmConfig } from '../config.js';
import { createDecoder } from '../decoder.js';
import { parseLoraConfig } from '../lora/lora-config.js';
import { createMllmParameters } from '../parameters.js';
import { estimateMemory, type MemoryBatch } from './estimate-memory.js';

beforeAll(() => useBackend('wasm'));
trackTensorLeaks({ beforeAll, afterAll });

/** Of tfjs's wasm backend: where it keeps its buffers. */
interface BufferMap {
  set(id: object, buffer: { readonly shape: readonly number[]; readonly memoryOffset: number }): void;
  delete(id: object): boolean;
}

/**
 * Watches the backend's buffers, scratch included. (`memory().numBytes` counts a buffer once for every tensor that shares
 * it, a clone or a reshaped view.)
 */
function watchBuffers(): { peak: () => number; stop: () => void } {
  const present: object = backend();
  if (!('dataIdMap' in present)) throw new TypeError('this is not the wasm backend');
  const dataIdMap = present.dataIdMap as BufferMap;
  const original = { set: dataIdMap.set.bind(dataIdMap), delete: dataIdMap.delete.bind(dataIdMap) };
  const sizes = new Map<object, number>();
  const owned = new Map<number, object>();
  const offsets = new Map<object, number>();
  let alive = 0;
  let peak = 0;
  dataIdMap.set = (id, buffer) => {
    original.set(id, buffer);
    // A view into another buffer's memory costs nothing.
    const isView = owned.has(buffer.memoryOffset);
    const bytes = isView ? 0 : 4 * buffer.shape.reduce((product, length) => product * length, 1);
    if (!isView) {
      owned.set(buffer.memoryOffset, id);
      offsets.set(id, buffer.memoryOffset);
    }
    sizes.set(id, bytes);
    alive += bytes;
    peak = Math.max(peak, alive);
  };
  dataIdMap.delete = (id) => {
    alive -= sizes.get(id) ?? 0;
    sizes.delete(id);
    owned.delete(offsets.get(id) ?? -1);
    offsets.delete(id);
    return original.delete(id);
  };
  return { peak: () => peak, stop: () => Object.assign(dataIdMap, original) };
}

/** The most bytes of buffers alive at a time in one differentiated pass, the parameters' included. */
function measurePeak(config: MllmConfig, batch: MemoryBatch, recomputesBlocks: boolean): number {
  const random = createRandom(2);
  const word = (): number => 7 + random.integer(config.vocabularySize - 7);
  const words = (count: number): number[] => Array.from({ length: count }, word);
  const slots = (batch.imagesPerPrompt ?? 0) * config.imageTokenCount;
  const prompts = Array.from({ length: batch.promptCount }, () => ({
    promptIds: [...Array<number>(slots).fill(3), ...words(batch.promptTokens - slots)],
    ...(slots === 0 ? {} : { imageFeatures: new Float32Array(slots * config.imageFeatureSize).fill(0.1) }),
  }));
  const answers = prompts.flatMap((_, prompt) =>
    Array.from({ length: batch.candidatesPerPrompt }, () => ({
      prompt,
      ids: [...words(batch.answerTokens - 2), 2, 1],
    })),
  );
  const plan = planAnswers(prompts, answers);
  const buffers = watchBuffers();
  const parameters = createMllmParameters({ config, random: createRandom(1) });
  const decoder = createDecoder({ config, parameters, recomputesBlocks });
  try {
    const { gradients } = valueAndGradients(parameters, () => {
      const { tokenLogProbs, poses } = passAnswers(decoder, plan);
      const ofTokens = mean(tokenLogProbs);
      return { loss: poses === undefined ? ofTokens : add(ofTokens, mean(poses.mean)), aux: null };
    });
    dispose(gradients);
  } finally {
    buffers.stop();
    decoder.dispose();
    parameters.dispose();
  }
  return buffers.peak();
}

const LORA = parseLoraConfig({ rank: 8, alpha: 16 });
const text = { promptCount: 2, promptTokens: 40, candidatesPerPrompt: 4, answerTokens: 12 };
const SMALLER = mllmConfig('tiny', { maxPositions: 512 });
const LARGER = mllmConfig('small', {
  hiddenSize: 96,
  intermediateSize: 256,
  layerCount: 4,
  headSize: 16,
  vocabularySize: 1024,
  maxPositions: 512,
});

const ADAPTED = { ...LARGER, lora: LORA };
const LARGE_BATCH = { ...text, promptCount: 4, candidatesPerPrompt: 8 };

describe('estimateMemory', () => {
  it.each<
    readonly [
      string,
      { readonly config: MllmConfig; readonly batch: MemoryBatch; readonly recomputes?: boolean },
    ]
  >([
    ['the tiny preset, all of it learning', { config: SMALLER, batch: { ...text, imagesPerPrompt: 1 } }],
    ['a larger model, all of it learning', { config: LARGER, batch: text }],
    ['a larger model and a large batch', { config: LARGER, batch: LARGE_BATCH }],
    [
      'a larger model with images',
      { config: LARGER, batch: { ...text, promptTokens: 100, imagesPerPrompt: 1 } },
    ],
    ['adapters beside a larger model', { config: ADAPTED, batch: { ...text, promptCount: 4 } }],
    [
      'adapters on some modules',
      { config: { ...LARGER, lora: { ...LORA, targets: ['q_proj', 'down_proj'] } }, batch: text },
    ],
    ['recomputed blocks', { config: LARGER, batch: LARGE_BATCH, recomputes: true }],
    [
      'recomputed blocks with adapters',
      { config: ADAPTED, batch: { ...text, promptCount: 4 }, recomputes: true },
    ],
    [
      'a vocabulary whose logits come in chunks',
      { config: { ...ADAPTED, vocabularySize: 40_000 }, batch: { ...text, candidatesPerPrompt: 8 } },
    ],
  ])('is within 15 percent of the measured peak: %s', (_, { config, batch, recomputes = false }) => {
    const measured = measurePeak(config, batch, recomputes);
    const { peak } = estimateMemory(config, batch, { recomputesBlocks: recomputes });
    expect(Math.abs(peak / measured - 1)).toBeLessThan(0.15);
  });
});
