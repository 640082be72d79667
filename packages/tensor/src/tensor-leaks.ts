import { engine } from '@tensorflow/tfjs-core';

/** Thrown when a piece of code leaves a different number of tensors behind than it found. */
export class TensorLeakError extends Error {
  override readonly name = 'TensorLeakError';

  constructor(
    /** Live tensors before. */
    readonly before: number,
    /** Live tensors afterwards. */
    readonly after: number,
  ) {
    const difference = after - before;
    super(
      difference > 0
        ? `${difference} tensor(s) leaked: ${before} were alive before, ${after} are now; dispose them, or wrap the code in tidy()`
        : `${-difference} tensor(s) that the code did not create were disposed: ${before} were alive before, ${after} are now`,
    );
  }
}

/** The number of live tensors in the engine, on whatever backend. */
export function countTensors(): number {
  return engine().state.numTensors;
}

/**
 * Runs `body` (sync or async) and returns its result, provided that it leaves the number of live tensors unchanged.
 *
 * @throws TensorLeakError if tensors were leaked, or tensors of the caller were disposed
 * @example
 * ```ts
 * import { tensor1d, useBackend } from '@pose-rft/tensor';
 * import { expectNoTensorLeak } from '@pose-rft/tensor/testing';
 *
 * await useBackend('cpu');
 * const sum = expectNoTensorLeak(() => {
 *   const values = tensor1d([1, 2, 3]);
 *   const total = values.dataSync<'float32'>().reduce((a, b) => a + b);
 *   values.dispose();
 *   return total;
 * });
 * console.assert(sum === 6);
 * ```
 */
export function expectNoTensorLeak<Result>(body: () => Result): Result;
export function expectNoTensorLeak<Result>(body: () => Promise<Result>): Promise<Result>;
export function expectNoTensorLeak(body: () => unknown): unknown {
  const before = countTensors();
  const result = body();
  if (!(result instanceof Promise)) {
    checkCount(before);
    return result;
  }
  return result.then((value: unknown) => {
    checkCount(before);
    return value;
  });
}

/**
 * Checks a whole test file: the number of live tensors after its last test equals the number before its first.
 *
 * @param hooks - the test runner's `beforeAll` and `afterAll`
 */
export function trackTensorLeaks(hooks: {
  readonly beforeAll: (body: () => void) => unknown;
  readonly afterAll: (body: () => void) => unknown;
}): void {
  let before = 0;
  hooks.beforeAll(() => {
    before = countTensors();
  });
  hooks.afterAll(() => checkCount(before));
}

function checkCount(before: number): void {
  const after = countTensors();
  if (after !== before) throw new TensorLeakError(before, after);
}
