import { createRandom, type Random } from '@pose-rft/random';
import { axisAngleToRotation6d, createKinematics, JOINT_COUNT, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { constantSchedule, linearSchedule, useBackend } from '@pose-rft/tensor';
import { expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomAxisAngles } from '../../test/structured-poses.js';
import { captionPose } from '../caption/caption-pose.js';
import { evaluateRecall } from './evaluate-recall.js';
import { WORDS_WITHOUT_POSE, type RetrievalConfig, type TextEncoderConfig } from './retrieval-config.js';
import { createRetrievalModel, type RetrievalModel } from './retrieval-model.js';
import {
  createRetrievalOptimizer,
  RetrievalTrainingError,
  trainRetrieval,
  type RetrievalPairs,
  type RetrievalTrainingOptions,
} from './train-retrieval.js';
import { frequentWords } from './word-sequence.js';

beforeAll(() => useBackend('wasm'));
trackTensorLeaks({ beforeAll, afterAll });

const kinematics = createKinematics(SYNTHETIC_SKELETON);

function captionedPoses(seed: number, count: number): RetrievalPairs {
  const poses6d = new Float32Array(6 * JOINT_COUNT * count);
  const joints = new Float32Array(3 * JOINT_COUNT * count);
  for (let pose = 0; pose < count; pose++) {
    const angles = randomAxisAngles(createRandom(seed).split(pose));
    for (let joint = 0; joint < JOINT_COUNT; joint++)
      axisAngleToRotation6d(angles, 3 * joint, poses6d, 6 * (JOINT_COUNT * pose + joint));
    kinematics.jointsFromRotation6d(poses6d, 144 * pose, joints, 72 * pose, {
      globalOrientation: 'identity',
    });
  }
  return {
    poses6d,
    textOf: (pose, random) => captionPose(joints, 72 * pose, random, { statements: 8 }).text,
  };
}

function textsOf({ poses6d, textOf }: RetrievalPairs, random: Random): readonly string[] {
  return Array.from({ length: poses6d.length / 144 }, (_, pose) => textOf(pose, random.split(pose)));
}

const training = captionedPoses(1, 300);
const heldOut = captionedPoses(2, 100);
const heldOutTexts = textsOf(heldOut, createRandom(3));

const CONVOLUTION: TextEncoderConfig = {
  kind: 'convolution',
  bucketCount: 512,
  wordSize: 16,
  windowSize: 3,
  filterCount: 32,
  hiddenSize: 32,
  maximumWords: 80,
  skippedWords: WORDS_WITHOUT_POSE,
};

const TRANSFORMER: TextEncoderConfig = {
  kind: 'transformer',
  hiddenSize: 32,
  layerCount: 1,
  headCount: 4,
  intermediateSize: 48,
  neighbours: true,
  maximumWords: 80,
  vocabulary: frequentWords(textsOf(training, createRandom(4)), { skippedWords: WORDS_WITHOUT_POSE }),
  skippedWords: WORDS_WITHOUT_POSE,
};

function configOf(text: TextEncoderConfig): RetrievalConfig {
  return { embeddingSize: 32, text, pose: { features: 'joint-positions', hiddenSize: 48, layerCount: 2 } };
}

function modelOf(text: TextEncoderConfig): RetrievalModel {
  return createRetrievalModel({ config: configOf(text), random: createRandom(5) });
}

async function train(
  model: RetrievalModel,
  options: Partial<RetrievalTrainingOptions> = {},
): Promise<readonly number[]> {
  const losses: number[] = [];
  const steps = trainRetrieval({
    model,
    pairs: training,
    random: createRandom(6),
    steps: 40,
    batchSize: 64,
    ...options,
  });
  for await (const step of steps) {
    losses.push(step.loss);
    expect(step.scale).toBeLessThanOrEqual(100 + 1e-3);
  }
  return losses;
}

const parametersOf = (model: RetrievalModel): readonly number[][] =>
  model.parameters.names.map((name) => [...model.parameters.get(name).dataSync()]);

function meanRecall(model: RetrievalModel): number {
  return evaluateRecall({
    texts: model.embedTexts(heldOutTexts),
    poses: model.embedPoses(heldOut.poses6d),
    size: model.config.embeddingSize,
  }).meanRecall;
}

describe('trainRetrieval', () => {
  it.each([
    ['convolution', CONVOLUTION, 110],
    ['transformer', TRANSFORMER, 60],
  ] as const)(
    'a tiny model with a %s learns to find held-out poses and texts',
    async (_kind, text, steps) => {
      const model = modelOf(text);
      const before = meanRecall(model);
      const learningRate = linearSchedule({ peak: 1e-2, steps });
      const losses = await train(model, { steps, batchSize: 48, learningRate });
      const after = meanRecall(model);
      model.dispose();
      // Chance is the mean of 1, 5 and 10 of 100.
      expect(before).toBeLessThan(12);
      expect(after).toBeGreaterThan(12);
      expect(losses[0]).toBeGreaterThan(0.9 * Math.log(48));
      expect(losses.at(-1)).toBeLessThan(0.85 * Math.log(48));
    },
  );

  it('the same seed gives the same parameters bit for bit; another one, or mirrored pairs, do not', async () => {
    const runs: (readonly number[][])[] = [];
    for (const changes of [
      {},
      {},
      { random: createRandom(7) },
      { mirror: 'random' },
      { mirror: 'beside' },
    ] as const) {
      const model = modelOf(CONVOLUTION);
      await expectNoTensorLeak(() => train(model, { steps: 6, ...changes }));
      runs.push(parametersOf(model));
      model.dispose();
    }
    const [first, second, otherSeed, ...mirrored] = runs;
    expect(second).toEqual(first);
    expect(otherSeed).not.toEqual(first);
    expect(mirrored).toHaveLength(2);
    for (const run of mirrored) expect(run).not.toEqual(first);
  });

  it('an interrupted run that is continued ends where the whole one does', async () => {
    const learningRate = constantSchedule(1e-3);
    const whole = modelOf(CONVOLUTION);
    await train(whole, { steps: 8, learningRate, mirror: 'random' });

    const parts = modelOf(CONVOLUTION);
    const optimizer = createRetrievalOptimizer(parts);
    const abort = new AbortController();
    let steps = 0;
    for await (const step of trainRetrieval({
      model: parts,
      pairs: training,
      random: createRandom(6),
      steps: 8,
      batchSize: 64,
      learningRate,
      mirror: 'random',
      optimizer,
      signal: abort.signal,
    })) {
      steps = step.step;
      if (steps === 5) abort.abort();
    }
    expect(steps).toBe(5);
    const resumedOptimizer = createRetrievalOptimizer(parts);
    resumedOptimizer.restore(optimizer.state());
    await train(parts, {
      steps: 8,
      learningRate,
      mirror: 'random',
      startStep: 5,
      optimizer: resumedOptimizer,
    });
    expect(parametersOf(parts)).toEqual(parametersOf(whole));
    whole.dispose();
    parts.dispose();
  });

  it.each(['random', 'beside'] as const)('mirrors pose and words together: %s', async (mirror) => {
    const seen = new Set<string>();
    const model = modelOf(CONVOLUTION);
    const spied = {
      ...model,
      batchLoss: (...batch: Parameters<RetrievalModel['batchLoss']>) => {
        batch[0].forEach((text) => seen.add(text));
        return model.batchLoss(...batch);
      },
    };
    const pairs = { poses6d: training.poses6d, textOf: () => 'the left knee at a right angle' };
    await train(spied, { pairs, steps: 1, mirror });
    expect([...seen].sort()).toEqual(['the left knee at a right angle', 'the right knee at a right angle']);
    model.dispose();
  });

  it('refuses senseless options, and stops when it diverges', async () => {
    const model = modelOf(CONVOLUTION);
    const refused = async (options: Partial<RetrievalTrainingOptions>, message: string): Promise<void> => {
      await expect(train(model, options)).rejects.toThrow(RetrievalTrainingError);
      await expect(train(model, options)).rejects.toThrow(message);
    };
    await refused({ steps: 0 }, 'steps: expected an integer from 1');
    await refused({ batchSize: 301 }, 'from 2 to 300, found 301');
    await refused({ batchSize: 63, mirror: 'beside' }, 'expected an even number');
    await refused({ batchSize: 1 }, 'from 2 to 300, found 1');
    await refused({ startStep: 41 }, 'startStep: expected an integer from 0 to 40');
    await refused({ learningRate: constantSchedule(1e30), steps: 4 }, 'Lower the learning rate');
    model.dispose();
  });
});
