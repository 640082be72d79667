import { createSyntheticSet, DATASET_VOCABULARY, type PosePrompt } from '@pose-rft/datasets';
import { createTokenizer, type MllmAction } from '@pose-rft/mllm';
import { describe, expect, it } from 'vitest';
import { experimentRewards, REWARD_KINDS, type RewardMix } from './experiment-rewards.js';

const samples = createSyntheticSet({ count: 8, seed: 3, split: 'train', malformedFraction: 0 });
const tokenizer = createTokenizer(DATASET_VOCABULARY);
const asked: string[] = [];
const sources = {
  tokenizer,
  samples,
  similarity: (texts: readonly string[]): Float32Array => {
    asked.push(...texts);
    return new Float32Array(texts.length).fill(0.5);
  },
};
const ALL: RewardMix = Object.fromEntries(REWARD_KINDS.map((kind, index) => [kind, index + 1]));

/** The demonstration's answer and pose to each prompt. */
const rows = samples.map(({ prompt, answer }): { prompt: PosePrompt; action: MllmAction } => ({
  prompt,
  action: { answer: tokenizer.encode(answer).ids, pose: prompt.targetPose6d },
}));

describe('experimentRewards', () => {
  it('makes what a mixture names, with its weight, and nothing else', () => {
    expect(experimentRewards({ rules: 0.5, limits: 0 }, sources)).toMatchObject([
      { name: 'rules', drives: 'pose', weight: 0.5 },
    ]);
    expect(experimentRewards(ALL, sources).map(({ name, weight }) => [name, weight])).toEqual(
      REWARD_KINDS.map((kind, index) => [kind, index + 1]),
    );
  });

  it('gives demonstrations what they deserve, and declines the prompts that a reward is not about', async () => {
    const scores = new Map<string, Float32Array>();
    for (const reward of experimentRewards(ALL, sources))
      scores.set(reward.name, (await reward.score({ rows })).values);
    rows.forEach(({ prompt }, row) => {
      const of = (name: string): number => scores.get(name)?.[row] ?? Number.NaN;
      const isText = prompt.kind === 'text-to-pose';
      expect(of('format')).toBe(1);
      expect(of('textSimilarity')).toBeCloseTo(1);
      expect(of('limits')).toBe(1);
      expect(['rules', 'evaluator'].map((name) => Number.isNaN(of(name)))).toEqual([!isText, !isText]);
      for (const name of ['spatial', 'inverseDistance', 'statements'])
        expect(Number.isNaN(of(name))).toBe(isText);
      if (isText) expect(of('rules')).toBeGreaterThan(0.5);
      else expect(of('spatial')).toBeCloseTo(1);
    });
  });

  it('asks evaluator A about captions, not about the request before them', () => {
    expect(asked.length).toBe(4);
    for (const text of asked) expect(text).not.toMatch(/pose/);
  });
});
