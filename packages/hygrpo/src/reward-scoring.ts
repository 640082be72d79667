import type { ComponentLogProbs, Rollout } from '@pose-rft/hybrid-actions';
import type { ScoredReward } from './reward-aggregation.js';
import {
  NonFiniteRewardError,
  RewardFailedError,
  RewardShapeError,
  type Reward,
  type RewardBatch,
  type RewardScores,
} from './reward.js';

/**
 * Has every reward judge the rows of the component that it drives. All are started at once, so slow asynchronous
 * judges overlap; the result does not depend on who answers first. A component without a row is not judged.
 *
 * @returns for each driven component its scored rewards, in the order of `rewards`
 * @throws RewardFailedError, RewardShapeError, NonFiniteRewardError
 */
export async function scoreRewards<Prompt, Action>(
  rewards: readonly Reward<Prompt, Action>[],
  rollout: Rollout<Prompt, Action>,
): Promise<Readonly<Record<string, readonly ScoredReward[]>>> {
  const scored: Record<string, readonly ScoredReward[]> = {};
  const components = Object.entries(rollout.logProbs);
  await Promise.all(
    components.map(async ([name, component]) => {
      const driving = rewards.filter(({ drives }) => drives === name);
      const rows = componentRows(component, rollout);
      if (driving.length === 0 || rows.length === 0) return;
      const judged = await Promise.all(driving.map((reward) => judge(reward, { rows }, component, rollout)));
      requireSomeScore(judged);
      scored[name] = judged;
    }),
  );
  return scored;
}

/** One row a candidate, or a valid candidate and sample. */
function componentRows<Prompt, Action>(
  component: ComponentLogProbs<Float32Array>,
  { prompts, candidatesPerPrompt, samplesPerCandidate, actions }: Rollout<Prompt, Action>,
): RewardBatch<Prompt, Action>['rows'] {
  const rows: { prompt: Prompt; action: Action }[] = [];
  const addRows = (candidate: number, samples: number): void => {
    const prompt = prompts[Math.floor(candidate / candidatesPerPrompt)] as Prompt;
    for (let sample = 0; sample < samples; sample++)
      rows.push({ prompt, action: actions[candidate * samplesPerCandidate + sample] as Action });
  };
  if (component.kind === 'nested')
    for (const candidate of component.candidates) addRows(candidate, samplesPerCandidate);
  else
    for (let candidate = 0; candidate < prompts.length * candidatesPerPrompt; candidate++)
      addRows(candidate, 1);
  return rows;
}

async function judge<Prompt, Action>(
  reward: Reward<Prompt, Action>,
  batch: RewardBatch<Prompt, Action>,
  component: ComponentLogProbs<Float32Array>,
  rollout: Rollout<Prompt, Action>,
): Promise<ScoredReward> {
  const { values, perGroup } = await answered(reward, batch);
  const rowCount = batch.rows.length;
  if (values.length !== rowCount)
    throw new RewardShapeError(reward.name, 'values', values.length, `${rowCount}, one a row`);
  const groups = component.kind === 'nested' ? component.groups : 0;
  if (perGroup && perGroup.length !== rowCount * groups)
    throw new RewardShapeError(
      reward.name,
      'perGroup',
      perGroup.length,
      groups > 0
        ? `${rowCount} rows * ${groups} groups of dimensions`
        : `none: '${reward.drives}' is a sequence and has no groups of dimensions`,
    );
  for (let row = 0; row < rowCount; row++) {
    const value = values[row] as number;
    if (Number.isNaN(value)) continue;
    if (!Number.isFinite(value))
      throw new NonFiniteRewardError(
        reward.name,
        promptOf(row, component, rollout),
        value,
        'expected a finite number, or NaN to decline',
      );
    for (let index = row * groups; perGroup && index < (row + 1) * groups; index++)
      if (!Number.isFinite(perGroup[index]))
        throw new NonFiniteRewardError(
          reward.name,
          promptOf(row, component, rollout),
          perGroup[index] as number,
          `as the credit of group ${index - row * groups}, where its value is ${value}; expected finite numbers`,
        );
  }
  return { name: reward.name, weight: reward.weight ?? 1, values, ...(perGroup ? { perGroup } : {}) };
}

async function answered<Prompt, Action>(
  reward: Reward<Prompt, Action>,
  batch: RewardBatch<Prompt, Action>,
): Promise<RewardScores> {
  try {
    return await reward.score(batch);
  } catch (error) {
    throw new RewardFailedError(reward.name, error);
  }
}

function promptOf(
  row: number,
  component: ComponentLogProbs<Float32Array>,
  { candidatesPerPrompt, samplesPerCandidate }: Rollout<unknown, unknown>,
): number {
  const candidate =
    component.kind === 'nested'
      ? (component.candidates[Math.floor(row / samplesPerCandidate)] as number)
      : row;
  return Math.floor(candidate / candidatesPerPrompt);
}

/** A single declined row is a decline; a batch in which nobody scores anything is a broken reward. */
function requireSomeScore(judged: readonly ScoredReward[]): void {
  if (judged.some(({ values }) => values.some((value) => !Number.isNaN(value)))) return;
  throw new NonFiniteRewardError(
    judged.map(({ name }) => name).join("', '"),
    0,
    NaN,
    'and for every other row of the batch, so nothing drives the component; expected a number for some row',
  );
}
