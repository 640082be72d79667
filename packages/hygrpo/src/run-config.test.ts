import { describe, expect, test } from 'vitest';
import { HyGrpoConfigError, resolveRunConfig, type HyGrpoRunConfig } from './index.js';
import { temperatureAt } from './run-config.js';

const least: HyGrpoRunConfig = {
  iterations: 10,
  candidatesPerPrompt: 8,
  learningRate: 1e-3,
  components: { answer: {}, pose: { klCoefficient: 0.1 } },
};

describe('the config of a run', () => {
  test('has the documented defaults', () => {
    const config = resolveRunConfig(least);
    expect(config).toMatchObject({
      minibatches: 1,
      klControl: {},
      stopUpdateAboveKl: {},
      maximumRounds: 1,
      rewardExecution: {
        timeLimitSeconds: Infinity,
        retries: 0,
        backOffSeconds: 1,
        maximumBackOffSeconds: 30,
        concurrency: Infinity,
        rowsPerCall: Infinity,
        onFailure: 'throw',
      },
    });
    expect(config).not.toHaveProperty('promptsPerMicroBatch');
    expect(config).not.toHaveProperty('promptsPerActCall');
    expect([0, 9].map((iteration) => config.temperature(iteration))).toEqual([1, 1]);
  });

  test('keeps what is given', () => {
    const given = {
      minibatches: 3,
      promptsPerMicroBatch: 1,
      promptsPerActCall: 2,
      klControl: { pose: { kind: 'adaptive', target: 0.1, horizon: 10 } },
      stopUpdateAboveKl: { answer: 0.5, pose: 2 },
    } as const;
    const config = resolveRunConfig({
      ...least,
      ...given,
      dynamicSampling: { maximumRounds: 2 },
      temperature: 0.5,
      rewardExecution: { retries: 4 },
    });
    expect(config).toMatchObject({ ...given, maximumRounds: 2, rewardExecution: { retries: 4 } });
    expect(config.temperature(3)).toBe(0.5);
  });

  test('takes a schedule of temperatures, and judges what it gives when it gives it', () => {
    const temperatures = [2, 0.5, 0, -1, NaN, Infinity];
    const config = resolveRunConfig({ ...least, temperature: (iteration) => temperatures[iteration] ?? 1 });
    expect(temperatureAt(config, 0)).toBe(2);
    expect(temperatureAt(config, 1)).toBe(0.5);
    for (const iteration of [2, 3, 4, 5]) {
      const refused = (): unknown => temperatureAt(config, iteration);
      expect(refused).toThrow(HyGrpoConfigError);
      expect(refused).toThrow(
        expect.objectContaining({
          field: `temperature(${iteration})`,
          value: temperatures[iteration],
        }) as Error,
      );
    }
  });
});

test.each<[Partial<HyGrpoRunConfig>, string, unknown, string]>([
  [{ temperature: 0 }, 'temperature', 0, 'a finite number > 0'],
  [{ minibatches: 0 }, 'minibatches', 0, 'an integer >= 1'],
  [{ minibatches: 1.5 }, 'minibatches', 1.5, 'an integer >= 1'],
  [{ promptsPerMicroBatch: 0 }, 'promptsPerMicroBatch', 0, 'an integer >= 1'],
  [{ promptsPerActCall: 0 }, 'promptsPerActCall', 0, 'an integer >= 1'],
  [{ dynamicSampling: { maximumRounds: 1 } }, 'dynamicSampling.maximumRounds', 1, 'an integer >= 2'],
  [{ stopUpdateAboveKl: { posee: 1 } }, 'stopUpdateAboveKl.posee', 1, 'a component: answer, pose'],
  [{ stopUpdateAboveKl: { pose: 0 } }, 'stopUpdateAboveKl.pose', 0, 'a finite number > 0'],
  [{ klControl: { posee: { kind: 'fixed' } } }, 'klControl.posee', 'fixed', 'a component: answer, pose'],
  [
    { klControl: { answer: { kind: 'adaptive', target: 1, horizon: 1 } } },
    'components.answer.klCoefficient',
    0,
    '> 0, to be adapted',
  ],
  [{ rewardExecution: { retries: -1 } }, 'rewardExecution.retries', -1, 'an integer >= 0'],
])('%j is refused by name, value and range', (change, field, value, allowed) => {
  const refused = (): unknown => resolveRunConfig({ ...least, ...change });
  expect(refused).toThrow(HyGrpoConfigError);
  expect(refused).toThrow(expect.objectContaining({ field, value, allowed }) as Error);
});
