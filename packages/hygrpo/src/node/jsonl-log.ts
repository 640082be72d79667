import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomically } from '@pose-rft/tensor';
import type { HyGrpoCallbacks } from '../index.js';

/**
 * Writes a line of JSON an iteration: `{"iteration":0,"loss":...}` with the metrics by their names, null for those that
 * are not finite, and the sentences `flat` and `stopped`. A run that is resumed goes on in the same file: lines of
 * iterations that it repeats, and a line that a crash cut off, are removed first.
 *
 * @param path - the file; its folder is made if need be
 * @example
 * ```ts
 * import { trainHyGRPO, type HyGrpoRun } from '@pose-rft/hygrpo';
 * import { jsonlLog } from '@pose-rft/hygrpo/node';
 *
 * async function train<Prompt, Action>(run: HyGrpoRun<Prompt, Action>): Promise<void> {
 *   for await (const { iteration } of trainHyGRPO({ ...run, callbacks: [jsonlLog('run/metrics.jsonl')] }))
 *     console.log(iteration);
 * }
 * console.assert(typeof train === 'function');
 * ```
 */
export function jsonlLog(path: string): HyGrpoCallbacks {
  return {
    async onStart({ iteration }) {
      await mkdir(dirname(path), { recursive: true });
      const text = await readFile(path, 'utf8').catch(() => '');
      const kept = text.split('\n').filter((line) => {
        const logged = iterationOf(line);
        return logged !== undefined && logged < iteration;
      });
      await writeFileAtomically(path, kept.map((line) => `${line}\n`).join(''));
    },
    async onStep({ iteration, metrics, flat, stopped }) {
      const sentences = {
        ...(flat === undefined ? {} : { flat }),
        ...(stopped === undefined ? {} : { stopped }),
      };
      // JSON writes NaN and Infinity as null of its own accord.
      await appendFile(path, `${JSON.stringify({ iteration, ...metrics, ...sentences })}\n`);
    },
  };
}

function iterationOf(line: string): number | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' &&
      entry !== null &&
      'iteration' in entry &&
      typeof entry.iteration === 'number'
      ? entry.iteration
      : undefined;
  } catch {
    return undefined;
  }
}
