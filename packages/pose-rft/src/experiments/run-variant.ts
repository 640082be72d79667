import type { PosePrompt, PoseSample } from '@pose-rft/datasets';
import { createRandom, type Random } from '@pose-rft/random';
import { evaluate } from '../evaluation/evaluate.js';
import { meanOf, METRIC_NAMES } from '../evaluation/metrics.js';
import type { PoseModel } from '../model/pose-model.js';
import { stepBudget } from '../recipes/cpu-clock.js';
import { trainReinforcement } from '../recipes/train-reinforcement.js';
import { createCostClock } from './cost-clock.js';
import { experimentRewards } from './experiment-rewards.js';
import { judgeModel, type Evaluators, type PoseJudgement } from './pose-judges.js';
import type { CurvePoint, ExperimentMetric, RunResult, ExperimentRunSettings } from './run-result.js';

/** What the runs of an experiment share. */
export interface ExperimentMaterial {
  /** Where every run starts; also the reference of its KL. Stays as it is. */
  readonly start: PoseModel;
  readonly evaluators: Evaluators;
  readonly samples: readonly PoseSample[];
  /** Results are reported on these. */
  readonly testPrompts: readonly PosePrompt[];
  /** Only these may choose anything. */
  readonly validationPrompts: readonly PosePrompt[];
  /** What the judges give to the poses that the test prompts were made from. */
  readonly truth: PoseJudgement;
}

/**
 * Trains one variant with one seed, and measures it. Every variant of a seed meets the same prompts in training, and
 * every run the same prompts and the same noise in evaluation. Deterministic but for the cost.
 */
export async function runVariant(
  settings: ExperimentRunSettings,
  material: ExperimentMaterial,
): Promise<RunResult> {
  const { start, evaluators, testPrompts } = material;
  const model = start.clone();
  try {
    const { curve, cost } = await train(model, settings, material);
    const evaluation = await evaluate({ model, prompts: testPrompts, random: evaluationStream('answers') });
    const judgement = await judgeModel(model, testPrompts, evaluators, evaluationStream('judges'));
    const metrics = {
      rewardEvaluator: judgement.rewardEvaluator,
      judgeEvaluator: judgement.judgeEvaluator,
    } as Record<ExperimentMetric, number>;
    for (const name of METRIC_NAMES) metrics[name] = meanOf(evaluation, name);
    return { settings, metrics, truth: material.truth, curve, cost };
  } finally {
    model.dispose();
  }
}

/** Every model meets the same noise. */
function evaluationStream(name: string): Random {
  return createRandom(1).split(name);
}

async function train(
  model: PoseModel,
  { variant, seed, iterations, curvePoints }: ExperimentRunSettings,
  material: ExperimentMaterial,
): Promise<Pick<RunResult, 'curve' | 'cost'>> {
  const clock = createCostClock();
  const curve: CurvePoint[] = [];
  const every =
    curvePoints === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.round(iterations / curvePoints));
  const record = async (iteration: number, klPose: number): Promise<void> => {
    if (curvePoints === 0 || (iteration % every !== 0 && iteration !== iterations)) return;
    curve.push({ ...(await judgeBoth(model, material)), iteration, klPose });
  };
  await record(0, Number.NaN);
  if (iterations === 0) return { curve, cost: clock.mean() };
  const rewards = experimentRewards(variant.rewards, {
    tokenizer: model.tokenizer,
    samples: material.samples,
    similarity: material.evaluators.reward.similarity,
  });
  const steps = trainReinforcement({
    model: { ...model, act: clock.timed('sampling', model.act) },
    reference: { ...material.start, score: clock.timed('reference', material.start.score) },
    method: variant.method,
    rewards: rewards.map((reward) => ({ ...reward, score: clock.timed('rewards', reward.score) })),
    samples: material.samples,
    random: createRandom(seed).split('experiment'),
    budget: stepBudget(iterations),
    iterations,
    learningRate: variant.learningRate,
  });
  clock.start();
  for await (const { iteration, metrics } of steps) {
    clock.end();
    await record(iteration + 1, metrics['kl/pose'] ?? Number.NaN);
    clock.start();
  }
  return { curve, cost: clock.mean() };
}

async function judgeBoth(
  model: PoseModel,
  { testPrompts, validationPrompts, evaluators }: ExperimentMaterial,
): Promise<Pick<CurvePoint, 'test' | 'validation'>> {
  return {
    test: await judgeModel(model, testPrompts, evaluators, evaluationStream('judges')),
    validation: await judgeModel(model, validationPrompts, evaluators, evaluationStream('judges')),
  };
}
