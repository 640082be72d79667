import { tensor1d, tidy, useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import {
  HyGrpoConfigError,
  hyGrpoObjective,
  RolloutShapeError,
  trainHyGRPO,
  type HyGrpoConfig,
  type HyGrpoRun,
  type HyGrpoRunConfig,
  type Reward,
} from './index.js';
import { banditRun, type BanditAction } from './testing/hybrid-bandit.js';

const settings = { iterations: 1, candidatesPerPrompt: 2, learningRate: 1e-3 } as const;

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

test('a component that the rollout does not have is refused by the compiler, and at run time', () => {
  tidy(() => {
    const offsets = Int32Array.of(0, 1);
    const known = {
      rollout: {
        prompts: [null],
        candidatesPerPrompt: 1,
        samplesPerCandidate: 1,
        actions: [null],
        logProbs: { answer: { kind: 'sequence', values: Float32Array.of(-1), offsets } },
        policyVersion: 0,
      },
      scores: { logProbs: { answer: { kind: 'sequence', values: tensor1d([-1]), offsets } } },
      advantages: { answer: { values: Float32Array.of(1), perGroup: false } },
      components: { answer: {} },
    } as const;
    expect(hyGrpoObjective(known).loss.dataSync()[0]).toBe(-1);
    const refused = [
      // @ts-expect-error there is no component 'pose' to configure
      (): unknown => hyGrpoObjective({ ...known, components: { pose: {} } }),
      // @ts-expect-error there is no component 'pose' to have advantages
      (): unknown => hyGrpoObjective({ ...known, advantages: { pose: known.advantages.answer } }),
    ];
    for (const objective of refused) {
      expect(objective).toThrow(RolloutShapeError);
      expect(objective).toThrow("the rollout has no component 'pose' (it has: answer)");
    }
  });
});

test('nor does the config of one compile, if it says which there are', () => {
  const config: HyGrpoConfig<'answer' | 'pose'> = {
    iterations: 1,
    candidatesPerPrompt: 2,
    learningRate: 1e-3,
    // @ts-expect-error 'hand' is neither 'answer' nor 'pose'
    components: { answer: {}, hand: {} },
  };
  expect(Object.keys(config.components)).toEqual(['answer', 'hand']);
});

describe('a reward that drives a component which is not trained', () => {
  const score: Reward<number, BanditAction>['score'] = ({ rows }) => ({
    values: new Float32Array(rows.length),
  });

  test('does not compile where both names are literals, and is refused at the call', () => {
    const run = banditRun();
    const refused = [
      (): unknown =>
        trainHyGRPO({
          ...run,
          config: { ...settings, components: { arm: {} } },
          // @ts-expect-error 'point' is not among the components of the config
          rewards: [{ name: 'near', drives: 'point', score }],
        }),
      (): unknown =>
        trainHyGRPO({
          ...run,
          config: { ...settings, components: { arm: {}, point: {} } },
          rewards: [
            { name: 'hit', drives: 'arm', score },
            // @ts-expect-error nor is 'hand', beside one that is
            { name: 'wave', drives: 'hand', score },
          ],
        }),
    ];
    for (const train of refused)
      expect(train).toThrow(/rewards\.(near|wave)\.drives.*a trained component: arm/);
    // What names no component by a literal, and what is right, compiles.
    const written: Reward<number, BanditAction> = { name: 'hit', drives: 'arm', score };
    const some: readonly Reward<number, BanditAction>[] = [written];
    const config = { ...settings, components: { arm: {} } };
    trainHyGRPO({ ...run, config, rewards: [written] });
    trainHyGRPO({ ...run, config, rewards: some });
    trainHyGRPO({ ...run, config, rewards: [{ name: 'hit', drives: 'arm', score }] });
    trainHyGRPO(run);
    run.policy.parameters.dispose();
  });

  test('nor does its run, or its settings, if they say which components there are', () => {
    type Component = 'arm' | 'point';
    const hit: Reward<number, BanditAction, Component> = { name: 'hit', drives: 'arm', score };
    // @ts-expect-error 'hand' is neither 'arm' nor 'point'
    const wave: Reward<number, BanditAction, Component> = { name: 'wave', drives: 'hand', score };
    const config: HyGrpoRunConfig<Component> = {
      ...settings,
      components: { arm: {}, point: {} },
      klControl: { arm: { kind: 'fixed' } },
      // @ts-expect-error there is no 'hand' to limit
      stopUpdateAboveKl: { hand: 1 },
    };
    const run: HyGrpoRun<number, BanditAction, Component> = { ...banditRun(), rewards: [hit, wave], config };
    expectTypeOf(run).toExtend<HyGrpoRun<number, BanditAction>>();
    expect(() => trainHyGRPO(run)).toThrow(HyGrpoConfigError);
    run.policy.parameters.dispose();
  });
});
