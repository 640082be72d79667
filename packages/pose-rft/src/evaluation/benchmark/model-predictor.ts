import type { PosePrompt } from '@pose-rft/datasets';
import { JOINT_COUNT } from '@pose-rft/smpl';
import type { PoseModel } from '../../model/pose-model.js';
import type { BenchmarkSample } from './benchmark.js';
import type { PosePredictor, PredictedAnswer, PredictedPose } from './pose-predictor.js';

/**
 * A model of the embedded default as a predictor: it reads texts, and evidence in place of pictures.
 *
 * @example
 * ```ts
 * import { createRandom } from '@pose-rft/random';
 * import { useBackend } from '@pose-rft/tensor';
 * import {
 *   loadModelOrShipped,
 *   modelPredictor,
 *   runBenchmark,
 *   syntheticBenchmark,
 *   syntheticScoringBody,
 * } from 'pose-rft';
 *
 * await useBackend('auto');
 * const model = await loadModelOrShipped(undefined, 'tuned');
 * const result = await runBenchmark({
 *   benchmark: syntheticBenchmark({ count: 16, seed: 1 }),
 *   predictor: modelPredictor(model, 'tuned'),
 *   body: syntheticScoringBody(),
 *   random: createRandom(1),
 * });
 * console.assert(result.tasks.length === 2 && result.tasks[0]?.calibration !== undefined);
 * model.dispose();
 * ```
 */
export function modelPredictor(
  model: Pick<PoseModel, 'act' | 'config' | 'tokenizer'>,
  name: string,
): PosePredictor {
  const { poseSize } = model.config;
  return {
    name,
    objection: ({ task, evidence }) =>
      task === 'image-to-pose' && evidence === undefined
        ? 'it reads no pictures; give the predictions of a model that does with --predictions FILE.jsonl'
        : undefined,
    async predict(samples, { answersPerSample, random }) {
      const rollout = await model.act(samples.map(promptOf), {
        candidatesPerPrompt: answersPerSample,
        samplesPerCandidate: 1,
        random: random.split('answers'),
      });
      const { mean, logStandardDeviation } = rollout.poseDistributions;
      const rowOf = new Map(
        Array.from(rollout.logProbs.pose.candidates, (candidate, row) => [candidate, row]),
      );
      return samples.map((_, index) => {
        // One stream per sample: whether another sample's answer has a pose shifts no noise here.
        const noise = random.split(`poses-${index}`);
        const answers = Array.from({ length: answersPerSample }, (_, answer): PredictedAnswer => {
          const candidate = index * answersPerSample + answer;
          const text = model.tokenizer.decode(rollout.actions[candidate]?.answer ?? []);
          const sample6d = noise.fillNormal(new Float32Array(poseSize));
          const row = rowOf.get(candidate);
          if (row === undefined) return { text };
          const logs = logStandardDeviation.slice(row * poseSize, (row + 1) * poseSize);
          const mean6d = mean.slice(row * poseSize, (row + 1) * poseSize);
          for (let number = 0; number < poseSize; number++)
            sample6d[number] =
              (mean6d[number] as number) + Math.exp(logs[number] as number) * (sample6d[number] as number);
          const pose: PredictedPose = { mean6d, samples6d: [sample6d], logStandardDeviation: logs };
          return { text, pose };
        });
        return { kind: 'answers', answers };
      });
    },
  };
}

/** The question alone: what is asked, without what would give the answer away. */
function promptOf({ task, question, evidence }: BenchmarkSample): PosePrompt {
  return {
    kind: task === 'text-to-pose' ? 'text-to-pose' : 'evidence-to-pose',
    question,
    ...(evidence && { evidence }),
    constraints: [],
    targetJoints: new Float32Array(3 * JOINT_COUNT),
    targetPose6d: new Float32Array(6 * JOINT_COUNT),
  };
}
