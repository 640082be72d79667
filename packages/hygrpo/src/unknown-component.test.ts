import { tensor1d, tidy, useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hyGrpoObjective, RolloutShapeError, type HyGrpoConfig } from './index.js';

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
