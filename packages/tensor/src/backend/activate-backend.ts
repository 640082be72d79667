import { engine, matMul, setBackend, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { runsInNode } from './node-builtins.js';
import type { BackendCandidate, BackendName } from './backend-candidates.js';

/** Whether a backend could be made to run, and if not, why. */
export type Activation =
  | { readonly kind: 'running' }
  | {
      readonly kind: 'off';
      /** Whether a package is not installed. */
      readonly missing: boolean;
      readonly reason: string;
      /** What turns it on; undefined if nothing does on this platform. */
      readonly remedy: string | undefined;
    };

let active: BackendName | undefined;

/** The backend that runs now, or undefined if none was chosen through this package. */
export function activeBackend(): BackendName | undefined {
  return active;
}

/**
 * Loads a backend, makes it the engine's, and checks that it multiplies two matrices; otherwise nothing changes.
 *
 * @param choice - `best`: one that runs, but slower than those after it, stays off
 */
export async function activate(
  candidate: BackendCandidate,
  choice: 'best' | 'named' = 'named',
): Promise<Activation> {
  const unsupported = candidate.unsupported();
  if (unsupported !== undefined)
    return { kind: 'off', missing: false, reason: unsupported, remedy: undefined };
  const previous = engine().backendName;
  const turnedOff = async (missing: boolean, reason: string): Promise<Activation> => {
    if (previous) await setBackend(previous);
    return { kind: 'off', missing, reason, remedy: missing ? candidate.install : candidate.repair };
  };
  try {
    await candidate.load();
    const passedOver = choice === 'best' ? candidate.passedOver?.() : undefined;
    if (passedOver !== undefined) return await turnedOff(false, passedOver);
    if (!(await withoutCrashHandlers(() => setBackend(candidate.engineName))))
      return await turnedOff(false, 'it failed to initialise');
    if (!(await multipliesCorrectly()))
      return await turnedOff(false, 'it gave a wrong product of two matrices');
    active = candidate.name;
    return { kind: 'running' };
  } catch (error) {
    const { missing, reason } = explainLoadFailure(error);
    return await turnedOff(missing, reason);
  }
}

/**
 * Emscripten's start-up code makes every later crash of the process print the whole minified backend: by handlers that
 * throw what they are given. Whatever handlers `initialise` adds are taken off again.
 */
async function withoutCrashHandlers<Result>(initialise: () => Promise<Result>): Promise<Result> {
  if (!runsInNode()) return initialise();
  const exceptionHandlers = process.listeners('uncaughtException');
  const rejectionHandlers = process.listeners('unhandledRejection');
  try {
    return await initialise();
  } finally {
    for (const handler of process.listeners('uncaughtException'))
      if (!exceptionHandlers.includes(handler)) process.off('uncaughtException', handler);
    for (const handler of process.listeners('unhandledRejection'))
      if (!rejectionHandlers.includes(handler)) process.off('unhandledRejection', handler);
  }
}

async function multipliesCorrectly(): Promise<boolean> {
  const product = tidy(() => matMul(tensor2d([[1, 2]]), tensor2d([[3], [4]])));
  const values = await product.data();
  product.dispose();
  return values[0] === 11;
}

/** Turns what an import threw into a plain sentence. */
export function explainLoadFailure(error: unknown): { missing: boolean; reason: string } {
  const message = error instanceof Error ? error.message : String(error);
  const firstLine = message.split('\n', 1)[0] ?? message;
  const missingPackage = /Cannot find (?:package|module) '([^']+)'/.exec(message)?.[1];
  if (missingPackage !== undefined && !missingPackage.startsWith('/'))
    return { missing: true, reason: `the package ${missingPackage} is not installed` };
  if (/libtensorflow|tfjs_binding/.test(message))
    return { missing: false, reason: `its native library does not load (${firstLine})` };
  return { missing: false, reason: `it does not load (${firstLine})` };
}
