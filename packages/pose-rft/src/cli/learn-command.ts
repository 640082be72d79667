import { fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { useBackend, writeFileAtomically } from '@pose-rft/tensor';
import { learnSeed } from '../learn/learn-seed.js';
import { judgeTargets, learningTable, type LearningRecord } from '../learn/learning-table.js';
import { assertStartsRun, LEARNING_METHOD_NAMES, type LearningMethodName } from '../learn/methods.js';
import { PRETRAINING } from '../recipes/pretrain.js';
import { prepareOutputFolder } from '../run/output-folder.js';
import { backendOption, parseBackend } from './backend-option.js';
import { UsageError, type Command, type CommandInput } from './command.js';

const COUNT = { min: 1, max: 10_000_000, integer: true };

export const learnCommand: Command = {
  name: 'learn',
  summary: 'compares the methods at equal CPU time, over seeds',
  options: {
    seeds: { type: 'string', value: 'N', default: '3', description: 'how many seeds, from 1 on' },
    'cpu-seconds': { type: 'string', value: 'S', default: '100', description: 'CPU seconds for each method' },
    steps: {
      type: 'string',
      value: 'N',
      default: String(PRETRAINING.steps),
      description: 'steps of supervised training before',
    },
    prompts: { type: 'string', value: 'N', default: '2048', description: 'held-out prompts' },
    split: {
      type: 'string',
      value: 'NAME',
      default: 'test',
      description: 'test, or validation to choose settings',
    },
    methods: {
      type: 'string',
      value: 'A,B',
      default: LEARNING_METHOD_NAMES.join(','),
      description: 'which ones',
    },
    parallel: {
      type: 'string',
      value: 'N',
      default: String(Math.min(2, cpus().length)),
      description: 'seeds at a time, each in a process of its own',
    },
    out: {
      type: 'string',
      value: 'DIR',
      default: './out/learn',
      description: 'folder for models and tables',
    },
    resume: {
      type: 'boolean',
      description: 'keeps what an earlier run with the same options found in the output folder',
    },
    'only-seed': { type: 'string', value: 'N', description: 'runs this one seed, in this process' },
    backend: backendOption,
  },
  async run(input) {
    const methods = parseMethods(input.text('methods') ?? '');
    const split = input.text('split');
    if (split !== 'test' && split !== 'validation')
      throw new UsageError(`--split must be test or validation, got "${split ?? ''}"`);
    assertStartsRun(methods);
    const folder = await prepareOutputFolder(input.text('out') ?? './out/learn');
    if (input.text('only-seed') !== undefined) {
      await runSeed(input, folder, methods, split);
      return;
    }
    const seeds = Array.from(
      { length: input.number('seeds', { ...COUNT, max: 100 }) },
      (_, index) => index + 1,
    );
    await forEachConcurrently(seeds, input.number('parallel', { ...COUNT, max: 64 }), (seed) =>
      forkSeed(seed),
    );
    const records = (await Promise.all(seeds.map((seed) => readRecords(recordsPath(folder, seed))))).flat();
    const table = learningTable(records);
    const verdicts = judgeTargets(records).map(
      ({ target, measured, reached }) => `${reached ? 'reached    ' : 'NOT reached'}  ${target}: ${measured}`,
    );
    process.stdout.write(`\n${table}\n\n${verdicts.join('\n')}\n`);
    await writeFileAtomically(
      join(folder, 'table.md'),
      `${table}\n\n${verdicts.map((line) => `- ${line}`).join('\n')}\n`,
    );
    await writeFileAtomically(join(folder, 'records.json'), `${JSON.stringify(records, null, 2)}\n`);
  },
};

async function runSeed(
  input: CommandInput,
  folder: string,
  methods: readonly LearningMethodName[],
  split: 'test' | 'validation',
): Promise<void> {
  const seed = input.number('only-seed', { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  await useBackend(parseBackend(input));
  const records: LearningRecord[] = [];
  const done = input.flag('resume') ? await earlierRecords(recordsPath(folder, seed)) : [];
  const log = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  for await (const record of learnSeed({
    seed,
    methods,
    split,
    folder,
    done: done.filter((record) => record.split === split),
    log,
    cpuSecondsPerMethod: input.number('cpu-seconds', { min: 0.1, max: 1e6, integer: false }),
    pretrainingSteps: input.number('steps', COUNT),
    promptCount: input.number('prompts', COUNT),
  })) {
    records.push(record);
    // After each method: a run that dies leaves what it, and the run before it, had found.
    const kept = done.filter(({ method }) => !records.some((found) => found.method === method));
    await writeFileAtomically(recordsPath(folder, seed), JSON.stringify([...records, ...kept]));
  }
}

/** Runs one seed in a process of its own, with this command's options. */
async function forkSeed(seed: number): Promise<void> {
  const main = fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url),
  );
  const child = fork(main, [...process.argv.slice(2), '--only-seed', String(seed)]);
  const status = await new Promise<number>((resolve) => {
    child.on('exit', (code) => resolve(code ?? 1));
  });
  if (status !== 0) throw new LearnSeedError(seed, status);
}

/** Thrown when the process of a seed fails; its own output says why. */
export class LearnSeedError extends Error {
  override readonly name = 'LearnSeedError';

  constructor(
    readonly seed: number,
    readonly status: number,
  ) {
    super(`the run of seed ${seed} ended with status ${status}; its output stands above`);
  }
}

async function forEachConcurrently<Item>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}

function recordsPath(folder: string, seed: number): string {
  return join(folder, `records-seed-${seed}.json`);
}

async function readRecords(path: string): Promise<readonly LearningRecord[]> {
  const parsed: unknown = JSON.parse(await readFile(path, 'utf8'), (_key, value: unknown) =>
    value === null ? Number.NaN : value,
  );
  if (!Array.isArray(parsed)) throw new TypeError(`${path} holds no list of records`);
  return parsed as readonly LearningRecord[];
}

async function earlierRecords(path: string): Promise<readonly LearningRecord[]> {
  try {
    return await readRecords(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function parseMethods(list: string): readonly LearningMethodName[] {
  return list.split(',').map((given) => {
    const name = LEARNING_METHOD_NAMES.find((known) => known === given.trim());
    if (name === undefined)
      throw new UsageError(`--methods: "${given}" is none of ${LEARNING_METHOD_NAMES.join(', ')}`);
    return name;
  });
}
