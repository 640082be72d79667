import type { PosePrompt } from '@pose-rft/datasets';
import type { PoseRollout, PoseTokeniser } from '@pose-rft/mllm';
import type { Random } from '@pose-rft/random';
import { evaluate } from '../evaluation/evaluate.js';
import { METRIC_NAMES, type EvaluationResult, type MetricName } from '../evaluation/metrics.js';
import type { PoseModel } from '../model/pose-model.js';
import type { TokenisedPoseModel } from './tokenised-model.js';

/** Poses whose average stands for the mean pose of the answer's words. */
const POSES_OF_A_MEAN = 8;
const JOINT_COUNT = 24;

type Evaluated = Pick<PoseModel, 'act' | 'config' | 'tokenizer'>;

/**
 * Measures a model that gives poses as codes by what measures the hybrid one. A sample is the pose of the answer's codes.
 * What stands for the mean pose, which the hybrid's head gives at once, is the average of eight poses whose codes are drawn
 * anew behind the answer's words; the same texts and samples whether it is asked for or not.
 */
export async function evaluateTokenised(options: {
  readonly model: TokenisedPoseModel;
  readonly prompts: readonly PosePrompt[];
  readonly random: Random;
  readonly candidatesPerPrompt?: number;
}): Promise<EvaluationResult> {
  const { model, ...rest } = options;
  const stream = (): Random => rest.random.split('tokenised');
  const samples = await evaluate({
    ...rest,
    random: stream(),
    model: pointModel(model, (rollout) => Promise.resolve(rollout.poses)),
  });
  const means = await evaluate({
    ...rest,
    random: stream(),
    model: pointModel(model, ({ prompts, answers, random }) => meanPoses(model, prompts, answers, random)),
  });
  const perPrompt = {} as Record<MetricName, Float64Array>;
  for (const name of METRIC_NAMES)
    perPrompt[name] = (OF_THE_MEAN.has(name) ? means : samples).perPrompt[name];
  return { ...samples, perPrompt, meanLogStandardDeviation: Number.NaN };
}

const OF_THE_MEAN: ReadonlySet<MetricName> = new Set([
  'satisfiedMean',
  'mpjpeMean',
  'paMpjpeMean',
  'withinLimits',
]);

/** What a tokeniser loses: the metrics of a model that gives every target as its codes stand for it. */
export async function evaluateReconstruction(options: {
  readonly model: TokenisedPoseModel;
  readonly tokeniser: PoseTokeniser;
  readonly prompts: readonly PosePrompt[];
  readonly random: Random;
}): Promise<EvaluationResult> {
  const { model, tokeniser, ...rest } = options;
  const answer = model.tokenizer.encode('here is the pose : <POSE> .').ids;
  return evaluate({
    ...rest,
    candidatesPerPrompt: 1,
    model: {
      ...readable(model),
      act: (prompts) =>
        Promise.resolve(
          pointRollout(
            prompts,
            1,
            prompts.map(() => answer),
            prompts.map(({ targetPose6d }) => tokeniser.decodeCodes(tokeniser.encodePoses(targetPose6d))),
          ),
        ),
    },
  });
}

/** Its texts are read without codes. */
function readable(model: TokenisedPoseModel): Pick<Evaluated, 'config' | 'tokenizer'> {
  const { config, tokenizer } = model;
  return { config, tokenizer: { ...tokenizer, decode: tokenizer.decodeWithoutCodes } };
}

/** The model as one whose poses are points: distributions without any width. */
function pointModel(
  model: TokenisedPoseModel,
  choosePoses: (rollout: {
    readonly prompts: readonly PosePrompt[];
    readonly answers: readonly (readonly number[])[];
    readonly poses: readonly (Float32Array | undefined)[];
    readonly random: Random;
  }) => Promise<readonly (Float32Array | undefined)[]>,
): Evaluated {
  return {
    ...readable(model),
    async act(prompts, options) {
      const { actions } = await model.act(prompts, options);
      const { candidatesPerPrompt } = options;
      const answers = actions.map(({ answer }) => answer);
      const poses = await choosePoses({
        prompts: answers.map((_, index) => prompts[Math.floor(index / candidatesPerPrompt)] as PosePrompt),
        answers,
        poses: actions.map(({ pose }) => pose),
        random: options.random.split('mean'),
      });
      return pointRollout(prompts, candidatesPerPrompt, answers, poses);
    },
  };
}

async function meanPoses(
  model: TokenisedPoseModel,
  prompts: readonly PosePrompt[],
  answers: readonly (readonly number[])[],
  random: Random,
): Promise<readonly (Float32Array | undefined)[]> {
  const { tokenizer, tokeniser } = model;
  const { poseSize } = tokeniser.config;
  const posed = answers.flatMap((ids, index) => (tokenizer.codesIn(ids) === undefined ? [] : [index]));
  const means: (Float32Array | undefined)[] = answers.map(() => undefined);
  if (posed.length === 0) return means;
  const poses = await model.otherPoses(
    posed.map((index) => prompts[index] as PosePrompt),
    posed.map((index) => answers[index] as readonly number[]),
    { samples: POSES_OF_A_MEAN, random },
  );
  posed.forEach((index, row) => {
    const mean = new Float32Array(poseSize);
    for (let sample = 0; sample < POSES_OF_A_MEAN; sample++)
      for (let number = 0; number < poseSize; number++)
        mean[number] =
          (mean[number] as number) +
          (poses[(row * POSES_OF_A_MEAN + sample) * poseSize + number] as number) / POSES_OF_A_MEAN;
    means[index] = mean;
  });
  return means;
}

function pointRollout(
  prompts: readonly PosePrompt[],
  candidatesPerPrompt: number,
  answers: readonly (readonly number[])[],
  poses: readonly (Float32Array | undefined)[],
): PoseRollout<PosePrompt> {
  const posed = poses.flatMap((pose, candidate) => (pose === undefined ? [] : [{ pose, candidate }]));
  const numbers = posed.flatMap(({ pose }) => [...pose]);
  return {
    prompts,
    candidatesPerPrompt,
    samplesPerCandidate: 1,
    actions: answers.map((answer, index) => {
      const pose = poses[index];
      return pose === undefined ? { answer } : { answer, pose };
    }),
    logProbs: {
      answer: { kind: 'sequence', values: new Float32Array(0), offsets: new Int32Array(answers.length + 1) },
      pose: {
        kind: 'nested',
        values: new Float32Array(posed.length * JOINT_COUNT),
        candidates: Int32Array.from(posed, ({ candidate }) => candidate),
        groups: JOINT_COUNT,
      },
    },
    policyVersion: 0,
    temperature: 1,
    poseDistributions: {
      mean: Float32Array.from(numbers),
      logStandardDeviation: new Float32Array(numbers.length).fill(-Infinity),
    },
  };
}
