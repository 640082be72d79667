import type { ComponentLogProbs } from '@pose-rft/hybrid-actions';
import { mul, useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  allSteps,
  banditConfig,
  banditRun,
  createBanditPolicy,
  parametersOf,
  type BanditPolicy,
} from './testing/hybrid-bandit.js';
import {
  HyGrpoConfigError,
  NonFiniteLogProbError,
  RolloutShapeError,
  type ComponentConfig,
  type HyGrpoConfig,
  type HyGrpoStep,
} from './index.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

const ITERATIONS = 12;
const config: HyGrpoConfig = { ...banditConfig, iterations: ITERATIONS, learningRate: 0.25, innerEpochs: 2 };

async function train(
  components: HyGrpoConfig['components'],
  policy: BanditPolicy = createBanditPolicy(),
): Promise<readonly HyGrpoStep[]> {
  const reference = createBanditPolicy();
  try {
    return await allSteps(banditRun({ policy, reference, config: { ...config, components } }));
  } finally {
    policy.parameters.dispose();
    reference.parameters.dispose();
  }
}

const meanOf = (steps: readonly HyGrpoStep[], metric: keyof HyGrpoStep['metrics']): number =>
  steps.reduce((total, { metrics }) => total + (metrics[metric] ?? NaN) / steps.length, 0);

/** Both halves must get better, whatever the objective. */
function expectLearning(steps: readonly HyGrpoStep[]): void {
  const [start, end] = [steps.slice(0, 3), steps.slice(-3)];
  for (const metric of ['rewards/hit/mean', 'rewards/near/mean'] as const)
    expect(meanOf(end, metric), metric).toBeGreaterThan(meanOf(start, metric) + 0.1);
}

describe('a component learns by every loss', () => {
  test.each<ComponentConfig>([
    { loss: { kind: 'hygrpo' }, ratio: 'sum' },
    { loss: { kind: 'grpo' } },
    { loss: { kind: 'dr_grpo', maxLength: 2 } },
    { loss: { kind: 'dapo' } },
    { loss: { kind: 'bnpo' } },
    { loss: { kind: 'gspo' }, clipEpsilon: 0.2 },
    { loss: { kind: 'cispo' } },
  ])('%j', async (both) => {
    expectLearning(await train({ arm: both, point: both }));
  });
});

describe('and with every option', () => {
  test('ratios whose gradient reaches one token or joint, dual clip and cap', async () => {
    const clipEpsilon = { low: 0.2, high: 0.28, dual: 3, ratioCap: 4 };
    expectLearning(
      await train({ arm: { ratio: 'mean-token', clipEpsilon }, point: { ratio: 'mean-group', clipEpsilon } }),
    );
  });

  test('dimensions merged into a named group, with their credit', async () => {
    expectLearning(await train({ arm: {}, point: { dimensionGroups: { place: [0, 1] } } }));
  });

  test('leave-one-out baselines, whitened, behind a gate', async () => {
    const advantage = { scale: 'mean-only', baseline: 'leave-one-out', whitenBatch: true } as const;
    expectLearning(
      await train({
        arm: { advantage: { ...advantage, gate: 'hit' } },
        point: { advantage: { ...advantage, standardDeviation: 'sample' } },
      }),
    );
  });

  test('an entropy bonus, which keeps the arms open', async () => {
    const entropyOf = async (entropyCoefficient: number): Promise<number> => {
      const steps = await train({ arm: { entropyCoefficient }, point: { entropyCoefficient: 0 } });
      expect(meanOf(steps, 'entropy/point')).not.toBeNaN();
      return meanOf(steps.slice(-3), 'entropy/arm');
    };
    expect(await entropyOf(2)).toBeGreaterThan((await entropyOf(0)) + 0.3);
  });

  test('a KL by every method', async () => {
    const steps = await train({
      arm: { klCoefficient: 0.01, klEstimator: 'k1', klGradient: 'k3', klImportanceWeighted: true },
      point: { klCoefficient: 0.01, klEstimator: 'exact', klGradient: 'k2' },
    });
    expectLearning(steps);
    expect(meanOf(steps.slice(-3), 'kl/point')).toBeGreaterThan(0.1);
  });
});

describe("a sampler whose probabilities are not the trainer's", () => {
  /** Says that everything was e^0.5 times as likely as the policy has it. */
  function biasedPolicy(): BanditPolicy {
    const policy = createBanditPolicy();
    return {
      ...policy,
      act: async (prompts, options) => {
        const rollout = await policy.act(prompts, options);
        const biased = <Part extends ComponentLogProbs<Float32Array>>(part: Part): Part => ({
          ...part,
          values: part.values.map((value) => value + 0.5),
        });
        return {
          ...rollout,
          logProbs: Object.fromEntries(
            Object.entries(rollout.logProbs).map(([name, part]) => [name, biased(part)]),
          ),
        };
      },
    };
  }

  test('is corrected, and ratios start at 1 again', async () => {
    const importanceCorrection = { level: 'token', beyond: 'truncate' } as const;
    const [first] = await train({ arm: { importanceCorrection }, point: {} }, biasedPolicy());
    expect(first?.metrics['sampling_ratio/arm/mean']).toBeCloseTo(Math.exp(-0.5), 4);
    expect(first?.metrics['sampling_ratio/arm/max']).toBeCloseTo(Math.exp(-0.5), 4);
    expect(first?.metrics).not.toHaveProperty('sampling_ratio/point/mean');
  });

  test('is not if nobody asks', async () => {
    const policy = biasedPolicy();
    const once = { ...config, iterations: 1, innerEpochs: 1 };
    const [step] = await allSteps(banditRun({ policy, config: once }));
    expect(step?.metrics['ratio/arm/mean']).toBeCloseTo(Math.exp(-0.5), 4);
    policy.parameters.dispose();
  });
});

describe('bad input', () => {
  test('a policy that scores NaN stops the run, and keeps its parameters', async () => {
    const sound = createBanditPolicy();
    const before = parametersOf(sound);
    const policy: BanditPolicy = {
      ...sound,
      score: (rollout) => {
        const scores = sound.score(rollout);
        const arm = scores.logProbs['arm'];
        if (arm?.kind !== 'sequence') return scores;
        const broken = { ...arm, values: mul(arm.values, NaN) };
        return { ...scores, logProbs: { ...scores.logProbs, arm: broken } };
      },
    };
    const run = allSteps(banditRun({ policy, config: { ...config, iterations: 1 } }));
    await expect(run).rejects.toThrow(NonFiniteLogProbError);
    await expect(run).rejects.toThrow(/'arm': log-probability 0 of the present policy is NaN/);
    expect(parametersOf(sound)).toEqual(before);
    sound.parameters.dispose();
  });

  test('a gate that is no reward, a ratio of another kind of component', async () => {
    await expect(train({ arm: { advantage: { gate: 'hot' } }, point: {} })).rejects.toThrow(
      /the gate 'hot' is none of the rewards: hit/,
    );
    await expect(train({ arm: { ratio: 'mean-group' }, point: {} })).rejects.toThrow(HyGrpoConfigError);
    await expect(train({ arm: { ratio: 'group' }, point: {} })).rejects.toThrow(/components\.arm\.ratio/);
    await expect(train({ arm: {}, point: { loss: { kind: 'gspo' }, ratio: 'token' } })).rejects.toThrow(
      /components\.point\.ratio/,
    );
  });

  test('credit for dimensions that named groups leave out', async () => {
    await expect(train({ arm: {}, point: { dimensionGroups: { x: [0] } } })).rejects.toThrow(
      /dimension 1 of 2 is in none of the groups x/,
    );
  });

  test('scores that lack a trained component', async () => {
    const sound = createBanditPolicy();
    const policy: BanditPolicy = {
      ...sound,
      score: (rollout) => {
        const { point: _, ...logProbs } = sound.score(rollout).logProbs;
        return { logProbs };
      },
    };
    await expect(allSteps(banditRun({ policy, config: { ...config, iterations: 1 } }))).rejects.toThrow(
      RolloutShapeError,
    );
    sound.parameters.dispose();
  });
});
