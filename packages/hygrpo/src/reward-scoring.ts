import type { ComponentLogProbs, Rollout } from '@pose-rft/hybrid-actions';
import type { ScoredReward } from './reward-aggregation.js';
import {
  executeReward,
  type ExecutedReward,
  type Limiter,
  type RewardAccount,
  type RewardExecution,
} from './reward-execution.js';
import { NonFiniteRewardError, RewardShapeError, type Reward, type RewardBatch } from './reward.js';

/** A reward with everything that running it needs. */
export interface RunnableReward<Prompt, Action> {
  readonly reward: Reward<Prompt, Action>;
  readonly execution: Required<RewardExecution>;
}

/** What the rewards of a run say of a rollout. */
export interface ScoredRollout {
  /** For each driven component its scored rewards, in the order of the rewards. */
  readonly scored: Readonly<Record<string, readonly ScoredReward[]>>;
  /** By reward. */
  readonly accounts: Readonly<Record<string, RewardAccount>>;
}

/**
 * Has every reward judge the rows of the component that it drives. All are started at once (as far as `limiter` lets
 * them), so slow asynchronous judges overlap; the result does not depend on who answers first. A component without a
 * row is not judged.
 *
 * @throws RewardFailedError, RewardShapeError, NonFiniteRewardError
 */
export async function scoreRewards<Prompt, Action>(
  rewards: readonly RunnableReward<Prompt, Action>[],
  rollout: Rollout<Prompt, Action>,
  limiter: Limiter,
  signal?: AbortSignal,
): Promise<ScoredRollout> {
  const scored: Record<string, readonly ScoredReward[]> = {};
  const accounts: Record<string, RewardAccount> = {};
  // One failure makes all other calls pointless.
  const failure = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  const judgeComponent = async (name: string, component: ComponentLogProbs<Float32Array>): Promise<void> => {
    const driving = rewards.filter(({ reward }) => reward.drives === name);
    const rows = componentRows(component, rollout);
    if (driving.length === 0 || rows.length === 0) return;
    const judged = await Promise.all(
      driving.map(async (runnable) => {
        const executed = await executeReward(
          runnable.reward,
          { rows, signal: stop },
          runnable.execution,
          limiter,
        );
        return checked(runnable, executed, component, rollout);
      }),
    );
    requireSomeScore(driving, judged);
    for (const { score, account } of judged) accounts[score.name] = account;
    scored[name] = judged.map(({ score }) => score);
  };
  try {
    await Promise.all(Object.entries(rollout.logProbs).map((entry) => judgeComponent(...entry)));
  } catch (error) {
    failure.abort(error);
    throw error;
  }
  return { scored, accounts };
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

interface JudgedReward {
  readonly score: ScoredReward;
  readonly account: RewardAccount;
}

/** Infinite scores end the run, or decline and are counted. */
function checked<Prompt, Action>(
  { reward, execution }: RunnableReward<Prompt, Action>,
  { values: given, perGroup, account }: ExecutedReward,
  component: ComponentLogProbs<Float32Array>,
  rollout: Rollout<Prompt, Action>,
): JudgedReward {
  const rowCount = given.length;
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
  const values = execution.onFailure === 'decline' ? given.slice() : given;
  let { failedRows } = account;
  for (let row = 0; row < rowCount; row++) {
    const fault = faultOf(row, given, perGroup, groups);
    if (fault === undefined) continue;
    if (execution.onFailure === 'throw')
      throw new NonFiniteRewardError(
        reward.name,
        promptOf(row, component, rollout),
        fault.value,
        fault.reason,
      );
    values[row] = NaN;
    failedRows += 1;
  }
  return {
    score: { name: reward.name, weight: reward.weight ?? 1, values, ...(perGroup ? { perGroup } : {}) },
    account: { ...account, failedRows },
  };
}

function faultOf(
  row: number,
  values: Float32Array,
  perGroup: Float32Array | undefined,
  groups: number,
): { readonly value: number; readonly reason: string } | undefined {
  const value = values[row] as number;
  if (Number.isNaN(value)) return undefined;
  if (!Number.isFinite(value)) return { value, reason: 'expected a finite number, or NaN to decline' };
  for (let index = row * groups; perGroup && index < (row + 1) * groups; index++)
    if (!Number.isFinite(perGroup[index]))
      return {
        value: perGroup[index] as number,
        reason: `as the credit of group ${index - row * groups}, where its value is ${value}; expected finite numbers`,
      };
  return undefined;
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

/**
 * A single declined row is a decline; a batch in which nobody scores anything is a broken reward, unless failures are
 * to be declined: then the batch teaches nothing, and the metrics say why.
 */
function requireSomeScore<Prompt, Action>(
  driving: readonly RunnableReward<Prompt, Action>[],
  judged: readonly JudgedReward[],
): void {
  if (driving.some(({ execution }) => execution.onFailure === 'decline')) return;
  if (judged.some(({ score }) => score.values.some((value) => !Number.isNaN(value)))) return;
  throw new NonFiniteRewardError(
    judged.map(({ score }) => score.name).join("', '"),
    0,
    NaN,
    'and for every other row of the batch, so nothing drives the component; expected a number for some row',
  );
}
