import { createRandom } from '@pose-rft/random';
import { sum, tidy, useBackend, valueAndGradients, dispose, type Tensor1D } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mllmConfig } from '../config.js';
import { createMllmParameters } from '../parameters.js';
import { PosePolicyError } from '../policy.js';
import { encodePrompt } from '../prompt.js';
import { RolloutError } from '../rollout-scores.js';
import { largestDifference } from '../testing/small-model.js';
import { trainSmallTokeniser } from '../testing/small-tokeniser.js';
import { createTokenizer, parseTokenizer, TokenizerError } from '../tokenizer.js';
import type { MllmPrompt } from '../prompt.js';
import { poseCodePattern } from './pose-code-pattern.js';
import { withPoseCodes, type PoseCodeTokenizer } from './pose-code-tokenizer.js';
import { createTokenisedPosePolicy, type TokenisedPosePolicy } from './tokenised-policy.js';
import type { PoseTokeniser } from './pose-tokeniser.js';
import type { TokenComponents } from './tokenised-rollout.js';

let tokeniser: PoseTokeniser;
let tokenizer: PoseCodeTokenizer;
let prompts: readonly MllmPrompt[];
const policies: TokenisedPosePolicy<MllmPrompt>[] = [];

trackTensorLeaks({ beforeAll, afterAll });
beforeAll(async () => {
  await useBackend('wasm');
  ({ tokeniser } = trainSmallTokeniser(1, 60));
  tokenizer = withPoseCodes(createTokenizer('show a person here it is .'.split(' ')), tokeniser.config);
  const { config } = policyOf('joint');
  prompts = ['show a person', 'here it is'].map((text) => encodePrompt(tokenizer, config, text));
});
afterAll(() => {
  for (const policy of policies) policy.dispose();
});

function policyOf(components: TokenComponents, poses: 'any' | 'exactly-one' = 'exactly-one') {
  const config = mllmConfig('tiny', {
    hiddenSize: 16,
    headCount: 2,
    intermediateSize: 16,
    vocabularySize: tokenizer.size,
    poseSize: 12,
  });
  const policy = createTokenisedPosePolicy({
    config,
    tokenizer,
    tokeniser,
    components,
    parameters: createMllmParameters({ config, random: createRandom(4) }),
    maxNewTokens: 40,
    answerPattern: poseCodePattern(tokenizer, { poses }),
  });
  policies.push(policy);
  return policy;
}

describe('withPoseCodes', () => {
  it('reads and writes codes, and never makes them of literal text', () => {
    const text = 'here <POSE><pose_0_3><pose_1_15><pose_2_0>.';
    const { ids } = tokenizer.encode(text);
    expect(tokenizer.codesIn(ids)).toEqual([3, 15, 0]);
    expect(tokenizer.decode(ids)).toBe(text);
    expect(tokenizer.decodeWithoutCodes(ids)).toBe('here <POSE>.');
    const literal = tokenizer.encodePieces([{ kind: 'literal', text }]).ids;
    expect(literal.some((id) => tokenizer.isCode(id))).toBe(false);
    expect(tokenizer.encode('<pose_9_0>').ids.some((id) => tokenizer.isCode(id))).toBe(false);
  });

  it('goes through JSON, and refuses what is none', () => {
    const again = parseTokenizer(JSON.parse(JSON.stringify(tokenizer)));
    expect(again.vocabulary).toEqual(tokenizer.vocabulary);
    expect(() => parseTokenizer({ ...tokenizer.toJSON(), levelCount: 0 })).toThrow(TokenizerError);
    expect(() => withPoseCodes(tokenizer, tokeniser.config)).toThrow(/already/);
    expect(() => tokenizer.idsOfCodes([0, 0])).toThrow(/3 codes/);
  });

  it('finds no pose where a code is missing or out of order', () => {
    const [first, second, third] = tokenizer.idsOfCodes([1, 2, 3]) as [number, number, number];
    const { poseId } = tokenizer;
    expect(tokenizer.codesIn([poseId, first, second])).toBeUndefined();
    expect(tokenizer.codesIn([poseId, second, first, third])).toBeUndefined();
    expect(tokenizer.codesIn([first, second, third])).toBeUndefined();
  });
});

describe('a tokenised policy', () => {
  it.each(['joint', 'split'] as const)('scores what it sampled as it sampled it (%s)', async (components) => {
    const policy = policyOf(components);
    const rollout = await policy.act(prompts, {
      candidatesPerPrompt: 6,
      samplesPerCandidate: 1,
      random: createRandom(5),
      temperature: 0.7,
    });
    const posed = rollout.actions.filter(({ pose }) => pose !== undefined);
    expect(posed.length).toBeGreaterThan(0);
    for (const { answer, pose } of posed)
      expect(pose).toEqual(tokeniser.decodeCodes(tokenizer.codesIn(answer) ?? []));
    tidy(() => {
      const { logProbs } = policy.score(rollout);
      expect(Object.keys(logProbs)).toEqual(components === 'joint' ? ['answer'] : ['answer', 'codes']);
      for (const [name, component] of Object.entries(logProbs)) {
        const sampled = rollout.logProbs[name];
        expect(largestDifference(component.values.dataSync(), sampled?.values ?? [])).toBeLessThan(1e-4);
        if (component.kind !== 'sequence' || sampled?.kind !== 'sequence') throw new Error('no sequence');
        expect(component.offsets).toEqual(sampled.offsets);
      }
    });
  });

  it('shares its tokens out among the components, none lost', async () => {
    const options = { candidatesPerPrompt: 4, samplesPerCandidate: 1, random: createRandom(6) };
    const joint = await policyOf('joint').act(prompts, options);
    const split = await policyOf('split').act(prompts, { ...options, random: createRandom(6) });
    expect(split.actions).toEqual(joint.actions);
    const total = (values: Float32Array | undefined) =>
      Array.from(values ?? []).reduce((all, value) => all + value, 0);
    expect(total(split.logProbs.answer.values) + total(split.logProbs.codes?.values)).toBeCloseTo(
      total(joint.logProbs.answer.values),
      3,
    );
  });

  it('has gradients, and none in the pose head, which rests', async () => {
    const policy = policyOf('joint');
    const rollout = await policy.act(prompts, {
      candidatesPerPrompt: 2,
      samplesPerCandidate: 1,
      random: createRandom(7),
    });
    const { gradients } = valueAndGradients(policy.parameters, () => ({
      loss: sum(policy.score(rollout).logProbs['answer']?.values as Tensor1D),
      aux: null,
    }));
    const names = Object.keys(gradients);
    expect(names).toContain('language_model.lm_head.weight');
    expect(names.some((name) => name.startsWith('pose_head.'))).toBe(false);
    dispose(gradients);
  });

  it('draws other poses to the same words', async () => {
    const policy = policyOf('joint');
    const answer = [...tokenizer.encode('here <POSE>').ids, ...tokenizer.idsOfCodes([1, 2, 3])];
    const poses = await policy.otherPoses([prompts[0] as MllmPrompt], [answer], {
      samples: 5,
      random: createRandom(8),
    });
    expect(poses).toHaveLength(5 * 12);
    await expect(
      policy.otherPoses([prompts[0] as MllmPrompt], [[8]], { samples: 1, random: createRandom(1) }),
    ).rejects.toThrow(RolloutError);
  });

  it('refuses nested samples, and codes of another tokeniser', async () => {
    const policy = policyOf('joint');
    await expect(
      policy.act(prompts, { candidatesPerPrompt: 1, samplesPerCandidate: 2, random: createRandom(1) }),
    ).rejects.toThrow(PosePolicyError);
    expect(() =>
      createTokenisedPosePolicy({
        ...policy,
        tokenizer: withPoseCodes(createTokenizer(['a']), { levelCount: 2, codebookSize: 16 }),
      }),
    ).toThrow(/2 x 16/);
  });
});
