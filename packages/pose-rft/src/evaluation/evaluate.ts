import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PosePrompt } from '@pose-rft/datasets';
import type { Random } from '@pose-rft/random';
import {
  createKinematics,
  isWithinJointLimits,
  JOINT_COUNT,
  meanPairwiseDistanceMillimetres,
  mpjpeMillimetres,
  paMpjpeMillimetres,
  SYNTHETIC_SKELETON,
} from '@pose-rft/smpl';
import { satisfiedFraction } from '@pose-rft/text-pose';
import type { PoseModel } from '../model/pose-model.js';
import { scoreAnswerText } from './answer-text.js';
import { METRIC_NAMES, type EvaluationResult, type MetricName } from './metrics.js';

export interface EvaluateOptions {
  readonly model: Pick<PoseModel, 'act' | 'config' | 'tokenizer'>;
  readonly prompts: readonly PosePrompt[];
  /** Equal streams give equal samples: evaluate two models with the same one, and noise cancels in the comparison. */
  readonly random: Random;
  /** Sampled answers per prompt; 4 unless told. */
  readonly candidatesPerPrompt?: number;
  /**
   * Added to every predicted log standard deviation before poses are sampled: evaluates a model as if it were as
   * sure of itself as another one. 0 unless told.
   */
  readonly logStandardDeviationShift?: number;
  readonly onProgress?: (promptsDone: number) => void;
  readonly signal?: AbortSignal;
}

const BATCH_SIZE = 32;
const JOINT_NUMBERS = 3 * JOINT_COUNT;

/**
 * Samples answers for held-out prompts and measures them against what the prompts ask for. Nothing of it goes into
 * training: the metrics share no code with the rewards beyond kinematics and the posecodes' definitions.
 *
 * @throws the signal's reason, if it is aborted
 * @example
 * ```ts
 * import { createSyntheticSet } from '@pose-rft/datasets';
 * import { createRandom } from '@pose-rft/random';
 * import { useBackend } from '@pose-rft/tensor';
 * import { evaluate, formatMetric, loadModelOrShipped, meanOf } from 'pose-rft';
 *
 * await useBackend('auto');
 * const model = await loadModelOrShipped(undefined, 'sft');
 * const prompts = createSyntheticSet({ count: 32, seed: 1, split: 'test' }).map(({ prompt }) => prompt);
 * const result = await evaluate({ model, prompts, random: createRandom(1) });
 * console.log(formatMetric('mpjpeMean', meanOf(result, 'mpjpeMean')));
 * console.assert(result.perPrompt.formatRate.length === 32);
 * model.dispose();
 * ```
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationResult> {
  const { model, prompts, random, candidatesPerPrompt = 4, logStandardDeviationShift = 0 } = options;
  const perPrompt = emptyColumns(prompts.length);
  const measure = createPoseMeasure(perPrompt, candidatesPerPrompt);
  let logStandardDeviationSum = 0;
  let poseCount = 0;

  for (let start = 0; start < prompts.length; start += BATCH_SIZE) {
    options.signal?.throwIfAborted();
    const batch = prompts.slice(start, start + BATCH_SIZE);
    const rollout = await model.act(batch, {
      candidatesPerPrompt,
      samplesPerCandidate: 1,
      random: random.split(`answers-${start}`),
    });
    const { mean, logStandardDeviation } = rollout.poseDistributions;
    const { candidates } = rollout.logProbs.pose;
    const { poseSize } = model.config;
    const rowOfCandidate = new Map(Array.from(candidates, (candidate, row) => [candidate, row]));
    batch.forEach((prompt, index) => {
      const row = start + index;
      const texts: string[] = [];
      measure.begin(prompt, row);
      // One stream per prompt: whether another prompt's answer has a pose shifts no noise here.
      const noise = random.split(`poses-${row}`);
      for (let candidate = 0; candidate < candidatesPerPrompt; candidate++) {
        const action = rollout.actions[index * candidatesPerPrompt + candidate];
        texts.push(model.tokenizer.decode(action?.answer ?? []));
        const sample = noise.fillNormal(new Float32Array(poseSize));
        const distribution = rowOfCandidate.get(index * candidatesPerPrompt + candidate);
        if (distribution === undefined) continue;
        const offset = distribution * poseSize;
        let logSum = 0;
        for (let number = 0; number < poseSize; number++) {
          const log = (logStandardDeviation[offset + number] as number) + logStandardDeviationShift;
          logSum += log;
          sample[number] = (mean[offset + number] as number) + Math.exp(log) * (sample[number] as number);
        }
        logStandardDeviationSum += logSum / poseSize;
        poseCount += 1;
        measure.add(mean, offset, sample);
      }
      measure.end();
      const text = scoreAnswerText(prompt, texts);
      perPrompt.formatRate[row] = text.formatRate;
      perPrompt.statementTruth[row] = text.statementTruth;
    });
    options.onProgress?.(Math.min(prompts.length, start + BATCH_SIZE));
    // The embedded backends compute without ever waiting: without this, an interrupt would not be heard before the end.
    await nextTurn();
  }
  return {
    promptCount: prompts.length,
    candidatesPerPrompt,
    perPrompt,
    meanLogStandardDeviation: poseCount === 0 ? Number.NaN : logStandardDeviationSum / poseCount,
  };
}

function emptyColumns(length: number): Record<MetricName, Float64Array> {
  const columns = {} as Record<MetricName, Float64Array>;
  for (const name of METRIC_NAMES) columns[name] = new Float64Array(length).fill(Number.NaN);
  return columns;
}

/** Measures the poses of one prompt after the other, into the columns of the result. */
function createPoseMeasure(
  columns: Readonly<Record<MetricName, Float64Array>>,
  candidatesPerPrompt: number,
): {
  begin(prompt: PosePrompt, row: number): void;
  add(mean: Float32Array, meanOffset: number, sample: Float32Array): void;
  end(): void;
} {
  const kinematics = createKinematics(SYNTHETIC_SKELETON);
  const meanJoints = new Float64Array(JOINT_NUMBERS);
  const samples = new Float64Array(JOINT_NUMBERS * candidatesPerPrompt);
  const sums = new Map<MetricName, number>();
  let current: PosePrompt | undefined;
  let row = 0;
  let count = 0;
  const accumulate = (metric: MetricName, value: number): void => {
    sums.set(metric, (sums.get(metric) ?? 0) + value);
  };
  return {
    begin(prompt, promptRow) {
      current = prompt;
      row = promptRow;
      count = 0;
      sums.clear();
    },
    add(mean, meanOffset, sample) {
      if (current === undefined) return;
      const { constraints, targetJoints, kind } = current;
      const frame = { globalOrientation: kind === 'text-to-pose' ? 'identity' : 'keep' } as const;
      const sampleOffset = count * JOINT_NUMBERS;
      kinematics.jointsFromRotation6d(mean, meanOffset, meanJoints, 0, frame);
      kinematics.jointsFromRotation6d(sample, 0, samples, sampleOffset, frame);
      count += 1;
      if (kind === 'text-to-pose') {
        accumulate('satisfiedMean', satisfiedFraction(constraints, meanJoints, 0));
        accumulate('satisfiedSample', satisfiedFraction(constraints, samples, sampleOffset));
        accumulate('withinLimits', isWithinJointLimits(mean, meanOffset) ? 1 : 0);
        return;
      }
      accumulate('mpjpeMean', mpjpeMillimetres(meanJoints, 0, targetJoints, 0, JOINT_COUNT));
      accumulate('mpjpeSample', mpjpeMillimetres(samples, sampleOffset, targetJoints, 0, JOINT_COUNT));
      accumulate('paMpjpeMean', paMpjpeMillimetres(meanJoints, 0, targetJoints, 0, JOINT_COUNT));
      accumulate('paMpjpeSample', paMpjpeMillimetres(samples, sampleOffset, targetJoints, 0, JOINT_COUNT));
    },
    end() {
      if (current === undefined || count === 0) return;
      for (const [metric, sum] of sums) columns[metric][row] = sum / count;
      if (count > 1)
        columns[current.kind === 'text-to-pose' ? 'diversityText' : 'diversityEvidence'][row] =
          meanPairwiseDistanceMillimetres(samples, 0, count, JOINT_COUNT);
    },
  };
}
