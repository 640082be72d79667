import { engine } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * The same values as a constant: no gradient flows through it, and none is computed for what lies behind it. The
 * result shares the memory of `x` and lives on when `x` is disposed.
 *
 * @param x - any shape and dtype
 * @example
 * ```ts
 * import { grad, mul, stopGradient, tensor1d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const slope = grad((x) => mul(x, stopGradient(x)))(tensor1d([3]));
 * console.assert(slope.dataSync()[0] === 3);
 * ```
 */
export function stopGradient<Value extends Tensor>(x: Value): Value {
  // A tensor made outside any kernel has no entry on the tape: the backward pass never reaches x.
  const backend = engine().state.tensorInfo.get(x.dataId)?.backend;
  if (backend === undefined) throw new DisposedTensorError('stopGradient');
  backend.incRef(x.dataId);
  return engine().makeTensorFromDataId(x.dataId, x.shape, x.dtype, backend) as Value;
}

/** Thrown when an op is given a tensor that was disposed already. */
export class DisposedTensorError extends Error {
  override readonly name = 'DisposedTensorError';

  constructor(op: string) {
    super(`${op}: the tensor was disposed; keep() it, or call ${op} before its tidy ends`);
  }
}
