import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as rewards from './index.js';
import type { RewardCard } from './reward-card.js';
import { letterEncoder } from './testing/letter-encoder.js';

interface DescribedReward {
  readonly name: string;
  readonly drives: string;
  readonly about: RewardCard;
}

const pose6d = (): undefined => undefined;
const targets = { pose6d, targetJoints: (): undefined => undefined };
const texts = { answer: (): string => '', reference: (): undefined => undefined };

/** One of each, with its defaults. */
const EXAMPLES: Readonly<Record<string, DescribedReward>> = {
  spatialReward: rewards.spatialReward(targets),
  jointProximityReward: rewards.jointProximityReward(targets),
  poseProximityReward: rewards.poseProximityReward(targets),
  semanticSimilarityReward: rewards.semanticSimilarityReward({
    pose6d,
    text: () => undefined,
    similarity: () => new Float32Array(0),
  }),
  ruleSemanticReward: rewards.ruleSemanticReward({ pose6d, constraints: () => undefined }),
  jointLimitReward: rewards.jointLimitReward({ pose6d }),
  selfPenetrationReward: rewards.selfPenetrationReward({ pose6d }),
  groundContactReward: rewards.groundContactReward({ pose6d, contacts: () => [] }),
  diversityReward: rewards.diversityReward({ pose6d }),
  formatReward: rewards.formatReward(texts),
  statementReward: rewards.statementReward({ answer: () => '', facts: () => [] }),
  textSimilarityReward: rewards.textSimilarityReward(texts),
  embeddingSimilarityReward: rewards.embeddingSimilarityReward({ ...texts, encoder: letterEncoder() }),
  judgeReward: rewards.judgeReward({ baseUrl: 'http://127.0.0.1/v1', model: 'any', messages: () => [] }),
  lengthPenalty: rewards.lengthPenalty({ length: () => 0, softLimit: 1, hardLimit: 2 }),
  repetitionPenalty: rewards.repetitionPenalty({ tokens: () => [] }),
};

describe('every exported reward', () => {
  it('is listed here', () => {
    const exported = Object.keys(rewards).filter((name) => /(?:Reward|Penalty)$/.test(name));
    expect(exported.sort()).toEqual(Object.keys(EXAMPLES).sort());
  });

  it.each(Object.entries(EXAMPLES))('%s says what it is', (_, { name, about }) => {
    expect(name).toMatch(/^[a-z_]+$/);
    for (const words of [about.measures, about.unit, about.maximisedBy, about.gamedBy])
      expect(words.length).toBeGreaterThan(0);
    for (const [lowest, highest] of [about.range, about.creditRange ?? about.range]) {
      expect(lowest).toBeLessThan(highest);
      expect(Number.isFinite(highest - lowest)).toBe(true);
    }
  });

  it('stands in the README as its card says', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const rows = readme
      .split('\n')
      .filter((line) => /^\| `\w+(?:Reward|Penalty)`/.test(line))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      )
      .filter(({ length }) => length === 7); // another table says what they cost
    const expected = Object.entries(EXAMPLES).map(([factory, { drives, about }]) => [
      `\`${factory}\``,
      drives,
      about.range.map((bound) => String(Number(bound.toPrecision(6)))).join(' to '),
      about.unit,
      about.creditRange === undefined ? '' : 'yes',
      about.maximisedBy,
      about.gamedBy,
    ]);
    expect(rows).toEqual(expected);
  });
});
