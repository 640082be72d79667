import { activate } from './activate-backend.js';
import { BackendUnavailableError, UnknownBackendError } from './backend-errors.js';
import { allCandidates, BACKEND_NAMES, findCandidate, type BackendName } from './backend-candidates.js';

/** A better backend that was not chosen. */
export interface SkippedBackend {
  readonly backend: BackendName;
  readonly reason: string;
  /** What turns it on; undefined if nothing does on this platform. */
  readonly remedy: string | undefined;
}

/** What `useBackend` chose. */
export interface BackendReport {
  readonly backend: BackendName;
  readonly description: string;
  /** The better backends, and why each does not run; empty if one was asked for by name. */
  readonly skipped: readonly SkippedBackend[];
}

/**
 * Chooses the backend that all tensors of this process live on.
 *
 * `auto` takes the best that loads and passes a check: native TensorFlow on CUDA, WebGPU, native TensorFlow, wasm,
 * plain JavaScript. The last two come with this package. A WebGPU that a processor plays (SwiftShader, lavapipe) is
 * passed over; by its name it runs. Call it once, before creating tensors.
 *
 * @throws UnknownBackendError for a name that does not exist
 * @throws BackendUnavailableError if the named backend does not run here; the previous one stays in use
 * @example
 * ```ts
 * import { tensor1d, useBackend } from '@pose-rft/tensor';
 *
 * const report = await useBackend('wasm');
 * console.assert(report.backend === 'wasm');
 * tensor1d([1, 2]).dispose();
 * ```
 */
export async function useBackend(name: BackendName | 'auto' = 'auto'): Promise<BackendReport> {
  if (name === 'auto') return useBestBackend();
  const candidate = findCandidate(name);
  if (candidate === undefined) throw new UnknownBackendError(name, ['auto', ...BACKEND_NAMES]);
  const activation = await activate(candidate);
  if (activation.kind === 'off')
    throw new BackendUnavailableError(name, activation.reason, activation.remedy);
  return { backend: candidate.name, description: candidate.description, skipped: [] };
}

async function useBestBackend(): Promise<BackendReport> {
  const skipped: SkippedBackend[] = [];
  for (const candidate of allCandidates()) {
    const activation = await activate(candidate, 'best');
    if (activation.kind === 'running')
      return { backend: candidate.name, description: candidate.description, skipped };
    skipped.push({ backend: candidate.name, reason: activation.reason, remedy: activation.remedy });
  }
  const reasons = skipped.map(({ backend, reason }) => `${backend}: ${reason}`).join('; ');
  throw new BackendUnavailableError('auto', `no backend runs here (${reasons})`, undefined);
}
