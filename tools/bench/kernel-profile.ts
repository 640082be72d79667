import { getBackend, getKernelsForBackend } from '@pose-rft/tensor';
import type { KernelShare } from './policy-tasks.js';

/**
 * Runs `call` once with every kernel of the present backend timed (its own time, without kernels that it calls), for
 * backends that compute at once: not those that queue work on a card.
 *
 * @returns the shares of the elapsed time, largest first; the last is what is not in kernels: tape, engine, host code
 */
export async function profileKernels(call: () => unknown): Promise<readonly KernelShare[]> {
  const ownSeconds = new Map<string, number>();
  const inner: number[] = [];
  const restore = getKernelsForBackend(getBackend()).map((config) => {
    const { kernelName, kernelFunc } = config;
    config.kernelFunc = (operands) => {
      const start = performance.now();
      inner.push(0);
      const result = kernelFunc(operands);
      const elapsed = performance.now() - start;
      const own = elapsed - (inner.pop() ?? 0);
      ownSeconds.set(kernelName, (ownSeconds.get(kernelName) ?? 0) + own / 1000);
      const last = inner.length - 1;
      if (last >= 0) inner[last] = (inner[last] ?? 0) + elapsed;
      return result;
    };
    return () => {
      config.kernelFunc = kernelFunc;
    };
  });
  const start = performance.now();
  await call();
  const elapsed = (performance.now() - start) / 1000;
  for (const undo of restore) undo();
  const kernels = [...ownSeconds]
    .map(([kernel, seconds]) => ({ kernel, share: seconds / elapsed }))
    .toSorted((a, b) => b.share - a.share);
  const inKernels = kernels.reduce((sum, { share }) => sum + share, 0);
  return [...kernels, { kernel: 'outside kernels', share: 1 - inKernels }];
}
