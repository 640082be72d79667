import { createRandom } from '@pose-rft/random';
import {
  axisAngleToRotation6d,
  createKinematics,
  JOINT_COUNT,
  mirrorPose,
  SYNTHETIC_SKELETON,
} from '@pose-rft/smpl';
import { useBackend } from '@pose-rft/tensor';
import { expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { randomAxisAngles } from '../../test/structured-poses.js';
import { captionPoseInDetail } from '../detailed-caption/caption-pose-in-detail.js';
import { similarityLaws } from '../laws/similarity-laws.js';
import { evaluateRecall } from './evaluate-recall.js';
import {
  loadJudgeEvaluator,
  loadRewardEvaluator,
  type JudgeEvaluator,
  type RewardEvaluator,
} from './evaluators.js';
import type { TextPoseSimilarity } from './retrieval-model.js';
import { swapSides } from './swap-sides.js';

trackTensorLeaks({ beforeAll, afterAll });

let reward: RewardEvaluator;
let judge: JudgeEvaluator;

beforeAll(async () => {
  await useBackend('wasm');
  reward = await loadRewardEvaluator();
  judge = await loadJudgeEvaluator();
});

afterAll(() => {
  reward.dispose();
  judge.dispose();
});

const COUNT = 200;
const poses6d = new Float32Array(6 * JOINT_COUNT * COUNT);
const joints = new Float32Array(3 * JOINT_COUNT * COUNT);
for (let pose = 0; pose < COUNT; pose++) {
  const angles = randomAxisAngles(createRandom(31).split(pose));
  for (let joint = 0; joint < JOINT_COUNT; joint++)
    axisAngleToRotation6d(angles, 3 * joint, poses6d, 6 * (JOINT_COUNT * pose + joint));
  createKinematics(SYNTHETIC_SKELETON).jointsFromRotation6d(poses6d, 144 * pose, joints, 72 * pose, {
    globalOrientation: 'identity',
  });
}
const texts = Array.from(
  { length: COUNT },
  (_, pose) =>
    captionPoseInDetail(joints, 72 * pose, createRandom(32).split(pose), {
      rotations: { pose6d: poses6d, poseOffset: 144 * pose },
    }).text,
);

/** Measured: mRecall 78.8 and 84.8 percent; 0.93 and 0.98 of the captions that name a side. Chance: 2.7 percent, 0.5. */
const RECALL_FLOOR_PERCENT = { reward: 72, judge: 78 };
const SIDES_FLOOR = { reward: 0.88, judge: 0.93 };

const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each(['reward', 'judge'] as const)('the %s evaluator', (role) => {
  const evaluator = (): RewardEvaluator | JudgeEvaluator => (role === 'reward' ? reward : judge);
  const similarity = (): TextPoseSimilarity => (role === 'reward' ? reward.similarity : judge.judge);

  it('finds 200 poses of another sampler than it was trained on', () => {
    const { model } = evaluator();
    const pairs = {
      texts: model.embedTexts(texts),
      poses: model.embedPoses(poses6d),
      size: model.config.embeddingSize,
    };
    expect(evaluateRecall(pairs).meanRecall).toBeGreaterThan(RECALL_FLOOR_PERCENT[role]);
  });

  it('prefers the own caption to another, and tells left from right', () => {
    const own = similarity()(texts, poses6d);
    const shifted = similarity()([...texts.slice(1), ...texts.slice(0, 1)], poses6d);
    expect(mean(own)).toBeGreaterThan(mean(shifted) + 0.3);
    const mirrored = poses6d.slice();
    for (let pose = 0; pose < COUNT; pose++) mirrorPose(poses6d, 144 * pose, mirrored, 144 * pose);
    const sided = texts.map((text, pose) => ({ text, pose })).filter(({ text }) => swapSides(text) !== text);
    expect(sided.length).toBeGreaterThan(100);
    const scores = similarity()(texts, mirrored);
    const fallen = sided.filter(({ pose }) => (scores[pose] ?? 0) < (own[pose] ?? 0));
    expect(fallen.length / sided.length).toBeGreaterThan(SIDES_FLOOR[role]);
  });

  it('keeps the laws of a similarity', () => {
    for (const law of similarityLaws({ similarity: similarity() })) law.check({ numRuns: 8 });
  });

  it('leaves no tensor behind, and is small', () => {
    expectNoTensorLeak(() => similarity()(texts.slice(0, 5), poses6d.subarray(0, 5 * 144)));
    const folder = resolve(import.meta.dirname, `../../checkpoints/${role}-evaluator`);
    expect(statSync(resolve(folder, 'model.safetensors')).size).toBeLessThan(3e6);
    expect(readFileSync(resolve(folder, 'config.json'), 'utf8')).toContain(evaluator().weightsSha256);
  });
});

it('the judge cannot be taken for a reward', () => {
  expectTypeOf(reward).toMatchTypeOf<{ readonly similarity: TextPoseSimilarity }>();
  expectTypeOf(judge).not.toMatchTypeOf<{ readonly similarity: TextPoseSimilarity }>();
  expect([reward.role, judge.role]).toEqual(['reward', 'judge']);
  expect('similarity' in judge).toBe(false);
});

it('the two share no training data and no shape', () => {
  expect(reward.training['seed']).not.toBe(judge.training['seed']);
  const [first, second] = [reward.model.config, judge.model.config];
  expect(first.text.kind).not.toBe(second.text.kind);
  expect(first.pose.features).not.toBe(second.pose.features);
});
