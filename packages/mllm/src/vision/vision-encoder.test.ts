import { readFileSync } from 'node:fs';
import { createRandom } from '@pose-rft/random';
import {
  createParameterStore,
  mul,
  square,
  sum,
  tensor,
  tensor2d,
  tensor3d,
  useBackend,
  valueAndGradients,
} from '@pose-rft/tensor';
import { expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formulaNumbers, formulaParameter } from './__golden__/formula-tensor.js';
import { goldenPictures, largestGap } from './__golden__/golden-tower.js';
import { VisionInputError } from './patches.js';
import { planProjector, planProjectorCheckpoint, project, projectorDepth } from './projector.js';
import { resizeTokenGrid } from './token-grid.js';
import { assembleParameter } from './vision-checkpoint.js';
import { parseVisionConfig } from './vision-config-json.js';
import { VisionConfigError } from './vision-config.js';
import { createVisionEncoder, planVisionEncoder, type VisionEncoderConfig } from './vision-encoder.js';
import { createVisionParameters } from './vision-parameters.js';

trackTensorLeaks({ beforeAll, afterAll });
beforeAll(() => useBackend('wasm'));

type Numbers = readonly number[];

const golden = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`__golden__/${name}.golden.json`, import.meta.url), 'utf8'));

const floats = (name: string, size: number): Float32Array => Float32Array.from(formulaNumbers(name, size));

describe('project', () => {
  const expected = golden('projector') as {
    readonly mlp2x_gelu: Numbers;
    readonly linear: Numbers;
    readonly gradients: Readonly<Record<string, Numbers>>;
  };
  const input = floats('features', 120).map((value) => 2 * value);

  it.each(['mlp2x_gelu', 'linear'] as const)('%s is the projector of the reference', (type) => {
    const config = {
      inputSize: 12,
      outputSize: 12,
      depth: projectorDepth(type),
      activation: 'gelu',
      bias: true,
      prefix: 'multi_modal_projector',
    } as const;
    const sources = planProjectorCheckpoint(config);
    const plan = planProjector(config);
    const parameters = createParameterStore(
      Object.fromEntries(
        Object.entries(sources).map(([name, source]) => {
          const parts = source.tensors.map((inFile) => formulaParameter(inFile.name, inFile.shape));
          return [name, tensor(assembleParameter(source, parts), [...(plan[name]?.shape ?? [])])];
        }),
      ),
    );
    const rows = tensor2d(input, [10, 12]);
    const projected = project(config, parameters, rows);
    expect(largestGap(projected.dataSync(), expected[type])).toBeLessThan(1e-5);
    projected.dispose();
    if (type === 'mlp2x_gelu') {
      const { gradients } = valueAndGradients(parameters, () => {
        const outputs = project(config, parameters, rows);
        return { loss: sum(mul(outputs, tensor(floats('loss', 120), [10, 12]))), aux: null };
      });
      for (const [name, source] of Object.entries(sources)) {
        const inFile = source.tensors[0]?.name ?? '';
        const slope = assembleParameter(source, [Float32Array.from(expected.gradients[inFile] ?? [])]);
        const scale = slope.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
        expect(largestGap(gradients[name]?.dataSync() ?? [], slope) / scale, name).toBeLessThan(1e-5);
        gradients[name]?.dispose();
      }
    }
    rows.dispose();
    parameters.dispose();
  });

  it('knows the types that LLaVA names', () => {
    expect(['linear', 'mlp2x_gelu', 'mlp3x_gelu'].map(projectorDepth)).toEqual([1, 2, 3]);
    expect(() => projectorDepth('identity')).toThrow(VisionConfigError);
  });
});

describe('resizeTokenGrid', () => {
  const cases = golden('token-grids') as readonly {
    readonly from: readonly [number, number];
    readonly to: readonly [number, number];
    readonly tokens: Numbers;
  }[];

  it.each(cases.map((value, index) => ({ ...value, index })))('resizes $from to $to', (value) => {
    const grid = ([rows, columns]: readonly [number, number]): { rows: number; columns: number } => ({
      rows,
      columns,
    });
    const count = value.from[0] * value.from[1];
    const tokens = tensor3d(floats(`grid ${value.index}`, 6 * count), [2, count, 3]);
    const resized = resizeTokenGrid(tokens, grid(value.from), grid(value.to));
    expect(largestGap(resized.dataSync(), value.tokens)).toBeLessThan(1e-6);
    resized.dispose();
    const same = resizeTokenGrid(tokens, grid(value.from), grid(value.from));
    expect(same).toBe(tokens);
    tokens.dispose();
  });
});

describe('createVisionEncoder', () => {
  const clip = parseVisionConfig({
    model_type: 'clip_vision_model',
    hidden_size: 8,
    intermediate_size: 12,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    image_size: 16,
    patch_size: 4,
  });
  const hmr2 = parseVisionConfig({
    model_type: 'hmr2_vision_model',
    hidden_size: 12,
    intermediate_size: 16,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    image_size: 32,
    patch_size: 8,
    side_crop: 4,
    patch_padding: 1,
  });
  const base = {
    towers: [{ config: clip }, { config: hmr2 }],
    projector: { depth: 2, activation: 'gelu', bias: true },
    outputSize: 10,
  } as const;
  const images = [0, 1, 2].map((index) => [
    goldenPictures(clip, 3)[index] ?? goldenPictures(clip, 1)[0],
    goldenPictures(hmr2, 3)[index] ?? goldenPictures(hmr2, 1)[0],
  ]) as Parameters<ReturnType<typeof createVisionEncoder>['encode']>[0];

  it.each([
    ['tokens behind each other', { kind: 'tokens' }, 16 + 12],
    ['channels side by side, resized', { kind: 'channels', unequalGrids: 'resize' }, 16],
  ] as const)('fuses %s; features that were kept give the same as pictures', (_, fusion, tokenCount) => {
    const config: VisionEncoderConfig = { ...base, fusion };
    expectNoTensorLeak(() => {
      const parameters = createVisionParameters(planVisionEncoder(config), createRandom(2));
      const encoder = createVisionEncoder({ config, parameters });
      expect(encoder.tokenCount).toBe(tokenCount);
      const direct = encoder.project(images);
      const kept = encoder.projectFeatures(encoder.encode(images));
      expect(direct.shape).toEqual([3, tokenCount, 10]);
      expect(largestGap(kept.dataSync(), direct.dataSync())).toBeLessThan(1e-6);
      const alone = encoder.projectFeatures(encoder.encode(images.slice(1, 2)));
      const row = direct.dataSync<'float32'>().slice(10 * tokenCount, 20 * tokenCount);
      expect(largestGap(alone.dataSync(), row)).toBeLessThan(2e-6);
      [direct, kept, alone].forEach((result) => result.dispose());

      parameters.unfreeze((name) => name.includes('projector'));
      const features = encoder.encode(images);
      const { gradients } = valueAndGradients(parameters, () => ({
        loss: sum(square(encoder.projectFeatures(features))),
        aux: null,
      }));
      expect(Object.keys(gradients).length).toBe(fusion.kind === 'tokens' ? 8 : 4);
      Object.values(gradients).forEach((gradient) => gradient.dispose());
      parameters.dispose();
    });
  });

  it('refuses towers that do not fit together', () => {
    const refuse = { kind: 'channels', unequalGrids: 'refuse' } as const;
    const resize = { kind: 'channels', unequalGrids: 'resize' } as const;
    const withClass = { config: clip, feature: { layers: [-2], dropClassToken: false, finalNorm: false } };
    expect(() => planVisionEncoder({ ...base, fusion: refuse })).toThrow(VisionConfigError);
    expect(() => planVisionEncoder({ ...base, fusion: refuse })).toThrow(
      /12 tokens a picture, the first one 16/,
    );
    const kept = { ...base, towers: [withClass, { config: hmr2 }], fusion: resize };
    expect(() => planVisionEncoder(kept)).toThrow(/class token, which has no place in a grid/);
    const twice = { ...base, towers: [{ config: clip }, { config: clip }], fusion: resize };
    expect(() => planVisionEncoder(twice)).toThrow(/another prefix/);
    expect(() => planVisionEncoder({ ...base, towers: [], fusion: resize })).toThrow(/at least one tower/);
  });

  it('refuses pictures and features of another encoder', () => {
    const config: VisionEncoderConfig = { ...base, fusion: { kind: 'tokens' } };
    const parameters = createVisionParameters(planVisionEncoder(config), createRandom(2));
    const encoder = createVisionEncoder({ config, parameters });
    expect(() => encoder.encode([(images[0] ?? []).slice(1)])).toThrow(VisionInputError);
    expect(() => encoder.encode([(images[0] ?? []).toReversed()])).toThrow(/preprocess it for this tower/);
    const [features = []] = encoder.encode(images.slice(0, 1));
    expect(() => encoder.projectFeatures([features.slice(1)])).toThrow(/2 features of picture 0.*found 1/);
    expect(() => encoder.projectFeatures([features.toReversed()])).toThrow(/another model/);
    parameters.dispose();
  });
});
