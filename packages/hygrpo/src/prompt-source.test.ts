import { createRandom } from '@pose-rft/random';
import { expect, test } from 'vitest';
import { promptSourceOf, shuffledEpochs, type PromptSource } from './prompt-source.js';

test('a plain function has no state, and takes none', () => {
  const source = promptSourceOf((iteration: number) => [iteration, iteration + 1]);
  expect(source.next(3, createRandom(1))).toEqual([3, 4]);
  expect(source.state()).toBeNull();
  expect(() => source.restore(null)).not.toThrow();
  for (const state of [0, false, {}])
    expect(() => source.restore(state)).toThrow(
      expect.objectContaining({
        name: 'PromptStateError',
        message: expect.stringMatching(/nextPrompts is a plain function: pass the source/) as string,
      }) as Error,
    );
});

test('a source stays itself', () => {
  const source: PromptSource<string> = { next: () => ['a'], state: () => 1, restore: () => {} };
  expect(promptSourceOf(source)).toBe(source);
});

test('an epoch is shuffled by its own stream, each item once, and goes on from any position', () => {
  const items = ['a', 'b', 'c', 'd', 'e'];
  const random = createRandom(3);
  const source = shuffledEpochs(items, { promptsPerIteration: 3, random });
  const drawn = Array.from({ length: 5 }, (_, iteration) => source.next(iteration, random)).flat();
  const epochs = [0, 1, 2].flatMap((epoch) => random.split(`epoch-${epoch}`).shuffle(items));
  expect(drawn).toEqual(epochs);
  expect(source.state()).toBe(15);
  for (const taken of [0, 4, 5, 11]) {
    const resumed = shuffledEpochs(items, { promptsPerIteration: 3, random });
    resumed.restore(taken);
    expect(resumed.state()).toBe(taken);
    expect(resumed.next(9, random)).toEqual(epochs.slice(taken, taken + 3));
    resumed.restore(taken);
    expect(resumed.next(9, random)).toEqual(epochs.slice(taken, taken + 3));
  }
});

test('what is no position, number or item is refused', () => {
  const random = createRandom(3);
  const source = shuffledEpochs(['a'], { promptsPerIteration: 1, random });
  for (const state of [-1, 0.5, '3', null, { taken: 3 }])
    expect(() => source.restore(state)).toThrow(
      expect.objectContaining({
        name: 'PromptStateError',
        message: `shuffledEpochs: expected the number of items handed out, found ${JSON.stringify(state)}`,
      }) as Error,
    );
  expect(() => shuffledEpochs(['a'], { promptsPerIteration: 0, random })).toThrow(
    expect.objectContaining({ field: 'promptsPerIteration', value: 0, allowed: 'an integer >= 1' }) as Error,
  );
  expect(() => shuffledEpochs([], { promptsPerIteration: 1, random })).toThrow(
    expect.objectContaining({ field: 'items', value: [], allowed: 'at least one prompt' }) as Error,
  );
});
