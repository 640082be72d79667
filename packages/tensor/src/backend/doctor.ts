import { version_core } from '@tensorflow/tfjs-core';
import { activate, activeBackend } from './activate-backend.js';
import { allCandidates, findCandidate, type BackendName } from './backend-candidates.js';
import { measureSpeed, TRAINING_STEP, type BackendSpeed } from './measure-speed.js';
import { nodeBuiltin, runsInNode } from './node-builtins.js';
import { useBackend } from './use-backend.js';

/** The state of one backend. */
export interface BackendDiagnosis {
  readonly backend: BackendName;
  readonly description: string;
  /** `running`: in use; `ready`: would run; `missing`: a package is not installed; `broken`: it is, but does not run. */
  readonly status: 'running' | 'ready' | 'missing' | 'broken';
  /** Why it does not run, or is passed over by `auto`; undefined if neither. */
  readonly reason: string | undefined;
  /** What turns it on; undefined if it is on, or cannot run on this platform. */
  readonly remedy: string | undefined;
  /** How fast it is; undefined if it does not run, or was not measured. */
  readonly speed: BackendSpeed | undefined;
}

/** What the machine has. */
export interface Machine {
  /** Threads that run at once. */
  readonly threads: number;
  /** Undefined where the platform does not say (browsers). */
  readonly memoryGigabytes: number | undefined;
  readonly freeMemoryGigabytes: number | undefined;
}

/** What `doctor` found out. */
export interface DoctorReport {
  /** For example `Node 20.20.2, linux x64`. */
  readonly platform: string;
  readonly machine: Machine;
  readonly tfjsVersion: string;
  readonly running: BackendName;
  /** Every backend, best first. */
  readonly backends: readonly BackendDiagnosis[];
}

/** What `doctor` does beside looking. */
export interface DoctorOptions {
  /** Seconds for which the speed of each backend that runs is measured (default 0: not at all). */
  readonly measureSeconds?: number;
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
export async function doctor({ measureSeconds = 0 }: DoctorOptions = {}): Promise<DoctorReport> {
  const chosenBefore = activeBackend();
  const diagnoses: BackendDiagnosis[] = [];
  for (const candidate of allCandidates()) {
    const { name: backend, description } = candidate;
    const activation = await activate(candidate);
    if (activation.kind === 'running') {
      const speed = measureSeconds > 0 ? await measureSpeed(measureSeconds) : undefined;
      const reason = candidate.passedOver?.();
      diagnoses.push({ backend, description, status: 'ready', reason, remedy: undefined, speed });
    } else
      diagnoses.push({
        backend,
        description,
        status: activation.missing ? 'missing' : 'broken',
        reason: activation.reason,
        remedy: activation.remedy,
        speed: undefined,
      });
  }
  const previous = chosenBefore === undefined ? undefined : findCandidate(chosenBefore);
  const running = previous ? previous.name : (await useBackend('auto')).backend;
  if (previous) await activate(previous);
  return {
    platform: describePlatform(),
    machine: describeMachine(),
    tfjsVersion: version_core,
    running,
    backends: diagnoses.map((diagnosis) =>
      diagnosis.backend === running ? { ...diagnosis, status: 'running' } : diagnosis,
    ),
  };
}

/** A report as lines for a terminal. */
export function formatDoctor(report: DoctorReport): string {
  const lines = [`${report.platform}, TensorFlow.js ${report.tfjsVersion}`, formatMachine(report.machine)];
  const indent = ' '.repeat(26);
  for (const { backend, description, status, reason, remedy, speed } of report.backends) {
    const mark = status === 'running' ? '*' : ' ';
    lines.push(`${mark} ${backend.padEnd(14)} ${status.padEnd(8)} ${reason ?? description}`);
    if (remedy !== undefined) lines.push(`${indent}to turn it on: ${remedy}`);
    if (speed !== undefined) lines.push(indent + formatSpeed(speed));
  }
  if (report.backends.some(({ speed }) => speed !== undefined)) {
    const { rows, width, hidden } = TRAINING_STEP;
    lines.push(
      `(products of 512 x 512 matrices; a step trains a block ${width} to ${hidden} wide on ${rows} rows)`,
    );
  }
  return lines.join('\n');
}

function formatMachine({ threads, memoryGigabytes, freeMemoryGigabytes }: Machine): string {
  const memory =
    memoryGigabytes === undefined || freeMemoryGigabytes === undefined
      ? ''
      : `, ${memoryGigabytes.toFixed(0)} GB of memory, ${freeMemoryGigabytes.toFixed(0)} free`;
  return `${threads} threads${memory}`;
}

function formatSpeed({ productGflops, stepsPerSecond }: BackendSpeed): string {
  return `${productGflops.toPrecision(3)} GFLOP/s, ${stepsPerSecond.toPrecision(3)} training steps a second`;
}

function describeMachine(): Machine {
  if (runsInNode()) {
    const os = nodeBuiltin('node:os');
    return {
      threads: os.availableParallelism(),
      memoryGigabytes: os.totalmem() / 1e9,
      freeMemoryGigabytes: os.freemem() / 1e9,
    };
  }
  const navigator: { hardwareConcurrency?: number } | undefined = Reflect.get(globalThis, 'navigator');
  return {
    threads: navigator?.hardwareConcurrency ?? 1,
    memoryGigabytes: undefined,
    freeMemoryGigabytes: undefined,
  };
}

function describePlatform(): string {
  if (runsInNode()) return `Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  const navigator: { userAgent?: string } | undefined = Reflect.get(globalThis, 'navigator');
  return navigator?.userAgent ?? 'unknown platform';
}
