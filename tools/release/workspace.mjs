// What the checks of this folder share: the list of packages, child processes, and a small pool for two or more cores.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

/**
 * @typedef {{ readonly folder: string; readonly directory: string; readonly name: string; readonly manifest: any }} Package
 * @returns {Package[]} every package of the workspace, in the order of their folders' names
 */
export function listPackages() {
  return readdirSync(resolve(root, 'packages')).map((folder) => {
    const directory = resolve(root, 'packages', folder);
    const manifest = JSON.parse(readFileSync(resolve(directory, 'package.json'), 'utf8'));
    return { folder, directory, name: manifest.name, manifest };
  });
}

/**
 * Runs a command to its end and keeps what it printed. Never rejects: a failure is `ok: false`.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string; timeoutMilliseconds?: number; env?: Record<string, string> }} [options]
 * @returns {Promise<{ ok: boolean; output: string }>}
 */
export function run(command, args, { cwd = root, timeoutMilliseconds = 300_000, env = {} } = {}) {
  return new Promise((settle) => {
    const path = `${resolve(root, 'node_modules/.bin')}${delimiter}${process.env.PATH}`;
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, NO_COLOR: '1', PATH: path, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMilliseconds,
      killSignal: 'SIGKILL',
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => settle({ ok: false, output: `${output}${error.message}` }));
    child.on('close', (code, signal) => {
      if (signal) output += `\nended by ${signal} (limit: ${timeoutMilliseconds / 1000} s)`;
      settle({ ok: code === 0, output });
    });
  });
}

/**
 * Maps over items with as many at a time as there are cores.
 *
 * @template Item, Result
 * @param {readonly Item[]} items
 * @param {(item: Item) => Promise<Result>} task
 * @returns {Promise<Result[]>}
 */
export async function mapConcurrently(items, task) {
  const results = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await task(items[index]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(items.length, availableParallelism()) }, worker));
  return results;
}

/** Counts checks, prints each failure where it happens, and ends the process with one line and an exit status. */
export function createTally() {
  let checked = 0;
  let failed = 0;
  return {
    /** @param {string} what @param {boolean} ok @param {string} [details] */
    add(what, ok, details = '') {
      checked += 1;
      if (ok) return;
      failed += 1;
      process.stdout.write(`FAILED ${what}\n${indent(details)}\n`);
    },
    /** @param {string} unit what was counted, e.g. "package checks" */
    finish(unit) {
      const seconds = (performance.now() / 1000).toFixed(0);
      if (checked === 0) process.stdout.write(`nothing was checked: no ${unit} found, which is a failure\n`);
      process.stdout.write(`${checked} ${unit}, ${failed} failed (${seconds} s)\n`);
      process.exitCode = checked === 0 || failed > 0 ? 1 : 0;
    },
  };
}

const LONGEST_LINE = 300;

/** The first and the last lines, none endless: Node prints a whole minified file as the line that threw. @param {string} text */
function indent(text) {
  const lines = text.trim().split('\n');
  const shown =
    lines.length <= 60
      ? lines
      : [...lines.slice(0, 30), `... ${lines.length - 60} lines ...`, ...lines.slice(-30)];
  return shown
    .map((line) => `    ${line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)} ...` : line}`)
    .join('\n');
}
