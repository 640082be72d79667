import type { ComponentLogProbs, Rollout } from '@pose-rft/hybrid-actions';
import type { Random } from '@pose-rft/random';
import { allAdvantages } from './component-advantages.js';
import { HyGrpoConfigError } from './config-checks.js';
import type { PolicyExecutor } from './policy-executor.js';
import type { PromptOutcome, PromptSource } from './prompt-source.js';
import type { ComponentAdvantages, ScoredReward } from './reward-aggregation.js';
import type { Limiter, RewardAccount } from './reward-execution.js';
import { scoreRewards, type RunnableReward, type ScoredRollout } from './reward-scoring.js';
import { concatenateArrays, concatenateRollouts, selectPrompts, selectScored } from './rollout-slice.js';
import { requireConsistentRollout } from './rollout-shape.js';
import { temperatureAt, type ResolvedRunConfig } from './run-config.js';
import { requireTrainable } from './run-checks.js';

/** A rollout with what it earned. */
export interface JudgedRollout<Prompt, Action> {
  readonly rollout: Rollout<Prompt, Action>;
  readonly scored: Readonly<Record<string, readonly ScoredReward[]>>;
  readonly advantages: Readonly<Record<string, ComponentAdvantages>>;
}

/** What an iteration sampled, and what of it is trained on. */
export interface Sampling<Prompt, Action> {
  readonly all: JudgedRollout<Prompt, Action>;
  readonly kept: JudgedRollout<Prompt, Action>;
  readonly rounds: number;
  readonly outcomes: readonly PromptOutcome<Prompt>[];
  readonly accounts: Readonly<Record<string, RewardAccount>>;
}

export interface SamplingOptions<Prompt, Action> {
  readonly executor: PolicyExecutor<Prompt, Action>;
  readonly source: PromptSource<Prompt>;
  readonly rewards: readonly RunnableReward<Prompt, Action>[];
  readonly limiter: Limiter;
  readonly config: ResolvedRunConfig;
  readonly iteration: number;
  /** The iteration's stream. */
  readonly random: Random;
  readonly signal?: AbortSignal;
  readonly lap: (phase: 'timing/sampling' | 'timing/rewards') => void;
}

/**
 * Acts and has the rewards judge; with dynamic sampling, until there are as many prompts with something to learn as the
 * first round had prompts, or the rounds are used up.
 *
 * @returns undefined if the signal was aborted
 */
export async function sampleAndJudge<Prompt, Action>(
  options: SamplingOptions<Prompt, Action>,
): Promise<Sampling<Prompt, Action> | undefined> {
  const { config, signal, random, lap } = options;
  let wanted: number | undefined;
  let sampled: (ScoredRollout & { readonly rollout: Rollout<Prompt, Action> }) | undefined;
  for (let round = 0; ; round++) {
    const stream = round === 0 ? random : random.split(`round-${round}`);
    const rollout = await actOnce(options, stream);
    lap('timing/sampling');
    if (signal?.aborted) return undefined;
    const judged = await scoreRewards(options.rewards, rollout, options.limiter, signal);
    if (signal?.aborted) return undefined;
    wanted ??= rollout.prompts.length;
    sampled = sampled ? join(sampled, { ...judged, rollout }) : { ...judged, rollout };
    const all = {
      rollout: sampled.rollout,
      scored: sampled.scored,
      advantages: allAdvantages(sampled.scored, sampled.rollout, config.components),
    };
    const informative = informativePrompts(all);
    lap('timing/rewards');
    if (informative.size < wanted && round + 1 < config.maximumRounds) continue;
    const { accounts } = sampled;
    const outcomes = promptOutcomes(all, informative);
    const kept = config.maximumRounds === 1 ? all : keepInformative(all, informative, wanted, config);
    return { all, kept, rounds: round + 1, outcomes, accounts };
  }
}

async function actOnce<Prompt, Action>(
  { executor, source, config, iteration, signal }: SamplingOptions<Prompt, Action>,
  random: Random,
): Promise<Rollout<Prompt, Action>> {
  const prompts = source.next(iteration, random.split('prompts'));
  if (prompts.length === 0) throw new HyGrpoConfigError('nextPrompts', prompts, 'at least one prompt');
  const size = config.promptsPerActCall ?? Math.ceil(prompts.length / executor.concurrency);
  const callCount = Math.ceil(prompts.length / size);
  const calls = Array.from({ length: callCount }, (_, call) => ({
    prompts: prompts.slice(call * size, (call + 1) * size),
    candidatesPerPrompt: config.candidatesPerPrompt,
    samplesPerCandidate: config.samplesPerCandidate,
    temperature: temperatureAt(config, iteration),
    random: random.split(callCount === 1 ? 'act' : `act-${call}`),
  }));
  const rollouts = await executor.act(calls, signal);
  for (const rollout of rollouts) {
    requireConsistentRollout(rollout);
    requireTrainable(rollout, config.components);
  }
  return concatenateRollouts(rollouts);
}

function join<Prompt, Action>(
  before: ScoredRollout & { readonly rollout: Rollout<Prompt, Action> },
  more: ScoredRollout & { readonly rollout: Rollout<Prompt, Action> },
): ScoredRollout & { readonly rollout: Rollout<Prompt, Action> } {
  const names = new Set([...Object.keys(before.scored), ...Object.keys(more.scored)]);
  const scored: Record<string, readonly ScoredReward[]> = {};
  for (const name of names) scored[name] = joinScores(before.scored[name], more.scored[name]);
  const accounts: Record<string, RewardAccount> = { ...before.accounts };
  for (const [name, { retries, timeouts, failedRows }] of Object.entries(more.accounts)) {
    const { [name]: old = { retries: 0, timeouts: 0, failedRows: 0 } } = before.accounts;
    accounts[name] = {
      retries: old.retries + retries,
      timeouts: old.timeouts + timeouts,
      failedRows: old.failedRows + failedRows,
    };
  }
  return { rollout: concatenateRollouts([before.rollout, more.rollout]), scored, accounts };
}

/** A component that had no rows in a round was not judged in it. */
function joinScores(
  before: readonly ScoredReward[] | undefined,
  more: readonly ScoredReward[] | undefined,
): readonly ScoredReward[] {
  if (before === undefined || more === undefined) return before ?? more ?? [];
  return before.map((reward, index) => {
    const next = more[index] as ScoredReward;
    const width = (each: ScoredReward): number =>
      (each.perGroup?.length ?? 0) / Math.max(1, each.values.length);
    const groups = Math.max(width(reward), width(next));
    // Without credit, a score counts for every group alike.
    const credit = ({ values, perGroup }: ScoredReward): Float32Array =>
      perGroup ??
      new Float32Array(values.length * groups).map((_, at) => values[Math.floor(at / groups)] as number);
    return {
      ...reward,
      values: concatenateArrays([reward.values, next.values]),
      ...(groups > 0 ? { perGroup: concatenateArrays([credit(reward), credit(next)]) } : {}),
    };
  });
}

/** The prompts of which some row of some component has an advantage other than 0. */
function informativePrompts({ rollout, advantages }: JudgedRollout<unknown, unknown>): ReadonlySet<number> {
  const prompts = new Set<number>();
  for (const [name, { values }] of Object.entries(advantages)) {
    const component = rollout.logProbs[name] as ComponentLogProbs<Float32Array>;
    const promptOf = promptOfRow(component, rollout, values.length);
    values.forEach((value, row) => {
      if (value !== 0) prompts.add(promptOf(row));
    });
  }
  return prompts;
}

/** @param rowCount - any multiple of the component's candidates: the rows of a candidate stand together */
function promptOfRow(
  component: ComponentLogProbs<Float32Array>,
  { prompts, candidatesPerPrompt }: Rollout<unknown, unknown>,
  rowCount: number,
): (row: number) => number {
  if (component.kind === 'sequence') {
    const rowsPerPrompt = rowCount / prompts.length;
    return (row) => Math.floor(row / rowsPerPrompt);
  }
  const rowsPerCandidate = rowCount / component.candidates.length;
  return (row) =>
    Math.floor((component.candidates[Math.floor(row / rowsPerCandidate)] as number) / candidatesPerPrompt);
}

function promptOutcomes<Prompt>(
  { rollout, scored }: JudgedRollout<Prompt, unknown>,
  informative: ReadonlySet<number>,
): readonly PromptOutcome<Prompt>[] {
  const totals = rollout.prompts.map(() => NaN);
  for (const [name, rewards] of Object.entries(scored)) {
    const component = rollout.logProbs[name] as ComponentLogProbs<Float32Array>;
    for (const { weight, values } of rewards) {
      const promptOf = promptOfRow(component, rollout, values.length);
      const sums = rollout.prompts.map(() => ({ total: 0, count: 0 }));
      values.forEach((value, row) => {
        const sum = sums[promptOf(row)];
        if (sum === undefined || Number.isNaN(value)) return;
        sum.total += value;
        sum.count += 1;
      });
      sums.forEach(({ total, count }, prompt) => {
        const before = totals[prompt] as number;
        if (count > 0) totals[prompt] = (Number.isNaN(before) ? 0 : before) + (weight * total) / count;
      });
    }
  }
  return rollout.prompts.map((prompt, index) => ({
    prompt,
    reward: totals[index] as number,
    informative: informative.has(index),
  }));
}

/** The first informative prompts, as many as wanted; if there is none, the first prompts as they are. */
function keepInformative<Prompt, Action>(
  { rollout, scored }: JudgedRollout<Prompt, Action>,
  informative: ReadonlySet<number>,
  wanted: number,
  config: ResolvedRunConfig,
): JudgedRollout<Prompt, Action> {
  const candidates = Array.from(rollout.prompts.keys());
  const useful = informative.size > 0 ? candidates.filter((prompt) => informative.has(prompt)) : candidates;
  const prompts = useful.slice(0, wanted);
  const kept = selectPrompts(rollout, prompts);
  const keptScores = Object.fromEntries(
    Object.entries(scored).map(([name, rewards]) => {
      const component = rollout.logProbs[name] as ComponentLogProbs<Float32Array>;
      return [name, selectScored(rewards, component, rollout, prompts)];
    }),
  );
  return {
    rollout: kept,
    scored: keptScores,
    advantages: allAdvantages(keptScores, kept, config.components),
  };
}
