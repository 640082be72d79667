import { createRandom, type Random } from '@pose-rft/random';
import { fairTurn } from './fair-turn.js';

/** What a plan must know of a source. */
export interface PlannedSource {
  readonly name: string;
  /** Sources of one task share its turns. */
  readonly task: string;
  /** Of its task's turns, relative to the other sources of the task; 1 by default. */
  readonly weight?: number;
  /** How many items it has. */
  readonly count: number;
}

export interface MixturePlanOptions {
  readonly sources: readonly PlannedSource[];
  readonly batchSize: number;
  /** Any safe integer. */
  readonly seed: number;
  /**
   * The tasks' turns, relative to each other. By default a task's share is the sum of its sources' weights; give equal
   * numbers to balance tasks whatever their sources weigh.
   */
  readonly taskShares?: Readonly<Record<string, number>>;
  /** Whether a source's items come in a new random order every epoch, or as they are. True by default. */
  readonly shuffle?: boolean;
  /** This worker takes the batches whose number leaves `index` when divided by `count`. All by default. */
  readonly worker?: { readonly index: number; readonly count: number };
  /** Where to go on: from a batch's `next`. The start by default. */
  readonly position?: MixturePosition;
}

/** Where a mixture stands, plain JSON. It does not depend on the number of workers. */
export interface MixturePosition {
  readonly format: 'pose-rft-mixture-1';
  /** The number of the batch that comes next. */
  readonly batch: number;
  /** How many items were taken of each source, by name. */
  readonly taken: Readonly<Record<string, number>>;
  /** What must not change in between. */
  readonly plan: string;
}

/** One item of a batch: which of which source. */
export interface PlannedItem {
  readonly source: number;
  readonly index: number;
}

export interface PlannedBatch {
  /** Counted over all workers. */
  readonly number: number;
  readonly items: readonly PlannedItem[];
  /** Where to go on after this batch; with workers, once all of them are done with the batches before it. */
  readonly next: MixturePosition;
}

/** Thrown for sources, shares and workers that no mixture can have. */
export class MixtureError extends Error {
  override readonly name = 'MixtureError';
}

/** Thrown for a position of another mixture, or of none. */
export class MixturePositionError extends Error {
  override readonly name = 'MixturePositionError';
}

/**
 * Which items come in which batch, without end: tasks take turns by their shares, sources of a task by their weights,
 * each to within one item of its due at any time ({@link fairTurn}); the items of a source come once each before any
 * comes again. The order within a batch is random. Everything follows from the seed: the same for any number of workers,
 * and after going on from a position.
 *
 * @throws MixtureError for impossible options; MixturePositionError for a position of another mixture
 * @example
 * ```ts
 * import { planMixture } from '@pose-rft/datasets';
 *
 * const sources = [
 *   { name: 'captions', task: 'text-to-pose', count: 1000 },
 *   { name: 'pictures', task: 'image-to-pose', count: 50 },
 * ];
 * const plan = planMixture({ sources, batchSize: 8, seed: 1 });
 * const { items } = plan.next().value;
 * console.assert(items.filter(({ source }) => source === 0).length === 4);
 * ```
 */
export function* planMixture(options: MixturePlanOptions): Generator<PlannedBatch, never, undefined> {
  const { sources, batchSize, seed, shuffle = true, worker = { index: 0, count: 1 } } = options;
  assertOptions(options);
  const tasks = [...new Set(sources.map(({ task }) => task))];
  const members = tasks.map((task) =>
    sources.flatMap((source, index) => (source.task === task ? [index] : [])),
  );
  const weights = sources.map(({ weight = 1 }) => weight);
  const taskShares = normalised(
    tasks.map(
      (task, i) => options.taskShares?.[task] ?? sum((members[i] ?? []).map((s) => weights[s] as number)),
    ),
  );
  const sourceShares = members.map((own) => normalised(own.map((source) => weights[source] as number)));
  const plan = fingerprint(options);
  const start = options.position;
  if (start !== undefined) assertPosition(start, plan, sources);
  const taken = sources.map(({ name }) => start?.taken[name] ?? 0);
  const stream = createRandom(seed).split('mixture');
  const orders = sources.map((source) => createOrder(stream.split('order').split(source.name), source.count));

  for (let number = start?.batch ?? 0; ; number++) {
    const items: PlannedItem[] = [];
    const isOwn = number % worker.count === worker.index;
    const ofTask = members.map((own) => sum(own.map((source) => taken[source] as number)));
    let turns = sum(ofTask);
    for (let item = 0; item < batchSize; item++) {
      const task = fairTurn(taskShares, ofTask, turns);
      const own = members[task] as readonly number[];
      const place = fairTurn(
        sourceShares[task] as readonly number[],
        own.map((source) => taken[source] as number),
        ofTask[task] as number,
      );
      const source = own[place] as number;
      const ordinal = taken[source] as number;
      if (isOwn) {
        const { count } = sources[source] as PlannedSource;
        const index = shuffle ? (orders[source] as ItemOrder)(ordinal) : ordinal % count;
        items.push({ source, index });
      }
      taken[source] = ordinal + 1;
      ofTask[task] = (ofTask[task] as number) + 1;
      turns++;
    }
    if (!isOwn) continue;
    yield {
      number,
      items: stream.split('batch').split(number).shuffle(items),
      next: {
        format: 'pose-rft-mixture-1',
        batch: number + 1,
        taken: Object.fromEntries(sources.map(({ name }, source) => [name, taken[source] as number])),
        plan,
      },
    };
  }
}

/** The item that comes as the nth of a source. */
type ItemOrder = (ordinal: number) => number;

/** A new permutation every epoch; the present one is kept. */
function createOrder(random: Random, count: number): ItemOrder {
  let epoch = -1;
  const order = new Uint32Array(count);
  return (ordinal) => {
    const wanted = Math.floor(ordinal / count);
    if (wanted !== epoch) {
      epoch = wanted;
      const own = random.split(epoch);
      for (let i = 0; i < count; i++) order[i] = i;
      for (let i = count - 1; i > 0; i--) {
        const other = own.integer(i + 1);
        const swapped = order[i] as number;
        order[i] = order[other] as number;
        order[other] = swapped;
      }
    }
    return order[ordinal % count] as number;
  };
}

function assertOptions({ sources, batchSize, taskShares = {}, worker }: MixturePlanOptions): void {
  const fail = (message: string): MixtureError => new MixtureError(message);
  if (sources.length === 0) throw fail('a mixture needs at least one source');
  if (!Number.isSafeInteger(batchSize) || batchSize < 1)
    throw fail(`batchSize is ${batchSize}; expected an integer of at least 1`);
  const names = new Set<string>();
  for (const { name, weight = 1, count } of sources) {
    if (names.has(name)) throw fail(`two sources are called "${name}"`);
    names.add(name);
    if (!(weight > 0 && weight < Infinity))
      throw fail(`source "${name}" has weight ${weight}; expected a positive number (leave it out for none)`);
    if (!Number.isSafeInteger(count) || count < 1 || count > 2 ** 32 - 1)
      throw fail(`source "${name}" has ${count} items; expected at least one`);
  }
  for (const [task, share] of Object.entries(taskShares)) {
    if (!sources.some((source) => source.task === task)) throw fail(`no source has the task "${task}"`);
    if (!(share > 0 && share < Infinity))
      throw fail(`task "${task}" has share ${share}; expected a positive number`);
  }
  if (worker === undefined) return;
  const { index, count } = worker;
  if (
    !Number.isSafeInteger(count) ||
    count < 1 ||
    !Number.isSafeInteger(index) ||
    index < 0 ||
    index >= count
  )
    throw fail(`worker ${index} of ${count}; expected an index from 0 to below the count`);
}

/** What a position must agree with. */
function fingerprint({
  sources,
  batchSize,
  seed,
  taskShares = {},
  shuffle = true,
}: MixturePlanOptions): string {
  const parts = sources.map(({ name, task, weight = 1, count }) => [name, task, weight, count]);
  return JSON.stringify({
    seed,
    batchSize,
    shuffle,
    sources: parts,
    taskShares: Object.entries(taskShares).sort(),
  });
}

function assertPosition(position: MixturePosition, plan: string, sources: readonly PlannedSource[]): void {
  // It may come from a file.
  const { format, batch, taken, plan: theirs } = position as Partial<Record<keyof MixturePosition, unknown>>;
  if (format !== 'pose-rft-mixture-1')
    throw new MixturePositionError(`This is no position of a mixture: its format is ${String(format)}.`);
  if (theirs !== plan)
    throw new MixturePositionError(
      `The position is of another mixture: ${String(theirs).slice(0, 400)}, now ${plan.slice(0, 400)}. ` +
        'Start anew, or with the sources, weights, batch size and seed of then.',
    );
  const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
  const counts =
    typeof taken === 'object' && taken !== null ? (taken as Readonly<Record<string, unknown>>) : {};
  if (!isCount(batch) || !sources.every(({ name }) => isCount(counts[name])))
    throw new MixturePositionError('The position lacks the batch, or the count of a source.');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function normalised(numbers: readonly number[]): readonly number[] {
  const total = sum(numbers);
  return numbers.map((number) => number / total);
}
