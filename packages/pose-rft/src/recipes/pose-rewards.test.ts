import { createSyntheticSet, DATASET_VOCABULARY, type PosePrompt } from '@pose-rft/datasets';
import type { Reward } from '@pose-rft/hygrpo';
import { createTokenizer, type MllmAction } from '@pose-rft/mllm';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { scoreAnswerText } from '../evaluation/answer-text.js';
import { poseRewards } from './pose-rewards.js';
import { hyGrpoConfig, REINFORCEMENT_METHODS, reinforcementMethod } from './reinforcement-method.js';

const tokenizer = createTokenizer(DATASET_VOCABULARY);
const [evidence, text] = createSyntheticSet({ count: 2, seed: 9, split: 'test' });
if (evidence === undefined || text === undefined) throw new Error('the set is empty');
const rest = Float32Array.from({ length: 144 }, (_, index) => (index % 6 === 0 || index % 6 === 4 ? 1 : 0));

type Row = { readonly prompt: PosePrompt; readonly action: MllmAction };
const row = (prompt: PosePrompt, answer: string, pose?: Float32Array): Row => ({
  prompt,
  action: { answer: tokenizer.encode(answer).ids, ...(pose === undefined ? {} : { pose }) },
});
const perfectEvidence = row(evidence.prompt, evidence.answer, evidence.prompt.targetPose6d);
const perfectText = row(text.prompt, text.answer, text.prompt.targetPose6d);

const rewards = poseRewards({ tokenizer }, reinforcementMethod('hygrpo'));
async function score(name: string, rows: readonly Row[], of = rewards) {
  const reward = of.find((candidate) => candidate.name === name);
  if (reward === undefined) throw new Error(`there is no reward ${name}`);
  return reward.score({ rows });
}
async function values(name: string, rows: readonly Row[], of = rewards): Promise<number[]> {
  return Array.from((await score(name, rows, of)).values);
}

describe('poseRewards', () => {
  it('are rewards of the trainer', () => {
    expectTypeOf(rewards).toExtend<readonly Reward<PosePrompt, MllmAction>[]>();
    expectTypeOf(rewards[0]).toExtend<Reward<PosePrompt, MllmAction> | undefined>();
  });

  it('have names of their own, and drive answer or pose', () => {
    expect(rewards.map(({ name, drives }) => [name, drives])).toEqual([
      ['format', 'answer'],
      ['statements', 'answer'],
      ['spatial', 'pose'],
      ['semantic', 'pose'],
    ]);
  });

  it.each(Object.keys(REINFORCEMENT_METHODS) as (keyof typeof REINFORCEMENT_METHODS)[])(
    'of %s drive exactly the components that it trains',
    (name) => {
      const method = reinforcementMethod(name);
      const driven = new Set(poseRewards({ tokenizer }, method).map(({ drives }) => drives));
      const config = hyGrpoConfig(method, { iterations: 1, learningRate: () => 1 });
      expect([...driven].sort()).toEqual(Object.keys(config.components).sort());
    },
  );

  it('leave the pose alone where only text is trained', () => {
    const onText = poseRewards({ tokenizer }, reinforcementMethod('grpo-text'));
    expect(onText.map(({ name }) => name)).toEqual(['format', 'statements']);
  });
});

describe('the rewards of text', () => {
  it('judge the format of every answer', async () => {
    const broken = ['here is the pose : .', '<POSE> <POSE> .', 'here is the pose : <POSE>'].map((answer) =>
      row(text.prompt, answer),
    );
    expect(await values('format', [perfectText, perfectEvidence, ...broken])).toEqual([1, 1, 0, 0, 0]);
  });

  it('pay for exactly the format that evaluation counts', async () => {
    const answers = [
      'here : <POSE> .',
      'here : <POSE>',
      '<POSE> .',
      '<POSE> <POSE> .',
      'here .',
      'here : <POSE> . so',
    ];
    const paid = await values(
      'format',
      answers.map((answer) => row(text.prompt, answer)),
    );
    const counted = answers.map(
      (answer) => scoreAnswerText(text.prompt, [tokenizer.decode(tokenizer.encode(answer).ids)]).formatRate,
    );
    expect(paid).toEqual(counted);
  });

  it('ask for true statements only where there is evidence', async () => {
    const [wanted, declined] = await values('statements', [perfectEvidence, perfectText]);
    expect(wanted).toBe(1);
    expect(declined).toBeNaN();
    const [said = ''] = evidence.answer.split(' , ');
    expect(await values('statements', [row(evidence.prompt, `${said} , ${said} : <POSE> .`)])).toEqual([0.5]);
    expect(await values('statements', [row(evidence.prompt, 'here it is : <POSE> .')])).toEqual([0]);
  });

  it('read each answer once, though nested samples share it', async () => {
    let decoded = 0;
    const counting = {
      ...tokenizer,
      decode: (ids: Iterable<number>) => {
        decoded += 1;
        return tokenizer.decode(ids);
      },
    };
    const own = poseRewards({ tokenizer: counting }, reinforcementMethod('hygrpo'));
    const { answer } = perfectEvidence.action;
    const rows = [rest, evidence.prompt.targetPose6d].map((pose) => ({
      prompt: evidence.prompt,
      action: { answer, pose },
    }));
    await score('format', rows, own);
    await score('statements', rows, own);
    expect(decoded).toBe(1);
  });
});

describe('the rewards of poses', () => {
  const rows = [
    perfectEvidence,
    row(evidence.prompt, evidence.answer, rest),
    perfectText,
    row(text.prompt, text.answer, rest),
  ];

  it('decline the other kind of prompt', async () => {
    const spatial = await values('spatial', rows);
    const semantic = await values('semantic', rows);
    expect(spatial.map(Number.isNaN)).toEqual([false, false, true, true]);
    expect(semantic.map(Number.isNaN)).toEqual([true, true, false, false]);
  });

  it('are largest at the target', async () => {
    const [perfect = 0, resting = 0] = await values('spatial', rows);
    expect(perfect).toBeCloseTo(1, 4);
    expect(resting).toBeLessThan(0.9);
    const [, , meant = 0, unmeant = 0] = await values('semantic', rows);
    expect(meant).toBeGreaterThan(0.5);
    expect(meant).toBeGreaterThan(unmeant);
  });

  it('credit each of the 24 joints of each row', async () => {
    for (const name of ['spatial', 'semantic']) {
      const { perGroup } = await score(name, rows);
      expect(perGroup).toHaveLength(rows.length * 24);
      expect(perGroup?.every((credit) => credit >= 0 && credit <= 1 + 1e-5)).toBe(true);
    }
  });

  it('are the inverse distance, without credit, as the paper states it', async () => {
    const paper = poseRewards({ tokenizer }, reinforcementMethod('hygrpo-paper'));
    const { values: found, perGroup } = await score('spatial', rows, paper);
    expect(perGroup).toBeUndefined();
    expect(found[0]).toBeCloseTo(20, 1);
    expect(found[1]).toBeLessThan(10);
  });
});
