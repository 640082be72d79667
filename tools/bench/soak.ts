/**
 * A long run in short: iterations of HyGRPO on the pose model that ships, with tensors, memory and the time of a step
 * watched.
 *
 *     node --expose-gc --conditions=@pose-rft/source --import tsx tools/bench/soak.ts [iterations [backend]]
 *
 * Prints the first and the last tenth; ends with status 1 if the number of tensors changed, or memory grew by more than
 * 2 % from the first to the last tenth.
 */
import { createRandom } from '@pose-rft/random';
import { memory, useBackend, type BackendName } from '@pose-rft/tensor';
import {
  loadModelOrShipped,
  reinforcementMethod,
  stepBudget,
  trainingSamples,
  trainReinforcement,
} from 'pose-rft';

const iterations = Number(process.argv[2] ?? 2000);
const { backend } = await useBackend((process.argv[3] ?? 'wasm') as BackendName);
const collectGarbage = (globalThis as { gc?: () => void }).gc;
if (collectGarbage === undefined)
  throw new Error('start node with --expose-gc: memory is read after a collection');

const model = await loadModelOrShipped(undefined, 'sft');
const reference = model.clone();

interface Sample {
  readonly seconds: number;
  readonly tensors: number;
  /** The heap of JavaScript and what lies outside it: typed arrays, the heap of wasm. */
  readonly managedBytes: number;
  readonly residentBytes: number;
}

const samples: Sample[] = [];
const COLLECT_EVERY = 10;
let last = performance.now();
for await (const step of trainReinforcement({
  model,
  reference,
  method: reinforcementMethod('hygrpo'),
  samples: trainingSamples(1, 4000),
  random: createRandom(1),
  budget: stepBudget(iterations),
  iterations,
})) {
  const seconds = (performance.now() - last) / 1000;
  if (step.iteration % COLLECT_EVERY === 0) {
    collectGarbage();
    const { heapUsed, external, rss } = process.memoryUsage();
    samples.push({
      seconds,
      tensors: memory().numTensors,
      managedBytes: heapUsed + external,
      residentBytes: rss,
    });
  }
  last = performance.now();
}
reference.dispose();
model.dispose();

const tenth = Math.ceil(samples.length / 10);
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
const rows = (
  [
    ['step, ms', ({ seconds }) => 1000 * seconds],
    ['tensors', ({ tensors }) => tensors],
    ['heap and external, MB', ({ managedBytes }) => managedBytes / 1e6],
    ['resident, MB', ({ residentBytes }) => residentBytes / 1e6],
  ] satisfies [string, (sample: Sample) => number][]
).map(([title, of]) => {
  const [first, end] = [median(samples.slice(0, tenth).map(of)), median(samples.slice(-tenth).map(of))];
  return { title, first, end, change: end / first - 1 };
});

console.log(
  `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${backend}, ${iterations} iterations`,
);
console.log('medians                   first tenth   last tenth    change');
for (const { title, first, end, change } of rows)
  console.log(
    `${title.padEnd(24)}${first.toFixed(1).padStart(13)}${end.toFixed(1).padStart(13)}${(100 * change).toFixed(1).padStart(9)} %`,
  );
const tensorsAreFlat = new Set(samples.map(({ tensors }) => tensors)).size === 1;
const memoryIsFlat = rows.slice(2).every(({ change }) => change <= 0.02);
console.log(`tensors ${tensorsAreFlat ? 'flat' : 'NOT FLAT'}, memory ${memoryIsFlat ? 'flat' : 'NOT FLAT'}`);
if (!tensorsAreFlat || !memoryIsFlat) process.exitCode = 1;
