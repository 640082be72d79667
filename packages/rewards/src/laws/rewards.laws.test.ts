import { constraintOf, describePose, holds, statement, type Constraint } from '@pose-rft/text-pose';
import { isWithinJointLimits, JOINT_COUNT } from '@pose-rft/smpl';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clipped } from '../composition/clipped.js';
import { combined } from '../composition/combined.js';
import { gated } from '../composition/gated.js';
import { routed } from '../composition/routed.js';
import { weighted } from '../composition/weighted.js';
import { rewardLaws, type RewardLaw, type RewardSubject } from '../laws.js';
import { diversityReward } from '../pose/diversity-reward.js';
import { groundContactReward } from '../pose/ground-contact-reward.js';
import { jointLimitReward } from '../pose/joint-limit-reward.js';
import { jointProximityReward } from '../pose/joint-proximity-reward.js';
import { poseProximityReward } from '../pose/pose-proximity-reward.js';
import { createPoseScratch } from '../pose/pose-scratch.js';
import { ruleSemanticReward } from '../pose/rule-semantic-reward.js';
import { selfPenetrationReward } from '../pose/self-penetration-reward.js';
import { semanticSimilarityReward } from '../pose/semantic-similarity-reward.js';
import { spatialReward } from '../pose/spatial-reward.js';
import { embeddingSimilarityReward } from '../text/embedding-similarity-reward.js';
import { formatReward } from '../text/format-reward.js';
import { lengthPenalty } from '../text/length-penalty.js';
import { learnLexicalWeights } from '../text/lexical-weights.js';
import { repetitionPenalty } from '../text/repetition-penalty.js';
import { statementReward } from '../text/statement-reward.js';
import { textSimilarityReward } from '../text/text-similarity-reward.js';
import { letterEncoder } from '../testing/letter-encoder.js';

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

const answerOf = (action: Action): string => action.answer;
const constraintsOf = (prompt: Prompt): readonly Constraint[] | undefined => prompt.constraints;
const hasNoPose = ({ action }: { action: Action }): boolean => action.pose6d === undefined;
const hasNoReference = ({ prompt }: { prompt: Prompt }): boolean => prompt.reference === undefined;
const words = (action: Action): string[] => action.answer.split(' ');
const text = { answer: answerOf, reference: (prompt: Prompt) => prompt.reference };
const targets = { ...poseAccess, targetJoints: target };

/** A pose, and one between it and the pose that gives the target: nearer to the target in every rotation's numbers. */
const restPose = Float32Array.from({ length: 144 }, (_, index) =>
  index % 6 === 0 || index % 6 === 4 ? 1 : 0,
);
const restJoints = jointsOf(restPose, 0).slice();
/** One elbow turned by two angles: the joints' distances from the rest pose grow with the angle, up to half a turn. */
const turnedElbow = (radians: number): Float32Array => {
  const pose = restPose.slice();
  pose.set([Math.cos(radians), 0, -Math.sin(radians), 0, 1, 0], 6 * 18);
  return pose;
};
const nearer = fc
  .tuple(fc.double({ min: 0, max: Math.PI, noNaN: true }), fc.double({ min: 0, max: Math.PI, noNaN: true }))
  .map((angles) => {
    const [far, near] = [Math.max(...angles), Math.min(...angles)].map((angle) => ({
      prompt: { targetJoints: restJoints },
      action: { answer: '', pose6d: turnedElbow(angle) },
    }));
    return [far, near] as const;
  })
  .filter((pair): pair is readonly [NonNullable<(typeof pair)[0]>, NonNullable<(typeof pair)[1]>] =>
    pair.every((each) => each !== undefined),
  );
const answered = (parts: readonly string[]): { prompt: Prompt; action: Action } => ({
  prompt: { reference: 'left elbow bent' },
  action: { answer: parts.join(' ') },
});
const shorter = fc
  .tuple(fc.array(fragment, { maxLength: 4 }), fc.array(fragment, { maxLength: 4 }))
  .map(([kept, added]) => [answered([...kept, ...added]), answered(kept)] as const);

const good = ({ prompt, action }: { prompt: Prompt; action: Action }): boolean =>
  action.pose6d !== undefined &&
  isWithinJointLimits(action.pose6d, 0) &&
  (prompt.constraints ?? []).every((constraint) =>
    holds(constraint, jointsOf(action.pose6d ?? restPose, 0), 0),
  );
/** Prompts are compared by identity, so groups need shared ones. */
const PROMPTS: readonly Prompt[] = [{}, { constraints: [constraintOf('angle:left_elbow', 'straight')] }];
const grouped = fc.record({
  prompt: fc.constantFrom(...PROMPTS),
  action: fc.record(
    { answer, pose6d: fc.oneof(pose6d, fc.double({ min: 0, max: 2, noNaN: true }).map(turnedElbow)) },
    { requiredKeys: ['answer'] },
  ) satisfies fc.Arbitrary<Action>,
});

/** Few cases a law: there are many rewards. */
const lawsOf = <RowPrompt, RowAction>(subject: RewardSubject<RowPrompt, RowAction>): readonly RewardLaw[] =>
  rewardLaws(subject, { runs: 20 });

const SUBJECTS = {
  format: lawsOf({ reward: formatReward({ answer: answerOf }), row }),
  spatial: lawsOf({
    reward: spatialReward(targets),
    row,
    range: [0, 20],
    declines: hasNoTarget,
    noBetterThan: nearer,
  }),
  'spatial, per millimetre down to a floor': lawsOf({
    reward: spatialReward({ ...targets, per: 'millimetre', singularity: { kind: 'floor', metres: 0.01 } }),
    row,
    range: [0, 0.1],
    declines: hasNoTarget,
    noBetterThan: nearer,
  }),
  'joint proximity': lawsOf({
    reward: jointProximityReward(targets),
    row,
    groups: JOINT_COUNT,
    declines: hasNoTarget,
    noBetterThan: nearer,
  }),
  'joint proximity, gaussian and aligned': lawsOf({
    reward: jointProximityReward({ ...targets, kernel: 'gaussian', alignment: 'procrustes' }),
    row,
    groups: JOINT_COUNT,
    declines: hasNoTarget,
  }),
  'pose proximity': lawsOf({
    reward: poseProximityReward(targets),
    row,
    declines: hasNoTarget,
    noBetterThan: nearer,
  }),
  'pose proximity, gaussian and aligned': lawsOf({
    reward: poseProximityReward({ ...targets, kernel: 'gaussian', alignment: 'procrustes' }),
    row,
    declines: hasNoTarget,
  }),
  'rule semantic': lawsOf({
    reward: ruleSemanticReward({ ...poseAccess, constraints: constraintsOf }),
    row,
    groups: JOINT_COUNT,
    declines: ({ prompt, action }) => !prompt.constraints?.length || action.pose6d === undefined,
  }),
  'rule semantic, hard': lawsOf({
    reward: ruleSemanticReward({ ...poseAccess, constraints: constraintsOf, satisfaction: 'hard' }),
    row,
    groups: JOINT_COUNT,
    declines: ({ prompt, action }) => !prompt.constraints?.length || action.pose6d === undefined,
  }),
  'semantic similarity': lawsOf({
    reward: semanticSimilarityReward({
      ...poseAccess,
      text: (prompt: Prompt) => prompt.reference,
      similarity: (texts, poses6d) =>
        Float32Array.from(texts, (each, index) => Math.cos(each.length + (poses6d[144 * index] ?? 0))),
    }),
    row,
    declines: ({ prompt, action }) => prompt.reference === undefined || action.pose6d === undefined,
  }),
  'joint limit': lawsOf({
    reward: jointLimitReward<Prompt, Action>(poseAccess),
    row,
    groups: JOINT_COUNT,
    declines: hasNoPose,
    noBetterThan: nearer,
  }),
  'self-penetration': lawsOf({
    reward: selfPenetrationReward<Prompt, Action>(poseAccess),
    row,
    groups: JOINT_COUNT,
    declines: hasNoPose,
  }),
  'ground contact': lawsOf({
    reward: groundContactReward({
      ...poseAccess,
      groundMetres: (prompt: Prompt) => (prompt.reference === undefined ? undefined : -0.9),
      contacts: (prompt: Prompt) => (prompt.constraints === undefined ? undefined : ['left foot']),
    }),
    row,
    declines: ({ prompt, action }) =>
      action.pose6d === undefined || (prompt.reference === undefined && prompt.constraints === undefined),
  }),
  diversity: lawsOf({
    reward: diversityReward({ ...poseAccess, constraints: constraintsOf }),
    row: grouped,
    groupOf: ({ prompt }) => prompt,
    declines: (each, among) =>
      each.action.pose6d === undefined ||
      (good(each) && among.filter((other) => other.prompt === each.prompt && good(other)).length < 2),
  }),
  statement: lawsOf({
    reward: statementReward({ answer: answerOf, facts }),
    row,
    declines: ({ prompt }) => !facts(prompt)?.length,
  }),
  'text similarity': lawsOf({ reward: textSimilarityReward(text), row, declines: hasNoReference }),
  'text similarity, weighted': lawsOf({
    reward: textSimilarityReward({
      ...text,
      weights: learnLexicalWeights(['left elbow bent', 'right knee bent'], { minimumDocuments: 1 }),
    }),
    row,
    declines: hasNoReference,
  }),
  'embedding similarity': lawsOf({
    reward: embeddingSimilarityReward({ ...text, encoder: letterEncoder() }),
    row,
    declines: hasNoReference,
  }),
  length: lawsOf({
    reward: lengthPenalty<Prompt, Action>({
      length: (action) => words(action).length,
      softLimit: 2,
      hardLimit: 9,
    }),
    row,
    noBetterThan: shorter,
  }),
  repetition: lawsOf({ reward: repetitionPenalty<Prompt, Action>({ tokens: words, n: 2 }), row }),
  clipped: lawsOf({
    reward: clipped(jointProximityReward(targets), [0.1, 0.4]),
    row,
    groups: JOINT_COUNT,
    declines: hasNoTarget,
    noBetterThan: nearer,
  }),
  gated: lawsOf({
    reward: gated(jointProximityReward(targets), { by: formatReward({ answer: answerOf }), otherwise: -1 }),
    row,
    groups: JOINT_COUNT,
    declines: hasNoTarget,
    noBetterThan: nearer,
  }),
  routed: lawsOf({
    reward: routed(jointProximityReward(targets), 'answer'),
    row,
    declines: hasNoTarget,
    noBetterThan: nearer,
  }),
  combined: lawsOf({
    reward: combined([
      weighted(jointProximityReward(targets), 2),
      weighted(
        routed(
          lengthPenalty({ length: (action: Action) => words(action).length, softLimit: 0, hardLimit: 9 }),
          'pose',
        ),
        0.5,
      ),
    ]),
    row,
    groups: JOINT_COUNT,
    noBetterThan: nearer,
  }),
} satisfies Readonly<Record<string, readonly RewardLaw[]>>;

describe.each(Object.entries<readonly RewardLaw[]>(SUBJECTS))('the %s reward', (_, laws) => {
  it.each(laws)('$name', ({ check }) => check());
});

describe('what joint limits say', () => {
  it('is 1 exactly where the pose is within them', () => {
    const reward = jointLimitReward({ pose6d: (action: Float32Array) => action });
    fc.assert(
      fc.property(fc.oneof(pose6d, fc.double({ min: -3, max: 3, noNaN: true }).map(turnedElbow)), (pose) => {
        const [value] = reward.score({ rows: [{ prompt: undefined, action: pose }] }).values;
        expect(value === 1).toBe(isWithinJointLimits(pose, 0));
      }),
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
