/** What was asked last, up to a number of entries: the least recently used goes first. */
export interface LruCache<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
}

/** @param entries - how many it keeps; 0 keeps none */
export function createLruCache<Value>(entries: number): LruCache<Value> {
  if (!Number.isInteger(entries) || entries < 0)
    throw new RangeError(`a cache holds an integer >= 0 of entries, got ${entries}`);
  // A Map iterates in the order of insertion: the first key is the oldest.
  const kept = new Map<string, { readonly value: Value }>();
  return {
    get(key) {
      const found = kept.get(key);
      if (found === undefined) return undefined;
      kept.delete(key);
      kept.set(key, found);
      return found.value;
    },
    set(key, value) {
      kept.delete(key);
      kept.set(key, { value });
      if (kept.size <= entries) return;
      for (const oldest of kept.keys()) {
        kept.delete(oldest);
        return;
      }
    },
  };
}
