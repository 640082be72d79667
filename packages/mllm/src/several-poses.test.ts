import { add, dispose, mul, sum, tidy, useBackend, valueAndGradients } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { actionFromJson, actionToJson, readLogProbs } from '@pose-rft/hybrid-actions';
import { createRandom } from '@pose-rft/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planAnswers } from './answer-plan.js';
import { passAnswers } from './answer-pass.js';
import { createPosePolicy, type PosePolicy, type PosePolicyOptions } from './policy.js';
import type { PoseHeadConfig } from './pose-head-config.js';
import { createMllmParameters } from './parameters.js';
import type { MllmPrompt } from './prompt.js';
import { RolloutError } from './rollout-scores.js';
import { createSmallModel, largestDifference, randomPrompt } from './testing/small-model.js';
import { literal, noneOf, oneOf, repeat, sequence } from './token-pattern.js';
import { SPECIAL_TOKEN_IDS } from './tokenizer.js';

beforeAll(() => useBackend('wasm'));
trackTensorLeaks({ beforeAll, afterAll });

const POSE = SPECIAL_TOKEN_IDS.pose;
const HEAD = { hiddenSize: 14, logStdMin: -4, logStdMax: -2.5 };
/** Answers of none to three poses between other tokens. */
const answerPattern = repeat(sequence(repeat(noneOf(POSE), { maximum: 1 }), oneOf(POSE)), { maximum: 3 });

function policyOf(
  options: Partial<PosePolicyOptions>,
  poseHead: PoseHeadConfig = HEAD,
): PosePolicy<MllmPrompt> {
  const model = createSmallModel(9, { poseHead });
  const { config, tokenizer } = model;
  model.dispose();
  const parameters = createMllmParameters({ config, random: createRandom(10) });
  return createPosePolicy({ config, tokenizer, parameters, maxNewTokens: 8, answerPattern, ...options });
}
const promptsFor = ({ config }: PosePolicy<MllmPrompt>) =>
  [3, 2].map((wordCount) => randomPrompt(config, createRandom(wordCount), { wordCount, hasImage: true }));
const ACT = { candidatesPerPrompt: 16, samplesPerCandidate: 3 };

describe.each<[string, PoseHeadConfig]>([
  ['diagonal', { ...HEAD, shapeSize: 10, hasCamera: true }],
  ['lowRank', { ...HEAD, distribution: { kind: 'lowRank', rank: 2 } }],
  ['mixture', { ...HEAD, shapeSize: 10, distribution: { kind: 'mixture', componentCount: 3 } }],
])('a policy that may give three poses, with a %s head', (_, poseHead) => {
  it('gives one for each <POSE>, as a component of its own, and scores them', async () => {
    const policy = policyOf({ posesPerAnswer: 3 }, poseHead);
    const rollout = await policy.act(promptsFor(policy), {
      ...ACT,
      candidatesPerPrompt: 64,
      random: createRandom(12),
    });
    const counts = [0, 0, 0, 0];
    rollout.actions.forEach((action) => {
      expect(actionFromJson(policy.space, actionToJson(policy.space, action))).toEqual(action);
      const places = action.answer.filter((id) => id === POSE).length;
      const given = [action.pose, action.pose2, action.pose3].filter((pose) => pose !== undefined);
      expect(given).toHaveLength(places);
      expect([action.shape, action.shape2, action.shape3].filter((shape) => shape !== undefined)).toHaveLength(poseHead.shapeSize === undefined ? 0 : places); // prettier-ignore
      counts[places] = (counts[places] ?? 0) + 1;
    });
    expect(Math.min(...counts)).toBeGreaterThan(0);

    const scored = readLogProbs(() => policy.score(rollout));
    expect(Object.keys(scored).sort()).toEqual(Object.keys(rollout.logProbs).sort());
    for (const [name, component] of Object.entries(rollout.logProbs)) {
      expect(component.values.length, name).toBeGreaterThan(0);
      expect(largestDifference(scored[name]?.values ?? [], component.values), name).toBeLessThan(1e-3);
    }
    policy.dispose();
  });

  it('moves the distribution of the pose that is driven', async () => {
    const policy = policyOf({ posesPerAnswer: 2 }, poseHead);
    const rollout = await policy.act(promptsFor(policy), { ...ACT, random: createRandom(12) });
    const { gradients } = valueAndGradients(policy.parameters, () => {
      const { pose, pose2 } = policy.score(rollout).logProbs;
      return { loss: add(mul(sum(pose?.values ?? 0), 0), mul(sum(pose2?.values ?? 0), 0.01)), aux: null };
    });
    expect(Math.max(...(gradients['pose_head.mean.weight']?.dataSync() ?? []).map(Math.abs))).toBeGreaterThan(
      0,
    );
    dispose(gradients);
    policy.dispose();
  });
});

describe('several poses', () => {
  it('are read each at its own <POSE>, the first as without the others', async () => {
    const [one, three] = [policyOf({}), policyOf({ posesPerAnswer: 3 })];
    const [first, all] = await Promise.all([one, three].map((policy) => policy.act(promptsFor(policy), { ...ACT, random: createRandom(12) }))); // prettier-ignore
    expect(all?.actions.map(({ answer }) => answer)).toEqual(first?.actions.map(({ answer }) => answer));
    expect(all?.actions.map(({ pose }) => pose)).toEqual(first?.actions.map(({ pose }) => pose));
    expect(all?.poseDistributions).toEqual(first?.poseDistributions);
    expect([all?.laterPoseDistributions?.length, first?.laterPoseDistributions]).toEqual([2, undefined]);

    const prompts = promptsFor(three);
    const { decoder, config } = three;
    const answers = (all?.actions ?? []).filter((__, index) => index % ACT.samplesPerCandidate === 0).map(({ answer }, candidate) => ({ prompt: Math.floor(candidate / 16), ids: answer })); // prettier-ignore
    const plan = planAnswers(prompts, answers, config.tokenIds, 3);
    const means = tidy(() => passAnswers(decoder, plan).poses?.mean.dataSync<'float32'>().slice() ?? new Float32Array(0)); // prettier-ignore
    const second = all?.logProbs['pose2'];
    const candidates = second?.kind === 'nested' ? [...second.candidates] : expect.fail();
    candidates.forEach((candidate, row) => {
      const place = plan.laterPoseIndices[0]?.[candidate] ?? -1;
      const expected = means.subarray(12 * place, 12 * place + 12);
      const found = all?.laterPoseDistributions?.[0]?.mean.subarray(12 * row, 12 * row + 12) ?? [];
      expect(largestDifference(found, expected)).toBeLessThan(1e-4);
    });
    one.dispose();
    three.dispose();
  });

  it('beyond the most that a policy gives are text', async () => {
    const policy = policyOf({ posesPerAnswer: 2, answerPattern: literal([POSE, POSE, POSE]) });
    const { actions } = await policy.act(promptsFor(policy), { ...ACT, random: createRandom(1) });
    expect(actions.every(({ pose2, pose3 }) => pose2 !== undefined && pose3 === undefined)).toBe(true);
    policy.dispose();
  });

  it('must have their <POSE>s, and come in all samples of an answer or none', async () => {
    const policy = policyOf({ posesPerAnswer: 2, answerPattern: literal([POSE]) });
    const rollout = await policy.act(promptsFor(policy), { ...ACT, random: createRandom(1) });
    const changed = (change: (action: (typeof rollout.actions)[number], index: number) => object) => () =>
      tidy(() => {
        policy.score({ ...rollout, actions: rollout.actions.map((action, index) => ({ ...action, ...change(action, index) })) }); // prettier-ignore
      });
    expect(changed(({ pose }) => (pose === undefined ? {} : { pose2: pose }))).toThrow(/has a pose2, but its answer holds fewer than 2 <POSE>/); // prettier-ignore
    expect(changed(({ pose }, index) => (index === 0 && pose !== undefined ? { pose2: pose } : {}))).toThrow(/1 of the 3 samples of candidate 0 have a pose2/); // prettier-ignore
    expect(changed(({ pose }) => (pose === undefined ? {} : { pose2: pose }))).toThrow(RolloutError);
    policy.dispose();
  });
});

describe('planAnswers with several poses', () => {
  it('reads every <POSE>, and the row of a last one', () => {
    const plan = planAnswers([{ promptIds: [4, 5] }], [{ prompt: 0, ids: [POSE, 9, POSE] }, { prompt: 0, ids: [9, POSE, 1] }, { prompt: 0, ids: [] }], undefined, 2); // prettier-ignore
    expect(plan.segments.map(({ ids }) => ids)).toEqual([
      [4, 5],
      [POSE, 9, POSE],
      [9, POSE],
    ]);
    expect([...plan.poseRows]).toEqual([2, 4, 6]);
    expect([...plan.poseIndices]).toEqual([0, 2, -1]);
    expect(plan.laterPoseIndices.map((each) => [...each])).toEqual([[1, -1, -1]]);
  });
});
