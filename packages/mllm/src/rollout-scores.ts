import type { ComponentScores, GaussianParameters, Rollout } from '@pose-rft/hybrid-actions';
import {
  diagonalGaussianGroupLogProbs,
  gatherRows,
  reshape,
  zeros,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@pose-rft/tensor';
import { passAnswers } from './answer-pass.js';
import { planAnswers, type AnswerPlan } from './answer-plan.js';
import { ROTATION_SIZE } from './config.js';
import type { Decoder } from './decoder.js';
import type { MllmAction } from './policy.js';
import type { PoseDistribution } from './pose-head.js';
import type { MllmPrompt } from './prompt.js';

/** Thrown for a rollout whose parts contradict each other. */
export class RolloutError extends Error {
  override readonly name = 'RolloutError';
}

/**
 * The log-probabilities of a rollout under the decoder's present parameters, in one pass in which the candidates of
 * a prompt share its rows. Differentiable; call it inside a `tidy`.
 *
 * @throws RolloutError if the numbers of prompts, candidates, samples and actions do not fit, or a pose stands beside
 *   an answer without `<POSE>`
 */
export function scoreRollout<Prompt>(
  decoder: Decoder,
  rollout: Rollout<Prompt, MllmAction> & { readonly temperature?: number },
  encodePrompt: (prompt: Prompt) => MllmPrompt,
): ComponentScores {
  checkCounts(rollout);
  const { prompts, candidatesPerPrompt, samplesPerCandidate, actions } = rollout;
  const candidateCount = prompts.length * candidatesPerPrompt;
  const answers = Array.from({ length: candidateCount }, (_, candidate) => ({
    prompt: Math.floor(candidate / candidatesPerPrompt),
    ids: (actions[candidate * samplesPerCandidate] as MllmAction).answer,
  }));
  const plan = planAnswers(prompts.map(encodePrompt), answers, decoder.config.tokenIds);
  const poseSamples = collectPoses(rollout, plan, decoder.config.poseSize);
  const pass = passAnswers(decoder, plan, rollout.temperature);
  const gaussian = candidateGaussians(pass.poses, plan, poseSamples.candidates, decoder.config.poseSize);
  const groups = decoder.config.poseSize / ROTATION_SIZE;
  const poseLogProbs: Tensor3D =
    poseSamples.candidates.length === 0
      ? zeros([0, samplesPerCandidate, groups])
      : diagonalGaussianGroupLogProbs(
          poseSamples.values,
          gaussian.mean,
          gaussian.logStandardDeviation,
          ROTATION_SIZE,
        );
  return {
    logProbs: {
      answer: {
        kind: 'sequence',
        values: spreadTokens(pass.tokenLogProbs, plan),
        offsets: plan.tokenOffsets,
      },
      pose: { kind: 'nested', values: poseLogProbs, candidates: poseSamples.candidates, groups },
    },
    gaussians: { pose: gaussian },
  };
}

/** From the distinct answers' tokens [T'] to those of all candidates [T]. */
function spreadTokens(tokenLogProbs: Tensor1D, plan: AnswerPlan): Tensor1D {
  if (plan.tokenIndices.length === plan.tokenIds.length) return tokenLogProbs;
  const column: Tensor2D = reshape(tokenLogProbs, [plan.tokenIds.length, 1]);
  return reshape(gatherRows(column, plan.tokenIndices), [plan.tokenIndices.length]);
}

/** From the distinct answers' poses [M'] to those of the given candidates [M]. */
function candidateGaussians(
  poses: PoseDistribution | undefined,
  plan: AnswerPlan,
  candidates: Int32Array,
  poseSize: number,
): GaussianParameters {
  if (poses === undefined || candidates.length === 0)
    return { mean: zeros([0, poseSize]), logStandardDeviation: zeros([0, poseSize]) };
  const rows = candidates.map((candidate) => plan.poseIndices[candidate] as number);
  const isIdentity = rows.length === plan.poseRows.length && rows.every((row, index) => row === index);
  if (isIdentity) return poses;
  return {
    mean: gatherRows(poses.mean, rows),
    logStandardDeviation: gatherRows(poses.logStandardDeviation, rows),
  };
}

function collectPoses(
  rollout: Rollout<unknown, MllmAction>,
  plan: AnswerPlan,
  poseSize: number,
): { readonly candidates: Int32Array; readonly values: Float32Array } {
  const { actions, samplesPerCandidate } = rollout;
  const candidateCount = plan.poseIndices.length;
  const candidates: number[] = [];
  for (let candidate = 0; candidate < candidateCount; candidate++) {
    const samples = actions.slice(candidate * samplesPerCandidate, (candidate + 1) * samplesPerCandidate);
    const poseCount = samples.filter(({ pose }) => pose !== undefined).length;
    if (poseCount === 0) continue;
    if (poseCount < samplesPerCandidate)
      throw new RolloutError(
        `score: ${poseCount} of the ${samplesPerCandidate} samples of candidate ${candidate} have a pose; ` +
          'expected all or none, for they share one answer.',
      );
    if ((plan.poseIndices[candidate] as number) < 0)
      throw new RolloutError(
        `score: candidate ${candidate} has a pose, but its answer holds no <POSE>; leave the pose out.`,
      );
    candidates.push(candidate);
  }
  const values = new Float32Array(candidates.length * samplesPerCandidate * poseSize);
  candidates.forEach((candidate, row) => {
    for (let sample = 0; sample < samplesPerCandidate; sample++) {
      const pose = actions[candidate * samplesPerCandidate + sample]?.pose;
      if (pose?.length !== poseSize)
        throw new RolloutError(
          `score: a pose of candidate ${candidate} has ${pose?.length} numbers; expected ${poseSize}.`,
        );
      values.set(pose, (row * samplesPerCandidate + sample) * poseSize);
    }
  });
  return { candidates: Int32Array.from(candidates), values };
}

function checkCounts(rollout: Rollout<unknown, MllmAction>): void {
  const { prompts, candidatesPerPrompt, samplesPerCandidate, actions } = rollout;
  const expected = prompts.length * candidatesPerPrompt * samplesPerCandidate;
  if (actions.length !== expected || expected === 0)
    throw new RolloutError(
      `score: expected ${prompts.length} prompts x ${candidatesPerPrompt} candidates x ${samplesPerCandidate} ` +
        `samples = ${expected} actions (at least one), found ${actions.length}.`,
    );
}
