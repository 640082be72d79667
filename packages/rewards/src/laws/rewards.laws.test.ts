import { constraintOf, describePose, statement, type Constraint } from '@pose-rft/text-pose';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatReward } from './format-reward.js';
import { jointProximityReward } from './joint-proximity-reward.js';
import { rewardLaws, type RewardLaw } from './laws.js';
import { createPoseScratch } from './pose-scratch.js';
import type { Reward } from './reward.js';
import { ruleSemanticReward } from './rule-semantic-reward.js';
import { spatialReward } from './spatial-reward.js';
import { statementReward } from './statement-reward.js';
import { textSimilarityReward } from './text-similarity-reward.js';

interface Prompt {
  readonly targetJoints?: Float32Array;
  readonly constraints?: readonly Constraint[];
  readonly reference?: string;
}

interface Action {
  readonly answer: string;
  readonly pose6d?: Float32Array;
}

/** 24 rotations in layout `columns`, near and far from the rest pose. */
const pose6d = fc
  .array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 144, maxLength: 144 })
  .map((noise) =>
    Float32Array.from(noise, (value, index) => 0.7 * value + (index % 6 === 0 || index % 6 === 4 ? 1 : 0)),
  );
const jointsOf = createPoseScratch(undefined, 'body');
const targetJoints = pose6d.map((pose) => jointsOf(pose, 0).slice());
const CONSTRAINTS = [
  constraintOf('angle:left_elbow', 'bent'),
  constraintOf('relativeY:right_wrist/neck', 'above'),
  constraintOf('onGround:left_foot', 'onGround'),
  constraintOf('torsoBend', 'forward'),
];
const fragment = fc.constantFrom(
  'left elbow bent',
  'right knee bent',
  ',',
  'and',
  '<POSE>',
  '.',
  'the pose is',
);
const answer = fc.array(fragment, { maxLength: 6 }).map((parts) => parts.join(' '));
const row = fc.record({
  prompt: fc.record(
    {
      targetJoints,
      constraints: fc.subarray(CONSTRAINTS),
      reference: answer,
    },
    { requiredKeys: [] },
  ) satisfies fc.Arbitrary<Prompt>,
  action: fc.record({ answer, pose6d }, { requiredKeys: ['answer'] }) satisfies fc.Arbitrary<Action>,
});

const poseAccess = { pose6d: (action: Action) => action.pose6d };
const target = (prompt: Prompt): Float32Array | undefined => prompt.targetJoints;
const hasNoTarget = ({ prompt, action }: { prompt: Prompt; action: Action }): boolean =>
  prompt.targetJoints === undefined || action.pose6d === undefined;
const facts = (prompt: Prompt): readonly Constraint[] | undefined =>
  prompt.targetJoints && describePose(prompt.targetJoints, 0);

describe.each<[string, readonly RewardLaw[]]>([
  [
    'format',
    rewardLaws({ reward: formatReward({ answer: (action: Action) => action.answer }), row, range: [0, 1] }),
  ],
  [
    'spatial',
    rewardLaws({
      reward: spatialReward({ ...poseAccess, targetJoints: target, epsilonMetres: 0.05 }),
      row,
      range: [0, 20],
      declines: hasNoTarget,
    }),
  ],
  [
    'joint proximity',
    rewardLaws({
      reward: jointProximityReward({ ...poseAccess, targetJoints: target }),
      row,
      range: [0, 1],
      groups: 24,
      declines: hasNoTarget,
    }),
  ],
  [
    'rule semantic',
    rewardLaws({
      reward: ruleSemanticReward({ ...poseAccess, constraints: (prompt: Prompt) => prompt.constraints }),
      row,
      range: [0, 1],
      groups: 24,
      declines: ({ prompt, action }) => !prompt.constraints?.length || action.pose6d === undefined,
    }),
  ],
  [
    'statement',
    rewardLaws({
      reward: statementReward({ answer: (action: Action) => action.answer, facts }),
      row,
      range: [0, 1],
      declines: ({ prompt }) => !facts(prompt)?.length,
    }),
  ],
  [
    'text similarity',
    rewardLaws({
      reward: textSimilarityReward({
        answer: (action: Action) => action.answer,
        reference: (prompt: Prompt) => prompt.reference,
      }),
      row,
      range: [0, 1],
      declines: ({ prompt }) => prompt.reference === undefined,
    }),
  ],
])('the %s reward', (_, laws) => {
  it.each(laws)('$name', ({ check }) => check());
});

describe('the laws', () => {
  const rows = fc.record({ prompt: fc.constant(undefined), action: fc.integer({ min: 0, max: 9 }) });
  const brokenBy = async (
    score: Reward<undefined, number>['score'],
    groups = 0,
  ): Promise<readonly string[]> => {
    const laws = rewardLaws({ reward: { score }, row: rows, range: [0, 1], groups }, { seed: 1 });
    const verdicts = await Promise.all(
      laws.map(({ name, check }) =>
        check().then(
          () => [],
          () => [name],
        ),
      ),
    );
    return verdicts.flat();
  };
  const honest: Reward<undefined, number>['score'] = (batch) => ({
    values: Float32Array.from(batch.rows, ({ action }) => action / 9),
  });

  it('pass an honest reward', async () => {
    expect(await brokenBy(honest)).toEqual([]);
  });

  it('catch values out of range, comparisons within the batch, undeclared declines and reused arrays', async () => {
    expect(await brokenBy((batch) => ({ values: honest(batch).values.map((value) => 2 * value) }))).toContain(
      'one value a row, within the documented range where the reward applies',
    );
    expect(
      await brokenBy((batch) => {
        const { values } = honest(batch);
        const best = Math.max(...values);
        return { values: values.map((value) => (value === best ? 1 : 0)) };
      }),
    ).toContain('every row is judged by itself');
    expect(
      await brokenBy((batch) => ({
        values: honest(batch).values.map((value) => (value > 0.5 ? Number.NaN : value)),
      })),
    ).toContain('NaN exactly where the reward declines');
    const reused = new Float32Array(6);
    expect(
      await brokenBy((batch) => {
        reused.set(honest(batch).values);
        return { values: reused.subarray(0, batch.rows.length) };
      }),
    ).toContain('scoring again gives the same and leaves the first answer alone');
    expect(await brokenBy(honest, 24)).toContain(
      'credit for each group of dimensions, finite and within its range',
    );
  });
});

describe('statements of a pose', () => {
  it('earn the whole reward for any two different measurements of it', () => {
    fc.assert(
      fc.property(targetJoints, (joints) => {
        const [first, second] = describePose(joints, 0).filter(
          ({ posecode }, index, all) => all.findIndex((other) => other.posecode === posecode) === index,
        );
        if (first === undefined || second === undefined) return;
        const reward = statementReward({
          answer: (action: string) => action,
          facts: () => describePose(joints, 0),
        });
        const action = `${statement(first)}, ${statement(second)}: <POSE>.`;
        expect(reward.score({ rows: [{ prompt: undefined, action }] }).values[0]).toBe(1);
      }),
    );
  });
});
