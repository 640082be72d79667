import { useBackend } from '@pose-rft/tensor';
import { expectNoTensorLeak } from '@pose-rft/tensor/testing';
import { createRandom } from '@pose-rft/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { mllmConfig, MllmConfigError } from './config.js';
import { createMllmParameters, isPoseHeadParameter, planMllmParameters } from './parameters.js';

beforeAll(() => useBackend('cpu'));

const config = mllmConfig('tiny', { vocabularySize: 100 });

/** All parameters as plain data. */
function valuesOf(seed: number, changes = {}, meanPose6d?: Float32Array): Map<string, Float32Array> {
  return expectNoTensorLeak(() => {
    const parameters = createMllmParameters({
      config: { ...config, ...changes },
      random: createRandom(seed),
      meanPose6d,
    });
    const values = new Map(
      parameters.names.map((name) => [name, parameters.get(name).dataSync<'float32'>()]),
    );
    parameters.dispose();
    return values;
  });
}

describe('createMllmParameters', () => {
  it('gives every parameter the spread that it is planned with', () => {
    const values = valuesOf(1);
    for (const [name, { shape, initial }] of Object.entries(planMllmParameters(config))) {
      const found = values.get(name) ?? new Float32Array();
      expect(found.length, name).toBe(shape.reduce((a, b) => a * b));
      if (initial.kind !== 'normal') continue;
      const deviation = Math.sqrt(found.reduce((sum, value) => sum + value * value, 0) / found.length);
      expect(deviation / initial.standardDeviation, name).toBeCloseTo(1, 1);
    }
  });

  it('draws each from a stream of its own', () => {
    const two = valuesOf(1);
    const three = valuesOf(1, { layerCount: 3 });
    const name = 'language_model.lm_head.weight';
    expect(three.get(name)).toEqual(two.get(name));
    expect(valuesOf(2).get(name)).not.toEqual(two.get(name));
    expect(three.size - two.size).toBe(6);
  });

  it('starts the pose head at the mean pose, by default the unrotated one', () => {
    const name = 'pose_head.mean.bias';
    expect([...(valuesOf(1).get(name)?.slice(0, 7) ?? [])]).toEqual([1, 0, 0, 0, 1, 0, 1]);
    const meanPose = createRandom(3).fillNormal(new Float32Array(144));
    expect(valuesOf(1, {}, meanPose).get(name)).toEqual(meanPose);
  });

  it('refuses a mean pose of another size, or with NaN', () => {
    expect(() => valuesOf(1, {}, new Float32Array(72))).toThrow(MllmConfigError);
    expect(() => valuesOf(1, {}, new Float32Array(144).fill(NaN))).toThrow(/number 0 is NaN/);
  });
});

describe('isPoseHeadParameter', () => {
  it('tells the pose head from the trunk', () => {
    const head = Object.keys(planMllmParameters(config)).filter(isPoseHeadParameter);
    expect(head).toHaveLength(6);
  });
});
