import { describe, expect, it } from 'vitest';
import { captionPoseInDetail } from '../detailed-caption/caption-pose-in-detail.js';
import { instructPoseChange } from '../instruction/instruct-pose-change.js';
import { readInstruction } from '../instruction/read-instruction.js';
import { poseChangeKey } from '../instruction/pose-change.js';
import { constraintKey, constraintOf } from '../constraint/constraint.js';
import { readCaption } from '../reading/read-caption.js';
import { captionLaws, type CaptionSubject } from './caption-laws.js';
import { instructionLaws, type InstructionSubject } from './instruction-laws.js';
import type { Law } from './law.js';

const run = (laws: readonly Law[]): void => {
  it.each(laws.map((one) => [one.name, one] as const))('%s', (_, one) => {
    one.check({ numRuns: 150 });
  });
};

describe('captionLaws', () => {
  run(captionLaws());

  const own: CaptionSubject = {
    caption: (joints, offset, random, noise) => captionPoseInDetail(joints, offset, random, { noise }),
    read: (text) => readCaption(text).claims.map(({ constraint }) => constraintKey(constraint)),
  };
  const lie = constraintOf('angle:left_knee', 'straight');
  it.each<[string, Partial<CaptionSubject>, number]>([
    [
      'a captioner that says what is not true',
      {
        caption: (joints, offset, random, noise) => {
          const { text, constraints } = own.caption(joints, offset, random, noise);
          return { text, constraints: [...constraints, lie] };
        },
      },
      0,
    ],
    [
      'one that reads the first pose wherever it should',
      { caption: (joints, _, random, noise) => own.caption(joints, 0, random, noise) },
      2,
    ],
    ['a reader that loses a claim', { read: (text) => own.read(text).slice(1) }, 3],
    ['a reader that invents one', { read: (text) => [...own.read(text), -1] }, 3],
  ])('catch %s', (_, mistake, broken) => {
    const subject = { ...own, ...mistake };
    expect(() => {
      captionLaws(subject)[broken]?.check({ numRuns: 60, seed: 3, endOnFailure: true });
    }).toThrow();
  });
});

describe('instructionLaws', () => {
  run(instructionLaws());

  const own: InstructionSubject = {
    instruct: (pair, random) => instructPoseChange(pair, random),
    read: (text) => readInstruction(text).changes.map(poseChangeKey),
  };
  it.each<[string, Partial<InstructionSubject>, number]>([
    [
      'an instructor that goes the wrong way',
      {
        instruct: ({ source, target }, random) => own.instruct({ source: target, target: source }, random),
      },
      0,
    ],
    ['a reader that loses a change', { read: (text) => own.read(text).slice(1) }, 3],
  ])('catch %s', (_, mistake, broken) => {
    const subject = { ...own, ...mistake };
    expect(() => {
      instructionLaws(subject)[broken]?.check({ numRuns: 60, seed: 3, endOnFailure: true });
    }).toThrow();
  });
});
