import { mul, useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { groupAdvantages, hyGrpoObjective, type AdvantageScale } from './index.js';
import {
  advantageLaws,
  objectiveLaws,
  type AdvantageFunction,
  type Law,
  type ObjectiveFunction,
} from './laws.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

describe.each<AdvantageScale>(['group-std', 'mean-only', 'batch-std'])('advantages scaled by %s', (scale) => {
  const laws = advantageLaws((rewards, groupSize) => groupAdvantages(rewards, { groupSize, scale }).values);
  for (const law of laws) test(law.name, () => law.check());
});

describe('the objective', () => {
  for (const law of objectiveLaws(hyGrpoObjective)) test(law.name, () => law.check());
});

function brokenLaws(laws: readonly Law[]): string[] {
  return laws
    .filter((law) => {
      try {
        law.check();
        return false;
      } catch {
        return true;
      }
    })
    .map((law) => law.name);
}

describe('the laws catch', () => {
  const sound: AdvantageFunction = (rewards, groupSize) => groupAdvantages(rewards, { groupSize }).values;

  test('a standard deviation without a floor', () => {
    const unfloored: AdvantageFunction = (rewards, groupSize) =>
      groupAdvantages(rewards, { groupSize, stdFloor: 0, relativeStdFloor: 0 }).values;
    expect(brokenLaws(advantageLaws(unfloored))).toEqual([
      'noise of 1e-5 is not blown up to advantages of 1',
    ]);
  });

  test('declined rewards that count as 0', () => {
    const zeroes: AdvantageFunction = (rewards, groupSize) =>
      sound(
        rewards.map((reward) => (Number.isNaN(reward) ? 0 : reward)),
        groupSize,
      );
    expect(brokenLaws(advantageLaws(zeroes))).toContain(
      'a declined reward has advantage 0 and changes no other',
    );
  });

  test('one baseline for the whole batch', () => {
    const batchwise: AdvantageFunction = (rewards) => sound(rewards, rewards.length);
    expect(brokenLaws(advantageLaws(batchwise))).toContain('advantages sum to 0 in every group');
  });

  test('poses averaged over all candidates instead of V', () => {
    const overAll: ObjectiveFunction = (input) => {
      const found = hyGrpoObjective(input);
      const pose = input.rollout.logProbs.pose;
      if (pose?.kind !== 'nested') return found;
      const share =
        pose.candidates.length / (input.rollout.prompts.length * input.rollout.candidatesPerPrompt);
      return { ...found, loss: mul(found.loss, share) };
    };
    expect(brokenLaws(objectiveLaws(overAll, { runs: 30 }))).toContain(
      'at ratio 1 the gradient of the pose is the policy gradient over V, and 0 outside V',
    );
  });

  test('a clip on the wrong side', () => {
    const unclipped: ObjectiveFunction = (input) =>
      hyGrpoObjective({
        ...input,
        components: Object.fromEntries(
          Object.entries(input.components).map(([name, options]) => [
            name,
            { ...options, clipEpsilon: { low: 1, high: 100 } },
          ]),
        ),
      });
    expect(brokenLaws(objectiveLaws(unclipped))).toEqual(["without a pose it is GRPO's token loss"]);
  });
});
