import {
  dispose,
  mul,
  sum,
  tensor,
  tidy,
  useBackend,
  valueAndGradients,
  type Tensor,
} from '@pose-rft/tensor';
import { expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { actionToJson, actionFromJson, type ComponentScores } from '@pose-rft/hybrid-actions';
import { createRandom } from '@pose-rft/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mllmConfig } from './config.js';
import { createMllmParameters } from './parameters.js';
import { createPosePolicy, PosePolicyError, type PosePolicy, type PoseRollout } from './policy.js';
import { encodePrompt, type MllmPrompt } from './prompt.js';
import { RolloutError } from './rollout-scores.js';
import { largestDifference } from './testing/small-model.js';
import { noneOf, oneOf, repeat, sequence } from './token-pattern.js';
import { createTokenizer, SPECIAL_TOKEN_IDS } from './tokenizer.js';

beforeAll(() => useBackend('wasm'));
trackTensorLeaks({ beforeAll, afterAll });

interface Question {
  readonly text: string;
  readonly imageFeatures?: Float32Array;
}

const tokenizer = createTokenizer(['what', 'is', 'this', 'pose', '.']);
const config = mllmConfig('tiny', {
  hiddenSize: 16,
  headCount: 2,
  intermediateSize: 20,
  vocabularySize: tokenizer.size,
  imageTokenCount: 2,
  imageFeatureSize: 3,
  poseHead: { hiddenSize: 12, logStdMin: -4, logStdMax: -2.5 },
});
let encodings = 0;
let policy: PosePolicy<Question>;
let questions: readonly Question[];
let rollout: PoseRollout<Question>;

beforeAll(async () => {
  policy = createPosePolicy({
    config,
    tokenizer,
    parameters: createMllmParameters({ config, random: createRandom(31) }),
    maxNewTokens: 6,
    encodePrompt: (question: Question): MllmPrompt => {
      encodings++;
      return encodePrompt(tokenizer, config, question.text, question.imageFeatures);
    },
  });
  questions = [
    { text: 'what pose is this', imageFeatures: createRandom(32).fillNormal(new Float32Array(6)) },
    { text: 'this pose .' },
  ];
  rollout = await act();
});
afterAll(() => policy.dispose());

const act = (options = {}): Promise<PoseRollout<Question>> =>
  expectNoTensorLeak(() =>
    policy.act(questions, {
      candidatesPerPrompt: 12,
      samplesPerCandidate: 3,
      random: createRandom(33),
      ...options,
    }),
  );

/** Scores as plain data. */
function scoreData(of: PosePolicy<Question>, scoredRollout: PoseRollout<Question>) {
  return expectNoTensorLeak(() => {
    const read = (values: Tensor | undefined): Float32Array =>
      values?.dataSync<'float32'>() ?? new Float32Array();
    let data = {
      answer: read(undefined),
      pose: read(undefined),
      mean: read(undefined),
      logStd: read(undefined),
    };
    tidy(() => {
      const { logProbs, gaussians }: ComponentScores = of.score(scoredRollout);
      data = {
        answer: read(logProbs['answer']?.values),
        pose: read(logProbs['pose']?.values),
        mean: read(gaussians?.['pose']?.mean),
        logStd: read(gaussians?.['pose']?.logStandardDeviation),
      };
    });
    return data;
  });
}

describe('act', () => {
  it('gives V nested poses to every candidate whose answer has a <POSE>, and to no other', () => {
    const { actions, logProbs, poseDistributions } = rollout;
    expect(actions).toHaveLength(2 * 12 * 3);
    const valid: number[] = [];
    for (let candidate = 0; candidate < 24; candidate++) {
      const samples = actions.slice(3 * candidate, 3 * candidate + 3);
      const hasPose = samples[0]?.answer.includes(SPECIAL_TOKEN_IDS.pose) ?? false;
      if (hasPose) valid.push(candidate);
      for (const { answer, pose } of samples) {
        expect(answer).toBe(samples[0]?.answer);
        expect(pose?.length).toBe(hasPose ? 144 : undefined);
      }
    }
    expect(valid.length > 3 && valid.length < 24).toBe(true);
    expect([...logProbs.pose.candidates]).toEqual(valid);
    expect(logProbs.pose).toMatchObject({ kind: 'nested', groups: 24 });
    expect(logProbs.pose.values).toHaveLength(valid.length * 3 * 24);
    expect(poseDistributions.mean).toHaveLength(valid.length * 144);
  });

  it('gives actions of its space', () => {
    for (const action of rollout.actions)
      expect(actionFromJson(policy.space, actionToJson(policy.space, action))).toEqual(action);
  });

  it('draws poses with the mean and the standard deviation that it reports', async () => {
    const { actions, logProbs, poseDistributions } = await act({ samplesPerCandidate: 400 });
    let sumOfSquares = 0;
    let total = 0;
    let count = 0;
    logProbs.pose.candidates.forEach((candidate, row) => {
      for (let sample = 0; sample < 400; sample++)
        actions[candidate * 400 + sample]?.pose?.forEach((value, index) => {
          const place = row * 144 + index;
          const z =
            (value - (poseDistributions.mean[place] as number)) /
            Math.exp(poseDistributions.logStandardDeviation[place] as number);
          total += z;
          sumOfSquares += z * z;
          count++;
        });
    });
    expect(Math.abs(total / count)).toBeLessThan(0.01);
    expect(Math.abs(sumOfSquares / count - 1)).toBeLessThan(0.01);
  });

  it('takes the mean pose when greedy', async () => {
    const { actions, logProbs, poseDistributions } = await act({ greedy: true, samplesPerCandidate: 1 });
    logProbs.pose.candidates.forEach((candidate, row) => {
      expect(actions[candidate]?.pose).toEqual(poseDistributions.mean.slice(row * 144, (row + 1) * 144));
    });
  });

  it('encodes every prompt object once', async () => {
    const before = encodings;
    await act();
    scoreData(policy, rollout);
    expect(encodings).toBe(before);
  });

  it('counts the updates of its parameters', async () => {
    const name = 'language_model.model.norm.weight';
    const { policyVersion } = await act();
    expect((await act()).policyVersion).toBe(policyVersion);
    policy.parameters.replace(name, tensor(policy.parameters.get(name).dataSync().slice()));
    expect((await act()).policyVersion).toBe(policyVersion + 1);
  });
});

describe('score', () => {
  it.each([{}, { temperature: 0.6 }, { greedy: true }])('agrees with act under %j', async (options) => {
    const acted = await act(options);
    const scores = scoreData(policy, acted);
    expect(largestDifference(scores.answer, acted.logProbs.answer.values)).toBeLessThan(1e-4);
    expect(largestDifference(scores.pose, acted.logProbs.pose.values)).toBeLessThan(1e-3);
    expect(largestDifference(scores.mean, acted.poseDistributions.mean)).toBeLessThan(1e-5);
    expect(largestDifference(scores.logStd, acted.poseDistributions.logStandardDeviation)).toBeLessThan(1e-5);
  });

  it('scores a rollout without any pose', async () => {
    const textOnly = { ...rollout, actions: rollout.actions.map(() => ({ answer: [8, 1] })) };
    const scores = scoreData(policy, textOnly);
    expect(scores.answer).toHaveLength(48);
    expect(scores.pose).toHaveLength(0);
    expect(scores.mean).toHaveLength(0);
  });

  it('has gradients for all parameters, each component its own', () => {
    const componentGradients = (component: string): string[] =>
      expectNoTensorLeak(() => {
        const { gradients } = valueAndGradients(policy.parameters, () => ({
          loss: sum(mul(policy.score(rollout).logProbs[component]?.values ?? 0, 0.01)),
          aux: null,
        }));
        const names = Object.keys(gradients);
        dispose(gradients);
        return names;
      });
    const names = new Set([...componentGradients('answer'), ...componentGradients('pose')]);
    expect([...names].sort()).toEqual([...policy.parameters.names].sort());
    expect(componentGradients('answer')).not.toContain('pose_head.mean.weight');
    expect(componentGradients('pose')).not.toContain('language_model.lm_head.weight');
  });

  it('changes with the parameters, and not in a clone', async () => {
    const clone = policy.clone();
    const before = scoreData(policy, rollout);
    expect(largestDifference(scoreData(clone, rollout).answer, before.answer)).toBe(0);
    const name = 'language_model.lm_head.weight';
    const original = policy.parameters.get(name).clone();
    policy.parameters.replace(
      name,
      tidy(() => mul(original, 1.1)),
    );
    expect(largestDifference(scoreData(policy, rollout).answer, before.answer)).toBeGreaterThan(1e-3);
    expect(largestDifference(scoreData(clone, rollout).answer, before.answer)).toBe(0);
    policy.parameters.replace(name, original);
    clone.dispose();
  });

  it('refuses rollouts whose parts contradict each other', () => {
    const pose = new Float32Array(144);
    const wrong: readonly [PoseRollout<Question>, RegExp][] = [
      [{ ...rollout, actions: rollout.actions.slice(1) }, /= 72 actions \(at least one\), found 71/],
      [{ ...rollout, prompts: [] }, /expected 0 prompts/],
    ];
    for (const [broken, message] of wrong) {
      expect(() => policy.score(broken)).toThrow(RolloutError);
      expect(() => policy.score(broken)).toThrow(message);
    }
    const all = (action: { answer: readonly number[]; pose?: Float32Array }): PoseRollout<Question> => ({
      ...rollout,
      actions: rollout.actions.map(() => action),
    });
    expect(() => policy.score(all({ answer: [8, 1], pose }))).toThrow(/its answer holds no <POSE>/);
    expect(() => policy.score(all({ answer: [2, 1], pose: new Float32Array(5) }))).toThrow(
      /has 5 numbers; expected 144/,
    );
    const halfPosed = all({ answer: [2, 1] });
    expect(() =>
      policy.score({ ...halfPosed, actions: halfPosed.actions.with(1, { answer: [2, 1], pose }) }),
    ).toThrow(/1 of the 3 samples of candidate 0 have a pose/);
  });
});

describe('a policy with a pattern for its answers', () => {
  it('acts and scores under it', async () => {
    const pattern = sequence(
      repeat(noneOf(SPECIAL_TOKEN_IDS.pose), { maximum: 2 }),
      oneOf(SPECIAL_TOKEN_IDS.pose),
    );
    const strict = createPosePolicy({
      config,
      tokenizer,
      parameters: policy.parameters.clone(),
      maxNewTokens: 6,
      answerPattern: pattern,
      encodePrompt: (question: Question) => encodePrompt(tokenizer, config, question.text, question.imageFeatures), // prettier-ignore
    });
    const acted = await strict.act(questions, { candidatesPerPrompt: 8, samplesPerCandidate: 1, random: createRandom(3) }); // prettier-ignore
    for (const { answer, pose } of acted.actions) {
      expect(answer.slice(-2)).toEqual([SPECIAL_TOKEN_IDS.pose, SPECIAL_TOKEN_IDS.endOfSequence]);
      expect(pose).toHaveLength(144);
    }
    expect(largestDifference(scoreData(strict, acted).answer, acted.logProbs.answer.values)).toBeLessThan(
      1e-4,
    );
    expect(largestDifference(scoreData(policy, acted).answer, acted.logProbs.answer.values)).toBeGreaterThan(
      0.1,
    );
    strict.dispose();
  });
});

describe('createPosePolicy', () => {
  it('refuses a vocabulary that does not fit the embedding table', () => {
    const parameters = createMllmParameters({ config, random: createRandom(1) });
    const smaller = mllmConfig('tiny', { vocabularySize: tokenizer.size - 1 });
    expect(() => createPosePolicy({ config: smaller, tokenizer, parameters })).toThrow(PosePolicyError);
    expect(() => createPosePolicy({ config: smaller, tokenizer, parameters })).toThrow(
      /the tokenizer has 12 tokens/,
    );
    parameters.dispose();
  });
});
