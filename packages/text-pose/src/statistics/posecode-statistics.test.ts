import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { randomPoses } from '../../test/structured-poses.js';
import { DETAILED_FACTS } from '../detailed-fact/detailed-facts.js';
import { DETAILED_POSTURES } from '../detailed-fact/detailed-postures.js';
import { isTrue } from '../detailed-caption/select-facts.js';
import { labelPose } from '../detailed-caption/label-pose.js';
import { measurePose } from '../posecode/measure-pose.js';
import { PoseRangeError } from '../posecode/assert-pose.js';
import { knowledgeOf } from './knowledge.js';
import { learnPosecodeStatistics } from './learn-posecode-statistics.js';
import { InvalidStatisticsError, parsePosecodeStatistics, postureKey } from './posecode-statistics.js';
import { SYNTHETIC_STATISTICS } from './synthetic-statistics.generated.js';

describe('learnPosecodeStatistics', () => {
  const poses = randomPoses(createRandom(3), 300);
  const statistics = learnPosecodeStatistics(poses, { fewestPoses: 20, mostPairRules: 40 });
  const { names, shares, singleRules, pairRules, poseCount } = statistics;
  /** Which of the poses each fact or posture holds on, counted one by one. */
  const held = new Map(
    [
      ...DETAILED_FACTS.map((fact) => ({ ...fact, key: fact.name })),
      ...DETAILED_POSTURES.map((posture) => ({ ...posture, key: postureKey(posture.name) })),
    ].map((item) => [
      item.key,
      new Set(
        Array.from({ length: 300 }, (_, pose) => pose).filter((pose) =>
          isTrue(item, labelPose(measurePose(poses, 72 * pose))),
        ),
      ),
    ]),
  );
  const posesOf = (index: number): Set<number> => held.get(names[index] ?? '') ?? new Set();

  it('counts shares', () => {
    expect(poseCount).toBe(300);
    expect(names.length).toBeGreaterThan(150);
    names.forEach((_, index) => {
      expect(shares[index]).toBeCloseTo(posesOf(index).size / 300, 2);
    });
  });

  it('finds rules with the confidence and the support asked for, single ones completely', () => {
    const confidence = (premises: readonly number[], conclusion: number): number => {
      const both = [...posesOf(premises[0] as number)].filter((pose) =>
        premises.every((premise) => posesOf(premise).has(pose)),
      );
      expect(both.length).toBeGreaterThanOrEqual(20);
      return both.filter((pose) => posesOf(conclusion).has(pose)).length / both.length;
    };
    for (const [a, c] of singleRules) expect(confidence([a], c)).toBeGreaterThanOrEqual(0.7);
    expect(pairRules.length).toBe(40);
    const single = new Set(singleRules.map(([a, c]) => `${a} ${c}`));
    for (const [a, b, c] of pairRules) {
      expect(confidence([a, b], c)).toBeGreaterThanOrEqual(0.8);
      expect(single.has(`${a} ${c}`) || single.has(`${b} ${c}`)).toBe(false);
    }
    const raised = names.indexOf('left hand above head');
    const above = names.indexOf('left hand above shoulder');
    expect(single.has(`${raised} ${above}`)).toBe(true);
  });

  it('survives JSON, and answers by name', () => {
    const stored = parsePosecodeStatistics(JSON.stringify(statistics));
    expect(stored).toEqual(statistics);
    const knowledge = knowledgeOf(stored);
    expect(knowledge.shareOf('no such fact')).toBe(0);
    expect(knowledge.isImplied('left hand above shoulder', new Set(['left hand above head']))).toBe(true);
    expect(knowledge.isImplied('left hand above head', new Set())).toBe(false);
  });

  it('refuses what is no set of poses, and no statistics', () => {
    expect(() => learnPosecodeStatistics(new Float64Array(0))).toThrow(PoseRangeError);
    expect(() => learnPosecodeStatistics(new Float64Array(73))).toThrow(PoseRangeError);
    for (const broken of [
      '{"poseCount":1',
      '[]',
      'null',
      JSON.stringify({ ...statistics, shares: [2] }),
      JSON.stringify({ ...statistics, poseCount: 0 }),
      JSON.stringify({ ...statistics, singleRules: [[0, 99_999]] }),
      JSON.stringify({ ...statistics, pairRules: [[0, 1]] }),
      JSON.stringify({ ...statistics, names: [1] }),
    ])
      expect(() => parsePosecodeStatistics(broken)).toThrow(InvalidStatisticsError);
  });
});

describe('SYNTHETIC_STATISTICS', () => {
  it('know every name, and of enough poses', () => {
    const known = new Set([
      ...DETAILED_FACTS.map(({ name }) => name),
      ...DETAILED_POSTURES.map(({ name }) => postureKey(name)),
    ]);
    expect(SYNTHETIC_STATISTICS.names.filter((name) => !known.has(name))).toEqual([]);
    expect(SYNTHETIC_STATISTICS.poseCount).toBeGreaterThanOrEqual(10_000);
    expect(JSON.stringify(SYNTHETIC_STATISTICS).length).toBeLessThan(150_000);
  });
});
