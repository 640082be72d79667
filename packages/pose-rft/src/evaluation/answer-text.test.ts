import { createSyntheticSet } from '@pose-rft/datasets';
import { createKinematics, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { holds, statement, type Constraint } from '@pose-rft/text-pose';
import { describe, expect, it } from 'vitest';
import { scoreAnswerText } from './answer-text.js';

const samples = createSyntheticSet({ count: 40, seed: 5, split: 'test' });
const [evidence, text] = samples;
if (evidence === undefined || text === undefined) throw new Error('the set is empty');
const { prompt } = evidence;

const joints = new Float64Array(72);
createKinematics(SYNTHETIC_SKELETON).jointsFromRotation6d(prompt.targetPose6d, 0, joints, 0, {
  globalOrientation: 'identity',
});

/** Statements about different measurements, as the plainest wording says them. */
function statementsOf(constraints: readonly Constraint[]): readonly string[] {
  const byMeasurement = new Map(constraints.map((constraint) => [constraint.posecode, constraint]));
  return [...byMeasurement.values()].map((constraint) => statement(constraint));
}
const [first, second] = statementsOf(prompt.constraints);
const [wrong, alsoWrong] = statementsOf(
  samples
    .filter((sample) => sample.prompt.kind === 'evidence-to-pose')
    .flatMap((sample) => sample.prompt.constraints)
    .filter((constraint) => !holds(constraint, joints, 0)),
);

const truth = (answer: string): number => scoreAnswerText(prompt, [answer]).statementTruth;
const format = (answer: string): number => scoreAnswerText(prompt, [answer]).formatRate;

describe('the format', () => {
  it.each(['here is the pose: <POSE>.', 'here is the pose: <POSE> .', 'here<POSE>.'])(
    'is kept by %j',
    (answer) => {
      expect(format(answer)).toBe(1);
    },
  );

  it.each([
    '',
    '<POSE>.',
    'here is the pose: .',
    'here is the pose: <POSE>',
    'here <POSE> <POSE>.',
    'here <POSE>. <POSE>.',
    'here <POSE>. and more.',
    'here <image> <POSE>.',
  ])('is broken by %j', (answer) => {
    expect(format(answer)).toBe(0);
  });

  it('is a share of the answers', () => {
    expect(scoreAnswerText(prompt, ['so: <POSE>.', '', '', 'so: <POSE>.']).formatRate).toBe(0.5);
  });
});

describe('true statements', () => {
  it('are the share of the two that are wanted', () => {
    expect(truth(`${first}, ${second}: <POSE>.`)).toBe(1);
    expect(truth(`${first}: <POSE>.`)).toBe(0.5);
    expect(truth(evidence.answer)).toBe(1);
  });

  it('count once, however often and in whatever words they are repeated', () => {
    expect(truth(`${first}, ${first}: <POSE>.`)).toBe(0.5);
    expect(truth(`${first}, the ${first}: <POSE>.`)).toBe(0.5);
  });

  it('must be true and readable', () => {
    expect(truth(`${first}, ${wrong}: <POSE>.`)).toBe(0.5);
    expect(truth(`${wrong}, ${alsoWrong}: <POSE>.`)).toBe(0);
    expect(truth('purple monkey, green elbow: <POSE>.')).toBe(0);
    expect(truth('')).toBe(0);
    expect(truth('<POSE>.')).toBe(0);
  });

  it('must be the first two, before the pose: listing many does not help', () => {
    expect(truth(`${wrong}, ${alsoWrong}, ${first}, ${second}: <POSE>.`)).toBe(0);
    expect(truth(`<POSE> ${first}, ${second}.`)).toBe(0);
  });

  it('are averaged over the answers, and not asked of a description', () => {
    expect(scoreAnswerText(prompt, [`${first}, ${second}: <POSE>.`, '<POSE>.']).statementTruth).toBe(0.5);
    expect(scoreAnswerText(text.prompt, [`${first}: <POSE>.`]).statementTruth).toBeNaN();
  });
});
