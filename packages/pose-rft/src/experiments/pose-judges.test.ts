import { createSyntheticSet } from '@pose-rft/datasets';
import { createRandom } from '@pose-rft/random';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptedModel } from '../testing/scripted-model.js';
import { judgeModel, judgeTargets, loadEvaluators, type Evaluators } from './pose-judges.js';

const prompts = createSyntheticSet({ count: 200, seed: 5, split: 'validation' }).map(({ prompt }) => prompt);
let evaluators: Evaluators & { dispose(): void };
trackTensorLeaks({ beforeAll, afterAll });
beforeAll(async () => {
  await useBackend('wasm');
  evaluators = await loadEvaluators();
});
afterAll(() => {
  evaluators.dispose();
});

describe('judgeModel', () => {
  it('gives a model that answers with the described poses what those poses deserve', async () => {
    const perfect = scriptedModel((prompt) => ({ text: 'the pose is <POSE> .', mean: prompt.targetPose6d }));
    const truth = judgeTargets(prompts, evaluators);
    expect(await judgeModel(perfect, prompts, evaluators, createRandom(1))).toEqual(truth);
    expect([truth.satisfied, truth.withinLimits]).toEqual([1, 1]);
    expect(truth.rewardEvaluator).toBeGreaterThan(0.5);
  });

  it('gives poses that belong to other sentences less, by every judge', async () => {
    const others = new Map(prompts.map((prompt, index) => [prompt, prompts.at(index - 2)]));
    const wrong = scriptedModel((prompt) => ({
      text: 'the pose is <POSE> .',
      mean: (others.get(prompt) ?? prompt).targetPose6d,
    }));
    const found = await judgeModel(wrong, prompts, evaluators, createRandom(1));
    const truth = judgeTargets(prompts, evaluators);
    expect(found.satisfied).toBeLessThan(0.8);
    expect(found.rewardEvaluator).toBeLessThan(truth.rewardEvaluator - 0.2);
    expect(found.judgeEvaluator).toBeLessThan(truth.judgeEvaluator - 0.2);
  });

  it('judges the answers that hold a pose, and says nothing if none does', async () => {
    const half = scriptedModel((prompt) =>
      prompt.constraints.length % 2 === 0
        ? { text: 'no pose .' }
        : { text: 'the pose is <POSE> .', mean: prompt.targetPose6d },
    );
    expect((await judgeModel(half, prompts, evaluators, createRandom(1))).satisfied).toBe(1);
    const silent = scriptedModel(() => ({ text: 'no pose .' }));
    expect((await judgeModel(silent, prompts, evaluators, createRandom(1))).satisfied).toBeNaN();
  });
});
