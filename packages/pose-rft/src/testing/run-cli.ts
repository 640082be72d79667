import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How a run of the command line ended. */
export interface CliResult {
  /** Null if a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running command line. */
export interface CliRun {
  readonly process: ChildProcess;
  readonly ended: Promise<CliResult>;
  /** Resolves once stdout holds the text, or with `false` if the process ends without it. */
  saying(text: string): Promise<boolean>;
}

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

/** Starts the command line from its sources, in a process of its own. */
export function startCli(...words: readonly string[]): CliRun {
  const child = spawn(
    process.execPath,
    ['--conditions=@pose-rft/source', '--import', 'tsx', MAIN, ...words],
    // The package's folder, so that `tsx` is found; nobody types into a test.
    { cwd: fileURLToPath(new URL('../..', import.meta.url)), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const listener of listeners) listener();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
  return {
    process: child,
    ended,
    saying: (text) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!stdout.includes(text)) return;
          listeners.delete(check);
          resolve(true);
        };
        listeners.add(check);
        check();
        void ended.then(() => resolve(stdout.includes(text)));
      }),
  };
}

/** Runs the command line to its end. */
export function runCli(...words: readonly string[]): Promise<CliResult> {
  return startCli(...words).ended;
}
