import type { ComponentLogProbs, Rollout } from '@pose-rft/hybrid-actions';
import { expect, test } from 'vitest';
import { resolveHyGrpoConfig, type ComponentConfig, type ScoredReward } from './index.js';
import { allAdvantages } from './component-advantages.js';

// One prompt of three candidates, two samples each; two of them have a pose of two groups of dimensions.
const answer: ComponentLogProbs<Float32Array> = {
  kind: 'sequence',
  values: new Float32Array(3),
  offsets: Int32Array.of(0, 1, 2, 3),
};
const pose: ComponentLogProbs<Float32Array> = {
  kind: 'nested',
  values: new Float32Array(8),
  candidates: Int32Array.of(0, 2),
  groups: 2,
};
const rollout: Rollout<unknown, unknown> = {
  prompts: [null],
  candidatesPerPrompt: 3,
  samplesPerCandidate: 2,
  actions: new Array<null>(6).fill(null),
  logProbs: { answer, pose, ignored: answer },
  policyVersion: 0,
};
const bare = { scale: 'mean-only' } as const;
const answerScore: ScoredReward = { name: 'right', weight: 2, values: Float32Array.of(0, 1, 2) };
const poseScore: ScoredReward = {
  name: 'near',
  weight: 1,
  values: Float32Array.of(0, 2, 10, 14),
  perGroup: Float32Array.of(0, 1, 2, 1, 5, 0, 5, 4),
};

function advantagesOf(
  scored: Readonly<Record<string, readonly ScoredReward[]>>,
  components: Readonly<Record<string, ComponentConfig>>,
): ReturnType<typeof allAdvantages> {
  const config = resolveHyGrpoConfig({
    iterations: 1,
    candidatesPerPrompt: 3,
    samplesPerCandidate: 2,
    learningRate: 1,
    components,
  });
  return allAdvantages(scored, rollout, config.components);
}

test('candidates are compared within their prompt, samples within their candidate, each group by its credit', () => {
  const found = advantagesOf(
    { answer: [answerScore], pose: [poseScore] },
    { answer: { advantage: bare }, pose: { advantage: bare } },
  );
  expect(found).toEqual({
    answer: {
      values: Float32Array.of(-2, 0, 2),
      perGroup: false,
      groupCount: 1,
      flatGroupCount: 0,
      rewardStandardDeviation: expect.closeTo(2 * Math.sqrt(2 / 3), 6) as number,
    },
    pose: {
      values: Float32Array.of(-1, 0, 1, 0, 0, -2, 0, 2),
      perGroup: true,
      groupCount: 2,
      flatGroupCount: 0,
      rewardStandardDeviation: 1.5,
    },
  });
});

test('samples may be compared within their prompt, and by their whole reward', () => {
  const advantage = { ...bare, scope: 'group', credit: 'whole' } as const;
  const { pose: found } = advantagesOf({ pose: [poseScore] }, { pose: { advantage } });
  expect(found).toMatchObject({
    values: Float32Array.of(-6.5, -4.5, 3.5, 7.5),
    perGroup: false,
    groupCount: 1,
  });
});

test('a component that no reward drives has advantages of 0, one a row', () => {
  const none = { perGroup: false, groupCount: 0, flatGroupCount: 0, rewardStandardDeviation: 0 };
  expect(advantagesOf({ pose: [] }, { answer: {}, pose: {} })).toEqual({
    answer: { values: new Float32Array(3), ...none },
    pose: { values: new Float32Array(4), ...none },
  });
});
