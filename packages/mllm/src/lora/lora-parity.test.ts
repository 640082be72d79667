import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';
import {
  dispose,
  gatherRows,
  mean,
  neg,
  tidy,
  tokenLogProbs,
  useBackend,
  valueAndGradients,
  type Tensor,
} from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MllmConfig } from '../config.js';
import { createDecoder } from '../decoder.js';
import { loadHuggingFaceModel } from '../hugging-face/load-hugging-face-model.js';
import { saveHuggingFaceModel } from '../hugging-face/save-hugging-face-model.js';
import { canonicalTensorName, parameterSources } from '../hugging-face/tensor-names.js';
import { packSegments } from '../packing.js';
import { hashedDraws, writeHashedModel } from '../testing/hashed-weights.js';
import { largestDifference } from '../testing/small-model.js';
import { addVerifiedAdapters } from '../testing/verified-adapters.js';
import { loadAdapter, saveAdapter } from './adapter-folder.js';
import { mergeLora, type AdaptableModel } from './lora-model.js';
import { transposed } from './transposed.js';

interface Golden {
  readonly config: unknown;
  readonly tensors: Readonly<Record<string, readonly number[]>>;
  readonly ids: readonly number[];
  readonly loss: number;
  readonly logits: readonly number[];
  readonly loraGradients: Readonly<Record<string, readonly number[]>>;
  /** Length, and products with two directions. */
  readonly baseGradients: Readonly<Record<string, readonly [number, number, number]>>;
  readonly adapterConfig: unknown;
  readonly adapterWeights: string;
  readonly verified: { readonly adapterSha256: string; readonly adapterConfig: unknown };
}

const golden = JSON.parse(
  readFileSync(new URL('../../golden/lora.golden.json', import.meta.url), 'utf8'),
) as Golden;

trackTensorLeaks({ beforeAll, afterAll });
let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'lora-parity-'));
  await writeHashedModel(join(scratch, 'base'), golden.config, golden.tensors);
  await mkdir(join(scratch, 'peft'));
  await writeFile(join(scratch, 'peft/adapter_config.json'), JSON.stringify(golden.adapterConfig));
  await writeFile(
    join(scratch, 'peft/adapter_model.safetensors'),
    Buffer.from(golden.adapterWeights, 'base64'),
  );
});
afterAll(() => rm(scratch, { recursive: true }));

/** transformers' logits know no ids that an answer may not hold. */
async function loadBase(): Promise<AdaptableModel> {
  const { config, parameters } = await loadHuggingFaceModel(join(scratch, 'base'), {
    random: createRandom(1),
  });
  return { config: { ...config, tokenIds: { ...config.tokenIds, unanswerable: [] } }, parameters };
}

function logitsOf(model: AdaptableModel): Float32Array {
  const decoder = createDecoder(model);
  const packed = packSegments([{ ids: golden.ids }], model.config);
  const logits = tidy(() => decoder.logits(decoder.hiddenStates(packed)).dataSync<'float32'>().slice());
  packed.dispose();
  decoder.dispose();
  return logits;
}

/** The mean cross entropy of every token but the first, and its gradients. */
function differentiate(model: AdaptableModel): { loss: number; gradients: Record<string, Tensor> } {
  const decoder = createDecoder(model);
  const packed = packSegments([{ ids: golden.ids }], model.config);
  const rows = Int32Array.from({ length: golden.ids.length - 1 }, (_, row) => row);
  const result = valueAndGradients(model.parameters, () => {
    const logits = decoder.logits(gatherRows(decoder.hiddenStates(packed), rows));
    return { loss: neg(mean(tokenLogProbs(logits, Int32Array.from(golden.ids.slice(1))))), aux: null };
  });
  packed.dispose();
  decoder.dispose();
  return result;
}

/** A gradient in PEFT's names and orientation, from ours. */
function storedGradients(
  config: MllmConfig,
  gradients: Readonly<Record<string, Tensor>>,
): Map<string, Float32Array> {
  const stored = new Map<string, Float32Array>();
  for (const [name, { kind, tensors }] of parameterSources(config)) {
    const gradient = gradients[name];
    if (gradient === undefined) continue;
    const values = gradient.dataSync<'float32'>();
    const [rows = 0, columns = 0] = gradient.shape;
    const rowMajor = kind === 'transposed' ? transposed(values, rows, columns) : values;
    let offset = 0;
    for (const { name: part, shape } of tensors) {
      const size = shape.reduce((product, length) => product * length, 1);
      stored.set(part, rowMajor.slice(offset, offset + size));
      offset += size;
    }
  }
  return stored;
}

const norm = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));

describe.each(['wasm', 'cpu'] as const)('on %s, an adapter of PEFT', (backend) => {
  beforeAll(() => useBackend(backend));

  test('gives the logits, the loss and the gradient of every parameter that PEFT gives', async () => {
    const model = await loadAdapter(join(scratch, 'peft'), await loadBase());
    expect(model.config.lora?.targets).toEqual(['down_proj', 'gate_proj', 'q_proj', 'v_proj']);
    expect(largestDifference(logitsOf(model), golden.logits)).toBeLessThan(1e-4);

    model.parameters.unfreeze(() => true);
    const { loss, gradients } = differentiate(model);
    expect(loss).toBeCloseTo(golden.loss, 5);
    for (const [name, expected] of Object.entries(golden.loraGradients)) {
      const found = gradients[canonicalTensorName(name) ?? ''] as Tensor;
      const [rows = 0, columns = 0] = found.shape;
      const ours = transposed(found.dataSync<'float32'>(), rows, columns);
      expect(largestDifference(ours, expected), name).toBeLessThan(1e-3 * norm(expected));
    }
    const ofBase = storedGradients(model.config, gradients);
    for (const [name, [length, ...products]] of Object.entries(golden.baseGradients)) {
      const found = ofBase.get(canonicalTensorName(name) ?? '') as Float32Array;
      expect(Math.abs(norm(found) - length), name).toBeLessThan(1e-3 * length);
      ['probe', 'second'].forEach((direction, index) => {
        const along = hashedDraws(`${direction} ${name}`, found.length);
        const product = found.reduce((sum, value, place) => sum + value * (along[place] as number), 0);
        expect(Math.abs(product - (products[index] as number)), name).toBeLessThan(1e-3 * length);
      });
    }
    expect(Object.keys(golden.baseGradients).sort()).toEqual(Object.keys(golden.tensors).sort());
    expect(Object.keys(golden.loraGradients)).toHaveLength(2 * 4 * 3);
    const reached = Object.keys(gradients).filter((name) => name.includes('.lora_'));
    expect(reached).toHaveLength(2 * 4 * 3);
    dispose(gradients);
    model.parameters.dispose();
  });

  test('merges into weights that compute the same', async () => {
    const model = await loadAdapter(join(scratch, 'peft'), await loadBase());
    const merged = mergeLora(model);
    expect(merged.config.lora).toBe(null);
    expect(merged.parameters.names.some((name) => name.includes('lora'))).toBe(false);
    expect(largestDifference(logitsOf(merged), golden.logits)).toBeLessThan(1e-4);
    await saveHuggingFaceModel(join(scratch, `merged-${backend}`), merged, { maxShardBytes: 10_000 });
    merged.parameters.dispose();
    const again = await loadHuggingFaceModel(join(scratch, `merged-${backend}`), { random: createRandom(1) });
    const config = { ...again.config, tokenIds: { ...again.config.tokenIds, unanswerable: [] } };
    expect(largestDifference(logitsOf({ ...again, config }), golden.logits)).toBeLessThan(1e-4);
    again.parameters.dispose();
  });
});

describe('an adapter of ours', () => {
  beforeAll(() => useBackend('cpu'));

  test('is byte for byte the one that PEFT loaded and found to compute the same', async () => {
    const model = addVerifiedAdapters(await loadBase());
    const folder = join(scratch, 'ours');
    await saveAdapter(folder, model);
    const weights = await readFile(join(folder, 'adapter_model.safetensors'));
    expect(createHash('sha256').update(weights).digest('hex')).toBe(golden.verified.adapterSha256);
    expect(JSON.parse(await readFile(join(folder, 'adapter_config.json'), 'utf8'))).toEqual(
      golden.verified.adapterConfig,
    );

    const again = await loadAdapter(folder, await loadBase());
    expect(again.parameters.names).toEqual(model.parameters.names);
    for (const name of model.parameters.names)
      expect(again.parameters.get(name).dataSync(), name).toEqual(model.parameters.get(name).dataSync());
    expect(logitsOf(again)).toEqual(logitsOf(model));
    model.parameters.dispose();
    again.parameters.dispose();
  });
});
