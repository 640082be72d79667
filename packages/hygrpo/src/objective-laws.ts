import type { Law } from '@pose-rft/hybrid-actions/laws';
import {
  gatherRows,
  grad,
  reshape,
  scalar,
  tensor,
  tidy,
  type Tensor,
  type Tensor2D,
} from '@pose-rft/tensor';
import fc from 'fast-check';
import type { RatioGranularity } from './importance-ratio.js';
import type { HyGrpoObjective, HyGrpoObjectiveInput } from './objective.js';

/** Anything with the signature of `hyGrpoObjective`. */
export type ObjectiveFunction = (input: HyGrpoObjectiveInput) => HyGrpoObjective;

/** A rollout with an answer in every candidate and a pose in some, and what a policy says of it now. */
interface Scene {
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

const scene: fc.Arbitrary<Scene> = fc
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

const ANSWER_RATIOS: readonly RatioGranularity[] = ['token', 'sum', 'mean'];
const POSE_RATIOS: readonly RatioGranularity[] = ['group', 'sum', 'mean'];

/**
 * What a HyGRPO objective must satisfy.
 *
 * @example
 * ```ts
 * import { hyGrpoObjective } from '@pose-rft/hygrpo';
 * import { objectiveLaws } from '@pose-rft/hygrpo/laws';
 * import { useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * for (const law of objectiveLaws(hyGrpoObjective, { runs: 5 })) law.check();
 * ```
 */
export function objectiveLaws(
  objective: ObjectiveFunction,
  options: { readonly runs?: number } = {},
): readonly Law[] {
  const law = (name: string, holds: (given: Scene) => void): Law => ({
    name,
    check: () =>
      fc.assert(
        fc.property(scene, (given) => {
          tidy(() => holds(given));
        }),
        { numRuns: options.runs ?? 30 },
      ),
  });
  const lossOf = (input: HyGrpoObjectiveInput): number => objective(input).loss.dataSync()[0] as number;

  return [
    law('at ratio 1 the gradient of the answer is the policy gradient, whatever the ratio', (given) => {
      for (const ratio of ANSWER_RATIOS) {
        const slope = grad((tokens) => objective(answerInput(given, tokens, ratio)).loss)(
          tensor(given.oldTokens),
        ).dataSync();
        const count = given.prompts * given.candidates;
        forEachToken(given, (token, candidate, length) => {
          const perToken = ratio === 'sum' ? 1 : 1 / length;
          const expected = -((given.answerAdvantages[candidate] as number) * perToken) / count;
          requireNear(`${ratio}: the slope of token ${token}`, slope[token], expected);
        });
      }
    }),
    law('at ratio 1 the gradient of the pose is the policy gradient over V, and 0 outside V', (given) => {
      for (const ratio of POSE_RATIOS) {
        const slope = grad((poses) => objective(poseInput(given, poses, ratio)).loss)(
          tensor(given.oldPoses, poseShape(given)),
        ).dataSync();
        const { samples, groups } = given;
        for (let index = 0; index < slope.length; index++) {
          const candidate = Math.floor(index / (samples * groups));
          const advantage = given.poseAdvantages[Math.floor(index / groups)] as number;
          const weight = validWeight(given, candidate);
          requireNear(`${ratio}: the slope of ${index}`, slope[index], -(advantage * weight) / samples);
        }
      }
    }),
    law('clipping never raises the objective', (given) => {
      for (const ratio of POSE_RATIOS) {
        const poses = tensor(given.newPoses, poseShape(given));
        const clipped = lossOf(poseInput(given, poses, ratio));
        const free = lossOf(poseInput(given, poses, ratio, { low: 1, high: 1e6 }));
        if (!(clipped >= free - 1e-4 * (1 + Math.abs(free))))
          throw new Error(`${ratio}: the clipped loss is ${clipped}, the unclipped ${free}`);
      }
    }),
    law("without a pose it is GRPO's token loss", (given) => {
      let expected = 0;
      const count = given.prompts * given.candidates;
      forEachToken(given, (token, candidate, length) => {
        const r = Math.exp((given.newTokens[token] as number) - (given.oldTokens[token] as number));
        const a = given.answerAdvantages[candidate] as number;
        expected -= Math.min(r * a, Math.min(Math.max(r, 0.8), 1.2) * a) / (length * count);
      });
      requireNear('the loss', lossOf(answerInput(given, tensor(given.newTokens), 'token')), expected);
    }),
    law('the loss of both parts is the weighted sum of their losses', (given) => {
      const answer = answerInput(given, tensor(given.newTokens), 'token');
      const pose = poseInput(given, tensor(given.newPoses, poseShape(given)), 'group');
      const both = lossOf({
        rollout: {
          ...answer.rollout,
          logProbs: { ...answer.rollout.logProbs, ...pose.rollout.logProbs },
        },
        scores: { logProbs: { ...answer.scores.logProbs, ...pose.scores.logProbs } },
        advantages: { ...answer.advantages, ...pose.advantages },
        components: { answer: { weight: 2 }, pose: { weight: 0.5 } },
      });
      requireNear('the loss of both', both, 2 * lossOf(answer) + 0.5 * lossOf(pose));
    }),
    law('the divergence is 0 from oneself, and k3 is never negative', (given) => {
      const shape = poseShape(given);
      const input = poseInput(given, tensor(given.newPoses, shape), 'group');
      const kl = (poses: Float32Array): number => {
        const { scores: reference } = poseInput(given, tensor(poses, shape), 'group');
        return (
          objective({ ...input, reference }).components.pose?.kl ?? scalar(NaN)
        ).dataSync()[0] as number;
      };
      requireNear('the divergence from oneself', kl(given.newPoses), 0);
      const divergence = kl(given.oldPoses);
      if (!(divergence >= -1e-5)) throw new Error(`the divergence is ${divergence}`);
    }),
  ];
}

function forEachToken(given: Scene, visit: (token: number, candidate: number, length: number) => void): void {
  for (let candidate = 0; candidate + 1 < given.offsets.length; candidate++) {
    const start = given.offsets[candidate] as number;
    const end = given.offsets[candidate + 1] as number;
    for (let token = start; token < end; token++) visit(token, candidate, end - start);
  }
}

/** 1 / (P |V|) inside V, 0 outside. */
function validWeight({ valid, prompts, candidates }: Scene, candidate: number): number {
  if (!valid.includes(candidate)) return 0;
  const prompt = Math.floor(candidate / candidates);
  return 1 / (prompts * valid.filter((other) => Math.floor(other / candidates) === prompt).length);
}

function answerInput(given: Scene, tokens: Tensor, ratio: RatioGranularity): HyGrpoObjectiveInput {
  const { offsets } = given;
  return {
    rollout: rolloutOf(given, { answer: { kind: 'sequence', values: given.oldTokens, offsets } }),
    scores: { logProbs: { answer: { kind: 'sequence', values: tokens, offsets } } },
    advantages: { answer: { values: given.answerAdvantages, perGroup: false } },
    components: { answer: { ratio } },
  };
}

/** The valid rows of a table of all candidates' poses. */
function poseInput(
  given: Scene,
  poses: Tensor,
  ratio: RatioGranularity,
  clipEpsilon = { low: 0.2, high: 0.2 },
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
    components: { pose: { ratio, clipEpsilon } },
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

function poseShape({ prompts, candidates, samples, groups }: Scene): [number, number, number] {
  return [prompts * candidates, samples, groups];
}

function rowsOf(values: Float32Array, rows: Int32Array, width: number): Float32Array {
  const gathered = new Float32Array(rows.length * width);
  rows.forEach((row, index) => gathered.set(values.subarray(row * width, (row + 1) * width), index * width));
  return gathered;
}

function requireNear(name: string, found: number | undefined, expected: number): void {
  // Written so that a NaN fails.
  if (!(Math.abs((found ?? NaN) - expected) <= 1e-4 * (1 + Math.abs(expected))))
    throw new Error(`${name} is ${found}; expected ${expected}`);
}
