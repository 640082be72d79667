import type { TokenComponents } from '@pose-rft/mllm';
import { createRandom, type Random } from '@pose-rft/random';
import { match } from 'ts-pattern';
import { meanOf, METRIC_NAMES, type EvaluationResult, type MetricName } from '../evaluation/metrics.js';
import { cpuBudget, cpuSeconds, type Budget } from '../recipes/cpu-clock.js';
import type { ReinforcementMethod } from '../recipes/reinforcement-method.js';
import { tokenisedMethod, type TokenisedMethodName } from './tokenised-methods.js';

/** The mean of every metric. */
export type Metrics = Readonly<Record<MetricName, number>>;

/** What a training run is given. */
export interface TrainingRun {
  readonly random: Random;
  readonly budget: Budget;
}

/** How a method reinforces. */
export type Reinforcement =
  | { readonly family: 'hybrid'; readonly method: ReinforcementMethod }
  | { readonly family: 'tokenised'; readonly components: TokenComponents };

/** Models of one kind that go on from one supervised start. */
export interface MethodFamily {
  /** CPU seconds that the start took, and its optimiser steps. */
  readonly start: {
    readonly cpuSeconds: number;
    readonly steps: number;
    evaluate(): Promise<EvaluationResult>;
  };
  continueSupervised(run: TrainingRun): Promise<TrainedModel>;
  reinforce(method: Reinforcement, run: TrainingRun): Promise<TrainedModel>;
  /** Disposes the start. */
  dispose(): void;
}

export interface TrainedModel {
  readonly steps: number;
  evaluate(): Promise<EvaluationResult>;
  dispose(): void;
}

/** What one method reached with one seed. */
export interface TokenisedRecord {
  readonly method: TokenisedMethodName;
  readonly seed: number;
  /** CPU seconds of the method itself; of a start all of its supervised training, a tokeniser's included. */
  readonly cpuSeconds: number;
  /** Optimiser steps or iterations, a tokeniser's left out. */
  readonly steps: number;
  readonly metrics: Metrics;
}

/** Runs methods of one family, each from the family's start. */
export async function* runFamily(
  family: MethodFamily,
  options: {
    readonly seed: number;
    readonly methods: readonly TokenisedMethodName[];
    readonly secondsPerMethod: number;
  },
): AsyncGenerator<TokenisedRecord> {
  const { seed, secondsPerMethod } = options;
  for (const name of options.methods) {
    const method = tokenisedMethod(name);
    const clock = cpuSeconds();
    const run = (): TrainingRun => ({
      random: createRandom(seed).split('continued'),
      budget: cpuBudget(secondsPerMethod),
    });
    const trained = await match(method)
      .returnType<Promise<TrainedModel>>()
      .with({ kind: 'start' }, () => Promise.resolve({ ...family.start, dispose: () => {} }))
      .with({ kind: 'supervised' }, () => family.continueSupervised(run()))
      .with({ kind: 'reinforcement' }, (reinforcement) => family.reinforce(reinforcement, run()))
      .exhaustive();
    try {
      const used = method.kind === 'start' ? family.start.cpuSeconds : cpuSeconds() - clock;
      const metrics = meansOf(await trained.evaluate());
      yield { method: name, seed, cpuSeconds: used, steps: trained.steps, metrics };
    } finally {
      trained.dispose();
    }
  }
}

/** How many steps a training takes to its end. */
export async function countSteps(training: Iterable<unknown> | AsyncIterable<unknown>): Promise<number> {
  let steps = 0;
  for await (const _step of training) steps += 1;
  return steps;
}

export function meansOf(result: EvaluationResult): Metrics {
  const means = {} as Record<MetricName, number>;
  for (const metric of METRIC_NAMES) means[metric] = meanOf(result, metric);
  return means;
}

/** Every model meets the same prompts and the same noise. */
export function evaluationStream(): Random {
  return createRandom(1).split('evaluation');
}
