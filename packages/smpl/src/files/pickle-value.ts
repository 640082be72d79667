import type { NumericArray, TextArray } from './numeric-array.js';

/** A reference to an allowed Python class or function; it names it, and is no code. */
export interface PickledGlobal {
  readonly kind: 'global';
  readonly name: string;
}

/** An array of objects. */
export interface PickledObjects {
  readonly kind: 'objects';
  readonly shape: readonly number[];
  readonly items: readonly PickleValue[];
}

/** NumPy's type of an array's elements. */
export interface PickledDtype {
  readonly kind: 'dtype';
  readonly name: string;
  order: string;
}

/** An array; pickles name it first and fill it later. */
export interface PickledArray {
  readonly kind: 'array';
  content: NumericArray | TextArray | PickledObjects | undefined;
}

/** An object of an allowed class, with its state as Python wrote it: a chumpy variable, a SciPy sparse matrix. */
export interface PickledInstance {
  readonly kind: 'instance';
  readonly className: string;
  state: ReadonlyMap<PickleKey, PickleValue> | undefined;
}

export type PickleKey = string | number;

/** What a pickle may hold. Lists and tuples are arrays, `None` is null, `str` of Python 2 and `bytes` are bytes. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PickleValue[]
  | ReadonlyMap<PickleKey, PickleValue>
  | NumericArray
  | TextArray
  | PickledArray
  | PickledObjects
  | PickledInstance
  | PickledDtype
  | PickledGlobal;

/** The tag of a tagged value; an empty one for all others. */
export function kindOf(value: unknown): string {
  const isTagged = typeof value === 'object' && value !== null && 'kind' in value;
  return isTagged && typeof value.kind === 'string' ? value.kind : '';
}
