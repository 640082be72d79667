import { createRandom } from '@pose-rft/random';
import { axisAngleToRotation6d, jointIndex } from '@pose-rft/smpl';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { loadJudgeEvaluator, loadRewardEvaluator } from '@pose-rft/text-pose/retrieval';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptedModel } from '../../testing/scripted-model.js';
import { evaluate } from '../evaluate.js';
import { createSyntheticSet } from '@pose-rft/datasets';
import { meanOf } from '../metrics.js';
import { noProblems } from './benchmark-problem.js';
import type { Benchmark, BenchmarkSample } from './benchmark.js';
import { modelPredictor } from './model-predictor.js';
import type { PosePredictor, PredictedAnswer } from './pose-predictor.js';
import { NothingToEvaluateError, runBenchmark, type RunBenchmarkOptions } from './run-benchmark.js';
import type { RetrievalEvaluator } from './score-retrieval.js';
import { syntheticScoringBody } from './scoring-body.js';
import { syntheticBenchmark } from './synthetic-benchmark.js';

const body = syntheticScoringBody();
const benchmark = syntheticBenchmark({ count: 80, seed: 6 });
const upright = Float32Array.from({ length: 144 }, (_, index) =>
  index % 6 === 0 || index % 6 === 4 ? 1 : 0,
);

/** A predictor that gives each sample the answers that the script gives. */
function scripted(
  script: (sample: BenchmarkSample, row: number) => readonly PredictedAnswer[],
): PosePredictor {
  let row = 0;
  return {
    name: 'a script',
    predict: (samples) =>
      Promise.resolve(samples.map((sample) => ({ kind: 'answers', answers: script(sample, row++) }))),
  };
}
const truthOf = ({ truth }: BenchmarkSample): Float32Array => truth.person?.pose6d ?? upright;
const point = (mean6d: Float32Array): PredictedAnswer => ({ pose: { mean6d, samples6d: [] } });

function run(predictor: PosePredictor, options: Partial<RunBenchmarkOptions> = {}) {
  return runBenchmark({ benchmark, predictor, body, random: createRandom(1), ...options });
}

describe('runBenchmark', () => {
  it('finds the truth perfect, task by task', async () => {
    const { tasks } = await run(
      scripted((sample) => [{ ...point(truthOf(sample)), text: sample.truth.answer ?? 'here: <POSE>.' }]),
    );
    expect(tasks.map(({ task, scoredCount }) => [task, scoredCount])).toEqual([
      ['image-to-pose', 40],
      ['text-to-pose', 40],
    ]);
    for (const { estimates } of tasks) {
      for (const metric of ['mpjpeMean', 'mpjpeBest', 'paMpjpeMean', 'pveMean', 'angleMean'] as const)
        expect(estimates[metric]?.mean).toBeLessThan(0.1);
      for (const metric of ['answered', 'format', 'pck50', 'pck150', 'withinLimits'] as const)
        expect(estimates[metric]?.mean).toBe(1);
      expect(estimates.mpjpeSample).toBeUndefined();
      expect(estimates.coverage90).toBeUndefined();
    }
    const [pictures, texts] = tasks;
    expect(pictures?.estimates.statementTruth?.mean).toBe(1);
    expect(pictures?.estimates.textSimilarity?.mean).toBeCloseTo(1, 9);
    expect(pictures?.estimates.satisfiedMean).toBeUndefined();
    expect(texts?.estimates.satisfiedMean?.mean).toBe(1);
    expect(texts?.estimates.statementTruth).toBeUndefined();
  });

  it('tells the mean of the distribution, samples, and the best of k apart', async () => {
    const bent = (sample: BenchmarkSample, radians: number): Float32Array => {
      const pose = Float32Array.from(truthOf(sample));
      axisAngleToRotation6d(Float64Array.of(0, 0, radians), 0, pose, 6 * jointIndex('spine1'));
      return pose;
    };
    const answers = (sample: BenchmarkSample): readonly PredictedAnswer[] => [
      { pose: { mean6d: bent(sample, 0.5), samples6d: [bent(sample, 0.6), truthOf(sample)] } },
      { pose: { mean6d: bent(sample, 0.4), samples6d: [bent(sample, 0.7)] } },
    ];
    const [pictures] = (await run(scripted(answers))).tasks;
    const { mpjpeMean, mpjpeSample, mpjpeBest, diversity } = pictures?.estimates ?? {};
    expect(pictures?.drawnPerSample).toBe(3);
    expect(mpjpeBest?.mean).toBeLessThan(0.1);
    expect(mpjpeMean?.mean).toBeGreaterThan(30);
    expect(mpjpeSample?.mean).toBeGreaterThan(30);
    expect(diversity?.mean).toBeGreaterThan(30);
    const first = (await run(scripted((sample) => answers(sample).slice(0, 1)))).tasks[0]?.estimates
      .mpjpeMean;
    const second = (await run(scripted((sample) => answers(sample).slice(1)))).tasks[0]?.estimates.mpjpeMean;
    expect(mpjpeMean?.mean).toBeCloseTo(((first?.mean ?? 0) + (second?.mean ?? 0)) / 2, 6);
  });

  it('does not care where a described body faces', async () => {
    const turned = await run(
      scripted((sample) => {
        const pose = Float32Array.from(truthOf(sample));
        pose.set([0, 0, -1, 0, 1, 0]);
        return [point(pose)];
      }),
    );
    const [pictures, texts] = turned.tasks;
    expect(texts?.estimates.mpjpeMean?.mean).toBeLessThan(0.1);
    expect(texts?.estimates.pveMean?.mean).toBeLessThan(0.1);
    expect(pictures?.estimates.mpjpeMean?.mean).toBeGreaterThan(50);
  });

  it('judges predicted deviations: honest ones pass, halved ones are found', async () => {
    const sampled = (factor: number): PosePredictor => {
      const random = createRandom(3);
      return scripted((sample) => {
        const deviation = 0.05;
        const mean6d = truthOf(sample).map((value) => value + deviation * random.normal());
        const logStandardDeviation = new Float32Array(144).fill(Math.log(factor * deviation));
        return [{ pose: { mean6d, samples6d: [], logStandardDeviation } }];
      });
    };
    const [honest, texts] = (await run(sampled(1))).tasks;
    expect(honest?.calibration?.groups).toHaveLength(24);
    expect(honest?.calibration?.expectedCalibrationError).toBeLessThan(0.02);
    expect(honest?.estimates.coverage90?.mean).toBeCloseTo(0.9, 1);
    // A text says nothing of the root.
    expect(texts?.calibration?.groups).toHaveLength(23);
    const [bold] = (await run(sampled(0.5))).tasks;
    expect(bold?.calibration?.overconfidence).toBeGreaterThan(0.15);
    expect(bold?.calibration?.bestScale).toBeCloseTo(2, 1);
    expect(bold?.estimates.negativeLogLikelihood?.mean).toBeGreaterThan(
      honest?.estimates.negativeLogLikelihood?.mean ?? Infinity,
    );
  });

  it('ranks cases: the worst first, the best first', async () => {
    const { tasks } = await run(
      scripted((sample, row) => {
        const pose = Float32Array.from(truthOf(sample));
        axisAngleToRotation6d(Float64Array.of(0.02 * row, 0, 0), 0, pose, 6 * jointIndex('left_hip'));
        return [point(row === 7 ? truthOf(sample) : pose)];
      }),
      { caseCount: 3 },
    );
    const [pictures] = tasks;
    expect(pictures?.caseMetric).toBe('mpjpeMean');
    for (const which of ['best', 'worst'] as const) {
      const errors = pictures?.[which].map(({ scores }) => scores.mpjpeMean ?? Number.NaN) ?? [];
      expect(errors).toHaveLength(3);
      const sorted = [...errors].sort((one, other) => (which === 'best' ? one - other : other - one));
      expect(errors).toEqual(sorted);
    }
  });

  it('measures what `evaluate` measures, on the same prompts', async () => {
    const set = createSyntheticSet({ count: 80, seed: 6, split: 'test' });
    const byQuestion = new Map(
      set.map(({ prompt }) => [prompt.question + String(prompt.evidence?.[1]), prompt]),
    );
    const model = scriptedModel((prompt, candidate) => {
      const known = byQuestion.get(prompt.question + String(prompt.evidence?.[1]));
      const mean = Float32Array.from(known?.targetPose6d ?? upright);
      axisAngleToRotation6d(Float64Array.of(0.2 * candidate, 0, 0), 0, mean, 6 * jointIndex('right_hip'));
      return { text: candidate === 3 ? 'no' : 'it is: <POSE>.', mean };
    });
    const expected = await evaluate({
      model,
      prompts: set.map(({ prompt }) => prompt),
      random: createRandom(1),
    });
    const [pictures, texts] = (await run(modelPredictor(model, 'scripted'))).tasks;
    for (const metric of ['mpjpeMean', 'paMpjpeMean', 'statementTruth'] as const)
      // `evaluate` has the true joints in 32 bits, the benchmark poses them anew in 64.
      expect(pictures?.estimates[metric]?.mean).toBeCloseTo(meanOf(expected, metric), 4);
    for (const metric of ['satisfiedMean', 'withinLimits'] as const)
      expect(texts?.estimates[metric]?.mean).toBeCloseTo(meanOf(expected, metric), 9);
    expect(texts?.estimates.format?.mean).toBe(0.75);
  });

  it('gives equal results for equal streams', async () => {
    const model = scriptedModel(() => ({ text: '<POSE>.', mean: upright, logStandardDeviation: -3 }));
    const predictor = modelPredictor(model, 'scripted');
    const [one, again, other] = [
      await run(predictor),
      await run(predictor),
      await run(predictor, { random: createRandom(2) }),
    ];
    expect(again).toEqual(one);
    expect(other.tasks[0]?.estimates.mpjpeSample).not.toEqual(one.tasks[0]?.estimates.mpjpeSample);
  });

  it('refuses what a predictor can answer nothing of, and stops when told', async () => {
    const predictor: PosePredictor = { ...scripted(() => []), objection: () => 'it sleeps' };
    await expect(run(predictor)).rejects.toThrow(/a script can answer nothing of synthetic: it sleeps/);
    await expect(
      run(
        scripted(() => []),
        { benchmark: { ...benchmark, samples: [] } },
      ),
    ).rejects.toThrow(NothingToEvaluateError);
    await expect(
      run(
        scripted(() => []),
        { signal: AbortSignal.abort(new Error('enough')) },
      ),
    ).rejects.toThrow('enough');
  });
});

describe('motion', () => {
  /** Two tracks of 60 frames, ten a second: hips that swing. */
  const swing = (frame: number): Float32Array => {
    const pose = Float32Array.from(upright);
    axisAngleToRotation6d(
      Float64Array.of(0.5 * Math.sin(frame / 6), 0, 0),
      0,
      pose,
      6 * jointIndex('left_hip'),
    );
    return pose;
  };
  const walking: Benchmark = {
    ...benchmark,
    frameRateHertz: 120,
    samples: ['a', 'b'].flatMap((track) =>
      Array.from({ length: 60 }, (_, frame): BenchmarkSample => ({
        id: `${track}/${frame}`,
        task: 'image-to-pose',
        question: '?',
        cluster: track,
        track: { name: track, frame: 12 * frame + (track === 'b' && frame > 30 ? 240 : 0) },
        truth: { person: { pose6d: swing(frame) } },
      })),
    ),
    problems: noProblems(),
  };
  const frameOf = ({ id }: BenchmarkSample): number => Number(id.slice(2));

  it('finds stretches, their rate, and no error in the truth', async () => {
    const { tasks } = await run(
      scripted((sample) => [point(swing(frameOf(sample)))]),
      { benchmark: walking },
    );
    const motion = tasks[0]?.motion;
    expect(motion).toMatchObject({ frameRateHertz: 10, stretchCount: 3, frameCount: 120 });
    const [plain] = motion?.treatments ?? [];
    expect(plain?.accelerationError.mean).toBeCloseTo(0, 3);
    expect(plain?.jitter.mean).toBeCloseTo(motion?.truthJitter.mean ?? Number.NaN, 3);
    expect(plain?.accelerationError).toMatchObject({ clusterCount: 2 });
  });

  it('sees trembling, and smoothing take it away', async () => {
    const random = createRandom(9);
    const { tasks } = await run(
      scripted((sample) => [point(swing(frameOf(sample)).map((value) => value + 0.04 * random.normal()))]),
      { benchmark: walking },
    );
    const [plain, golay, euro] = tasks[0]?.motion?.treatments ?? [];
    expect([golay?.treatment, euro?.treatment]).toEqual(['Savitzky-Golay', 'one-euro']);
    for (const smooth of [golay, euro]) {
      expect(smooth?.accelerationError.mean).toBeLessThan(0.6 * (plain?.accelerationError.mean ?? 0));
      expect(smooth?.jitter.mean).toBeLessThan(0.6 * (plain?.jitter.mean ?? 0));
    }
    expect(golay?.mpjpe.mean).toBeLessThan(plain?.mpjpe.mean ?? 0);
    expect(plain?.mpjpe.mean).toBeCloseTo(tasks[0]?.estimates.mpjpeMean?.mean ?? Number.NaN, 6);
  });

  it('measures joints without rotations as they are', async () => {
    const joints = new Float64Array(72);
    const { tasks } = await run(
      scripted((sample) => {
        body.writeJoints({ pose6d: swing(frameOf(sample)) }, joints, 0);
        return [{ joints: Float32Array.from(joints) }];
      }),
      {
        benchmark: {
          ...walking,
          samples: walking.samples.map((sample) => {
            body.writeJoints({ pose6d: swing(frameOf(sample)) }, joints, 0);
            return { ...sample, truth: { joints: Float32Array.from(joints) } };
          }),
        },
      },
    );
    expect(tasks[0]?.motion?.treatments.map(({ treatment }) => treatment)).toEqual(['as predicted']);
    expect(tasks[0]?.estimates.mpjpeMean?.mean).toBeCloseTo(0, 3);
  });
});

describe('retrieval', () => {
  let evaluators: (RetrievalEvaluator & { dispose(): void })[] = [];
  beforeAll(async () => {
    await useBackend('wasm');
    evaluators = [await loadRewardEvaluator(), await loadJudgeEvaluator()];
  });
  afterAll(() => {
    for (const evaluator of evaluators) evaluator.dispose();
  });
  trackTensorLeaks({ beforeAll, afterAll });

  it('names both evaluators, and has the truth beside the predictions', async () => {
    const right = await run(
      scripted((sample) => [point(truthOf(sample))]),
      { evaluators },
    );
    const texts = right.tasks[1];
    expect(right.tasks[0]?.retrieval).toEqual([]);
    expect(texts?.retrieval.map(({ evaluator, poses }) => `${evaluator} ${poses}`)).toEqual([
      'reward predicted',
      'reward truth',
      'judge predicted',
      'judge truth',
    ]);
    const [predicted, truth] = texts?.retrieval ?? [];
    expect(predicted?.textToPose).toEqual(truth?.textToPose);
    expect(predicted?.pairCount).toBe(40);
    expect(predicted?.textToPose[10]?.mean).toBeGreaterThan(60);
    expect(predicted?.rPrecision?.[1]).toBeGreaterThan(60);
    const { meanRecallPoseScript, meanRecallUniPose } = predicted ?? {};
    expect(meanRecallUniPose?.mean).toBeGreaterThan(meanRecallPoseScript?.mean ?? 100);
    expect(texts?.estimates.judgeCosine?.mean).toBeGreaterThan(0.3);
    expect(texts?.caseMetric).toBe('judgeCosine');
  });

  it('finds nothing by poses that are all the same: chance', async () => {
    const same = await run(
      scripted(() => [point(upright)]),
      { evaluators },
    );
    for (const figures of same.tasks[1]?.retrieval.filter(({ poses }) => poses === 'predicted') ?? [])
      expect(figures.textToPose[10]?.mean).toBeCloseTo(25, 6); // 10 of 40
  });

  it('leaves answers without a pose out of the gallery, and says how many pairs are left', async () => {
    const half = await run(
      scripted((sample, row) => (row % 4 === 1 ? [{ text: 'no' }] : [point(truthOf(sample))])),
      { evaluators },
    );
    expect(half.tasks[1]?.retrieval[0]?.pairCount).toBe(20);
    expect(half.tasks[1]?.retrieval[0]?.rPrecision).toBeUndefined();
    expect(half.tasks[1]?.estimates.answered?.mean).toBe(0.5);
  });
});
