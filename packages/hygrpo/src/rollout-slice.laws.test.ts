import fc from 'fast-check';
import type { ComponentLogProbs, Rollout } from '@pose-rft/hybrid-actions';
import { describe, expect, test } from 'vitest';
import { concatenateRollouts, RolloutShapeError, selectPrompts } from './index.js';

type NumberedRollout = Rollout<number, number>;

/** Rollouts in which every number says whose it is. */
const rollouts = fc
  .record({
    prompts: fc.integer({ min: 1, max: 5 }),
    candidatesPerPrompt: fc.integer({ min: 1, max: 3 }),
    samplesPerCandidate: fc.integer({ min: 1, max: 2 }),
    groups: fc.integer({ min: 1, max: 3 }),
    lengths: fc.array(fc.nat(3), { minLength: 15, maxLength: 15 }),
    valid: fc.array(fc.boolean(), { minLength: 15, maxLength: 15 }),
  })
  .map(({ prompts, candidatesPerPrompt, samplesPerCandidate, groups, lengths, valid }): NumberedRollout => {
    const candidateCount = prompts * candidatesPerPrompt;
    const offsets = new Int32Array(candidateCount + 1);
    for (let index = 0; index < candidateCount; index++)
      offsets[index + 1] = (offsets[index] ?? 0) + (lengths[index] ?? 0);
    const candidates = Int32Array.from(
      valid.slice(0, candidateCount).flatMap((holds, index) => (holds ? index : [])),
    );
    const count = (length: number): number[] => Array.from({ length }, (_, index) => index);
    return {
      prompts: count(prompts),
      candidatesPerPrompt,
      samplesPerCandidate,
      actions: count(candidateCount * samplesPerCandidate),
      logProbs: {
        text: { kind: 'sequence', values: Float32Array.from(count(offsets.at(-1) ?? 0)), offsets },
        pose: {
          kind: 'nested',
          values: Float32Array.from(count(candidates.length * samplesPerCandidate * groups)),
          candidates,
          groups,
        },
      },
      policyVersion: 3,
    };
  });

const rolloutWithOrder = rollouts.chain((rollout) =>
  fc.tuple(fc.constant(rollout), fc.shuffledSubarray([...rollout.prompts], { minLength: 1 })),
);

/** What belongs to one candidate: its actions and its log-probabilities. */
function candidateOf(
  { logProbs, actions, samplesPerCandidate }: NumberedRollout,
  candidate: number,
): unknown {
  const text = logProbs['text'] as Extract<ComponentLogProbs<Float32Array>, { kind: 'sequence' }>;
  const pose = logProbs['pose'] as Extract<ComponentLogProbs<Float32Array>, { kind: 'nested' }>;
  const row = pose.candidates.indexOf(candidate);
  const width = samplesPerCandidate * pose.groups;
  return {
    actions: actions.slice(candidate * samplesPerCandidate, (candidate + 1) * samplesPerCandidate),
    text: [...text.values.subarray(text.offsets[candidate], text.offsets[candidate + 1])],
    pose: row < 0 ? undefined : [...pose.values.subarray(row * width, (row + 1) * width)],
  };
}

describe('selecting prompts of a rollout', () => {
  test('brings along exactly what is theirs', () => {
    fc.assert(
      fc.property(rolloutWithOrder, ([rollout, prompts]) => {
        const { candidatesPerPrompt } = rollout;
        const selected = selectPrompts(rollout, prompts);
        expect(selected.prompts).toEqual(prompts);
        prompts.forEach((prompt, index) => {
          for (let each = 0; each < candidatesPerPrompt; each++)
            expect(candidateOf(selected, index * candidatesPerPrompt + each)).toEqual(
              candidateOf(rollout, prompt * candidatesPerPrompt + each),
            );
        });
      }),
    );
  });

  test('and joining the parts gives the whole', () => {
    fc.assert(
      fc.property(rollouts, fc.nat(5), (rollout, cut) => {
        const at = Math.min(cut, rollout.prompts.length - 1);
        const parts = [rollout.prompts.slice(0, at), rollout.prompts.slice(at)].filter(
          ({ length }) => length > 0,
        );
        expect(concatenateRollouts(parts.map((part) => selectPrompts(rollout, part)))).toEqual(rollout);
      }),
    );
  });
});

test('a prompt that is not there, and rollouts that do not fit each other, are refused', () => {
  const [rollout] = fc.sample(rollouts, { numRuns: 1, seed: 1 });
  if (rollout === undefined) throw new Error('no sample');
  expect(() => selectPrompts(rollout, [7])).toThrow(RolloutShapeError);
  expect(() => concatenateRollouts([])).toThrow(/no rollouts/);
  expect(() =>
    concatenateRollouts([rollout, { ...rollout, candidatesPerPrompt: rollout.candidatesPerPrompt + 1 }]),
  ).toThrow(/cannot be joined/);
  const { text: _, ...logProbs } = rollout.logProbs;
  expect(() => concatenateRollouts([rollout, { ...rollout, logProbs }])).toThrow(
    /'text' is not in all rollouts/,
  );
});
