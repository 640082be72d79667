import type { Rollout } from '@pose-rft/hybrid-actions';
import type { RandomState } from '@pose-rft/random';
import type { TensorData } from '@pose-rft/tensor';
import type { ActCall, MicroBatch, MicroBatchReport } from '../index.js';
import type { ParameterDescription, SharedGradients, SharedWeights } from './shared-parameters.js';

/** What the pool asks a worker to do; each has an answer of the same number, except where it says so. */
export type WorkerRequest<Prompt = unknown, Action = unknown> = { readonly id: number } & (
  | {
      readonly kind: 'connect';
      readonly weights: SharedWeights;
      readonly gradients: SharedGradients;
      /** Of the parameters that are not shared, in the thread that trains. */
      readonly hashes: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'replace'; readonly parameters: Readonly<Record<string, TensorData>> }
  | {
      readonly kind: 'act';
      readonly call: Omit<ActCall<Prompt>, 'random'> & { readonly random: RandomState };
    }
  | {
      readonly kind: 'load';
      readonly batches: readonly (readonly [index: number, batch: MicroBatch<Prompt, Action>])[];
    }
  | { readonly kind: 'differentiate'; readonly index: number }
  /** No answer. */
  | { readonly kind: 'unload' }
  /** No answer: the request of this number is no longer wanted. */
  | { readonly kind: 'abort' }
);

/** The answers by request. */
export interface WorkerAnswers<Prompt = unknown, Action = unknown> {
  /** The parameters that have other hashes here. */
  readonly connect: readonly string[];
  readonly replace: null;
  readonly act: Rollout<Prompt, Action>;
  readonly load: null;
  /** The gradients themselves are in shared memory. */
  readonly differentiate: MicroBatchReport;
}

/** What a worker says. */
export type WorkerMessage =
  | { readonly kind: 'ready'; readonly parameters: readonly ParameterDescription[] }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | {
      readonly kind: 'failure';
      /** Absent if no policy could be made. */
      readonly id?: number;
      readonly error: { readonly name: string; readonly message: string; readonly stack?: string };
    };

/** What `new Worker` hands over. */
export interface WorkerStart {
  readonly data: unknown;
}
