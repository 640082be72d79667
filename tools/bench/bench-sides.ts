// The processes of a benchmark: the peer's in Python, ours in Node. One task each, nothing else in them.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { BenchBackend } from './bench-rows.js';
import type { PolicyTask, TaskResult } from './policy-tasks.js';

/** Whether Python has the peers' packages; with `cuda`, and a card for PyTorch. */
export type PeerState =
  | { readonly kind: 'found'; readonly cuda: boolean; readonly versions: Readonly<Record<string, string>> }
  | { readonly kind: 'absent'; readonly reason: string };

/** Why a side has no figures for a task. */
export interface Absence {
  readonly absent: string;
}

const PROBE = `
import json, torch
from importlib.metadata import version
import transformers, trl, datasets
print(json.dumps({"cuda": torch.cuda.is_available(), "versions": {n: version(n) for n in ("torch", "transformers", "trl")}}))
`;

/** Looks for the peers in a Python. */
export function findPeers(python: string): PeerState {
  const environment = { ...process.env, HF_HUB_OFFLINE: '1', TRANSFORMERS_VERBOSITY: 'error' };
  try {
    const text = execFileSync(python, ['-c', PROBE], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment,
    });
    return { kind: 'found', ...(JSON.parse(text) as { cuda: boolean; versions: Record<string, string> }) };
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string };
    const missing = /No module named '([^']+)'/.exec(stderr)?.[1];
    return {
      kind: 'absent',
      reason:
        missing === undefined ? (message.split('\n', 1)[0] ?? message) : `${python} has no module ${missing}`,
    };
  }
}

/** Runs a task on the peer's side. */
export function runPeer(python: string, task: PolicyTask): TaskResult {
  const script = join(import.meta.dirname, 'policy_peers.py');
  const text = execFileSync(python, [script, JSON.stringify(task)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, HF_HUB_OFFLINE: '1', TRANSFORMERS_VERBOSITY: 'error' },
  });
  return JSON.parse(text.trim().split('\n').at(-1) ?? '') as TaskResult;
}

/** Runs a task on a backend of ours. The whole process's time is measured here, as a user would wait for it. */
export function runOwn(backend: BenchBackend, task: PolicyTask): TaskResult | Absence {
  const options = ['--conditions=@pose-rft/source', '--import', 'tsx'];
  const script = join(import.meta.dirname, 'policy-own.ts');
  const start = performance.now();
  try {
    const text = execFileSync(process.execPath, [...options, script, backend, JSON.stringify(task)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const total = (performance.now() - start) / 1000;
    return { ...(JSON.parse(text.trim().split('\n').at(-1) ?? '') as TaskResult), total };
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const reason = /BackendUnavailableError: backend "[^"]+": ([^;\n]+)/.exec(stderr)?.[1];
    if (reason !== undefined) return { absent: reason };
    throw error;
  }
}

/** What a Node that does nothing takes, in seconds of its start and bytes of memory: the floor of ours. */
export function emptyProcess(): { readonly seconds: number; readonly bytes: number } {
  let seconds = Infinity;
  let bytes = Infinity;
  for (let run = 0; run < 3; run++) {
    const start = performance.now();
    const text = execFileSync(process.execPath, ['-p', 'process.resourceUsage().maxRSS'], {
      encoding: 'utf8',
    });
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
    bytes = Math.min(bytes, 1024 * Number(text));
  }
  return { seconds, bytes };
}
