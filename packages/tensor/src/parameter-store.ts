import { engine, keep, tidy } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/** Named parameters of a model in a stable order; each is trainable or frozen. The store owns its tensors. */
export interface ParameterStore {
  /** All names, in the order in which the store was created. */
  readonly names: readonly string[];
  /** The number of scalars in all parameters, frozen ones included. */
  readonly parameterCount: number;
  /**
   * The current tensor of a parameter; `replace` disposes it, so do not hold on to it across optimiser steps.
   * @throws MissingParameterError
   */
  get(name: string): Tensor;
  /**
   * Puts `value` in place of a parameter and disposes the old tensor; the store owns `value` from now on.
   * @throws MissingParameterError
   * @throws ShapeMismatchError if the shape or dtype differs
   */
  replace(name: string, value: Tensor): void;
  /** @throws MissingParameterError */
  isTrainable(name: string): boolean;
  /** Keeps the matching parameters out of `valueAndGradients` from now on. */
  freeze(matches: (name: string) => boolean): void;
  /** Makes the matching parameters trainable again. */
  unfreeze(matches: (name: string) => boolean): void;
  /** An independent deep copy (for a reference policy, say): same names, values and trainability. */
  clone(): ParameterStore;
  /** Disposes every parameter; safe to call twice. */
  dispose(): void;
}

/** Thrown when a store has no parameter of the given name. */
export class MissingParameterError extends Error {
  override readonly name = 'MissingParameterError';

  constructor(
    readonly parameter: string,
    readonly available: readonly string[],
  ) {
    const shown = available.slice(0, 12).join(', ');
    const rest = available.length > 12 ? `, ... (${available.length} in all)` : '';
    super(`no parameter is named "${parameter}"; the store has: ${shown || '(nothing)'}${rest}`);
  }
}

/** Thrown when a value does not have the shape or dtype of the parameter it is meant for. */
export class ShapeMismatchError extends Error {
  override readonly name = 'ShapeMismatchError';

  constructor(
    readonly parameter: string,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`parameter "${parameter}": expected ${expected}, found ${found}`);
  }
}

/**
 * Creates a store, which takes ownership of the tensors: they survive enclosing `tidy` calls until `dispose`.
 *
 * @param entries - parameters by name; their order is kept
 * @param options - `trainable` says which parameters learn (default: all)
 * @example
 * ```ts
 * import { createParameterStore, tensor2d, useBackend, zeros } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const store = createParameterStore({ weight: tensor2d([[1, 2]]), bias: zeros([2]) });
 * store.freeze((name) => name === 'bias');
 * console.assert(store.parameterCount === 4 && !store.isTrainable('bias'));
 * store.dispose();
 * ```
 */
export function createParameterStore(
  entries: Readonly<Record<string, Tensor>>,
  options: { readonly trainable?: (name: string) => boolean } = {},
): ParameterStore {
  const names = Object.freeze(Object.keys(entries));
  const tensors = new Map(names.map((name) => [name, keep(entries[name] as Tensor)]));
  const frozen = new Set(options.trainable ? names.filter((name) => !options.trainable?.(name)) : []);
  let parameterCount = 0;
  for (const tensor of tensors.values()) parameterCount += tensor.size;

  function get(name: string): Tensor {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new MissingParameterError(name, names);
    return tensor;
  }

  function isTrainable(name: string): boolean {
    get(name);
    return !frozen.has(name);
  }

  return {
    names,
    parameterCount,
    get,
    isTrainable,
    replace(name, value) {
      const old = get(name);
      if (old === value) return;
      if (describeTensor(old) !== describeTensor(value))
        throw new ShapeMismatchError(name, describeTensor(old), describeTensor(value));
      tensors.set(name, keep(value));
      old.dispose();
    },
    freeze(matches) {
      for (const name of names) if (matches(name)) frozen.add(name);
    },
    unfreeze(matches) {
      for (const name of names) if (matches(name)) frozen.delete(name);
    },
    clone() {
      const copies = Object.fromEntries(names.map((name) => [name, copyTensor(get(name))]));
      return createParameterStore(copies, { trainable: (name) => !frozen.has(name) });
    },
    dispose() {
      for (const tensor of tensors.values()) tensor.dispose();
    },
  };
}

/**
 * Evaluates a loss and its gradients with respect to the trainable parameters of a store.
 *
 * All intermediate tensors are disposed. A trainable parameter that the loss does not reach has no entry in
 * `gradients`, so that an optimiser leaves it alone (as PyTorch does for `grad = None`).
 *
 * @param loss - computes the scalar loss from `store.get(name)`, and whatever plain data the caller wants back.
 *   Tensors in `aux` must be passed to `keep` to survive.
 * @returns the loss, the gradients (the caller disposes them) and `aux`
 * @throws UnreachableLossError if the loss depends on no trainable parameter
 * @example
 * ```ts
 * import { createParameterStore, dispose, mean, square, tensor1d, useBackend, valueAndGradients } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const store = createParameterStore({ x: tensor1d([3, 4]) });
 * const { loss, gradients } = valueAndGradients(store, () => ({ loss: mean(square(store.get('x'))), aux: null }));
 * console.assert(loss === 12.5 && gradients.x?.dataSync()[1] === 4);
 * dispose(gradients);
 * store.dispose();
 * ```
 */
export function valueAndGradients<Aux>(
  store: ParameterStore,
  loss: () => { readonly loss: Tensor; readonly aux: Aux },
): { loss: number; gradients: Record<string, Tensor>; aux: Aux } {
  const trainable = store.names.filter((name) => store.isTrainable(name));
  if (trainable.length === 0) throw new UnreachableLossError(trainable);
  const evaluations: Aux[] = [];
  const [value, ...gradientTensors] = freeingTapeOnFailure(() =>
    tidy(() => {
      const { value: scalar, grads } = engine().gradients<Tensor>(
        () => {
          const evaluated = loss();
          evaluations.push(evaluated.aux);
          return scalarLoss(evaluated.loss);
        },
        trainable.map((name) => store.get(name)),
        undefined,
        true,
      );
      return [scalar, ...grads];
    }),
  );
  const gradients: Record<string, Tensor> = {};
  trainable.forEach((name, index) => {
    const gradient = gradientTensors[index];
    if (gradient) gradients[name] = gradient;
  });
  const lossValue = value.dataSync()[0] as number;
  value.dispose();
  if (Object.keys(gradients).length === 0) throw new UnreachableLossError(trainable);
  return { loss: lossValue, gradients, aux: evaluations[0] as Aux };
}

/** Thrown when a loss cannot be differentiated: it is no scalar, or no trainable parameter influences it. */
export class UnreachableLossError extends Error {
  override readonly name = 'UnreachableLossError';

  constructor(trainable: readonly string[]) {
    super(
      `the loss depends on none of the ${trainable.length} trainable parameters ` +
        `(${trainable.slice(0, 8).join(', ') || 'all are frozen'}): unfreeze one, or use store.get(name) inside the loss`,
    );
  }
}

function scalarLoss(loss: Tensor): Scalar {
  if (loss.rank !== 0) throw new ShapeMismatchError('loss', 'a scalar', describeTensor(loss));
  return loss as Scalar;
}

/** tfjs keeps what a tape has saved until its backward pass ends; one that throws would leave it all alive. */
function freeingTapeOnFailure<Result>(differentiate: () => Result): Result {
  try {
    return differentiate();
  } catch (error) {
    const { state } = engine();
    if (state.gradientDepth === 0) {
      for (const node of state.activeTape ?? []) for (const saved of node.saved ?? []) saved?.dispose();
      state.activeTape = [];
    }
    throw error;
  }
}

function describeTensor(tensor: Tensor): string {
  return `${tensor.dtype}[${tensor.shape.join(', ')}]`;
}

/** A copy with its own memory (tfjs's `clone` shares it). */
function copyTensor(tensor: Tensor): Tensor {
  return engine().makeTensor(tensor.dataSync().slice(), tensor.shape, tensor.dtype);
}
