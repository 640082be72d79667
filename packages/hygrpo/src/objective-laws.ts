import type { Law } from '@pose-rft/hybrid-actions/laws';
import { grad, scalar, tensor, tidy, type Tensor } from '@pose-rft/tensor';
import fc from 'fast-check';
import type { ComponentObjectiveOptions } from './component-objective.js';
import type { RatioGranularity } from './importance-ratio.js';
import {
  answerInput,
  bothInputs,
  forEachToken,
  poseInput,
  poseShape,
  promptScene,
  scene,
  validWeight,
  type Scene,
} from './objective-scene.js';
import { wholeBatch, type HyGrpoObjective, type HyGrpoObjectiveInput } from './objective.js';
import type { PolicyLoss } from './policy-loss.js';
import { requireNear } from './require-near.js';

/** Anything with the signature of `hyGrpoObjective`. */
export type ObjectiveFunction = (input: HyGrpoObjectiveInput) => HyGrpoObjective;

const ANSWER_RATIOS: readonly RatioGranularity[] = ['token', 'sum', 'mean', 'mean-token'];
const POSE_RATIOS: readonly RatioGranularity[] = ['group', 'sum', 'mean', 'mean-group'];

/** For Dr. GRPO. */
const MAX_LENGTH = 4;
const LOSSES: readonly PolicyLoss[] = [
  { kind: 'hygrpo' },
  { kind: 'grpo' },
  { kind: 'dr_grpo', maxLength: MAX_LENGTH },
  { kind: 'dapo' },
  { kind: 'bnpo' },
  { kind: 'gspo' },
  { kind: 'cispo' },
];

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
  const answerSlope = (given: Scene, at: Float32Array, chosen: ComponentObjectiveOptions): Float32Array =>
    grad((tokens) => objective(answerInput(given, tokens, chosen)).loss)(tensor(at)).dataSync<'float32'>();
  const poseSlope = (given: Scene, at: Float32Array, chosen: ComponentObjectiveOptions): Float32Array =>
    grad((poses) => objective(poseInput(given, poses, chosen)).loss)(
      tensor(at, poseShape(given)),
    ).dataSync<'float32'>();

  return [
    law('at ratio 1 the gradient of the answer is the policy gradient, whatever the ratio', (given) => {
      for (const ratio of ANSWER_RATIOS) {
        const slope = answerSlope(given, given.oldTokens, { ratio });
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
        const slope = poseSlope(given, given.oldPoses, { ratio });
        const { samples, groups } = given;
        for (let index = 0; index < slope.length; index++) {
          const candidate = Math.floor(index / (samples * groups));
          const advantage = given.poseAdvantages[Math.floor(index / groups)] as number;
          const weight = validWeight(given, candidate);
          requireNear(`${ratio}: the slope of ${index}`, slope[index], -(advantage * weight) / samples);
        }
      }
    }),
    law(
      'away from ratio 1 the gradient of the pose is the ratio times A, and 0 where the clip holds',
      (given) => {
        for (const ratio of POSE_RATIOS) {
          const slopes = poseSlope(given, given.newPoses, { ratio });
          slopes.forEach((slope, index) => {
            const value = poseRatio(given, ratio, index);
            // Too near to a bound for float32 to tell on which side.
            if (Math.abs(Math.abs(value - 1) - CLIP) < 1e-3) return;
            const row = Math.floor(index / given.groups);
            const advantage = given.poseAdvantages[row] as number;
            const isHeld = (value - 1) * Math.sign(advantage) > CLIP;
            const weight = validWeight(given, Math.floor(row / given.samples)) / given.samples;
            requireNear(`${ratio}: the slope of ${index}`, slope, isHeld ? 0 : -advantage * weight * value);
          });
        }
      },
    ),
    law('at ratio 1 every loss has the policy gradient, weighted by its aggregation', (given) => {
      for (const loss of LOSSES) {
        const answer = answerSlope(given, given.oldTokens, { loss });
        forEachToken(given, (token, candidate, length) => {
          const weight = tokenWeightOf(
            loss,
            length,
            given.prompts * given.candidates,
            given.oldTokens.length,
          );
          const expected = -(given.answerAdvantages[candidate] as number) * weight;
          requireNear(`${loss.kind}: the slope of token ${token}`, answer[token], expected);
        });
        const pose = poseSlope(given, given.oldPoses, { loss });
        pose.forEach((slope, index) => {
          const advantage = given.poseAdvantages[Math.floor(index / given.groups)] as number;
          const expected = -advantage * poseWeightOf(loss, index, given);
          requireNear(`${loss.kind}: the slope of pose number ${index}`, slope, expected);
        });
      }
    }),
    law('clipping never raises the objective', (given) => {
      for (const ratio of POSE_RATIOS) {
        const poses = tensor(given.newPoses, poseShape(given));
        const clipped = lossOf(poseInput(given, poses, { ratio }));
        const free = lossOf(poseInput(given, poses, { ratio, clipEpsilon: { low: 1, high: 1e6 } }));
        if (!(clipped >= free - 1e-4 * (1 + Math.abs(free))))
          throw new Error(`${ratio}: the clipped loss is ${clipped}, the unclipped ${free}`);
      }
    }),
    law("without a pose it is GRPO's token loss", (given) => {
      let expected = 0;
      const count = given.prompts * given.candidates;
      forEachToken(given, (token, candidate, length) => {
        const r = Math.exp((given.newTokens[token] as number) - (given.oldTokens[token] as number));
        expected -= clippedTerm(r, given.answerAdvantages[candidate] as number) / (length * count);
      });
      const tokens = tensor(given.newTokens);
      requireNear('the loss', lossOf(answerInput(given, tokens, { ratio: 'token' })), expected);
      const grpo = lossOf(answerInput(given, tokens, { loss: { kind: 'grpo' } }));
      if (lossOf(answerInput(given, tokens)) !== grpo) throw new Error(`it differs from 'grpo', ${grpo}`);
    }),
    law("without an answer it is the paper's pose term over V", (given) => {
      let expected = 0;
      const { samples, groups } = given;
      for (const candidate of given.valid)
        for (let sample = candidate * samples; sample < (candidate + 1) * samples; sample++) {
          let logRatio = 0;
          for (let index = sample * groups; index < (sample + 1) * groups; index++)
            logRatio += (given.newPoses[index] as number) - (given.oldPoses[index] as number);
          const term = clippedTerm(Math.exp(logRatio), given.poseAdvantages[sample] as number);
          expected -= (term * validWeight(given, candidate)) / samples;
        }
      const poses = tensor(given.newPoses, poseShape(given));
      requireNear('the loss', lossOf(poseInput(given, poses, { ratio: 'sum' })), expected);
    }),
    law('the loss of both parts is the weighted sum of their losses', (given) => {
      const tokens = tensor(given.newTokens);
      const poses = tensor(given.newPoses, poseShape(given));
      const alone = 2 * lossOf(answerInput(given, tokens)) + 0.5 * lossOf(poseInput(given, poses));
      const both = bothInputs(
        answerInput(given, tokens, { weight: 2 }),
        poseInput(given, poses, { weight: 0.5 }),
      );
      requireNear('the loss of both', lossOf(both), alone);
    }),
    law('the losses of the parts of a batch add up to the loss of the batch', (given) => {
      const inputOf = (part: Scene, loss: PolicyLoss): HyGrpoObjectiveInput =>
        bothInputs(
          answerInput(part, tensor(part.newTokens), { loss }),
          poseInput(part, tensor(part.newPoses, poseShape(part)), { loss }),
        );
      for (const loss of LOSSES) {
        // The mean over a part's own tokens is BNPO's point.
        if (loss.kind === 'bnpo') continue;
        const input = inputOf(given, loss);
        const whole = wholeBatch({ ...input.rollout, logProbs: input.rollout.logProbs }, input.components);
        let total = 0;
        for (let prompt = 0; prompt < given.prompts; prompt++)
          total += lossOf({ ...inputOf(promptScene(given, prompt), loss), whole });
        requireNear(`${loss.kind}: the sum over prompts`, total, lossOf(input));
      }
    }),
    law('the divergence is 0 from oneself, and k3 is never negative', (given) => {
      const shape = poseShape(given);
      const input = poseInput(given, tensor(given.newPoses, shape));
      const kl = (poses: Float32Array): number => {
        const { scores: reference } = poseInput(given, tensor(poses, shape));
        return (
          objective({ ...input, reference }).components.pose?.kl ?? scalar(NaN)
        ).dataSync()[0] as number;
      };
      requireNear('the divergence from oneself', kl(given.newPoses), 0);
      const divergence = kl(given.oldPoses);
      if (!(divergence >= -1e-5)) throw new Error(`the divergence is ${divergence}`);
    }),
    law('the gradient of the divergence is (log pi - log reference) grad log pi', (given) => {
      const input = (tokens: Tensor): HyGrpoObjectiveInput => ({
        ...answerInput(given, tokens, { klCoefficient: 1 }),
        reference: answerInput(given, tensor(given.oldTokens)).scores,
        advantages: {
          answer: { values: new Float32Array(given.answerAdvantages.length), perGroup: false },
        },
      });
      const slope = grad((tokens: Tensor) => objective(input(tokens)).loss)(
        tensor(given.newTokens),
      ).dataSync();
      const count = given.prompts * given.candidates;
      forEachToken(given, (token, _, length) => {
        const d = (given.newTokens[token] as number) - (given.oldTokens[token] as number);
        requireNear(`the slope of token ${token}`, slope[token], d / (length * count));
      });
    }),
  ];
}

/** The default, on both sides. */
const CLIP = 0.2;

/** The ratio that a number of the poses takes part in: its own, or its sample's. */
function poseRatio({ newPoses, oldPoses, groups }: Scene, ratio: RatioGranularity, index: number): number {
  const logRatio = (at: number): number => (newPoses[at] as number) - (oldPoses[at] as number);
  if (ratio === 'group') return Math.exp(logRatio(index));
  const first = index - (index % groups);
  let total = 0;
  for (let group = 0; group < groups; group++) total += logRatio(first + group);
  return Math.exp(ratio === 'sum' ? total : total / groups);
}

/** PPO's term with the default clip. */
function clippedTerm(ratio: number, advantage: number): number {
  return Math.min(ratio * advantage, Math.min(Math.max(ratio, 0.8), 1.2) * advantage);
}

function tokenWeightOf({ kind }: PolicyLoss, length: number, candidates: number, tokens: number): number {
  if (kind === 'dapo' || kind === 'bnpo' || kind === 'cispo') return 1 / tokens;
  return 1 / (candidates * (kind === 'dr_grpo' ? MAX_LENGTH : length));
}

function poseWeightOf({ kind }: PolicyLoss, index: number, given: Scene): number {
  const { samples, groups, valid } = given;
  const candidate = Math.floor(index / (samples * groups));
  const weight = validWeight(given, candidate) / samples;
  if (kind === 'hygrpo') return weight;
  if (kind === 'dr_grpo') return weight / MAX_LENGTH;
  if (kind === 'grpo' || kind === 'gspo') return weight / groups;
  return weight === 0 ? 0 : 1 / (valid.length * samples * groups);
}
