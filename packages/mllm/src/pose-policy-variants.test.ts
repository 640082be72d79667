import { add, dispose, mul, sum, tidy, useBackend, valueAndGradients } from '@pose-rft/tensor';
import { expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { actionFromJson, actionToJson, readLogProbs } from '@pose-rft/hybrid-actions';
import { createRandom } from '@pose-rft/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPosePolicy } from './policy.js';
import type { PoseHeadConfig } from './pose-head-config.js';
import { createMllmParameters } from './parameters.js';
import { createSmallModel, largestDifference, randomPrompt } from './testing/small-model.js';

beforeAll(() => useBackend('wasm'));
trackTensorLeaks({ beforeAll, afterAll });

const HEAD = { hiddenSize: 14, logStdMin: -4, logStdMax: -2.5 };
const BESIDE = { shapeSize: 10, hasCamera: true };

describe.each<[string, PoseHeadConfig]>([
  ['diagonal', { ...HEAD, ...BESIDE }],
  ['lowRank', { ...HEAD, ...BESIDE, distribution: { kind: 'lowRank', rank: 2 } }],
  ['cholesky', { ...HEAD, distribution: { kind: 'cholesky', within: 'joint' } }],
  ['mixture', { ...HEAD, shapeSize: 10, distribution: { kind: 'mixture', componentCount: 3 } }],
])('a policy with a %s head', (kind, poseHead) => {
  it('scores what it did, exactly for its own divergence, and every parameter of the head learns', async () => {
    const model = createSmallModel(9, { poseHead });
    const policy = createPosePolicy({
      config: model.config,
      tokenizer: model.tokenizer,
      parameters: createMllmParameters({ config: model.config, random: createRandom(10) }),
      maxNewTokens: 6,
    });
    model.dispose();
    const prompts = [randomPrompt(policy.config, createRandom(11), { wordCount: 3, hasImage: true })];
    const rollout = await expectNoTensorLeak(() =>
      policy.act(prompts, { candidatesPerPrompt: 16, samplesPerCandidate: 3, random: createRandom(12) }),
    );
    const scored = expectNoTensorLeak(() => readLogProbs(() => policy.score(rollout)));
    expect(Object.keys(scored).sort()).toEqual(Object.keys(rollout.logProbs).sort());
    for (const [name, component] of Object.entries(rollout.logProbs)) {
      expect(component.values.length, name).toBeGreaterThan(0);
      expect(largestDifference(scored[name]?.values ?? [], component.values), name).toBeLessThan(1e-3);
    }
    for (const action of rollout.actions) {
      expect(actionFromJson(policy.space, actionToJson(policy.space, action))).toEqual(action);
      if (action.pose !== undefined) {
        expect(action.shape?.length).toBe(poseHead.shapeSize);
        expect(action.camera?.length).toBe(poseHead.hasCamera === true ? 3 : undefined);
      }
    }
    tidy(() => {
      const scores = policy.score(rollout);
      const owners = { gaussians: scores.gaussians, choleskyGaussians: scores.choleskyGaussians, lowRankGaussians: scores.lowRankGaussians }; // prettier-ignore
      const expected = { diagonal: 'gaussians', cholesky: 'choleskyGaussians', lowRank: 'lowRankGaussians' };
      expect(
        Object.entries(owners).flatMap(([owner, of]) => (of?.['pose'] === undefined ? [] : [owner])),
      ).toEqual(kind === 'mixture' ? [] : [expected[kind as keyof typeof expected]]);
    });
    const { gradients } = valueAndGradients(policy.parameters, () => {
      const { pose, shape, camera } = policy.score(rollout).logProbs;
      const total = [pose, shape, camera].map((component) => sum(mul(component?.values ?? 0, 0.01)));
      return { loss: total.reduce((a, b) => add(a, b)), aux: null };
    });
    const heads = policy.parameters.names.filter((name) => name.startsWith('pose_head.'));
    for (const name of heads) expect(gradients[name], name).toBeDefined();
    dispose(gradients);
    policy.dispose();
  });
});
