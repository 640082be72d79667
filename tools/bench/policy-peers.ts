// node --conditions=@pose-rft/source --import tsx tools/bench/policy-peers.ts [python [short]]
// Training, sampling and whole iterations of reinforcement fine-tuning against PyTorch, transformers and TRL on the CPU:
// the same shapes, random weights, each task in a process of its own, peer and us in turns, medians. The peers get two
// threads; wasm has one, native TensorFlow two. TRL runs the decoder alone on as many prompt tokens as an image and a
// question have: it has no vision tower to run, which favours it.
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import type { ModelShape, PolicyTask, TaskResult } from './policy-tasks.js';

const [, , python = 'python3', length] = process.argv;
const isShort = length === 'short';
const SECONDS = isShort ? 2 : 8;
const ITERATIONS = isShort ? 4 : 9;

const width128: ModelShape = {
  hiddenSize: 128,
  layerCount: 4,
  headCount: 4,
  intermediateSize: 336,
  vocabularySize: 512,
  threads: 2,
};
const width256: ModelShape = { ...width128, hiddenSize: 256, headCount: 8, intermediateSize: 688 };
const supervised = {
  kind: 'sft',
  sequences: 32,
  promptTokens: 60,
  answerTokens: 16,
  seconds: SECONDS,
} as const;
/** 576 image tokens and 32 of text. */
const PROMPT_TOKENS = 608;
const sampling = { kind: 'sampling', promptTokens: PROMPT_TOKENS, newTokens: 16, seconds: SECONDS } as const;
const iteration = {
  kind: 'iteration',
  promptTokens: PROMPT_TOKENS,
  newTokens: 16,
  iterations: ITERATIONS,
} as const;

interface Row {
  readonly title: string;
  readonly task: PolicyTask;
  /** How many times as fast as the peer each backend should be. */
  readonly targets: Readonly<Record<'wasm' | 'tensorflow', number>>;
}

const GROUPS = isShort ? [2, 8] : [2, 4, 8, 16, 32];
const rows: readonly Row[] = [
  {
    title: 'SFT step, d = 128, 32 x 76 tokens',
    task: { ...width128, ...supervised },
    targets: { wasm: 0.5, tensorflow: 0.8 },
  },
  {
    title: 'SFT step, d = 256, 32 x 76 tokens',
    task: { ...width256, ...supervised },
    targets: { wasm: 0.5, tensorflow: 0.8 },
  },
  {
    title: 'sampling, 4 prompts x 8 answers',
    task: { ...width128, ...sampling, prompts: 4, candidates: 8 },
    targets: { wasm: 1, tensorflow: 2 },
  },
  ...GROUPS.map((candidates) => ({
    title: `HyGRPO iteration, 2 prompts, G = ${candidates}`,
    task: { ...width128, ...iteration, prompts: 2, candidates },
    targets: { wasm: 1.5, tensorflow: 4 },
  })),
];

function runPeer(task: PolicyTask): TaskResult {
  const text = execFileSync(python, [join(import.meta.dirname, 'policy_peers.py'), JSON.stringify(task)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, HF_HUB_OFFLINE: '1', TRANSFORMERS_VERBOSITY: 'error' },
  });
  return JSON.parse(text.trim().split('\n').at(-1) ?? '') as TaskResult;
}

function runOwn(backend: string, task: PolicyTask): TaskResult | undefined {
  const options = ['--conditions=@pose-rft/source', '--import', 'tsx'];
  try {
    const script = join(import.meta.dirname, 'policy-own.ts');
    const text = execFileSync(process.execPath, [...options, script, backend, JSON.stringify(task)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return JSON.parse(text) as TaskResult;
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    if (/BackendUnavailableError/.test(stderr ?? '')) return undefined;
    throw error;
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
const spread = (values: readonly number[]): string =>
  `${(1000 * Math.min(...values)).toFixed(0)}-${(1000 * Math.max(...values)).toFixed(0)}`;
const milliseconds = (seconds: number): string => (1000 * seconds).toFixed(0).padStart(7);
const megabytes = (bytes = NaN): string => (bytes / 1e6).toFixed(0).padStart(7);

const loadBefore = loadavg()[0] ?? 0;
const versions = runPeer({ ...width128, kind: 'coldStart', promptTokens: 8 }).versions ?? {};
console.log(
  `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus()[0]?.model ?? ''} x ` +
    `${cpus().length}, ${(totalmem() / 1e9).toFixed(0)} GB; ` +
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
);
console.log('Milliseconds: median (least-most). Ratio: peer / us.\n');
console.log(
  'task                                  peer             backend     us               ratio  target',
);
for (const { title, task, targets } of rows) {
  const peer = runPeer(task);
  for (const backend of ['wasm', 'tensorflow'] as const) {
    const own = runOwn(backend, task);
    if (own === undefined) {
      console.log(`${title.padEnd(34)} ${' '.repeat(18)} ${backend}: not here (npm run native)`);
      continue;
    }
    const ratio = median(peer.seconds) / median(own.seconds);
    console.log(
      `${title.padEnd(34)}${milliseconds(median(peer.seconds))} ${`(${spread(peer.seconds)})`.padEnd(13)} ` +
        `${backend.padEnd(10)}${milliseconds(median(own.seconds))} ${`(${spread(own.seconds)})`.padEnd(13)}` +
        `${ratio.toFixed(2).padStart(6)}x  ${targets[backend]}x`,
    );
    if (own.peakBytes !== undefined)
      console.log(
        `${'  peak of resident memory, MB'.padEnd(34)}${megabytes(peer.peakBytes)} ${''.padEnd(13)} ` +
          `${backend.padEnd(10)}${megabytes(own.peakBytes)} ${''.padEnd(13)}` +
          `${((own.peakBytes ?? NaN) / (peer.peakBytes ?? NaN)).toFixed(2).padStart(6)}   0.5 of the peer's`,
      );
  }
}
console.log(`\nload ${loadBefore.toFixed(1)} before and ${(loadavg()[0] ?? 0).toFixed(1)} after`);
