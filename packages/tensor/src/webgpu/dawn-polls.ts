/**
 * Dawn's Node binding finishes what a card was asked for (a mapped buffer, a device) when it is polled; it queues each
 * poll by calling the global `setImmediate`. Whatever starts such work is run with a `setImmediate` that remembers the
 * poll, so that it can also be made at once: that is how a tensor's numbers are read synchronously in Node, where
 * tfjs's own way (drawing on a browser's canvas) does not exist.
 */
let pendingPoll: (() => void) | undefined;

/** Runs `call` and remembers the poll that it queues. */
export function rememberPolls<Result>(call: () => Result): Result {
  const queueLater = globalThis.setImmediate;
  const rememberAndQueue = (poll: () => void): unknown => {
    const pollOnce = (): void => {
      if (pendingPoll !== pollOnce) return;
      pendingPoll = undefined;
      rememberPolls(poll); // It queues the next one, if something is still to come.
    };
    pendingPoll = pollOnce;
    return queueLater(pollOnce);
  };
  globalThis.setImmediate = rememberAndQueue as typeof globalThis.setImmediate;
  try {
    return call();
  } finally {
    globalThis.setImmediate = queueLater;
  }
}

/** Makes the queued poll now; false if there is none. */
export function pollNow(): boolean {
  if (pendingPoll === undefined) return false;
  pendingPoll();
  return true;
}

/** The methods of Dawn's classes that begin something which a poll ends. */
const METHODS_THAT_WAIT: Readonly<Record<string, readonly string[]>> = {
  GPUAdapter: ['requestDevice'],
  GPUBuffer: ['mapAsync'],
  GPUDevice: ['popErrorScope', 'createComputePipelineAsync', 'createRenderPipelineAsync'],
  GPUQueue: ['onSubmittedWorkDone'],
  GPUShaderModule: ['getCompilationInfo'],
};

const remembering = new WeakSet<object>();

/** Makes Dawn's classes remember their polls; they are the binding's own, and are changed once. */
export function rememberPollsOf(classes: object): void {
  if (remembering.has(classes)) return;
  remembering.add(classes);
  for (const [name, methods] of Object.entries(METHODS_THAT_WAIT)) {
    const constructor: unknown = Reflect.get(classes, name);
    if (typeof constructor !== 'function') continue;
    const prototype = constructor.prototype as Record<string, unknown>;
    for (const method of methods) {
      const original = prototype[method];
      if (typeof original !== 'function') continue;
      prototype[method] = function (this: unknown, ...operands: unknown[]): unknown {
        return rememberPolls(() => Reflect.apply(original, this, operands) as unknown);
      };
    }
  }
}
