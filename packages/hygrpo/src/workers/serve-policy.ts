import { isMainThread, parentPort, workerData, type MessagePort } from 'node:worker_threads';
import type { HybridPolicy } from '@pose-rft/hybrid-actions';
import { createRandom } from '@pose-rft/random';
import { dataToTensor, dispose } from '@pose-rft/tensor';
import { match } from 'ts-pattern';
import { differentiateMicroBatch, type MicroBatch, type ReferencePolicy } from '../index.js';
import { anchorMicroBatch, disposeAnchors, type MicroBatchAnchors } from '../micro-batch.js';
import {
  adoptWeights,
  describeParameters,
  hashUnshared,
  publishGradients,
  type SharedGradients,
  type SharedWeights,
} from './shared-parameters.js';
import type { WorkerAnswers, WorkerMessage, WorkerRequest, WorkerStart } from './worker-messages.js';

/** What a worker works with. */
export interface ServedPolicy<Prompt, Action> {
  readonly policy: HybridPolicy<Prompt, Action>;
  /** Needed where a KL coefficient is positive. */
  readonly reference?: ReferencePolicy<Prompt, Action>;
}

/** Thrown when a policy is to be served outside a worker. */
export class NotAWorkerError extends Error {
  override readonly name = 'NotAWorkerError';
}

/**
 * Lets a pool use a policy of this thread: the one call in the module that `createWorkerPool` is given. The policy must
 * have the parameters of the one that is trained; their values follow it.
 *
 * @param create - makes the policy, after choosing a backend; `data` is what the pool was given for its workers
 * @throws NotAWorkerError in a main thread
 * @example
 * ```ts
 * import type { HybridPolicy } from '@pose-rft/hybrid-actions';
 * import { servePolicy } from '@pose-rft/hygrpo/workers';
 * import { useBackend } from '@pose-rft/tensor';
 *
 * // policy-worker.ts, with a createPolicy that the main program calls as well
 * async function serve<Prompt, Action>(createPolicy: () => HybridPolicy<Prompt, Action>): Promise<void> {
 *   await servePolicy(async () => {
 *     await useBackend('wasm');
 *     return { policy: createPolicy(), reference: createPolicy() };
 *   });
 * }
 * console.assert(typeof serve === 'function');
 * ```
 */
export async function servePolicy<Prompt, Action>(
  create: (data: unknown) => ServedPolicy<Prompt, Action> | Promise<ServedPolicy<Prompt, Action>>,
): Promise<void> {
  if (isMainThread || parentPort === null)
    throw new NotAWorkerError(
      'servePolicy is for worker threads: give the module that calls it to createWorkerPool, do not import it',
    );
  const port = parentPort;
  const say = (message: WorkerMessage): void => port.postMessage(message);
  try {
    const served = await create((workerData as WorkerStart).data);
    listen(port, createServer(served), say);
    say({ kind: 'ready', parameters: describeParameters(served.policy.parameters) });
  } catch (error) {
    say({ kind: 'failure', error: describeError(error) });
  }
}

/** Answers requests one after the other; only an abort overtakes. */
function listen<Prompt, Action>(
  port: MessagePort,
  server: PolicyServer<Prompt, Action>,
  say: (message: WorkerMessage) => void,
): void {
  const abortable = new Map<number, AbortController>();
  let queue = Promise.resolve();
  port.on('message', (request: WorkerRequest<Prompt, Action>) => {
    const { id } = request;
    if (request.kind === 'abort') {
      abortable.get(id)?.abort();
      return;
    }
    const controller = new AbortController();
    abortable.set(id, controller);
    queue = queue.then(async () => {
      try {
        const value = await server.answer(request, controller.signal);
        if (request.kind !== 'unload') say({ kind: 'answer', id, value });
      } catch (error) {
        say({ kind: 'failure', id, error: describeError(error) });
      } finally {
        abortable.delete(id);
      }
    });
  });
}

interface PolicyServer<Prompt, Action> {
  answer(
    request: Exclude<WorkerRequest<Prompt, Action>, { kind: 'abort' }>,
    signal: AbortSignal,
  ): Promise<WorkerAnswers<Prompt, Action>[keyof WorkerAnswers]>;
}

function createServer<Prompt, Action>({
  policy,
  reference,
}: ServedPolicy<Prompt, Action>): PolicyServer<Prompt, Action> {
  const { parameters } = policy;
  let shared: { readonly weights: SharedWeights; readonly gradients: SharedGradients } | undefined;
  let adopted = NaN;
  const loaded = new Map<number, { batch: MicroBatch<Prompt, Action>; anchors: MicroBatchAnchors }>();

  function connected(): NonNullable<typeof shared> {
    if (shared === undefined) throw new Error('asked to work before the weights came');
    if (Atomics.load(shared.weights.version, 0) !== adopted)
      adopted = adoptWeights(parameters, shared.weights);
    return shared;
  }

  function unload(): null {
    for (const { anchors } of loaded.values()) disposeAnchors(anchors);
    loaded.clear();
    return null;
  }

  function connect(
    weights: SharedWeights,
    gradients: SharedGradients,
    hashes: Readonly<Record<string, number>>,
  ): readonly string[] {
    unload();
    shared = { weights, gradients };
    adopted = NaN;
    const trainable = new Set(weights.layout.map(({ name }) => name));
    parameters.unfreeze((name) => trainable.has(name));
    parameters.freeze((name) => !trainable.has(name));
    connected();
    const own = hashUnshared(parameters, weights.layout);
    return Object.keys(own).filter((name) => own[name] !== hashes[name]);
  }

  function differentiate(index: number): WorkerAnswers['differentiate'] {
    const { weights, gradients: target } = connected();
    const entry = loaded.get(index);
    if (entry === undefined) throw new Error(`micro-batch ${index} was not loaded`);
    const { report, gradients } = differentiateMicroBatch(policy, entry.batch, entry.anchors);
    publishGradients(gradients, weights.layout, target);
    dispose(gradients);
    return report;
  }

  return {
    answer: (request, signal) =>
      match(request)
        .returnType<Promise<WorkerAnswers<Prompt, Action>[keyof WorkerAnswers]>>()
        .with({ kind: 'connect' }, async ({ weights, gradients, hashes }) =>
          connect(weights, gradients, hashes),
        )
        .with({ kind: 'replace' }, async ({ parameters: replacements }) => {
          for (const [name, data] of Object.entries(replacements))
            parameters.replace(name, dataToTensor(data));
          return null;
        })
        .with({ kind: 'act' }, async ({ call: { prompts, random, ...options } }) => {
          connected();
          const acting = policy.act(prompts, { ...options, random: createRandom(random), signal });
          return Promise.race([acting, rejectedBy(signal)]);
        })
        .with({ kind: 'load' }, async ({ batches }) => {
          connected();
          unload();
          for (const [index, batch] of batches)
            loaded.set(index, { batch, anchors: anchorMicroBatch(policy, batch, reference) });
          return null;
        })
        .with({ kind: 'differentiate' }, async ({ index }) => differentiate(index))
        .with({ kind: 'unload' }, async () => unload())
        .exhaustive(),
  };
}

/** So that a policy which does not listen to its signal keeps nobody waiting. */
function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function describeError(error: unknown): Extract<WorkerMessage, { kind: 'failure' }>['error'] {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  return { name, message, ...(stack === undefined ? {} : { stack }) };
}
