import { createKinematics, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { describePose, holds, normaliseSentence, parseCaption, parseStatement } from '@pose-rft/text-pose';
import { describe, expect, test } from 'vitest';
import { isWellFormedAnswer } from '../prompt/answer.js';
import { DATASET_VOCABULARY } from '../prompt/dataset-vocabulary.js';
import type { PosePrompt } from '../prompt/pose-prompt.js';
import { EVIDENCE_QUESTIONS, TEXT_QUESTIONS } from '../prompt/question.js';
import { createSyntheticSet, SyntheticSetError } from './create-synthetic-set.js';

const train = createSyntheticSet({ count: 2000, seed: 21, split: 'train' });
const evaluation = createSyntheticSet({ count: 400, seed: 21, split: 'test' });
const kinematics = createKinematics(SYNTHETIC_SKELETON);

function bodyJoints({ targetPose6d }: PosePrompt): Float32Array {
  const joints = new Float32Array(72);
  kinematics.jointsFromRotation6d(targetPose6d, 0, joints, 0, { globalOrientation: 'identity' });
  return joints;
}

/** What an answer to evidence names before the colon: whether each is a fact, and true. */
function namedFacts({ prompt, answer }: (typeof train)[number]): boolean[] {
  const joints = bodyJoints(prompt);
  return (answer.split(' :')[0] ?? '').split(' , ').map((phrase) => {
    const fact = parseStatement(phrase);
    expect(fact, phrase).toBeDefined();
    return fact !== undefined && holds(fact, joints, 0);
  });
}

describe('createSyntheticSet', () => {
  test('depends on seed, split and index alone', () => {
    expect(createSyntheticSet({ count: 20, seed: 21, split: 'train' })).toEqual(train.slice(0, 20));
    const others = [
      createSyntheticSet({ count: 20, seed: 22, split: 'train' }),
      createSyntheticSet({ count: 20, seed: 21, split: 'validation' }),
      createSyntheticSet({ count: 20, seed: 21, split: 'test' }),
    ];
    for (const other of others)
      expect(other[0]?.prompt.targetPose6d).not.toEqual(train[0]?.prompt.targetPose6d);
  });

  test('alternates between the two kinds; only evidence has evidence', () => {
    train.forEach(({ prompt }, index) => {
      expect(prompt.kind).toBe(index % 2 === 0 ? 'evidence-to-pose' : 'text-to-pose');
      expect(prompt.evidence?.length).toBe(index % 2 === 0 ? 12 * 128 : undefined);
    });
  });

  test('gives the joints of its pose: in the body frame for text, in the camera frame for evidence', () => {
    let turned = 0;
    for (const { prompt } of evaluation) {
      const joints = new Float32Array(72);
      kinematics.jointsFromRotation6d(prompt.targetPose6d, 0, joints, 0);
      expect(joints).toEqual(prompt.targetJoints);
      const isTurned = Math.abs((prompt.targetPose6d[0] as number) - 1) > 1e-6;
      if (prompt.kind === 'text-to-pose') expect(isTurned).toBe(false);
      else if (isTurned) turned += 1;
    }
    expect(turned).toBeGreaterThan(0.45 * evaluation.length);
  });

  test('states nothing false: every constraint holds on the pose', () => {
    for (const { prompt } of train) {
      const joints = bodyJoints(prompt);
      expect(prompt.constraints.length).toBeGreaterThan(0);
      expect(prompt.constraints.filter((constraint) => !holds(constraint, joints, 0))).toEqual([]);
      if (prompt.kind === 'evidence-to-pose') expect(prompt.constraints).toEqual(describePose(joints, 0));
    }
  });

  test('asks in words that say exactly what the constraints check', () => {
    for (const { prompt } of evaluation.filter(({ prompt }) => prompt.kind === 'text-to-pose')) {
      const read = new Set(parseCaption(prompt.question).constraints.map((one) => JSON.stringify(one)));
      expect(read, prompt.question).toEqual(new Set(prompt.constraints.map((one) => JSON.stringify(one))));
    }
  });

  test('asks half of the text questions as a bare caption', () => {
    const requests = TEXT_QUESTIONS.map((text) => normaliseSentence(text).join(' '));
    const texts = train.filter(({ prompt }) => prompt.kind === 'text-to-pose');
    const bare = texts.filter(
      ({ prompt }) => !requests.some((request) => prompt.question.startsWith(request)),
    );
    expect(bare.length / texts.length).toBeGreaterThan(0.45);
    expect(bare.length / texts.length).toBeLessThan(0.55);
    expect(
      new Set(evaluation.filter(({ prompt }) => prompt.evidence).map(({ prompt }) => prompt.question)).size,
    ).toBe(EVIDENCE_QUESTIONS.length);
  });

  test('writes only words of the vocabulary, separated by single spaces, already normalised', () => {
    const known = new Set([...DATASET_VOCABULARY, '<POSE>']);
    for (const { prompt, answer } of train) {
      expect(normaliseSentence(prompt.question).join(' ')).toBe(prompt.question);
      const words = [...prompt.question.split(' '), ...answer.split(' ')];
      expect(words.filter((word) => !known.has(word))).toEqual([]);
    }
  });

  test('malforms its share of training answers and spoils its share of facts; evaluation sets are clean', () => {
    const share = (condition: (sample: (typeof train)[number]) => boolean, of = train): number =>
      of.filter(condition).length / of.length;
    expect(share(({ answer }) => !isWellFormedAnswer(answer))).toBeCloseTo(0.12, 1);
    const evidence = train.filter(({ prompt, answer }) => prompt.evidence && answer.includes(' :'));
    const spoilt = share((sample) => namedFacts(sample).includes(false), evidence);
    expect(spoilt).toBeGreaterThan(0.11);
    expect(spoilt).toBeLessThan(0.19);

    expect(evaluation.filter(({ answer }) => !isWellFormedAnswer(answer))).toEqual([]);
    for (const sample of evaluation.filter(({ prompt }) => prompt.evidence))
      expect(namedFacts(sample)).toEqual([true, true]);

    const clean = createSyntheticSet({ count: 300, seed: 1, split: 'train', malformedFraction: 0 });
    expect(clean.every(({ answer }) => isWellFormedAnswer(answer))).toBe(true);
    const broken = createSyntheticSet({ count: 50, seed: 1, split: 'test', malformedFraction: 1 });
    expect(broken.some(({ answer }) => isWellFormedAnswer(answer))).toBe(false);
  });

  test('refuses impossible sizes and shares', () => {
    expect(() => createSyntheticSet({ count: -1, seed: 1, split: 'train' })).toThrow(SyntheticSetError);
    expect(() => createSyntheticSet({ count: 1.5, seed: 1, split: 'train' })).toThrow(/count is 1.5/);
    expect(() => createSyntheticSet({ count: 1, seed: 1, split: 'train', malformedFraction: 1.2 })).toThrow(
      /malformedFraction is 1.2/,
    );
    expect(() => createSyntheticSet({ count: 1, seed: 1, split: 'train', wrongFactFraction: NaN })).toThrow(
      SyntheticSetError,
    );
    expect(createSyntheticSet({ count: 0, seed: 1, split: 'train' })).toEqual([]);
  });
});

describe('DATASET_VOCABULARY', () => {
  test('has each word once, sorted, in the form that normalising leaves', () => {
    expect([...DATASET_VOCABULARY].sort()).toEqual(DATASET_VOCABULARY);
    expect(new Set(DATASET_VOCABULARY).size).toBe(DATASET_VOCABULARY.length);
    for (const word of DATASET_VOCABULARY) expect(word).toMatch(/^(?:[a-z]+|[,.:])$/);
  });
});
