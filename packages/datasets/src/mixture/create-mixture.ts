import {
  planMixture,
  type MixturePlanOptions,
  type MixturePosition,
  type PlannedSource,
} from './mixture-plan.js';

/** Items that can be had by number. */
export interface MixtureSource<Item> extends PlannedSource {
  /** Item `index`, 0 to below `count`. */
  read(index: number): Item | Promise<Item>;
}

export interface MixtureOptions<Item> extends Omit<MixturePlanOptions, 'sources'> {
  readonly sources: readonly MixtureSource<Item>[];
}

/** An item, and where it is from. */
export interface MixedItem<Item> {
  readonly source: string;
  readonly task: string;
  readonly index: number;
  readonly item: Item;
}

export interface MixedBatch<Item> {
  /** Counted over all workers. */
  readonly number: number;
  readonly items: readonly MixedItem<Item>[];
  /** Give it as `position` to go on after this batch. */
  readonly next: MixturePosition;
}

/** Thrown when an item of a source cannot be read. */
export class MixtureReadError extends Error {
  override readonly name = 'MixtureReadError';
}

/**
 * Batches of several sources, without end, as {@link planMixture} plans them: weighted, tasks balanced in every batch,
 * the same for any number of workers, and resumable at any batch. The items of a batch are read at once.
 *
 * @throws MixtureError, MixturePositionError when iteration begins; MixtureReadError, with its cause, for an item
 * @example
 * ```ts
 * import { createMixture, createScenes, createSyntheticSet } from '@pose-rft/datasets';
 *
 * const texts = createSyntheticSet({ count: 100, seed: 1, split: 'train' });
 * const scenes = createScenes({ seed: 1, split: 'train', pictures: false });
 * const mixture = createMixture<string>({
 *   sources: [
 *     { name: 'texts', task: 'text-to-pose', count: texts.length, read: (i) => texts[i]?.prompt.question ?? '' },
 *     { name: 'scenes', task: 'vqa', weight: 3, count: 1000, read: (i) => scenes.scene(i).caption },
 *   ],
 *   batchSize: 8,
 *   seed: 1,
 * });
 * for await (const { items, next } of mixture) {
 *   console.assert(items.filter(({ task }) => task === 'vqa').length === 6);
 *   console.log(JSON.stringify(next)); // where to go on
 *   break;
 * }
 * ```
 */
export async function* createMixture<Item>(
  options: MixtureOptions<Item>,
): AsyncGenerator<MixedBatch<Item>, never, undefined> {
  const { sources } = options;
  const plan = planMixture(options);
  for (;;) {
    const { number, items, next } = plan.next().value;
    const read = items.map(async ({ source, index }): Promise<MixedItem<Item>> => {
      const from = sources[source] as MixtureSource<Item>;
      try {
        return { source: from.name, task: from.task, index, item: await from.read(index) };
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new MixtureReadError(`item ${index} of source "${from.name}": ${reason}`, { cause });
      }
    });
    yield { number, items: await Promise.all(read), next };
  }
}
