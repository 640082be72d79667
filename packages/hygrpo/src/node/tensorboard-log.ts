import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { HyGrpoCallbacks } from '../index.js';
import { encodeEvent, type EventContent } from './event-file.js';

/**
 * Writes every metric as a scalar for TensorBoard (`tensorboard --logdir FOLDER`), each under its own name; those that
 * are not finite are left out. A run that is resumed begins a new file, which makes TensorBoard forget the steps that it
 * repeats.
 *
 * @param folder - the run's own; made if need be
 * @example
 * ```ts
 * import { trainHyGRPO, type HyGrpoRun } from '@pose-rft/hygrpo';
 * import { tensorBoardLog } from '@pose-rft/hygrpo/node';
 *
 * async function train<Prompt, Action>(run: HyGrpoRun<Prompt, Action>): Promise<void> {
 *   for await (const { iteration } of trainHyGRPO({ ...run, callbacks: [tensorBoardLog('run/events')] }))
 *     console.log(iteration);
 * }
 * console.assert(typeof train === 'function');
 * ```
 */
export function tensorBoardLog(folder: string): HyGrpoCallbacks {
  let path: string | undefined;
  const write = async (step: number, content: EventContent): Promise<void> => {
    if (path === undefined) path = await createEventFile(folder);
    await appendFile(path, encodeEvent({ wallTimeSeconds: Date.now() / 1000, step, content }));
  };
  return {
    async onStart({ iteration }) {
      path = undefined;
      await write(0, { kind: 'file-version' });
      if (iteration > 0) await write(iteration, { kind: 'session-start' });
    },
    async onStep({ iteration, metrics }) {
      const values = Object.fromEntries(
        Object.entries({ ...metrics }).filter(([, value]) => Number.isFinite(value)),
      );
      await write(iteration, { kind: 'scalars', values });
    },
  };
}

/** Names sort by time, as TensorBoard reads them; a name that is taken by a run of the same second gets a number. */
async function createEventFile(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
  for (let number = 0; ; number++) {
    const path = join(folder, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${number}`);
    try {
      await writeFile(path, '', { flag: 'wx' });
      return path;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}
