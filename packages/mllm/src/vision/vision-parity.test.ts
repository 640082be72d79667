import { mul, sum, tensor, useBackend, valueAndGradients } from '@pose-rft/tensor';
import { expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formulaNumbers } from './__golden__/formula-tensor.js';
import { GOLDEN_TOWERS, goldenPictures, largestGap, openGoldenTower } from './__golden__/golden-tower.js';
import { assembleParameter, loadVisionTower, planVisionCheckpoint } from './vision-checkpoint.js';
import { defaultFeature, type VisionFeature } from './vision-config.js';
import { createVisionTower } from './vision-tower.js';

trackTensorLeaks({ beforeAll, afterAll });

describe.each(['wasm', 'cpu'] as const)('on %s', (backend) => {
  beforeEach(() => useBackend(backend));

  it.each(GOLDEN_TOWERS)('%s has the hidden states of the reference', async (name) => {
    const { golden, config, file } = openGoldenTower(name);
    const feature: VisionFeature = { layers: [-1], dropClassToken: false, finalNorm: false };
    const parameters = await loadVisionTower(file, config, { path: name, feature });
    const tower = createVisionTower({ config, feature, parameters });
    const states = tower.hiddenStates(goldenPictures(config));
    expect(states.length).toBe(golden.hiddenStates.length);
    states.forEach((state, depth) => {
      expect(largestGap(state.dataSync(), golden.hiddenStates[depth] ?? [])).toBeLessThan(2e-5);
      state.dispose();
    });
    parameters.dispose();
  });

  it.each(['siglip-tanh', 'hmr2'] as const)('%s has its normalised last state', async (name) => {
    const { golden, config, file } = openGoldenTower(name);
    const feature: VisionFeature = { layers: [-1], dropClassToken: false, finalNorm: true };
    const parameters = await loadVisionTower(file, config, { path: name, feature });
    const tower = createVisionTower({ config, feature, parameters });
    const found = tower.encode(goldenPictures(config));
    expect(largestGap(found, golden.normalised ?? [])).toBeLessThan(2e-5);
    parameters.dispose();
  });

  it.each(GOLDEN_TOWERS)('%s has the gradients of the reference in every parameter', async (name) => {
    const { golden, config, file } = openGoldenTower(name);
    // As the generator: with the class token's row.
    const feature: VisionFeature = { ...defaultFeature(config), dropClassToken: false };
    const parameters = await loadVisionTower(file, config, { path: name, feature });
    parameters.unfreeze(() => true);
    const tower = createVisionTower({ config, feature, parameters });
    const pictures = goldenPictures(config);
    const { gradients } = expectNoGradientLeak(() =>
      valueAndGradients(parameters, () => {
        const features = tower.features(pictures);
        const weights = tensor(Float32Array.from(formulaNumbers('loss', features.size)), features.shape);
        return { loss: sum(mul(features, weights)), aux: null };
      }),
    );
    const plan = planVisionCheckpoint(config, { filePrefix: golden.filePrefix, feature });
    const compared = Object.entries(plan.parameters).flatMap(([parameter, source]) => {
      const parts = source.tensors.map(({ name: inFile }) =>
        Float32Array.from(golden.gradients[inFile] ?? []),
      );
      const expected = assembleParameter(source, parts);
      const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-3);
      const found = gradients[parameter]?.dataSync() ?? [];
      expect(largestGap(found, expected) / scale, parameter).toBeLessThan(1e-4);
      return source.tensors.map((file) => file.name);
    });
    expect(new Set(compared)).toEqual(new Set(Object.keys(golden.gradients)));
    Object.values(gradients).forEach((gradient) => gradient.dispose());
    parameters.dispose();
  });
});

/** What a gradient leaves behind is the gradients alone. */
function expectNoGradientLeak<Result extends { readonly gradients: Record<string, { dispose(): void }> }>(
  body: () => Result,
): Result {
  expectNoTensorLeak(() => Object.values(body().gradients).forEach((gradient) => gradient.dispose()));
  return body();
}
