// Trains every method on every problem with several seeds, and appends a line of JSON a run to a file; `npm run report`
// makes a table of it. Runs that the file already holds are not repeated, so an interrupted benchmark goes on:
//   npm run benchmark -- --seeds=1,2,3 --problems=platform,goal
import { useBackend } from '@pose-rft/tensor';
import { appendFileSync, existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { PROBLEMS } from './problems.js';
import { readRuns, RUNS_FILE, type BenchmarkRun } from './runs.js';
import type { Trained } from './training.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1,2,3' },
    problems: { type: 'string', default: PROBLEMS.map(({ key }) => key).join() },
  },
});
const METHODS: readonly Trained[] = ['both', 'choice', 'parameters'];
const wanted = values.problems.split(',');
const unknown = wanted.filter((name) => !PROBLEMS.some(({ key }) => key === name));
if (unknown.length > 0)
  throw new Error(`unknown problems ${unknown.join()}; there are ${PROBLEMS.map(({ key }) => key).join()}`);

await useBackend('wasm');
for (const seed of values.seeds.split(',').map(Number))
  for (const problem of PROBLEMS.filter(({ key }) => wanted.includes(key)))
    for (const trained of METHODS) {
      const runs = existsSync(RUNS_FILE) ? readRuns() : [];
      const isSame = (run: BenchmarkRun): boolean =>
        run.problem === problem.key && run.trained === trained && run.seed === seed;
      if (runs.some(isSame)) continue;
      const result = await problem.run({ seed, trained, evaluationEpisodes: 1000 });
      const run: BenchmarkRun = { problem: problem.key, trained, seed, ...result };
      appendFileSync(RUNS_FILE, `${JSON.stringify(run)}\n`);
      console.log(JSON.stringify(run));
    }
