import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { useBackend, writeFileAtomically } from '@pose-rft/tensor';
import { PRETRAINING } from '../recipes/pretrain.js';
import { prepareOutputFolder } from '../run/output-folder.js';
import { compareTokenised, type TokenisedOutcome } from '../tokenised/compare-tokenised.js';
import { tokenisedTable, usageTable } from '../tokenised/tokenised-table.js';
import {
  TOKENISED_METHOD_NAMES,
  tokenisedMethod,
  type TokenisedMethodName,
} from '../tokenised/tokenised-methods.js';
import { backendOption, parseBackend } from './backend-option.js';
import { UsageError, type Command, type CommandInput } from './command.js';

const COUNT = { min: 1, max: 10_000_000, integer: true };
const SECONDS = { min: 0.1, max: 1e6, integer: false };

export const tokenisedCommand: Command = {
  name: 'tokenised',
  summary: 'compares the hybrid answers with poses as tokens, at equal CPU time, over seeds',
  options: {
    seeds: { type: 'string', value: 'N', default: '3', description: 'how many seeds, from 1 on' },
    seconds: {
      type: 'string',
      value: 'S',
      default: '60',
      description: 'CPU seconds for each method, on top of its supervised start',
    },
    'start-seconds': {
      type: 'string',
      value: 'S',
      default: '120',
      description: "CPU seconds for each supervised start, a tokeniser's training included",
    },
    samples: {
      type: 'string',
      value: 'N',
      default: String(PRETRAINING.samples),
      description: 'training samples',
    },
    prompts: { type: 'string', value: 'N', default: '1024', description: 'held-out prompts' },
    split: {
      type: 'string',
      value: 'NAME',
      default: 'test',
      description: 'test, or validation to choose settings',
    },
    methods: {
      type: 'string',
      value: 'A,B',
      default: TOKENISED_METHOD_NAMES.join(','),
      description: 'which ones',
    },
    out: { type: 'string', value: 'DIR', default: './out/tokenised', description: 'folder for tables' },
    'only-seed': { type: 'string', value: 'N', description: 'runs this one seed, and writes no table' },
    resume: { type: 'boolean', description: 'keeps the seeds that an earlier run has finished' },
    backend: backendOption,
  },
  async run(input) {
    const methods = parseMethods(input.text('methods') ?? '');
    const split = input.text('split');
    if (split !== 'test' && split !== 'validation')
      throw new UsageError(`--split must be test or validation, got "${split ?? ''}"`);
    const folder = await prepareOutputFolder(input.text('out') ?? './out/tokenised');
    await useBackend(parseBackend(input));
    const onlySeed =
      input.text('only-seed') === undefined
        ? undefined
        : input.number('only-seed', { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
    const seeds =
      onlySeed === undefined
        ? Array.from({ length: input.number('seeds', { ...COUNT, max: 100 }) }, (_, index) => index + 1)
        : [onlySeed];
    const outcomes: TokenisedOutcome[] = [];
    for (const seed of seeds) {
      const path = join(folder, `outcomes-seed-${seed}.json`);
      const earlier = input.flag('resume') ? await readOutcomes(path) : undefined;
      outcomes.push(...(earlier ?? (await runSeed(input, { seed, methods, split, path }))));
    }
    if (onlySeed !== undefined) return;
    const table = tablesOf(outcomes);
    process.stdout.write(`\n${table}\n`);
    await writeFileAtomically(join(folder, 'table.md'), `${table}\n`);
  },
};

/** Runs one seed, and keeps its outcomes when all are there. */
async function runSeed(
  input: CommandInput,
  {
    seed,
    methods,
    split,
    path,
  }: {
    readonly seed: number;
    readonly methods: readonly TokenisedMethodName[];
    readonly split: 'test' | 'validation';
    readonly path: string;
  },
): Promise<readonly TokenisedOutcome[]> {
  const outcomes: TokenisedOutcome[] = [];
  for await (const outcome of compareTokenised({
    seed,
    methods,
    split,
    startSeconds: input.number('start-seconds', SECONDS),
    secondsPerMethod: input.number('seconds', SECONDS),
    sampleCount: input.number('samples', COUNT),
    promptCount: input.number('prompts', COUNT),
  })) {
    outcomes.push(outcome);
    const { steps, cpuSeconds } = outcome.record;
    const label = outcome.kind === 'method' ? tokenisedMethod(outcome.record.method).label : 'the tokeniser';
    process.stdout.write(`seed ${seed}: ${label}, ${steps} steps in ${cpuSeconds.toFixed(0)} CPU s\n`);
  }
  await writeFileAtomically(path, `${JSON.stringify(outcomes, null, 2)}\n`);
  return outcomes;
}

function tablesOf(outcomes: readonly TokenisedOutcome[]): string {
  const tokenisers = outcomes.flatMap((outcome) => (outcome.kind === 'tokeniser' ? [outcome.record] : []));
  const records = outcomes.flatMap((outcome) => (outcome.kind === 'method' ? [outcome.record] : []));
  const usage = tokenisers.length === 0 ? '' : `\n\n${usageTable(tokenisers)}`;
  return tokenisedTable(records, tokenisers) + usage;
}

async function readOutcomes(path: string): Promise<readonly TokenisedOutcome[] | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  // JSON knows no NaN: what does not apply was written as null.
  const parsed: unknown = JSON.parse(text, (_key, value: unknown) => (value === null ? Number.NaN : value));
  if (!Array.isArray(parsed)) throw new TypeError(`${path} holds no list of outcomes`);
  return parsed as readonly TokenisedOutcome[];
}

function parseMethods(list: string): readonly TokenisedMethodName[] {
  return list.split(',').map((given) => {
    const name = TOKENISED_METHOD_NAMES.find((known) => known === given.trim());
    if (name === undefined)
      throw new UsageError(`--methods: "${given}" is none of ${TOKENISED_METHOD_NAMES.join(', ')}`);
    return name;
  });
}
