import { gatherRows, reshape, type Tensor, type Tensor2D } from '@pose-rft/tensor';
import fc from 'fast-check';
import type { ComponentObjectiveOptions } from './component-objective.js';
import type { HyGrpoObjectiveInput } from './objective.js';

/** A rollout with an answer in every candidate and a pose in some, and what a policy says of it now. */
export interface Scene {
  readonly prompts: number;
  readonly candidates: number;
  readonly samples: number;
  readonly groups: number;
  /** [P*G + 1]. */
  readonly offsets: Int32Array;
  /** [M]. */
  readonly valid: Int32Array;
  readonly oldTokens: Float32Array;
  readonly newTokens: Float32Array;
  /** [P*G, V, K]: for invalid candidates too, which must not matter. */
  readonly oldPoses: Float32Array;
  readonly newPoses: Float32Array;
  /** [P*G]. */
  readonly answerAdvantages: Float32Array;
  /** [P*G, V]. */
  readonly poseAdvantages: Float32Array;
}

const sixteenths = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: min * 16, max: max * 16 }).map((numerator) => numerator / 16);

const floats = (length: number, min: number, max: number): fc.Arbitrary<Float32Array> =>
  fc
    .array(sixteenths(min, max), { minLength: length, maxLength: length })
    .map((values) => Float32Array.from(values));

export const scene: fc.Arbitrary<Scene> = fc
  .record({
    prompts: fc.integer({ min: 1, max: 2 }),
    candidates: fc.integer({ min: 2, max: 3 }),
    samples: fc.integer({ min: 1, max: 2 }),
    groups: fc.integer({ min: 1, max: 3 }),
    lengths: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 6, maxLength: 6 }),
    isValid: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
  })
  .chain(({ prompts, candidates, samples, groups, lengths, isValid }) => {
    const count = prompts * candidates;
    const offsets = new Int32Array(count + 1);
    for (let c = 0; c < count; c++) offsets[c + 1] = (offsets[c] as number) + (lengths[c] as number);
    const valid = Int32Array.from([...Array(count).keys()].filter((c) => isValid[c] || c === 0));
    const tokens = offsets[count] as number;
    const poses = count * samples * groups;
    return fc.record({
      prompts: fc.constant(prompts),
      candidates: fc.constant(candidates),
      samples: fc.constant(samples),
      groups: fc.constant(groups),
      offsets: fc.constant(offsets),
      valid: fc.constant(valid),
      oldTokens: floats(tokens, -3, 0),
      newTokens: floats(tokens, -3, 0),
      oldPoses: floats(poses, -1, 1),
      newPoses: floats(poses, -1, 1),
      answerAdvantages: floats(count, -2, 2),
      poseAdvantages: floats(count * samples, -2, 2),
    });
  });

export function forEachToken(
  given: Scene,
  visit: (token: number, candidate: number, length: number) => void,
): void {
  for (let candidate = 0; candidate + 1 < given.offsets.length; candidate++) {
    const start = given.offsets[candidate] as number;
    const end = given.offsets[candidate + 1] as number;
    for (let token = start; token < end; token++) visit(token, candidate, end - start);
  }
}

/** 1 / (P |V|) inside V, 0 outside. */
export function validWeight({ valid, prompts, candidates }: Scene, candidate: number): number {
  if (!valid.includes(candidate)) return 0;
  const prompt = Math.floor(candidate / candidates);
  return 1 / (prompts * valid.filter((other) => Math.floor(other / candidates) === prompt).length);
}

export function answerInput(
  given: Scene,
  tokens: Tensor,
  options: ComponentObjectiveOptions = {},
): HyGrpoObjectiveInput {
  const { offsets } = given;
  return {
    rollout: rolloutOf(given, { answer: { kind: 'sequence', values: given.oldTokens, offsets } }),
    scores: { logProbs: { answer: { kind: 'sequence', values: tokens, offsets } } },
    advantages: { answer: { values: given.answerAdvantages, perGroup: false } },
    components: { answer: options },
  };
}

/** The valid rows of a table of all candidates' poses. */
export function poseInput(
  given: Scene,
  poses: Tensor,
  options: ComponentObjectiveOptions = {},
): HyGrpoObjectiveInput {
  const { valid: candidates, samples, groups } = given;
  const table: Tensor2D = reshape(poses, [given.prompts * given.candidates, samples * groups]);
  const values = reshape(gatherRows(table, candidates), [candidates.length, samples, groups]);
  return {
    rollout: rolloutOf(given, {
      pose: {
        kind: 'nested',
        values: rowsOf(given.oldPoses, candidates, samples * groups),
        candidates,
        groups,
      },
    }),
    scores: { logProbs: { pose: { kind: 'nested', values, candidates, groups } } },
    advantages: { pose: { values: rowsOf(given.poseAdvantages, candidates, samples), perGroup: false } },
    components: { pose: options },
  };
}

/** What belongs to one of the prompts, as a scene of its own. */
export function promptScene(given: Scene, prompt: number): Scene {
  const { candidates, samples, groups } = given;
  const [first, end] = [prompt * candidates, (prompt + 1) * candidates];
  const [firstToken = 0, endToken = 0] = [given.offsets[first], given.offsets[end]];
  const poses = samples * groups;
  return {
    ...given,
    prompts: 1,
    offsets: given.offsets.subarray(first, end + 1).map((offset) => offset - firstToken),
    valid: given.valid.filter((row) => row >= first && row < end).map((row) => row - first),
    oldTokens: given.oldTokens.slice(firstToken, endToken),
    newTokens: given.newTokens.slice(firstToken, endToken),
    oldPoses: given.oldPoses.slice(first * poses, end * poses),
    newPoses: given.newPoses.slice(first * poses, end * poses),
    answerAdvantages: given.answerAdvantages.slice(first, end),
    poseAdvantages: given.poseAdvantages.slice(first * samples, end * samples),
  };
}

/** Answer and pose in one. */
export function bothInputs(answer: HyGrpoObjectiveInput, pose: HyGrpoObjectiveInput): HyGrpoObjectiveInput {
  return {
    rollout: { ...answer.rollout, logProbs: { ...answer.rollout.logProbs, ...pose.rollout.logProbs } },
    scores: { logProbs: { ...answer.scores.logProbs, ...pose.scores.logProbs } },
    advantages: { ...answer.advantages, ...pose.advantages },
    components: { ...answer.components, ...pose.components },
  };
}

function rolloutOf(
  { prompts, candidates, samples }: Scene,
  logProbs: HyGrpoObjectiveInput['rollout']['logProbs'],
): HyGrpoObjectiveInput['rollout'] {
  return {
    prompts: Array(prompts).fill(null),
    candidatesPerPrompt: candidates,
    samplesPerCandidate: samples,
    actions: Array(prompts * candidates * samples).fill(null),
    logProbs,
    policyVersion: 0,
  };
}

export function poseShape({ prompts, candidates, samples, groups }: Scene): [number, number, number] {
  return [prompts * candidates, samples, groups];
}

function rowsOf(values: Float32Array, rows: Int32Array, width: number): Float32Array {
  const gathered = new Float32Array(rows.length * width);
  rows.forEach((row, index) => gathered.set(values.subarray(row * width, (row + 1) * width), index * width));
  return gathered;
}
