import {
  createParameterStore,
  fill,
  ones,
  tensor1d,
  useBackend,
  zeros,
  type ParameterStore,
} from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeConfig, readParameters, requireSameConfig, restoreParameters } from './training-state.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

function store(): ParameterStore {
  return createParameterStore({ weight: fill([2, 3], 0.5), bias: zeros([3]) });
}

describe('parameters', () => {
  test('come back as they were read', () => {
    const [saved, other] = [store(), store()];
    const data = readParameters(saved);
    expect(Object.keys(data)).toEqual(['weight', 'bias']);
    other.replace('weight', ones([2, 3]));
    other.replace('bias', tensor1d([1, 2, 3]));
    restoreParameters(other, data);
    expect(readParameters(other)).toEqual(data);
    for (const each of [saved, other]) each.dispose();
  });

  test('of another policy are refused, all or none, with the differences', () => {
    const own = store();
    const before = readParameters(own);
    const foreign = createParameterStore({ weight: ones([3, 2]), head: ones([1]) });
    const data = readParameters(foreign);
    const refused = (message: string, saved = data): void => {
      expect(() => restoreParameters(own, saved)).toThrow(
        expect.objectContaining({ name: 'CheckpointMismatchError', message }) as Error,
      );
      expect(readParameters(own)).toEqual(before);
    };
    refused(
      "the checkpoint is of another policy: 'bias' is not in the checkpoint; 'weight' is F32[2, 3] in the policy and " +
        "F32[3, 2] in the checkpoint; 'head' is not a parameter of the policy",
    );
    const names = ['a', 'b', 'c', 'd'];
    const [first] = Object.values(data);
    if (first === undefined) throw new Error('there is one');
    const all = Object.fromEntries(names.map((name) => [name, first]));
    refused(
      "the checkpoint is of another policy: 'weight' is not in the checkpoint; 'bias' is not in the checkpoint; 'a' " +
        "is not a parameter of the policy; 'b' is not a parameter of the policy; and 2 more",
      all,
    );
    const { weight, bias } = before;
    if (!weight || !bias) throw new Error('there are both');
    refused(
      "the checkpoint is of another policy: 'a' is not a parameter of the policy; 'b' is not a parameter of the " +
        "policy; 'c' is not a parameter of the policy; 'd' is not a parameter of the policy",
      { weight, bias, ...all },
    );
    const integers = { weight, bias: { ...bias, dtype: 'I32' } } as typeof before;
    refused(
      "the checkpoint is of another policy: 'bias' is F32[3] in the policy and I32[3] in the checkpoint",
      integers,
    );
    for (const each of [own, foreign]) each.dispose();
  });
});

describe('a config', () => {
  test('is described as JSON, with names for what JSON does not have', () => {
    expect(
      describeConfig({
        rate: () => 1,
        limit: Infinity,
        lowest: -Infinity,
        none: NaN,
        count: 3,
        text: 'x',
        absent: undefined,
        components: { pose: { weight: 1 } },
      }),
    ).toEqual({
      rate: '[function]',
      limit: 'Infinity',
      lowest: '-Infinity',
      none: 'NaN',
      count: 3,
      text: 'x',
      components: { pose: { weight: 1 } },
    });
  });

  const config = { iterations: 5, components: { pose: { weight: 1, groups: [1, 2] } }, rate: 0.1 };

  test('may differ in its iterations, in the order of its names, and in what is null or absent', () => {
    for (const other of [
      config,
      { ...config, iterations: 9 },
      { rate: 0.1, components: { pose: { groups: [1, 2], weight: 1 } }, iterations: 5 },
      { ...config, seed: null },
    ]) {
      expect(() => requireSameConfig(config, other)).not.toThrow();
      expect(() => requireSameConfig(other, config)).not.toThrow();
    }
  });

  test.each([
    [{ ...config, rate: 0.2 }, 'config.rate was 0.1 and is 0.2'],
    [
      { ...config, components: { pose: { weight: 2, groups: [1, 2] } } },
      'config.components.pose.weight was 1 and is 2',
    ],
    [
      { ...config, components: { pose: { weight: 1, groups: [2, 1] } } },
      'config.components.pose.groups was [1,2] and is [2,1]',
    ],
    [
      { ...config, components: { pose: 'x' } },
      'config.components.pose was {"weight":1,"groups":[1,2]} and is "x"',
    ],
    [
      { ...config, components: null },
      'config.components was {"pose":{"weight":1,"groups":[1,2]}} and is null',
    ],
    [{ ...config, components: [] }, 'config.components was {"pose":{"weight":1,"groups":[1,2]}} and is []'],
    [{ ...config, seed: 1 }, 'config.seed was null and is 1'],
    [
      { ...config, components: { pose: config.components.pose, iterations: 2 } },
      'config.components.iterations was null and is 2',
    ],
  ])('%j is another', (other, difference) => {
    expect(() => requireSameConfig(config, other)).toThrow(
      expect.objectContaining({
        name: 'CheckpointMismatchError',
        message: `the run was started under another config: ${difference}; restore it, or pass onConfigChange: 'accept'`,
      }) as Error,
    );
  });
});
