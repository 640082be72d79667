// npm run bench [-- --full] [--python PYTHON] [--backends wasm,tensorflow] [--out FILE]
// The project's table of speed: training, sampling and whole iterations of reinforcement fine-tuning against PyTorch,
// transformers and TRL. The same shapes, random weights, each task in a process of its own, the sides in turns, medians.
// On the processor the peers get two threads; wasm has one, native TensorFlow all. TRL runs the decoder alone on as many
// prompt tokens as an image and a question have: it has no vision tower to run, which favours it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { floorSeconds, residentBytes, taskCost } from './bench-floor.js';
import { benchRows, GROWTH_TARGET, MEMORY_TARGET, type BenchBackend, type BenchRow } from './bench-rows.js';
import { emptyProcess, findPeers, runOwn, runPeer } from './bench-sides.js';
import { spreadOf } from './bench-statistics.js';
import { formatBench, type BenchLine } from './bench-table.js';
import type { TaskRates, TaskResult } from './policy-tasks.js';

const { values: options } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    python: { type: 'string', default: process.env['POSE_RFT_BENCH_PYTHON'] ?? 'python3' },
    backends: { type: 'string', default: 'wasm,tensorflow,webgpu,tensorflow-gpu' },
    rows: { type: 'string', default: '' },
    out: { type: 'string' },
  },
});
const length = options.full ? 'full' : 'short';
/** The command as someone elsewhere would type it: without this machine's folders. */
const command = [
  'npm run bench --',
  ...process.argv.slice(2).map((word) => word.replace(/^.*\/(?=python)/, '')),
].join(' ');
const outFile = options.out ?? `out/bench-${length}.md`;
const wanted = options.backends.split(',') as BenchBackend[];
/** Each round runs every side of a row once. */
const ROUNDS = options.full ? 2 : 1;
/** A cold start is one measurement a process. */
const COLD_STARTS = 3;

const peers = findPeers(options.python);
const empty = emptyProcess();
const ratesOf = new Map<BenchBackend, TaskRates>();
const notes: string[] = [];
for (const backend of wanted) {
  const result = runOwn(backend, { kind: 'rates', seconds: 3 });
  if ('absent' in result) {
    notes.push(`Rows on ${backend} were not run: ${result.absent}.`);
    continue;
  }
  if (result.rates !== undefined) ratesOf.set(backend, result.rates);
}
const backends = wanted.filter((backend) => ratesOf.has(backend));

/** What one side of a row gave, over all rounds. */
interface Measured {
  readonly seconds: readonly number[];
  readonly peakBytes: readonly number[];
  readonly profile: TaskResult['profile'];
}

function gather(results: readonly TaskResult[], row: BenchRow): Measured | undefined {
  if (results.length === 0) return undefined;
  const isColdStart = row.task.kind === 'coldStart';
  return {
    seconds: results.flatMap(({ seconds, total }) => (isColdStart ? [total ?? NaN] : seconds)),
    peakBytes: results.flatMap(({ peakBytes }) => (peakBytes === undefined ? [] : [peakBytes])),
    profile: results.at(-1)?.profile,
  };
}

function measure(row: BenchRow): { peer: Measured | undefined; own: Map<BenchBackend, Measured> } {
  const here = backends.filter((backend) => row.targets[backend] !== undefined);
  const onCard = 'device' in row.task && row.task.device === 'cuda';
  const hasPeer = peers.kind === 'found' && (!onCard || peers.cuda);
  const peerResults: TaskResult[] = [];
  const ownResults = new Map(here.map((backend): [BenchBackend, TaskResult[]] => [backend, []]));
  const rounds = row.task.kind === 'coldStart' ? COLD_STARTS : ROUNDS;
  for (let round = 0; round < rounds && here.length > 0; round++) {
    if (hasPeer) peerResults.push(runPeer(options.python, row.task));
    for (const [backend, results] of ownResults) {
      const result = runOwn(backend, row.task);
      if (!('absent' in result)) results.push(result);
    }
  }
  const own = new Map<BenchBackend, Measured>();
  for (const [backend, results] of ownResults) {
    const measured = gather(results, row);
    if (measured !== undefined) own.set(backend, measured);
  }
  return { peer: gather(peerResults, row), own };
}

function linesOf(
  row: BenchRow,
  backend: BenchBackend,
  own: Measured,
  peer: Measured | undefined,
): BenchLine[] {
  const { title, task, targets } = row;
  const rates = ratesOf.get(backend);
  const isColdStart = task.kind === 'coldStart';
  const [unit, scale] = isColdStart ? (['s', 1] as const) : (['ms', 1000] as const);
  const computing = rates === undefined ? undefined : floorSeconds(taskCost(task), rates);
  const floor = computing === undefined ? undefined : computing + (isColdStart ? empty.seconds : 0);
  const scaled = (values: readonly number[], factor: number): number[] =>
    values.map((value) => value * factor);
  const lines: BenchLine[] = [
    {
      title,
      backend,
      unit,
      peer: peer && spreadOf(scaled(peer.seconds, scale)),
      own: spreadOf(scaled(own.seconds, scale)),
      floor: floor && floor * scale,
      target: targets[backend],
      profile: own.profile,
    },
  ];
  if (task.kind === 'iteration')
    lines.push({
      title: '- its peak of resident memory',
      backend,
      unit: 'MB',
      peer: peer && spreadOf(scaled(peer.peakBytes, 1e-6)),
      own: spreadOf(scaled(own.peakBytes, 1e-6)),
      floor: (empty.bytes + residentBytes(task)) / 1e6,
      target: MEMORY_TARGET,
      profile: undefined,
    });
  return lines;
}

/** How the time grows from the smallest group to the largest, per side. */
function growthNote(times: ReadonlyMap<string, ReadonlyMap<number, number>>): string {
  const parts = [...times].map(([side, byGroup]) => {
    const sizes = [...byGroup.keys()];
    const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
    const growth = (byGroup.get(most) ?? NaN) / (byGroup.get(least) ?? NaN);
    return `${side} ${growth.toFixed(2)}x from G = ${least} to ${most}`;
  });
  return parts.length === 0
    ? ''
    : `Growth with the number of answers: ${parts.join('; ')} (target for ours: ${GROWTH_TARGET}x at most).`;
}

const loadBefore = loadavg()[0] ?? 0;
const lines: BenchLine[] = [];
const growth = new Map<string, Map<number, number>>();
const noteTime = (side: string, group: number, seconds: readonly number[]): void => {
  const times = growth.get(side) ?? new Map<number, number>();
  growth.set(side, times.set(group, spreadOf(seconds).median));
};
for (const row of benchRows(length).filter(({ title }) => title.includes(options.rows))) {
  const { peer, own } = measure(row);
  if (own.size === 0) notes.push(`Not run: ${row.title} (no ${Object.keys(row.targets).join(', no ')}).`);
  if (row.task.kind === 'iteration') {
    if (peer) noteTime(row.peer, row.task.candidates, peer.seconds);
    for (const [backend, { seconds }] of own) noteTime(backend, row.task.candidates, seconds);
  }
  for (const [backend, measured] of own) {
    lines.push(...linesOf(row, backend, measured, peer));
    process.stderr.write(
      `${row.title}, ${backend}: ${(1000 * spreadOf(measured.seconds).median).toFixed(0)} ms\n`,
    );
  }
}

const peerText =
  peers.kind === 'found'
    ? Object.entries(peers.versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')
    : `no peer (${peers.reason}; \`pip install torch transformers trl datasets\`, then --python): ours alone`;
const rateText = [...ratesOf].map(
  ([backend, { operationsPerSecond, bytesPerSecond }]) =>
    `${backend} ${(operationsPerSecond / 1e9).toFixed(0)} GFLOP/s and ${(bytesPerSecond / 1e9).toFixed(1)} GB/s`,
);
const report = [
  `# What \`npm run bench${options.full ? ':full' : ''}\` measured`,
  '',
  `    ${command}`,
  '',
  `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus()[0]?.model ?? ''} x ${cpus().length}, ` +
    `${(totalmem() / 1e9).toFixed(0)} GB; load ${loadBefore.toFixed(1)} before, ${(loadavg()[0] ?? 0).toFixed(1)} after; ${peerText}.`,
  '',
  `Medians (least-most) of ${ROUNDS} process${ROUNDS === 1 ? '' : 'es'} a side. Ratio: the peer's time by ours. Floor: ` +
    `the least operations by the measured rate of products, or bytes by that of sums (${rateText.join('; ')}).`,
  '',
  formatBench(lines),
  '',
  ...[growthNote(growth), ...notes].filter((note) => note !== '').flatMap((note) => [note, '']),
].join('\n');
mkdirSync(dirname(outFile), { recursive: true });
writeFileSync(outFile, report);
process.stdout.write(`${report}\nwritten to ${outFile}\n`);
