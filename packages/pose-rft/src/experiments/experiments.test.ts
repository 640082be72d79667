import { describe, expect, it } from 'vitest';
import { experimentResult, judgement } from '../testing/experiment-result.js';
import { EXPERIMENTS } from './experiments.js';
import type { CurvePoint, RunResult } from './run-result.js';
import { hyGrpoConfig } from '../recipes/reinforcement-method.js';
import { budgetSweep } from './budget-sweep.js';
import { earlyStop, judgedProgress, rewardHacking, rewardReached } from './reward-hacking.js';
import { rewardAblation } from './reward-ablation.js';

function point(iteration: number, test: number, validation: number, klPose = iteration): CurvePoint {
  return {
    iteration,
    test: judgement(test, { judgeEvaluator: test / 2 }),
    validation: judgement(validation),
    klPose,
  };
}
const CURVE = [point(0, 0.2, 0.4, Number.NaN), point(5, 0.4, 0.7), point(10, 0.6, 0.5)];

describe.each(EXPERIMENTS)('experiment $name', (experiment) => {
  it('has variants that can be told apart, from the start on', () => {
    const names = experiment.variants.map(({ name }) => name);
    expect(names[0]).toBe('start');
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(experiment.variants.map(({ label }) => label)).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[\w.-]+$/);
  });

  it('shows every variant in a table and every plot without a gap, of one seed and of several', () => {
    for (const seeds of [[1], [1, 2, 3]]) {
      const results = experiment.variants.flatMap((variant) =>
        seeds.map((seed) => experimentResult(variant, seed, { metric: 0.1 * seed, curve: CURVE })),
      );
      const findings = experiment.findings(results);
      const [table] = findings;
      for (const { label } of experiment.variants)
        expect(table?.kind === 'table' && table.markdown).toContain(`| ${label} `);
      const plots = findings.filter(({ kind }) => kind === 'plot');
      expect(plots.length).toBeGreaterThan(0);
      for (const plot of plots)
        expect(plot.kind === 'plot' && plot.svg).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  it('makes something of no result at all', () => {
    for (const finding of experiment.findings([]))
      expect(finding.kind === 'plot' ? finding.svg : finding.markdown).not.toMatch(/NaN|undefined/);
  });
});

describe('reward ablation', () => {
  it('has each of seven rewards alone and left out once', () => {
    const mixes = rewardAblation.variants.map(({ name, rewards }) => ({
      name,
      size: Object.keys(rewards).length,
    }));
    expect(mixes.filter(({ name }) => name.startsWith('only-')).map(({ size }) => size)).toEqual(
      Array(7).fill(1),
    );
    expect(mixes.filter(({ name }) => name.startsWith('without-')).map(({ size }) => size)).toEqual(
      Array(7).fill(6),
    );
  });
});

describe('reward hacking', () => {
  const run: Pick<RunResult, 'curve' | 'truth'> = {
    curve: CURVE,
    truth: judgement(1.2, { judgeEvaluator: 0.6 }),
  };

  it('measures progress from the start, 0, to the described poses, 1', () => {
    expect(judgedProgress(run, point(0, 0.2, 0))).toEqual({
      rewardEvaluator: 0,
      judgeEvaluator: 0,
      rules: 0,
    });
    const { rewardEvaluator, judgeEvaluator } = judgedProgress(run, {
      test: judgement(0.7, { judgeEvaluator: 0.35 }),
    });
    expect(rewardEvaluator).toBeCloseTo(0.5);
    expect(judgeEvaluator).toBeCloseTo(0.5);
  });

  it('stops where the validation prompts are satisfied best, whatever the test prompts say', () => {
    expect(earlyStop(run)?.iteration).toBe(5);
    expect(earlyStop({ curve: [] })).toBeUndefined();
  });

  it('stops where the reward of validation prompts is that of described poses, if it ever is', () => {
    expect(rewardReached({ ...run, truth: judgement(0.65) })?.iteration).toBe(5);
    expect(rewardReached(run)).toBeUndefined();
  });

  it('tables the stopped run beside the whole one', () => {
    const results = rewardHacking.variants.map((variant) => experimentResult(variant, 1, { curve: CURVE }));
    const [table] = rewardHacking.findings(results);
    const lines = (table?.kind === 'table' ? table.markdown : '').split('\n');
    const cells = (label: string): readonly string[] =>
      (lines.find((line) => line.startsWith(`| ${label} `)) ?? '').split('|').map((cell) => cell.trim());
    expect(cells('A alone').at(-2)).toBe('10');
    expect(cells('A alone, stopped where validation satisfies the rules best').at(-2)).toBe('5');
    expect(cells('A alone, stopped where A scores it as described poses').at(-2)).toBe('-');
    // From 0.2 to 1 by A and rules, from 0.1 to 1 by B: 0.5 and 0.222.
    expect(cells('A alone').slice(6, 10)).toEqual(['0.50', '0.22', '0.50', '0.28']);
  });
});

describe('budget', () => {
  it('varies one setting at a time, and gives equal answers an equal share of iterations', () => {
    const equal = budgetSweep.variants.filter(
      ({ iterationsShare = 1 }) => iterationsShare > 0 && iterationsShare !== 1,
    );
    expect(equal.length).toBe(4);
    for (const { method, iterationsShare = 1 } of equal)
      expect(method.candidatesPerPrompt * iterationsShare).toBe(4);
    const schedule = { iterations: 10, learningRate: () => 1 };
    const clipped = budgetSweep.variants.filter(({ name }) => name.startsWith('eps-'));
    expect(
      clipped.map(({ method }) => hyGrpoConfig(method, schedule)).map((config) => config.clipEpsilon),
    ).toEqual([0.05, 0.1, 0.2, 0.4]);
    for (const { method } of clipped) expect(hyGrpoConfig(method, schedule).innerEpochs).toBe(2);
  });

  it('tells sampling from updating, and multiplies by the iterations', () => {
    const results = budgetSweep.variants.map((variant) => experimentResult(variant, 1, { cost: 0.02 }));
    const cost = budgetSweep.findings(results)[1];
    const line = (cost?.kind === 'table' ? cost.markdown : '')
      .split('\n')
      .find((row) => row.startsWith('| G 8 '));
    expect(
      line
        ?.split('|')
        .map((cell) => cell.trim())
        .slice(2, 9),
    ).toEqual(['20', '20', '20', '20', '80', '100', '8.0']);
  });
});
