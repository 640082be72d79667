import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createRandom } from '@pose-rft/random';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allSteps, banditConfig, banditRun, parametersOf } from '../testing/hybrid-bandit.js';

const ITERATIONS = 60;
const KILLS = 3;
const EVERY = 2;
const program = fileURLToPath(new URL('../testing/killable-run.ts', import.meta.url));

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hygrpo-kill-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Life {
  readonly start: number;
  /** Iterations done when the process died. */
  readonly done: number;
  /** The parameters, if it came to its end. */
  readonly parameters?: number[];
}

/** Runs the program; kills it, if at all, so many milliseconds after its first iteration. */
async function live(killAfterMilliseconds?: number): Promise<Life> {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--conditions=@pose-rft/source', '--import', 'tsx', program, folder, String(ITERATIONS)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const life: { start: number; done: number; parameters?: number[] } = { start: NaN, done: NaN };
  if (!child.stdout) throw new Error('no output to read');
  const ended = new Promise((resolve) => child.once('close', resolve));
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('[')) life.parameters = JSON.parse(line) as number[];
    else if (line.startsWith('start')) life.start = life.done = Number(line.slice(6));
    else {
      if (life.done === life.start && killAfterMilliseconds !== undefined)
        setTimeout(() => child.kill('SIGKILL'), killAfterMilliseconds);
      life.done = Number(line);
    }
  }
  await ended;
  return life;
}

test('killed at any moment, a run loses what came after its last checkpoint, and ends with the same weights', async () => {
  const random = createRandom(20);
  let before: Life = { start: 0, done: 0 };
  let kills = 0;
  let last = await live(random.uniform() * 120);
  for (;;) {
    expect(last.start).toBeGreaterThanOrEqual(Math.floor(before.done / EVERY) * EVERY);
    if (last.parameters) break;
    kills += 1;
    before = last;
    last = await live(kills < KILLS ? random.uniform() * 120 : undefined);
  }
  expect(kills).toBeGreaterThanOrEqual(2);

  const straight = banditRun({
    config: { ...banditConfig, iterations: ITERATIONS, innerEpochs: 2, minibatches: 2 },
  });
  await allSteps(straight);
  expect(last.parameters).toEqual(parametersOf(straight.policy));
  straight.policy.parameters.dispose();

  // Nothing half-written is left, and the log has each iteration once.
  expect((await readdir(join(folder, 'checkpoints'))).every((name) => /^iteration-\d{7}$/.test(name))).toBe(
    true,
  );
  const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { iteration: number }).iteration)).toEqual(
    Array.from({ length: ITERATIONS }, (_, iteration) => iteration),
  );
}, 300_000);
