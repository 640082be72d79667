import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { ParameterDescription } from './shared-parameters.js';
import type { WorkerAnswers, WorkerMessage, WorkerRequest, WorkerStart } from './worker-messages.js';

/** Thrown when a worker's policy throws, or the worker itself ends. */
export class WorkerFailedError extends Error {
  override readonly name = 'WorkerFailedError';
  constructor(
    /** Its index in the pool. */
    readonly worker: number,
    message: string,
    cause?: unknown,
  ) {
    super(`worker ${worker}: ${message}`, cause === undefined ? {} : { cause });
  }
}

type Answerable = keyof WorkerAnswers;
type RequestOf<Prompt, Action, Kind extends Answerable> = Omit<
  Extract<WorkerRequest<Prompt, Action>, { kind: Kind }>,
  'id'
>;

/** A thread that answers requests. */
export interface WorkerThread<Prompt, Action> {
  /** Of its policy. */
  readonly parameters: readonly ParameterDescription[];
  /** @throws WorkerFailedError, or the signal's reason */
  ask<Kind extends Answerable>(
    request: RequestOf<Prompt, Action, Kind> & { readonly kind: Kind },
    signal?: AbortSignal,
  ): Promise<WorkerAnswers<Prompt, Action>[Kind]>;
  /** Lets go of what was loaded, without an answer. */
  unload(): void;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Starts a worker, and waits until its policy is there.
 *
 * @throws WorkerFailedError if it does not come to that
 */
export async function startWorker<Prompt, Action>(
  index: number,
  module: URL,
  data: unknown,
  options: WorkerOptions,
): Promise<WorkerThread<Prompt, Action>> {
  const start: WorkerStart = { data };
  const worker = new Worker(module, { ...options, workerData: start });
  const waiting = new Map<number, Waiting>();
  let dead: WorkerFailedError | undefined;
  let nextId = 0;

  const parameters = await new Promise<readonly ParameterDescription[]>((resolve, reject) => {
    const die = (message: string, cause?: unknown): void => {
      dead ??= new WorkerFailedError(index, message, cause);
      reject(dead);
      for (const { reject: fail } of waiting.values()) fail(dead);
      waiting.clear();
    };
    worker.on('error', (error: unknown) =>
      die(error instanceof Error ? `${error.name}: ${error.message}` : String(error), error),
    );
    worker.on('exit', (code) => die(`it ended with exit code ${code}; its module must call servePolicy`));
    worker.on('message', (message: WorkerMessage) => {
      switch (message.kind) {
        case 'ready':
          return resolve(message.parameters);
        case 'answer':
          waiting.get(message.id)?.resolve(message.value);
          waiting.delete(message.id);
          return;
        case 'failure': {
          const { id, error } = message;
          const failure = new WorkerFailedError(index, `${error.name}: ${error.message}`, revive(error));
          if (id === undefined) return reject(failure);
          waiting.get(id)?.reject(failure);
          waiting.delete(id);
        }
      }
    });
  }).catch(async (error: unknown) => {
    await worker.terminate();
    throw error;
  });

  return {
    parameters,
    async ask(request, signal) {
      if (dead) throw dead;
      signal?.throwIfAborted();
      const id = nextId++;
      const answered = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
      const abort = (): void => {
        worker.postMessage({ id, kind: 'abort' } satisfies WorkerRequest);
        waiting.get(id)?.reject(signal?.reason);
        waiting.delete(id);
      };
      signal?.addEventListener('abort', abort, { once: true });
      try {
        post(worker, index, { ...request, id });
        return (await answered) as WorkerAnswers<Prompt, Action>[typeof request.kind];
      } finally {
        waiting.delete(id);
        signal?.removeEventListener('abort', abort);
      }
    },
    unload() {
      if (!dead) worker.postMessage({ id: nextId++, kind: 'unload' } satisfies WorkerRequest);
    },
    async close() {
      dead ??= new WorkerFailedError(index, 'its pool was closed');
      await worker.terminate();
    },
  };
}

function post(worker: Worker, index: number, message: unknown): void {
  try {
    worker.postMessage(message);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WorkerFailedError(
      index,
      `a prompt, an action or a setting cannot be sent to another thread (${reason}): use plain data`,
      error,
    );
  }
}

function revive({ name, message, stack }: { name: string; message: string; stack?: string }): Error {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
