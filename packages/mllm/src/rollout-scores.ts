import type {
  ComponentLogProbs,
  ComponentScores,
  GaussianParameters,
  Rollout,
} from '@pose-rft/hybrid-actions';
import {
  diagonalGaussianGroupLogProbs,
  gatherRows,
  reshape,
  zeros,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@pose-rft/tensor';
import { match } from 'ts-pattern';
import { passAnswers } from './answer-pass.js';
import { planAnswers, type AnswerPlan } from './answer-plan.js';
import { ROTATION_SIZE } from './config.js';
import type { Decoder } from './decoder.js';
import type { MllmAction } from './policy.js';
import { poseComponent, type PoseComponent, type PoseKind, type PosesPerAnswer } from './pose-components.js';
import { selectPoseRows, type PoseDistribution } from './pose-head.js';
import { CAMERA_SIZE } from './pose-head-config.js';
import { shapeSizeOf } from './pose-head-parameters.js';
import { poseJointLogProbs } from './pose-log-probs.js';
import type { MllmPrompt } from './prompt.js';
import type { TokenConstraint } from './token-constraint.js';

/** Thrown for a rollout whose parts contradict each other. */
export class RolloutError extends Error {
  override readonly name = 'RolloutError';
}

/**
 * The log-probabilities of a rollout under the decoder's present parameters, in one pass in which the candidates of
 * a prompt share its rows. Differentiable; call it inside a `tidy`.
 *
 * @param constraint - that the answers were sampled under
 * @param posesPerAnswer - how many poses an answer may have
 * @throws RolloutError if the numbers of prompts, candidates, samples and actions do not fit, or a pose stands beside
 *   an answer without `<POSE>`
 */
export function scoreRollout<Prompt>(
  decoder: Decoder,
  rollout: Rollout<Prompt, MllmAction> & { readonly temperature?: number },
  encodePrompt: (prompt: Prompt) => MllmPrompt,
  constraint?: TokenConstraint,
  posesPerAnswer: PosesPerAnswer = 1,
): ComponentScores {
  checkCounts(rollout);
  const { prompts, candidatesPerPrompt, samplesPerCandidate, actions } = rollout;
  const candidateCount = prompts.length * candidatesPerPrompt;
  const answers = Array.from({ length: candidateCount }, (_, candidate) => ({
    prompt: Math.floor(candidate / candidatesPerPrompt),
    ids: (actions[candidate * samplesPerCandidate] as MllmAction).answer,
  }));
  const plan = planAnswers(prompts.map(encodePrompt), answers, decoder.config.tokenIds, posesPerAnswer);
  const samples = [plan.poseIndices, ...plan.laterPoseIndices].map((indices, pose) =>
    collectAllSamples(decoder, rollout, indices, pose),
  );
  const pass = passAnswers(decoder, plan, rollout.temperature, undefined, constraint);
  const poseScores = samples.map((each) => scorePoses(each, samplesPerCandidate, plan, pass.poses));
  const merged = mergeScores(poseScores);
  return {
    ...merged,
    logProbs: {
      answer: {
        kind: 'sequence',
        values: spreadTokens(pass.tokenLogProbs, plan),
        offsets: plan.tokenOffsets,
      },
      ...merged.logProbs,
    },
  };
}
/** From the distinct answers' tokens [T'] to those of all candidates [T]. */
function spreadTokens(tokenLogProbs: Tensor1D, plan: AnswerPlan): Tensor1D {
  if (plan.tokenIndices.length === plan.tokenIds.length) return tokenLogProbs;
  const column: Tensor2D = reshape(tokenLogProbs, [plan.tokenIds.length, 1]);
  return reshape(gatherRows(column, plan.tokenIndices), [plan.tokenIndices.length]);
}

type PoseScores = Required<
  Pick<ComponentScores, 'logProbs' | 'gaussians' | 'choleskyGaussians' | 'lowRankGaussians'>
>;

/** Those of an answer's first pose, its second and so on, in one. */
function mergeScores(all: readonly PoseScores[]): PoseScores {
  return {
    logProbs: Object.assign({}, ...all.map(({ logProbs }) => logProbs)) as PoseScores['logProbs'],
    gaussians: Object.assign({}, ...all.map(({ gaussians }) => gaussians)) as PoseScores['gaussians'],
    choleskyGaussians: Object.assign({}, ...all.map(({ choleskyGaussians }) => choleskyGaussians)) as PoseScores['choleskyGaussians'], // prettier-ignore
    lowRankGaussians: Object.assign({}, ...all.map(({ lowRankGaussians }) => lowRankGaussians)) as PoseScores['lowRankGaussians'], // prettier-ignore
  };
}

/** The samples of a component of the actions. */
interface ComponentSamples {
  readonly name: PoseComponent;
  readonly kind: PoseKind;
  readonly size: number;
  /** [answers] the place of each answer's `<POSE>` among the poses of the plan. */
  readonly indices: Int32Array;
  /** [M] whose they are. */
  readonly candidates: Int32Array;
  /** [M, V, size] */
  readonly values: Float32Array;
}

/** The components of the action that a `<POSE>` brings: the pose, and shape and camera where the head gives them. */
function scorePoses(
  [poseSamples, ...besideSamples]: readonly [ComponentSamples, ...ComponentSamples[]],
  samplesPerCandidate: number,
  plan: AnswerPlan,
  poses: PoseDistribution | undefined,
): PoseScores {
  const { candidates, indices, name: poseName, size: poseSize } = poseSamples;
  const distributions =
    poses === undefined || candidates.length === 0
      ? undefined
      : candidatePoses(poses, plan, indices, candidates);
  const nested = (values: Tensor, groups: number): ComponentLogProbs<Tensor> => ({
    kind: 'nested',
    values,
    candidates,
    groups,
  });
  const jointCount = poseSize / ROTATION_SIZE;
  const none = (groups: number): Tensor3D => zeros([0, samplesPerCandidate, groups]);
  const emptyGaussian = (size: number): GaussianParameters => ({
    mean: zeros([0, size]),
    logStandardDeviation: zeros([0, size]),
  });
  const logProbs: Record<string, ComponentLogProbs<Tensor>> = {
    [poseName]: nested(
      distributions === undefined ? none(jointCount) : poseJointLogProbs(poseSamples.values, distributions),
      jointCount,
    ),
  };
  const gaussians: Record<string, GaussianParameters> = {};
  for (const { name, kind, size, values } of besideSamples) {
    const gaussian = (kind === 'pose' ? undefined : distributions?.[kind]) ?? emptyGaussian(size);
    gaussians[name] = gaussian;
    logProbs[name] = nested(
      distributions === undefined
        ? none(1)
        : diagonalGaussianGroupLogProbs(values, gaussian.mean, gaussian.logStandardDeviation, size),
      1,
    );
  }
  return {
    logProbs,
    ...match(distributions)
      .returnType<Omit<PoseScores, 'logProbs'>>()
      .with(undefined, () => ({
        ...NO_DISTRIBUTIONS,
        // Diagonal or not, there is nothing to regularise.
        gaussians: { ...gaussians, [poseName]: emptyGaussian(poseSize) },
      }))
      .with({ kind: 'diagonal' }, ({ mean, logStandardDeviation }) => ({
        ...NO_DISTRIBUTIONS,
        gaussians: { ...gaussians, [poseName]: { mean, logStandardDeviation } },
      }))
      .with({ kind: 'lowRank' }, ({ mean, ownLogStandardDeviation, lowRankFactor }) => ({
        ...NO_DISTRIBUTIONS,
        gaussians,
        lowRankGaussians: {
          [poseName]: { mean, logStandardDeviation: ownLogStandardDeviation, lowRankFactor },
        },
      }))
      .with({ kind: 'cholesky' }, ({ mean, choleskyFactor }) => ({
        ...NO_DISTRIBUTIONS,
        gaussians,
        choleskyGaussians: {
          [poseName]: {
            mean: reshape(mean, [choleskyFactor.shape[0], choleskyFactor.shape[1]]),
            choleskyFactor,
          },
        },
      }))
      // No formula for the divergence or the entropy of mixtures: trainers estimate them from the samples.
      .with({ kind: 'mixture' }, () => ({ ...NO_DISTRIBUTIONS, gaussians }))
      .exhaustive(),
  };
}

const NO_DISTRIBUTIONS = { gaussians: {}, choleskyGaussians: {}, lowRankGaussians: {} };

/** From the distinct answers' poses [M'] to those of the given candidates [M]. */
function candidatePoses(
  poses: PoseDistribution,
  plan: AnswerPlan,
  indices: Int32Array,
  candidates: Int32Array,
): PoseDistribution {
  const rows = candidates.map((candidate) => indices[candidate] as number);
  const isIdentity = rows.length === plan.poseRows.length && rows.every((row, index) => row === index);
  return isIdentity ? poses : selectPoseRows(poses, rows);
}

function collectAllSamples(
  { config: { poseHead, poseSize } }: Decoder,
  rollout: Rollout<unknown, MllmAction>,
  indices: Int32Array,
  pose: number,
): readonly [ComponentSamples, ...ComponentSamples[]] {
  const collect = (kind: PoseKind, size: number): ComponentSamples => ({
    name: poseComponent(kind, pose),
    kind,
    size,
    indices,
    ...collectSamples(rollout, indices, pose, kind, size),
  });
  const shapeSize = shapeSizeOf(poseHead);
  return [
    collect('pose', poseSize),
    ...(shapeSize > 0 ? [collect('shape', shapeSize)] : []),
    ...(poseHead.hasCamera === true ? [collect('camera', CAMERA_SIZE)] : []),
  ];
}

/** The samples of one component that comes with a `<POSE>`, and whose they are. */
function collectSamples(
  rollout: Rollout<unknown, MllmAction>,
  indices: Int32Array,
  pose: number,
  kind: PoseKind,
  size: number,
): { readonly candidates: Int32Array; readonly values: Float32Array } {
  const { actions, samplesPerCandidate } = rollout;
  const [poseName, component] = [poseComponent('pose', pose), poseComponent(kind, pose)];
  const candidates: number[] = [];
  for (let candidate = 0; candidate < indices.length; candidate++) {
    const samples = actions.slice(candidate * samplesPerCandidate, (candidate + 1) * samplesPerCandidate);
    const poseCount = samples.filter((sample) => sample[poseName] !== undefined).length;
    if (poseCount === 0) continue;
    if (poseCount < samplesPerCandidate)
      throw new RolloutError(
        `score: ${poseCount} of the ${samplesPerCandidate} samples of candidate ${candidate} have a ${poseName}; ` +
          'expected all or none, for they share one answer.',
      );
    if ((indices[candidate] as number) < 0)
      throw new RolloutError(
        `score: candidate ${candidate} has a ${poseName}, but its answer holds ${pose === 0 ? 'no' : `fewer than ${pose + 1}`} <POSE>; ` +
          'leave the pose out.',
      );
    candidates.push(candidate);
  }
  const values = new Float32Array(candidates.length * samplesPerCandidate * size);
  candidates.forEach((candidate, row) => {
    for (let sample = 0; sample < samplesPerCandidate; sample++) {
      const numbers = actions[candidate * samplesPerCandidate + sample]?.[component];
      if (numbers?.length !== size)
        throw new RolloutError(
          `score: a ${component} of candidate ${candidate} has ${numbers?.length} numbers; expected ${size}.`,
        );
      values.set(numbers, (row * samplesPerCandidate + sample) * size);
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
