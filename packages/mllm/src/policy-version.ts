import type { ParameterStore } from '@pose-rft/tensor';

/** Counts how often the parameters were found changed: every update puts new tensors in the store. */
export function createVersionCounter(parameters: ParameterStore): () => number {
  const identify = (): string => parameters.names.map((name) => parameters.get(name).id).join();
  let seen = identify();
  let version = 0;
  return () => {
    const present = identify();
    if (present !== seen) version++;
    seen = present;
    return version;
  };
}
