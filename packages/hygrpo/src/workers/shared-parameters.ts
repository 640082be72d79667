import { tensor, tensorToData, type ParameterStore, type Tensor } from '@pose-rft/tensor';

/** One parameter of a policy, as threads compare theirs. */
export interface ParameterDescription {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** Where a trainable parameter lies in shared memory. */
export interface SharedParameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Of its first number. */
  readonly offset: number;
  readonly size: number;
}

/** Shared memory that the weights go through, from the thread that updates them to all others. */
export interface SharedWeights {
  readonly layout: readonly SharedParameter[];
  /** All trainable parameters, one after the other. */
  readonly values: Float32Array<SharedArrayBuffer>;
  /** [1]: counts the changes, so that a thread copies weights only when they are new. */
  readonly version: Int32Array<SharedArrayBuffer>;
}

/** Shared memory of one thread that its gradients go through. */
export interface SharedGradients {
  readonly values: Float32Array<SharedArrayBuffer>;
  /** [parameters]: 1 where the loss has reached it. */
  readonly reached: Uint8Array<SharedArrayBuffer>;
}

/** All parameters of a store, in its order. */
export function describeParameters(store: ParameterStore): readonly ParameterDescription[] {
  return store.names.map((name) => {
    const { dtype, shape } = store.get(name);
    return { name, dtype, shape };
  });
}

/** Room for the trainable parameters of a store, with their present values. */
export function shareWeights(store: ParameterStore): SharedWeights {
  let offset = 0;
  const layout = store.names
    .filter((name) => store.isTrainable(name))
    .map((name) => {
      const { shape, size } = store.get(name);
      const place = { name, shape, offset, size };
      offset += size;
      return place;
    });
  const values = new Float32Array(new SharedArrayBuffer(4 * offset));
  const weights = { layout, values, version: new Int32Array(new SharedArrayBuffer(4)) };
  publishWeights(store, weights);
  return weights;
}

/** Room for one thread's gradients. */
export function createSharedGradients({ layout, values }: SharedWeights): SharedGradients {
  return {
    values: new Float32Array(new SharedArrayBuffer(values.byteLength)),
    reached: new Uint8Array(new SharedArrayBuffer(layout.length)),
  };
}

/** Copies a store's values into shared memory. */
export function publishWeights(store: ParameterStore, { layout, values, version }: SharedWeights): void {
  for (const { name, offset } of layout) values.set(store.get(name).dataSync<'float32'>(), offset);
  Atomics.add(version, 0, 1);
}

/** Copies shared weights into a store; returns the version that it then holds. */
export function adoptWeights(store: ParameterStore, { layout, values, version }: SharedWeights): number {
  const present = Atomics.load(version, 0);
  for (const { name, shape, offset, size } of layout)
    store.replace(
      name,
      tensor(new Float32Array(values.subarray(offset, offset + size)), [...shape], 'float32'),
    );
  return present;
}

/** Copies gradients into shared memory. */
export function publishGradients(
  gradients: Readonly<Record<string, Tensor>>,
  layout: readonly SharedParameter[],
  shared: SharedGradients,
): void {
  layout.forEach(({ name, offset }, index) => {
    const gradient = gradients[name];
    shared.reached[index] = gradient ? 1 : 0;
    if (gradient) shared.values.set(gradient.dataSync<'float32'>(), offset);
  });
}

/** A sum of gradients that come in one after the other; the order decides the rounding, so it must be the same always. */
export interface GradientSum {
  add(shared: SharedGradients): void;
  /** As tensors of the receiver's; none for parameters that no part has reached. */
  tensors(): Record<string, Tensor>;
}

export function createGradientSum({ layout, values }: SharedWeights): GradientSum {
  const sum = new Float32Array(values.length);
  const reached = new Uint8Array(layout.length);
  return {
    add(shared) {
      layout.forEach(({ offset, size }, index) => {
        if (shared.reached[index] === 0) return;
        reached[index] = 1;
        const part = shared.values;
        for (let at = offset; at < offset + size; at++) sum[at] = (sum[at] as number) + (part[at] as number);
      });
    },
    tensors: () =>
      Object.fromEntries(
        layout
          .filter((_, index) => reached[index] === 1)
          .map(({ name, shape, offset, size }) => [
            name,
            tensor(sum.slice(offset, offset + size), [...shape], 'float32'),
          ]),
      ),
  };
}

/**
 * A hash (FNV-1a over the bits) of each parameter that is not shared, by name: a thread whose frozen parameters are
 * others would compute wrong gradients, and nothing else would tell.
 */
export function hashUnshared(
  store: ParameterStore,
  layout: readonly SharedParameter[],
): Readonly<Record<string, number>> {
  const shared = new Set(layout.map(({ name }) => name));
  return Object.fromEntries(
    store.names.filter((name) => !shared.has(name)).map((name) => [name, hashOf(store.get(name))]),
  );
}

function hashOf(parameter: Tensor): number {
  const { data } = tensorToData(parameter);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let hash = 0x811c9dc5;
  for (let at = 0; at < bytes.length; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return hash >>> 0;
}
