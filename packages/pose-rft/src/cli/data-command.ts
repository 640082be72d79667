import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import {
  checkDataset,
  createScenes,
  DATASETS,
  findDataset,
  formatDatasetCheck,
  formatDatasetList,
  formatReadSummary,
  posesOfMotions,
  PROBLEM_KINDS,
  readDataset,
  readMotionCaptureFolder,
  sceneSheet,
  type MotionCaptureTake,
  type PoseSource,
  type SyntheticSplit,
} from '@pose-rft/datasets';
import { UsageError, type Command, type CommandInput } from './command.js';

/** Thrown when a folder does not have what was asked for of a data set; what it has was printed. */
export class DatasetIncompleteError extends Error {
  override readonly name = 'DatasetIncompleteError';
}

const SPLITS: readonly SyntheticSplit[] = ['train', 'validation', 'test'];

export const dataCommand: Command = {
  name: 'data',
  summary: 'lists the data sets, says what of one is in a folder, shows synthetic scenes',
  wordsUsage: 'list | check NAME --folder DIR | sheet --out FILE',
  options: {
    folder: { type: 'string', value: 'DIR', description: 'check: where the data set lies' },
    split: {
      type: 'string',
      value: 'NAME',
      description: 'check: only this split (any complete one will do); sheet: train, validation or test',
    },
    read: { type: 'boolean', description: 'check: also reads every record, and counts what is wrong' },
    out: { type: 'string', value: 'FILE', default: 'scenes.html', description: 'sheet: the page' },
    count: { type: 'string', value: 'N', default: '20', description: 'sheet: scenes' },
    size: { type: 'string', value: 'N', default: '192', description: 'sheet: pixels of a picture' },
    seed: { type: 'string', value: 'N', default: '1', description: 'sheet: of the scenes' },
    motion: { type: 'string', value: 'DIR', description: 'sheet: poses of a CMU motion capture folder' },
  },
  async run(input) {
    const [verb, ...rest] = input.words;
    switch (verb) {
      case 'list':
        expectWords('list', rest, 0);
        process.stdout.write(`${formatDatasetList(DATASETS)}\n`);
        return;
      case 'check':
        expectWords('check', rest, 1);
        await check(rest[0] ?? '', input);
        return;
      case 'sheet':
        expectWords('sheet', rest, 0);
        await sheet(input);
        return;
      case undefined:
      default:
        throw new UsageError(`data: expected list, check or sheet, got ${JSON.stringify(verb ?? '')}`);
    }
  },
};

function expectWords(verb: string, words: readonly string[], count: number): void {
  if (words.length === count) return;
  const expected = count === 0 ? 'nothing more' : 'the name of one data set';
  throw new UsageError(`data ${verb}: expected ${expected}, got "${words.join(' ')}"`);
}

async function check(name: string, input: CommandInput): Promise<void> {
  const known = DATASETS.map((dataset) => dataset.name);
  if (!known.includes(name)) throw new UsageError(`data check: "${name}" is none of ${known.join(', ')}`);
  const { splits, generate } = findDataset(name);
  const split = input.text('split');
  if (split !== undefined && !splits.some((one) => one.name === split))
    throw new UsageError(
      `data check: ${name} has no split "${split}"; it has ${splits.map((one) => one.name).join(', ')}`,
    );
  const folder = input.text('folder');
  if (folder === undefined)
    throw new UsageError('data check: give the folder of the data set with --folder DIR');
  const result = await checkDataset(name, resolve(folder));
  process.stdout.write(`${formatDatasetCheck(result)}\n`);
  const lacks =
    split === undefined ? result.completeSplits.length === 0 : !result.completeSplits.includes(split);
  if (lacks)
    throw new DatasetIncompleteError(
      `${name} in ${result.folder}: ${split === undefined ? 'no split is' : `split ${split} is not`} complete`,
    );
  if (input.flag('read') && generate !== undefined)
    await readAll(name, result.folder, split === undefined ? result.completeSplits : [split]);
  if (result.suspects.length > 0)
    throw new DatasetIncompleteError(
      `${name} in ${result.folder}: ${result.suspects.length} files look damaged or unfinished`,
    );
}

async function readAll(name: string, folder: string, splits: readonly string[]): Promise<void> {
  let problems = 0;
  for (const split of splits) {
    const reading = readDataset(name, { folder, split, onProblem: 'skip' });
    for await (const record of reading) void record;
    const summary = reading.summary();
    process.stdout.write(`split ${split}: ${formatReadSummary(summary).replaceAll('\n', '\n  ')}\n`);
    for (const kind of PROBLEM_KINDS) problems += summary.problemCounts[kind];
  }
  if (problems > 0) throw new DatasetIncompleteError(`${name} in ${folder}: ${problems} problems`);
}

async function sheet(input: CommandInput): Promise<void> {
  const count = input.number('count', { min: 1, max: 1000, integer: true });
  const sizePixels = input.number('size', { min: 16, max: 1024, integer: true });
  const seed = input.number('seed', { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  const name = input.text('split') ?? 'train';
  const split = SPLITS.find((one) => one === name);
  if (split === undefined)
    throw new UsageError(`--split must be one of ${SPLITS.join(', ')}, got ${JSON.stringify(name)}`);
  const motion = input.text('motion');
  const poses = motion === undefined ? undefined : await posesOfFolder(motion);
  const scenes = createScenes({ seed, split, sizePixels, ...(poses && { poses }) });
  const path = resolve(input.text('out') ?? 'scenes.html');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, sceneSheet(Array.from({ length: count }, (_, index) => scenes.scene(index))));
  process.stdout.write(`${count} scenes in ${path}\n`);
}

async function posesOfFolder(folder: string): Promise<PoseSource> {
  const takes: MotionCaptureTake[] = [];
  for await (const take of readMotionCaptureFolder(folder)) takes.push(take);
  return posesOfMotions(folder, takes);
}
