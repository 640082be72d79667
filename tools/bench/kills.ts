/**
 * A run that is killed (SIGKILL) at random moments and resumed each time, against one that is left alone: the weights at
 * the end must be the same, bit for bit.
 *
 *     node --conditions=@pose-rft/source --import tsx tools/bench/kills.ts [kills [iterations]]
 */
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';

const kills = Number(process.argv[2] ?? 50);
const iterations = Number(process.argv[3] ?? 400);
const LONGEST_LIFE_MILLISECONDS = 4000;
const main = join(import.meta.dirname, '..', '..', 'packages', 'pose-rft', 'src', 'cli', 'main.ts');
const folder = mkdtempSync(join(tmpdir(), 'kills-'));
process.on('exit', () => {
  rmSync(folder, { recursive: true });
});

/** Runs the command; true if it came to its end before it was to be killed. */
function live(out: string, resume: boolean, killAfterMilliseconds?: number): Promise<boolean> {
  const child = spawn(
    process.execPath,
    [
      ...['--conditions=@pose-rft/source', '--import', 'tsx', main, 'rft', '--out', out],
      ...['--iterations', String(iterations), '--checkpoint-every', '2', '--prompts', '16'],
      ...['--backend', 'wasm', ...(resume ? ['--resume'] : [])],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const timer =
    killAfterMilliseconds === undefined
      ? undefined
      : setTimeout(() => child.kill('SIGKILL'), killAfterMilliseconds);
  return new Promise((resolve, reject) => {
    child.once('close', (status, signal) => {
      clearTimeout(timer);
      if (status === 0) resolve(true);
      else if (signal === 'SIGKILL') resolve(false);
      // Killed before its first checkpoint, a run has nothing to resume: it starts anew.
      else if (/nothing to continue/.test(complaint)) resolve(live(out, false, killAfterMilliseconds));
      else reject(new Error(`status ${status}: ${complaint}`));
    });
  });
}

const weightsOf = (out: string): string =>
  createHash('sha256')
    .update(readFileSync(join(out, 'model', 'model.safetensors')))
    .digest('hex');

const random = createRandom(50);
const killed = join(folder, 'killed');
let count = 0;
let ended = await live(killed, false, random.uniform() * LONGEST_LIFE_MILLISECONDS);
while (!ended) {
  count += 1;
  ended = await live(
    killed,
    true,
    count < kills ? 500 + random.uniform() * LONGEST_LIFE_MILLISECONDS : undefined,
  );
}
const straight = join(folder, 'straight');
await live(straight, false);
const isSame = weightsOf(killed) === weightsOf(straight);
console.log(
  `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}: ${iterations} iterations, killed ${count} times; ` +
    `the weights are ${isSame ? 'the same, bit for bit' : 'DIFFERENT'} (${weightsOf(straight).slice(0, 16)})`,
);
if (!isSame) process.exitCode = 1;
