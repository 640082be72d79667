import { expect, test, vi } from 'vitest';
import { pollNow, rememberPolls, rememberPollsOf } from './dawn-polls.js';

/** A binding like Dawn's: each poll is queued by the global `setImmediate` until the work is done. */
function createBinding(pollsNeeded: number): { start: () => Promise<string>; done: () => boolean } {
  let polls = 0;
  let finish: (value: string) => void = () => undefined;
  const queue = (): void => {
    globalThis.setImmediate(() => {
      polls += 1;
      if (polls < pollsNeeded) queue();
      else finish('mapped');
    });
  };
  return {
    start() {
      const result = new Promise<string>((resolve) => {
        finish = resolve;
      });
      queue();
      return result;
    },
    done: () => polls >= pollsNeeded,
  };
}

test('polls that work queues can be made at once, and the promise is kept', async () => {
  const binding = createBinding(3);
  const result = rememberPolls(() => binding.start());
  let polls = 0;
  while (!binding.done()) {
    expect(pollNow()).toBe(true);
    polls += 1;
  }
  expect(polls).toBe(3);
  expect(pollNow()).toBe(false);
  await expect(result).resolves.toBe('mapped');
});

test('a poll that nobody made early is made later, once', async () => {
  const binding = createBinding(2);
  await expect(rememberPolls(() => binding.start())).resolves.toBe('mapped');
  expect(pollNow()).toBe(false);
});

test('setImmediate is left as it was, also when the call throws', () => {
  const before = globalThis.setImmediate;
  expect(() =>
    rememberPolls(() => {
      throw new Error('no device');
    }),
  ).toThrow('no device');
  expect(globalThis.setImmediate).toBe(before);
});

test('the methods that wait keep their receiver and operands; other members stay', () => {
  const mapAsync = vi.fn(function (this: object, mode: number): [object, number] {
    return [this, mode];
  });
  const classes = { GPUBuffer: function Buffer(): void {} };
  const unmap = (): void => undefined;
  Object.assign(classes.GPUBuffer.prototype as object, { mapAsync, unmap });
  rememberPollsOf(classes);
  const buffer = Object.create(classes.GPUBuffer.prototype as object) as {
    mapAsync: typeof mapAsync;
    unmap: () => void;
  };
  expect(buffer.mapAsync(1)).toEqual([buffer, 1]);
  expect(buffer.unmap).toBe(unmap);
});
