import type { Rollout } from '@pose-rft/hybrid-actions';
import { createRandom } from '@pose-rft/random';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveHyGrpoConfig, resolveRunConfig, type ComponentConfig, type HyGrpoRun } from './index.js';
import { requireSoundRun, requireTrainable } from './run-checks.js';
import {
  banditConfig,
  createBanditPolicy,
  hit,
  near,
  type BanditAction,
  type BanditPolicy,
} from './testing/hybrid-bandit.js';

let policy: BanditPolicy;
beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });
beforeAll(() => {
  policy = createBanditPolicy();
});
afterAll(() => policy.parameters.dispose());

type BanditRun = HyGrpoRun<number, BanditAction>;

function check(changes: Partial<BanditRun>): void {
  const run: BanditRun = {
    policy,
    rewards: [hit, near],
    nextPrompts: () => [0],
    config: banditConfig,
    random: createRandom(1),
    ...changes,
  };
  requireSoundRun(run, resolveRunConfig(run.config));
}

const pulled = { ...banditConfig, components: { arm: { klCoefficient: 0.1 }, point: {} } };
const checkpoints = {
  store: { save: () => Promise.resolve(), load: () => Promise.resolve(undefined) },
};

describe('a run', () => {
  test.each<[string, Partial<BanditRun>]>([
    ['as it is', {}],
    ['from a later iteration', { startIteration: 3 }],
    ['with checkpoints', { checkpoints: { ...checkpoints, everyIterations: 1 } }],
    ['with checkpoints now and then', { checkpoints }],
    ['with an evaluation', { evaluation: { everyIterations: 1, evaluate: () => ({}) } }],
    ['with an early stop', { earlyStop: { metric: 'reward', better: 'higher', patience: 1 } }],
    ['pulled to a reference', { config: pulled, reference: { score: () => ({ logProbs: {} }) } }],
    [
      'pulled without a reward',
      { config: pulled, rewards: [near], reference: { score: () => ({ logProbs: {} }) } },
    ],
    [
      'whose workers have the reference',
      { config: pulled, workers: { count: 1, connect: () => Promise.reject(new Error('not here')) } },
    ],
  ])('%s is let through', (_, changes) => {
    expect(() => check(changes)).not.toThrow();
  });

  test.each<[string, Partial<BanditRun>, string, unknown, string]>([
    [
      'a reward of no component',
      { rewards: [hit, { ...near, drives: 'text' }] },
      'rewards.near.drives',
      'text',
      'a trained component: arm, point',
    ],
    [
      'two rewards of one name',
      { rewards: [hit, near, hit] },
      'rewards.hit.name',
      'hit',
      'names that differ',
    ],
    [
      'a pull without a reference',
      { config: pulled },
      'components.arm.klCoefficient',
      0.1,
      '0, or a reference policy',
    ],
    [
      'a component that nothing drives',
      { rewards: [hit] },
      'components.point',
      'driven by no reward',
      'a reward or a klCoefficient > 0',
    ],
    ['half a start', { startIteration: 0.5 }, 'startIteration', 0.5, 'an integer >= 0'],
    [
      'a start beside checkpoints',
      { startIteration: 0, checkpoints },
      'startIteration',
      0,
      'to be left out: the checkpoints say where a run goes on',
    ],
    [
      'no evaluation ever',
      { evaluation: { everyIterations: 0, evaluate: () => ({}) } },
      'evaluation.everyIterations',
      0,
      'an integer >= 1',
    ],
    [
      'no checkpoint ever',
      { checkpoints: { ...checkpoints, everyIterations: 0 } },
      'checkpoints.everyIterations',
      0,
      'an integer >= 1',
    ],
    [
      'no patience',
      { earlyStop: { metric: 'reward', better: 'higher', patience: 0 } },
      'earlyStop.patience',
      0,
      'an integer >= 1',
    ],
  ])('with %s is refused', (_, changes, field, value, allowed) => {
    expect(() => check(changes)).toThrow(
      expect.objectContaining({ name: 'HyGrpoConfigError', field, value, allowed }) as Error,
    );
  });
});

describe('a rollout', () => {
  const rollout: Rollout<unknown, unknown> = {
    prompts: [],
    candidatesPerPrompt: 2,
    samplesPerCandidate: 1,
    actions: [],
    logProbs: {
      answer: { kind: 'sequence', values: new Float32Array(0), offsets: Int32Array.of(0) },
      pose: { kind: 'nested', values: new Float32Array(0), candidates: new Int32Array(0), groups: 1 },
    },
    policyVersion: 0,
  };
  const requireComponents = (components: Record<string, ComponentConfig>): void =>
    requireTrainable(rollout, resolveHyGrpoConfig({ ...banditConfig, components }).components);

  test('can train its components, with the ratios of their kinds', () => {
    expect(() =>
      requireComponents({ answer: { ratio: 'mean-token' }, pose: { ratio: 'mean-group' } }),
    ).not.toThrow();
    expect(() => requireComponents({ answer: { ratio: 'sum' }, pose: {} })).not.toThrow();
  });

  test.each<[Record<string, ComponentConfig>, string, unknown, string]>([
    [{ answer: {}, text: {} }, 'components.text', 'not a component of the rollout', 'one of answer, pose'],
    [
      { answer: { ratio: 'group' } },
      'components.answer.ratio',
      'group',
      "'token', 'sum', 'mean', 'mean-token': it is a sequence component",
    ],
    [
      { pose: { ratio: 'token' } },
      'components.pose.ratio',
      'token',
      "'group', 'sum', 'mean', 'mean-group': it is a nested component",
    ],
  ])('cannot train %j', (components, field, value, allowed) => {
    expect(() => requireComponents(components)).toThrow(
      expect.objectContaining({ name: 'HyGrpoConfigError', field, value, allowed }) as Error,
    );
  });
});
