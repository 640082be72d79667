import type { Random } from '@pose-rft/random';
import { HyGrpoConfigError, requireInteger } from './config-checks.js';

/** What JSON can hold, and therefore a checkpoint. */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * Where prompts come from when that has a position, or depends on how training goes (a curriculum). A run saves its
 * state in checkpoints.
 */
export interface PromptSource<Prompt> {
  /**
   * The prompts of an iteration, or of a further round of its sampling.
   *
   * @param random - the iteration's own stream; a source that keeps a position may have one of its own
   */
  next(iteration: number, random: Random): readonly Prompt[];
  /** Told after each iteration how its prompts did, before {@link next} is asked again: the curriculum hook. */
  observe?(outcomes: readonly PromptOutcome<Prompt>[], iteration: number): void;
  /** Everything that {@link restore} needs to go on from here. */
  state(): JsonValue;
  /** Throws an error if it is not a state of such a source. */
  restore(state: JsonValue): void;
}

/** How the candidates of one prompt did. */
export interface PromptOutcome<Prompt> {
  readonly prompt: Prompt;
  /** The sum over rewards of weight times mean over its candidates (and samples); NaN if all declined. */
  readonly reward: number;
  /** Whether its candidates differed in reward, so that there was something to learn. */
  readonly informative: boolean;
}

/** Prompts as a plain function of the iteration, or a source with a state. */
export type Prompts<Prompt> = PromptSource<Prompt>['next'] | PromptSource<Prompt>;

/** Thrown when a saved state is not one of the prompt source that is to continue from it. */
export class PromptStateError extends Error {
  override readonly name = 'PromptStateError';
}

/** A function as a source that has nothing to remember. */
export function promptSourceOf<Prompt>(prompts: Prompts<Prompt>): PromptSource<Prompt> {
  if (typeof prompts !== 'function') return prompts;
  return {
    next: prompts,
    state: () => null,
    restore(state) {
      if (state !== null)
        throw new PromptStateError(
          'the checkpoint holds the position of a prompt source, but nextPrompts is a plain function: pass the source ' +
            'that the run was started with',
        );
    },
  };
}

/**
 * Items in shuffled epochs: each once an epoch, in a new order every time. An iteration may take the end of one epoch
 * and the start of the next. Its state is the number of items handed out.
 *
 * @param options - `promptsPerIteration` >= 1; the order of epoch e depends on `random.split('epoch-e')` alone
 * @throws HyGrpoConfigError
 * @example
 * ```ts
 * import { shuffledEpochs } from '@pose-rft/hygrpo';
 * import { createRandom } from '@pose-rft/random';
 *
 * const random = createRandom(1);
 * const source = shuffledEpochs(['a', 'b', 'c', 'd'], { promptsPerIteration: 2, random });
 * const epoch = [...source.next(0, random), ...source.next(1, random)];
 * console.assert(epoch.toSorted().join() === 'a,b,c,d' && source.state() === 4);
 * ```
 */
export function shuffledEpochs<Prompt>(
  items: readonly Prompt[],
  options: { readonly promptsPerIteration: number; readonly random: Random },
): PromptSource<Prompt> {
  const { promptsPerIteration, random } = options;
  requireInteger('promptsPerIteration', promptsPerIteration, 1);
  if (items.length === 0) throw new HyGrpoConfigError('items', [], 'at least one prompt');
  let taken = 0;
  let epoch = -1;
  let order: readonly Prompt[] = [];
  return {
    next: () =>
      Array.from({ length: promptsPerIteration }, () => {
        const present = Math.floor(taken / items.length);
        if (present !== epoch) order = random.split(`epoch-${present}`).shuffle(items);
        epoch = present;
        return order[taken++ % items.length] as Prompt;
      }),
    state: () => taken,
    restore(state) {
      if (!(typeof state === 'number' && Number.isSafeInteger(state) && state >= 0))
        throw new PromptStateError(
          `shuffledEpochs: expected the number of items handed out, found ${JSON.stringify(state)}`,
        );
      taken = state;
    },
  };
}
