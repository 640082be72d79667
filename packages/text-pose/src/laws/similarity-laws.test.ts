import { describe, expect, it } from 'vitest';
import { similarityLaws, type SimilaritySubject } from './similarity-laws.js';

/** A cosine of nothing much: of the text's length, and of the direction of the left hip's first column. */
const honest: SimilaritySubject = {
  similarity: (texts, poses6d) =>
    Float32Array.from(texts, ({ length }, index) => {
      const column = poses6d.subarray(144 * index + 6, 144 * index + 9);
      return ((column[0] ?? 0) / Math.hypot(...column)) * (1 / (1 + length));
    }),
};

describe('similarityLaws', () => {
  it.each(similarityLaws(honest).map((one) => [one.name, one] as const))('%s', (_, one) => {
    one.check({ numRuns: 50 });
  });

  it.each<[string, SimilaritySubject['similarity'], number]>([
    ['scores beyond 1', (texts, poses6d) => honest.similarity(texts, poses6d).map((value) => value + 1.5), 0],
    ['one score for many', (texts, poses6d) => honest.similarity(texts, poses6d).slice(0, 1), 0],
    ['NaN', (texts) => new Float32Array(texts.length).fill(NaN), 0],
    [
      'scores relative to the batch',
      (texts, poses6d) => {
        const scores = honest.similarity(texts, poses6d);
        return scores.map((value) => 0.5 * (value - Math.max(...scores)));
      },
      1,
    ],
    [
      'scores that a policy raises by stretching its numbers',
      (_texts, poses6d) =>
        Float32Array.from({ length: poses6d.length / 144 }, (_, index) =>
          Math.tanh(poses6d[144 * index + 6] ?? 0),
        ),
      2,
    ],
    [
      'scores that depend on where the person faces',
      (_texts, poses6d) =>
        Float32Array.from({ length: poses6d.length / 144 }, (_, index) => {
          const column = poses6d.subarray(144 * index, 144 * index + 3);
          return (column[0] ?? 0) / Math.hypot(...column);
        }),
      2,
    ],
  ])('catch %s', (_, similarity, broken) => {
    expect(() => {
      similarityLaws({ similarity })[broken]?.check({ numRuns: 60, seed: 3, endOnFailure: true });
    }).toThrow();
  });
});
