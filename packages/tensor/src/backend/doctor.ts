import { version_core } from '@tensorflow/tfjs-core';
import { activate, activeBackend } from './activate-backend.js';
import { allCandidates, findCandidate, type BackendName } from './backend-candidates.js';
import { runsInNode } from './node-builtins.js';
import { useBackend } from './use-backend.js';

/** The state of one backend. */
export interface BackendDiagnosis {
  readonly backend: BackendName;
  readonly description: string;
  /** `running`: in use; `ready`: would run; `missing`: a package is not installed; `broken`: it is, but does not run. */
  readonly status: 'running' | 'ready' | 'missing' | 'broken';
  /** Why it does not run; undefined if it does. */
  readonly reason: string | undefined;
  /** What turns it on; undefined if it is on, or cannot run on this platform. */
  readonly remedy: string | undefined;
}

/** What `doctor` found out. */
export interface DoctorReport {
  /** For example `Node 20.20.2, linux x64`. */
  readonly platform: string;
  readonly tfjsVersion: string;
  readonly running: BackendName;
  /** Every backend, best first. */
  readonly backends: readonly BackendDiagnosis[];
}

/**
 * Tries every backend, and says which one runs and why the better ones do not. The backend in use stays in use; if
 * none was chosen yet, the best one is.
 *
 * @example
 * ```ts
 * import { doctor, formatDoctor, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('wasm');
 * const report = await doctor();
 * console.assert(report.running === 'wasm');
 * console.assert(formatDoctor(report).includes('npm install'));
 * ```
 */
export async function doctor(): Promise<DoctorReport> {
  const chosenBefore = activeBackend();
  const diagnoses: BackendDiagnosis[] = [];
  for (const candidate of allCandidates()) {
    const { name: backend, description } = candidate;
    const activation = await activate(candidate);
    if (activation.kind === 'running')
      diagnoses.push({ backend, description, status: 'ready', reason: undefined, remedy: undefined });
    else
      diagnoses.push({
        backend,
        description,
        status: activation.missing ? 'missing' : 'broken',
        reason: activation.reason,
        remedy: activation.remedy,
      });
  }
  const previous = chosenBefore === undefined ? undefined : findCandidate(chosenBefore);
  const running = previous ? previous.name : (await useBackend('auto')).backend;
  if (previous) await activate(previous);
  return {
    platform: describePlatform(),
    tfjsVersion: version_core,
    running,
    backends: diagnoses.map((diagnosis) =>
      diagnosis.backend === running ? { ...diagnosis, status: 'running' } : diagnosis,
    ),
  };
}

/** A report as lines for a terminal. */
export function formatDoctor(report: DoctorReport): string {
  const lines = [`${report.platform}, TensorFlow.js ${report.tfjsVersion}`];
  for (const { backend, description, status, reason, remedy } of report.backends) {
    const mark = status === 'running' ? '*' : ' ';
    lines.push(`${mark} ${backend.padEnd(14)} ${status.padEnd(8)} ${reason ?? description}`);
    if (remedy !== undefined) lines.push(`${' '.repeat(26)}to turn it on: ${remedy}`);
  }
  return lines.join('\n');
}

function describePlatform(): string {
  if (runsInNode()) return `Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  const navigator: { userAgent?: string } | undefined = Reflect.get(globalThis, 'navigator');
  return navigator?.userAgent ?? 'unknown platform';
}
