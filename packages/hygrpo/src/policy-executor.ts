import type { HybridPolicy, Rollout } from '@pose-rft/hybrid-actions';
import type { Random } from '@pose-rft/random';
import { add, dispose, type ParameterStore, type Tensor } from '@pose-rft/tensor';
import {
  anchorMicroBatch,
  differentiateMicroBatch,
  disposeAnchors,
  type MicroBatch,
  type MicroBatchAnchors,
  type MicroBatchReport,
} from './micro-batch.js';

/** One call of a policy's `act`. */
export interface ActCall<Prompt> {
  readonly prompts: readonly Prompt[];
  readonly candidatesPerPrompt: number;
  readonly samplesPerCandidate: number;
  readonly temperature: number;
  readonly random: Random;
}

/** The gradients of a minibatch; they are the receiver's to dispose of. */
export interface AccumulatedGradients {
  readonly gradients: Record<string, Tensor>;
  /** In the order of the micro-batches. */
  readonly reports: readonly MicroBatchReport[];
}

/** Where a policy acts and is differentiated: in this thread, or in several. */
export interface PolicyExecutor<Prompt, Action> {
  /** How many calls and micro-batches it works on at a time. */
  readonly concurrency: number;
  /** @returns one rollout a call, in their order */
  act(calls: readonly ActCall<Prompt>[], signal?: AbortSignal): Promise<readonly Rollout<Prompt, Action>[]>;
  /** Takes the micro-batches of a rollout in, and scores them with the reference where their components need it. */
  load(batches: readonly MicroBatch<Prompt, Action>[]): Promise<void>;
  /** The sum over loaded micro-batches, by their indices; added up in the given order. */
  differentiate(indices: readonly number[]): Promise<AccumulatedGradients>;
  /** To be called after every change of the policy's parameters. */
  parametersChanged(): void;
  /** Lets go of what was loaded. */
  unload(): void;
}

/** Threads that can stand in for this one: see `@pose-rft/hygrpo/workers`. */
export interface PolicyWorkers<Prompt, Action> {
  readonly count: number;
  /** @param parameters - of the policy that is trained; the workers' policies follow them */
  connect(parameters: ParameterStore): Promise<PolicyExecutor<Prompt, Action>>;
}

/** Acts and differentiates in this thread. */
export function createLocalExecutor<Prompt, Action>(
  policy: HybridPolicy<Prompt, Action>,
  reference: Pick<HybridPolicy<Prompt, Action>, 'score'> | undefined,
): PolicyExecutor<Prompt, Action> {
  let loaded: readonly MicroBatch<Prompt, Action>[] = [];
  let anchors: MicroBatchAnchors[] = [];
  const unload = (): void => {
    for (const each of anchors) disposeAnchors(each);
    anchors = [];
    loaded = [];
  };
  return {
    concurrency: 1,
    async act(calls, signal) {
      const rollouts: Rollout<Prompt, Action>[] = [];
      for (const { prompts, ...options } of calls)
        rollouts.push(await policy.act(prompts, { ...options, ...(signal ? { signal } : {}) }));
      return rollouts;
    },
    async load(batches) {
      unload();
      loaded = batches;
      for (const batch of batches) anchors.push(anchorMicroBatch(policy, batch, reference));
      return Promise.resolve();
    },
    async differentiate(indices) {
      let gradients: Record<string, Tensor> = {};
      const reports: MicroBatchReport[] = [];
      try {
        for (const index of indices) {
          const batch = loaded[index] as MicroBatch<Prompt, Action>;
          const part = differentiateMicroBatch(policy, batch, anchors[index] as MicroBatchAnchors);
          gradients = addGradients(gradients, part.gradients);
          reports.push(part.report);
        }
      } catch (error) {
        dispose(gradients);
        throw error;
      }
      return Promise.resolve({ gradients, reports });
    },
    parametersChanged: () => {},
    unload,
  };
}

/** The sums by name; disposes of what it was given, and hands over what only one side has. */
export function addGradients(
  left: Readonly<Record<string, Tensor>>,
  right: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const sums: Record<string, Tensor> = { ...left };
  for (const [name, gradient] of Object.entries(right)) {
    const before = sums[name];
    sums[name] = before ? add(before, gradient) : gradient;
    if (before) dispose([before, gradient]);
  }
  return sums;
}
