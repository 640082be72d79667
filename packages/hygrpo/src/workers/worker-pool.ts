import type { WorkerOptions } from 'node:worker_threads';
import { tensorToData, type ParameterStore } from '@pose-rft/tensor';
import { HyGrpoConfigError, type MicroBatch, type PolicyExecutor, type PolicyWorkers } from '../index.js';
import {
  createGradientSum,
  createSharedGradients,
  describeParameters,
  hashUnshared,
  publishWeights,
  shareWeights,
  type ParameterDescription,
  type SharedGradients,
} from './shared-parameters.js';
import { startWorker, type WorkerThread } from './worker-thread.js';

export interface WorkerPoolOptions {
  /** The workers' module, which calls `servePolicy`: `new URL('./policy-worker.js', import.meta.url)`. */
  readonly module: URL;
  /** How many, >= 1; as many as cores are of use. */
  readonly count: number;
  /** Handed to `servePolicy`'s function; plain data. */
  readonly data?: unknown;
  /** Further options of `new Worker`, such as `execArgv` or `resourceLimits`. */
  readonly worker?: Omit<WorkerOptions, 'workerData' | 'eval'>;
}

/** Threads for `trainHyGRPO({ ..., workers })`. They keep the process alive until they are closed. */
export interface WorkerPool<Prompt, Action> extends PolicyWorkers<Prompt, Action> {
  close(): Promise<void>;
}

/** Thrown when a worker's policy is not that of the run: it has other parameters, or works for another run. */
export class WorkerPolicyError extends Error {
  override readonly name = 'WorkerPolicyError';
}

/**
 * Starts threads that act and differentiate for a run: its prompts are divided among them. Weights and gradients go
 * through shared memory, and gradients are added up in a fixed order. A run with workers gives the same result as one
 * without, bit for bit on equal backends, if both have the same `promptsPerActCall` and `promptsPerMicroBatch`;
 * rewards, the optimiser and the auxiliary loss stay in the main thread.
 *
 * @throws WorkerFailedError if a worker does not start, or its policy cannot be made
 * @throws HyGrpoConfigError
 * @example
 * ```ts
 * import { trainHyGRPO, type HyGrpoRun } from '@pose-rft/hygrpo';
 * import { createWorkerPool } from '@pose-rft/hygrpo/workers';
 *
 * async function train<Prompt, Action>(run: HyGrpoRun<Prompt, Action>): Promise<void> {
 *   const module = new URL('./policy-worker.js', import.meta.url);
 *   const workers = await createWorkerPool<Prompt, Action>({ module, count: 2 });
 *   for await (const { iteration } of trainHyGRPO({ ...run, workers })) console.log(iteration);
 *   await workers.close();
 * }
 * console.assert(typeof train === 'function');
 * ```
 */
export async function createWorkerPool<Prompt, Action>(
  options: WorkerPoolOptions,
): Promise<WorkerPool<Prompt, Action>> {
  const { module, count, data, worker = {} } = options;
  if (!(Number.isSafeInteger(count) && count >= 1))
    throw new HyGrpoConfigError('workers.count', count, 'an integer >= 1');
  const starting = await Promise.allSettled(
    Array.from({ length: count }, (_, index) => startWorker<Prompt, Action>(index, module, data, worker)),
  );
  const threads = starting.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failure = starting.find((start) => start.status === 'rejected');
  if (failure) {
    await Promise.all(threads.map((thread) => thread.close()));
    throw failure.reason as Error;
  }
  let present: symbol | undefined;
  return {
    count,
    connect: (parameters) => {
      // The threads hold one run's weights: another run takes them over, and the one before it must not go on.
      const own = (present = Symbol('run'));
      return connect(threads, parameters, () => present === own);
    },
    close: async () => {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

async function connect<Prompt, Action>(
  threads: readonly WorkerThread<Prompt, Action>[],
  parameters: ParameterStore,
  isPresent: () => boolean,
): Promise<PolicyExecutor<Prompt, Action>> {
  threads.forEach((thread, index) => requireSamePolicy(index, parameters, thread.parameters));
  const weights = shareWeights(parameters);
  const gradients = threads.map(() => createSharedGradients(weights));
  const hashes = hashUnshared(parameters, weights.layout);
  await Promise.all(
    threads.map(async (thread, index) => {
      const own = gradients[index] as SharedGradients;
      const different = await thread.ask({ kind: 'connect', weights, gradients: own, hashes });
      if (different.length === 0) return;
      const replacements = different.map((name) => [name, tensorToData(parameters.get(name))] as const);
      await thread.ask({ kind: 'replace', parameters: Object.fromEntries(replacements) });
    }),
  );
  const requirePresent = (): void => {
    if (!isPresent())
      throw new WorkerPolicyError(
        'the pool works for another run by now: give each run that is going on its own',
      );
  };
  const workerOf = (index: number): WorkerThread<Prompt, Action> => {
    requirePresent();
    return threads[index % threads.length] as WorkerThread<Prompt, Action>;
  };

  return {
    concurrency: threads.length,
    act: async (calls, signal) =>
      Promise.all(
        calls.map(({ random, ...call }, index) =>
          workerOf(index).ask({ kind: 'act', call: { ...call, random: random.state() } }, signal),
        ),
      ),
    async load(batches) {
      requirePresent();
      const shares = threads.map((): (readonly [number, MicroBatch<Prompt, Action>])[] => []);
      batches.forEach((batch, index) => shares[index % threads.length]?.push([index, batch]));
      await Promise.all(
        threads.map((thread, index) => thread.ask({ kind: 'load', batches: shares[index] ?? [] })),
      );
    },
    async differentiate(indices) {
      const sum = createGradientSum(weights);
      const reports = [];
      // Micro-batches that follow each other belong to different workers: each has room for the gradients of one.
      for (let start = 0; start < indices.length; start += threads.length) {
        const wave = indices.slice(start, start + threads.length);
        const asked = wave.map((index) => workerOf(index).ask({ kind: 'differentiate', index }));
        reports.push(...(await Promise.all(asked)));
        for (const index of wave) sum.add(gradients[index % threads.length] as SharedGradients);
      }
      return { gradients: sum.tensors(), reports };
    },
    parametersChanged: () => publishWeights(parameters, weights),
    unload() {
      if (isPresent()) for (const thread of threads) thread.unload();
    },
  };
}

function requireSamePolicy(
  index: number,
  trained: ParameterStore,
  served: readonly ParameterDescription[],
): void {
  const text = (all: readonly ParameterDescription[]): readonly string[] =>
    all.map(({ name, dtype, shape }) => `'${name}' ${dtype}[${shape.join(', ')}]`);
  const [own, theirs] = [text(describeParameters(trained)), text(served)];
  const missing = own.filter((each) => !theirs.includes(each));
  const extra = theirs.filter((each) => !own.includes(each));
  if (missing.length + extra.length > 0)
    throw new WorkerPolicyError(
      `worker ${index}: its policy is another than the trained one: ` +
        `it lacks ${missing.slice(0, 4).join('; ') || 'nothing'}, and has besides ${extra.slice(0, 4).join('; ') || 'nothing'}`,
    );
  const unshared = describeParameters(trained).find(
    ({ name, dtype }) => dtype !== 'float32' && trained.isTrainable(name),
  );
  if (unshared)
    throw new WorkerPolicyError(`'${unshared.name}' is ${unshared.dtype}: only float32 can be trained`);
}
