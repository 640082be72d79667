/**
 * A source of pseudo-random numbers. Every function of this project that draws takes one explicitly; none reads a
 * global generator, so equal seeds give equal results on every machine.
 */
export interface Random {
  /** A uniform number in [0, 1), with 32 random bits. */
  uniform(): number;
  /** A standard normal number (mean 0, standard deviation 1), by the polar Box-Muller method. */
  normal(): number;
  /** A uniform integer in [0, limit). Throws a `RangeError` unless `limit` is an integer in [1, 2^32]. */
  integer(limit: number): number;
  /** A uniformly chosen item. Throws a `RangeError` for an empty list. */
  pick<Item>(items: readonly Item[]): Item;
  /** A shuffled copy (Fisher-Yates); the argument stays as it is. */
  shuffle<Item>(items: readonly Item[]): Item[];
  /** Fills `target` with standard normal numbers and returns it. */
  fillNormal<Target extends Float32Array | Float64Array>(target: Target): Target;
  /**
   * An independent stream, named by `label`. It depends on this stream's seed and the label alone: not on how many
   * numbers were drawn, and not on how many siblings were split off, so adding a consumer disturbs no other.
   */
  split(label: string | number): Random;
  /** Everything needed to continue this stream: plain JSON. */
  state(): RandomState;
}

/** The serialisable state of a stream; `createRandom(state)` continues it number for number. */
export interface RandomState {
  readonly algorithm: 'sfc32';
  /** The stream's identity, from which `split` derives its children: 4 unsigned 32-bit words. */
  readonly key: readonly [number, number, number, number];
  /** The generator's words: a, b, c and the counter. */
  readonly words: readonly [number, number, number, number];
  /** The second number of the last Box-Muller pair, if it is still to be handed out. */
  readonly spareNormal: number | null;
}

/** Thrown when a saved state cannot be continued. */
export class InvalidRandomStateError extends Error {
  override readonly name = 'InvalidRandomStateError';
}

const WARM_UP_ROUNDS = 12;

/**
 * A splittable, serialisable generator: sfc32 (C. Doty-Humphrey, PractRand), 128 bits of state with a counter, which
 * guarantees a period of at least 2^32.
 *
 * @param seed - any safe integer (0 is a seed like any other), or a state saved by {@link Random.state}
 * @throws RangeError if `seed` is a number but not a safe integer
 * @throws InvalidRandomStateError if a state does not have the shape of {@link RandomState}
 * @example
 * ```ts
 * import { createRandom } from '@pose-rft/random';
 *
 * const random = createRandom(7);
 * const noise = random.split('noise');
 * const resumed = createRandom(random.state());
 * console.assert(random.uniform() === resumed.uniform());
 * console.assert(noise.normal() !== random.normal());
 * ```
 */
export function createRandom(seed: number | RandomState): Random {
  if (typeof seed !== 'number') return streamFromState(seed);
  if (!Number.isSafeInteger(seed))
    throw new RangeError(`createRandom: the seed must be a safe integer, got ${seed}`);
  const low = seed | 0;
  const high = Math.floor(seed / 2 ** 32) | 0;
  return streamFromKey(hashWords([0x9e3779b9, 0x243f6a88, low, high], 0));
}

type Words = readonly [number, number, number, number];

function streamFromKey(key: Words): Random {
  const stream = createStream(key, [key[0], key[1], key[2], 1], null);
  for (let round = 0; round < WARM_UP_ROUNDS; round++) stream.uniform();
  return stream;
}

function streamFromState(state: RandomState): Random {
  const isWord = (value: unknown): boolean =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32;
  const areWords = (value: unknown): boolean =>
    Array.isArray(value) && value.length === 4 && value.every(isWord);
  const spare = state?.spareNormal;
  if (
    state?.algorithm !== 'sfc32' ||
    !areWords(state.key) ||
    !areWords(state.words) ||
    !(spare === null || Number.isFinite(spare))
  )
    throw new InvalidRandomStateError(
      `createRandom: not a saved random state: ${JSON.stringify(state)?.slice(0, 200)}; ` +
        'expected { algorithm: "sfc32", key: 4 words, words: 4 words, spareNormal: number | null }',
    );
  return createStream(state.key, state.words, state.spareNormal);
}

function createStream(key: Words, words: Words, initialSpare: number | null): Random {
  let a = words[0] | 0;
  let b = words[1] | 0;
  let c = words[2] | 0;
  let counter = words[3] | 0;
  let spareNormal = initialSpare;

  function nextWord(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  }

  function uniform(): number {
    return nextWord() / 4294967296;
  }

  function normal(): number {
    if (spareNormal !== null) {
      const value = spareNormal;
      spareNormal = null;
      return value;
    }
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const radiusSquared = x * x + y * y;
      if (radiusSquared >= 1 || radiusSquared === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(radiusSquared)) / radiusSquared);
      spareNormal = y * factor;
      return x * factor;
    }
  }

  function integer(limit: number): number {
    if (!Number.isInteger(limit) || limit < 1 || limit > 2 ** 32)
      throw new RangeError(`Random.integer: the limit must be an integer in [1, 2^32], got ${limit}`);
    // Rejection keeps every value equally likely when 2^32 is not a multiple of the limit.
    const usable = 2 ** 32 - (2 ** 32 % limit);
    for (;;) {
      const word = nextWord();
      if (word < usable) return word % limit;
    }
  }

  function pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new RangeError('Random.pick: the list is empty');
    return items[integer(items.length)] as Item;
  }

  function shuffle<Item>(items: readonly Item[]): Item[] {
    const shuffled = items.slice();
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = integer(last + 1);
      const held = shuffled[last] as Item;
      shuffled[last] = shuffled[other] as Item;
      shuffled[other] = held;
    }
    return shuffled;
  }

  function fillNormal<Target extends Float32Array | Float64Array>(target: Target): Target {
    for (let index = 0; index < target.length; index++) target[index] = normal();
    return target;
  }

  return {
    uniform,
    normal,
    integer,
    pick,
    shuffle,
    fillNormal,
    split: (label) => streamFromKey(hashLabel(key, label)),
    state: () => ({
      algorithm: 'sfc32',
      key,
      words: [a >>> 0, b >>> 0, c >>> 0, counter >>> 0],
      spareNormal,
    }),
  };
}

/** The finaliser of MurmurHash3: every input bit changes every output bit with probability one half. */
function mixWord(word: number): number {
  let mixed = word | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function hashWords(words: Words, salt: number): Words {
  const out: [number, number, number, number] = [...words];
  let carry = salt | 0;
  for (let round = 0; round < 3; round++)
    for (let index = 0; index < 4; index++) {
      carry = mixWord(((out[index] as number) ^ carry) + 0x9e3779b9 + index);
      out[index] = carry;
    }
  return out;
}

function hashLabel(key: Words, label: string | number): Words {
  const text = typeof label === 'number' ? `#${label}` : `$${label}`;
  let hashed = key;
  for (let index = 0; index < text.length; index++) hashed = hashWords(hashed, text.charCodeAt(index) + 1);
  return hashWords(hashed, text.length);
}
