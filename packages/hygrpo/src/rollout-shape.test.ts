import type { ComponentLogProbs, Rollout } from '@pose-rft/hybrid-actions';
import { describe, expect, test } from 'vitest';
import { requireConsistentRollout, RolloutShapeError } from './rollout-shape.js';

type LogProbs = ComponentLogProbs<Float32Array>;

// Two prompts, two candidates each, two samples each; candidates 1 and 3 have a pose of three groups of dimensions.
const answer: LogProbs = {
  kind: 'sequence',
  values: Float32Array.of(-1, -2, -3),
  offsets: Int32Array.of(0, 1, 1, 2, 3),
};
const pose: LogProbs = {
  kind: 'nested',
  values: new Float32Array(12).fill(-1),
  candidates: Int32Array.of(1, 3),
  groups: 3,
};
const rollout: Rollout<unknown, unknown> = {
  prompts: ['a', 'b'],
  candidatesPerPrompt: 2,
  samplesPerCandidate: 2,
  actions: new Array<null>(8).fill(null),
  logProbs: { answer, pose },
  policyVersion: 0,
};

test('a sound rollout is let through, with or without rows', () => {
  const accept = (logProbs: Record<string, LogProbs>): unknown =>
    expect(() => requireConsistentRollout({ ...rollout, logProbs })).not.toThrow();
  accept({ answer, pose });
  accept({ pose: { ...pose, candidates: Int32Array.of(0, 1, 2, 3), values: new Float32Array(24) } });
  accept({ pose: { ...pose, candidates: new Int32Array(0), values: new Float32Array(0) } });
  accept({ answer: { ...answer, offsets: new Int32Array(5), values: new Float32Array(0) } });
});

describe('a rollout that contradicts itself is refused', () => {
  const withAnswer = (change: object): Partial<Rollout<unknown, unknown>> => ({
    logProbs: { answer: { ...answer, ...change } },
  });
  const withPose = (change: object): Partial<Rollout<unknown, unknown>> => ({
    logProbs: { answer, pose: { ...pose, ...change } },
  });

  test.each<[string, Partial<Rollout<unknown, unknown>>, RegExp]>([
    [
      'actions too few',
      { actions: [null] },
      /has 1 actions; expected 2 prompts \* 2 candidates \* 2 samples = 8/,
    ],
    ['an offset too few', withAnswer({ offsets: Int32Array.of(0, 1, 2, 3) }), /4 offsets; expected 5/],
    ['an offset too many', withAnswer({ offsets: Int32Array.of(0, 1, 1, 2, 3, 3) }), /6 offsets; expected 5/],
    ['a first offset of 1', withAnswer({ offsets: Int32Array.of(1, 1, 1, 2, 3) }), /ascending from 0/],
    ['offsets that fall', withAnswer({ offsets: Int32Array.of(0, 2, 1, 2, 3) }), /ascending from 0/],
    [
      'tokens too many',
      withAnswer({ values: new Float32Array(4) }),
      /'answer' has 4 log-probabilities; its axes say 3/,
    ],
    [
      'samples too few',
      withPose({ values: new Float32Array(6) }),
      /'pose' has 6 log-probabilities; its axes say 12/,
    ],
    ['a candidate twice', withPose({ candidates: Int32Array.of(1, 1) }), /candidate 1 follows 1; .* below 4/],
    ['candidates that fall', withPose({ candidates: Int32Array.of(3, 1) }), /candidate 1 follows 3/],
    ['a candidate too high', withPose({ candidates: Int32Array.of(1, 4) }), /candidate 4 follows 1/],
    ['a negative candidate', withPose({ candidates: Int32Array.of(-1, 3) }), /candidate -1 follows -1/],
    [
      'a token of NaN',
      withAnswer({ values: Float32Array.of(-1, NaN, -1) }),
      /'answer': log-probability 1 at sampling time is NaN/,
    ],
    [
      'an infinite first sample',
      withPose({ values: new Float32Array(12).fill(-Infinity, 0, 1) }),
      /'pose': log-probability 0 at sampling time is -Infinity/,
    ],
    [
      'an infinite last sample',
      withPose({ values: new Float32Array(12).fill(Infinity, 11) }),
      /'pose': log-probability 11 at sampling time is Infinity/,
    ],
  ])('%s', (_, change, message) => {
    const refused = (): void => requireConsistentRollout({ ...rollout, ...change });
    expect(refused).toThrow(RolloutShapeError);
    expect(refused).toThrow(message);
  });
});
