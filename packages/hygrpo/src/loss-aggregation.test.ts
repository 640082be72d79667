import { describe, expect, test } from 'vitest';
import { aggregationWeights, ObjectiveOptionError, type LossAggregation } from './index.js';

/** Two prompts of two candidates, of 1, 0, 3 and 2 tokens; the candidates 0, 2 and 3 have a pose of 3 joints. */
const answer = { kind: 'sequence', values: null, offsets: Int32Array.of(0, 1, 1, 4, 6) } as const;
const pose = { kind: 'nested', values: null, candidates: Int32Array.of(0, 2, 3), groups: 3 } as const;
const axes = { promptCount: 2, candidatesPerPrompt: 2, samplesPerCandidate: 2 };
const JOINTS = 3;

const near = (found: Float32Array, expected: readonly number[]): void => {
  expect(Array.from(found, (value) => Number(value.toFixed(6)))).toEqual(
    expected.map((value) => Number(value.toFixed(6))),
  );
};
const repeated = (value: number, count: number): number[] => Array<number>(count).fill(value);

describe('the weights of tokens and of whole sequences', () => {
  test.each<[LossAggregation, number[], number[]]>([
    [{ kind: 'token-mean' }, repeated(1 / 6, 6), [1 / 6, 0, 3 / 6, 2 / 6]],
    [{ kind: 'token-sum' }, repeated(1, 6), [1, 0, 3, 2]],
    [
      { kind: 'sequence-mean-token-mean' },
      [1 / 4, ...repeated(1 / 12, 3), ...repeated(1 / 8, 2)],
      [1 / 4, 0, 1 / 4, 1 / 4],
    ],
    [{ kind: 'sequence-mean-token-sum' }, repeated(1 / 4, 6), [1 / 4, 0, 1 / 4, 1 / 4]],
    [{ kind: 'sequence-mean-token-sum-over', length: 5 }, repeated(1 / 20, 6), [1 / 20, 0, 1 / 20, 1 / 20]],
  ])('%j', (aggregation, perToken, perSequence) => {
    const weights = aggregationWeights(answer, axes, aggregation);
    near(weights.perToken, perToken);
    near(weights.perSequence, perSequence);
  });
});

describe('the weights of groups of dimensions and of whole samples', () => {
  // 1 / (P |V| samples): the first prompt has one valid candidate, the second two.
  const paper = [1 / 4, 1 / 4, ...repeated(1 / 8, 4)];
  const times = (factor: number): number[] => paper.map((weight) => weight * factor);
  test.each<[LossAggregation, number[], number[]]>([
    [{ kind: 'token-mean' }, repeated(1 / 18, 6), repeated(3 / 18, 6)],
    [{ kind: 'token-sum' }, repeated(1, 6), repeated(3, 6)],
    [{ kind: 'sequence-mean-token-mean' }, times(1 / 3), paper],
    [{ kind: 'sequence-mean-token-sum' }, paper, paper],
    [{ kind: 'sequence-mean-token-sum-over', length: 5 }, times(1 / 5), times(1 / 5)],
  ])('%j', (aggregation, perToken, perSequence) => {
    const weights = aggregationWeights(pose, axes, aggregation, JOINTS);
    near(weights.perToken, perToken);
    near(weights.perSequence, perSequence);
  });
});

describe('as a part of a batch of 8 prompts and 30 tokens', () => {
  const whole = { promptCount: 8, tokenCount: 30 };
  test.each<[LossAggregation, number]>([
    [{ kind: 'token-mean' }, 1 / 30],
    [{ kind: 'token-mean', over: 'batch' }, 1 / 30],
    [{ kind: 'token-mean', over: 'part' }, 1 / 4 / 6],
    [{ kind: 'token-sum' }, 1],
    [{ kind: 'sequence-mean-token-mean' }, 1 / 16],
    [{ kind: 'sequence-mean-token-sum' }, 1 / 16],
    [{ kind: 'sequence-mean-token-sum-over', length: 5 }, 1 / 80],
  ])('%j', (aggregation, first) => {
    const weights = aggregationWeights(answer, axes, aggregation, 1, whole);
    // The first candidate has one token, so both are the same.
    near(weights.perToken.subarray(0, 1), [first]);
    near(weights.perSequence.subarray(0, 1), [first]);
  });

  test.each<[LossAggregation, number]>([
    [{ kind: 'token-mean' }, 1 / 30],
    [{ kind: 'token-mean', over: 'part' }, 1 / 4 / 18],
    [{ kind: 'sequence-mean-token-sum' }, 1 / 16],
  ])('%j, nested', (aggregation, first) => {
    near(aggregationWeights(pose, axes, aggregation, JOINTS, whole).perToken.subarray(0, 1), [first]);
  });
});

test.each([0, -1, NaN, Infinity])('a length of %d is refused', (length) => {
  const aggregation = { kind: 'sequence-mean-token-sum-over', length } as const;
  expect(() => aggregationWeights(answer, axes, aggregation)).toThrow(ObjectiveOptionError);
  expect(() => aggregationWeights(answer, axes, aggregation)).toThrow(
    `aggregation.length is ${length}; expected a finite number > 0`,
  );
});
