import { match } from 'ts-pattern';
import { presentSpace } from './present-space.js';
import type { HybridSpace, RotationsSpace, Space, TokensSpace, TupleSpace } from './space.js';

/** Whether a value is an action of a space and, if not, which part of it is to blame. */
export type Containment =
  | { readonly contained: true }
  | { readonly contained: false; readonly path: string; readonly reason: string };

const CONTAINED: Containment = { contained: true };

/** Columns shorter, or nearer to parallel (as the sine of their angle), than this span no rotation. */
const DEGENERATE = 1e-6;

/**
 * Whether `value` is an action of `space`, with the path and the reason when it is not.
 *
 * @example
 * ```ts
 * import { box, contains } from '@pose-rft/hybrid-actions';
 *
 * const found = contains(box({ low: [0, 0], high: [1, 1] }), new Float32Array([0.5, 1.5]));
 * console.assert(!found.contained && found.path === '[1]' && found.reason === 'expected 0 <= x <= 1, got 1.5');
 * ```
 */
export function contains(space: Space, value: unknown): Containment {
  return containsAt(space, value, '');
}

function containsAt(space: Space, value: unknown, path: string): Containment {
  return match(space)
    .with({ kind: 'tokens' }, (tokens) => containsTokens(tokens, value, path))
    .with({ kind: 'categorical' }, ({ categories }) =>
      isMember(value, categories)
        ? CONTAINED
        : outside(path, `expected an integer in [0, ${categories}), got ${show(value)}`),
    )
    .with({ kind: 'multiCategorical' }, ({ categories }) => containsChoices(categories, value, path))
    .with({ kind: 'bernoulli' }, ({ size }) => containsChoices(new Array<number>(size).fill(2), value, path))
    .with({ kind: 'real' }, ({ size }) => containsVector(size, value, path))
    .with({ kind: 'box' }, ({ low, high }) =>
      containsVector(low.length, value, path, (x, dimension) => {
        // The corners as the action can hold them: a float32 vector reaches Math.fround(0.1), not 0.1.
        const lowest = low[dimension] as number;
        const highest = high[dimension] as number;
        return x >= Math.fround(lowest) && x <= Math.fround(highest)
          ? undefined
          : `expected ${lowest} <= x <= ${highest}, got ${x}`;
      }),
    )
    .with({ kind: 'rotations' }, (rotations) => containsRotations(rotations, value, path))
    .with({ kind: 'tuple' }, (tuple) => containsParts(tuple, value, path))
    .with({ kind: 'hybrid' }, (hybrid) => containsFields(hybrid, value, path))
    .exhaustive();
}

function containsTokens(space: TokensSpace, value: unknown, path: string): Containment {
  if (!Array.isArray(value)) return outside(path, `expected an array of token ids, got ${show(value)}`);
  if (value.length > space.maxLength)
    return outside(path, `expected at most ${space.maxLength} tokens, got ${value.length}`);
  for (const [position, token] of value.entries()) {
    const at = `${path}[${position}]`;
    if (!isMember(token, space.vocabularySize))
      return outside(at, `expected a token id in [0, ${space.vocabularySize}), got ${show(token)}`);
    if (token === space.end && position < value.length - 1)
      return outside(at, `the end token ${space.end} is followed by more tokens`);
  }
  return CONTAINED;
}

function containsChoices(categories: readonly number[], value: unknown, path: string): Containment {
  if (!Array.isArray(value) || value.length !== categories.length)
    return outside(
      path,
      `expected an array of ${categories.length} integers, got ${Array.isArray(value) ? value.length : show(value)}`,
    );
  for (const [position, count] of categories.entries())
    if (!isMember(value[position], count))
      return outside(
        `${path}[${position}]`,
        `expected an integer in [0, ${count}), got ${show(value[position])}`,
      );
  return CONTAINED;
}

function containsVector(
  size: number,
  value: unknown,
  path: string,
  fault: (x: number, dimension: number) => string | undefined = () => undefined,
): Containment {
  if (!(value instanceof Float32Array))
    return outside(path, `expected a Float32Array of ${size} numbers, got ${show(value)}`);
  if (value.length !== size) return outside(path, `expected ${size} numbers, got ${value.length}`);
  for (const [dimension, x] of value.entries()) {
    const reason = Number.isFinite(x) ? fault(x, dimension) : `expected a finite number, got ${x}`;
    if (reason !== undefined) return outside(`${path}[${dimension}]`, reason);
  }
  return CONTAINED;
}

function containsRotations({ joints }: RotationsSpace, value: unknown, path: string): Containment {
  const vector = containsVector(6 * joints, value, path);
  if (!vector.contained || !(value instanceof Float32Array)) return vector;
  for (let joint = 0; joint < joints; joint++) {
    const [ax = 0, ay = 0, az = 0, bx = 0, by = 0, bz = 0] = value.subarray(6 * joint, 6 * joint + 6);
    const first = Math.hypot(ax, ay, az);
    const second = Math.hypot(bx, by, bz);
    const across = Math.hypot(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx);
    if (!(first > DEGENERATE && second > DEGENERATE && across > DEGENERATE * first * second))
      return outside(`${path}[${6 * joint}]`, `the two columns of joint ${joint} are parallel or zero`);
  }
  return CONTAINED;
}

function containsParts({ parts }: TupleSpace, value: unknown, path: string): Containment {
  if (!Array.isArray(value) || value.length !== parts.length)
    return outside(
      path,
      `expected an array of ${parts.length} parts, got ${Array.isArray(value) ? value.length : show(value)}`,
    );
  for (const [position, part] of parts.entries()) {
    const found = containsAt(part, value[position], `${path}[${position}]`);
    if (!found.contained) return found;
  }
  return CONTAINED;
}

function containsFields({ fields }: HybridSpace, value: unknown, path: string): Containment {
  if (typeof value !== 'object' || value === null)
    return outside(path, `expected an object with ${Object.keys(fields).join(', ')}, got ${show(value)}`);
  const parts = new Map<string, unknown>(Object.entries(value));
  for (const name of parts.keys())
    if (!Object.hasOwn(fields, name))
      return outside(join(path, name), `no such field (fields: ${Object.keys(fields).join(', ')})`);
  for (const [name, field] of Object.entries(fields)) {
    const part = parts.get(name);
    const space = presentSpace(field, (earlier) => parts.get(earlier));
    if (space === undefined) {
      if (part === undefined) continue;
      return outside(join(path, name), 'present although its condition does not hold');
    }
    const found = containsAt(space, part, join(path, name));
    if (!found.contained) return found;
  }
  return CONTAINED;
}

function outside(path: string, reason: string): Containment {
  return { contained: false, path, reason };
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function isMember(value: unknown, size: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < size;
}

function show(value: unknown): string {
  if (ArrayBuffer.isView(value)) return value.constructor.name;
  return value === undefined ? 'nothing' : (JSON.stringify(value)?.slice(0, 80) ?? typeof value);
}
