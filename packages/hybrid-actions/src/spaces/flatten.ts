import { match } from 'ts-pattern';
import type { ActionOf } from './action.js';
import { spaceOfField } from './composite-spaces.js';
import { flatLayout, flatSize } from './flat-layout.js';
import { InvalidActionError, requireContained } from './invalid-action-error.js';
import { presentSpace } from './present-space.js';
import type { HybridFields, Space } from './space.js';

/** Follows the last token of a sequence that is shorter than its room. */
const NO_TOKEN = -1;

/**
 * An action as one vector of fixed size, laid out as {@link flatLayout} says. {@link unflatten} gives it back, bit for
 * bit.
 *
 * @param target - where to write, such as a row of a batch: as many numbers as the layout's size
 * @returns `target`
 * @throws InvalidActionError when `action` is not in `space` or `target` is of another size
 * @example
 * ```ts
 * import { flatten, hybrid, real, tokens, unflatten, when } from '@pose-rft/hybrid-actions';
 *
 * const space = hybrid({
 *   answer: tokens({ vocabularySize: 9, maxLength: 3, end: 1 }),
 *   value: when('answer', { contains: 4 }, real({ size: 2 })),
 * });
 * const flat = flatten(space, { answer: [5, 1] });
 * console.assert(flat.join() === '5,1,-1,0,0');
 * console.assert(unflatten(space, flat).answer.length === 2);
 * ```
 */
export function flatten<Of extends Space>(
  space: Of,
  action: ActionOf<Of>,
  target: Float32Array = new Float32Array(flatSize(space)),
): Float32Array {
  requireSize('target', target, space);
  requireContained(space, action);
  write(space, action, target);
  return target;
}

/**
 * Reads what {@link flatten} wrote.
 *
 * @throws InvalidActionError when the numbers hold no action of `space`
 */
export function unflatten<Of extends Space>(space: Of, numbers: Float32Array): ActionOf<Of> {
  requireSize('numbers', numbers, space);
  const action = read(space, numbers);
  requireContained(space, action);
  return action as ActionOf<Of>;
}

function requireSize(name: string, numbers: Float32Array, space: Space): void {
  const { size } = flatLayout(space);
  if (numbers.length !== size)
    throw new InvalidActionError('', `${name}: expected ${size} numbers, got ${numbers.length}`);
}

/** Fills `target`, which is as long as the space's flat form. */
function write(space: Space, action: unknown, target: Float32Array): void {
  if (action === undefined) target.fill(0);
  else if (space.kind === 'tuple') {
    const values = action as readonly unknown[];
    const room = roomsOf(target);
    space.parts.forEach((part, position) => write(part, values[position], room(part)));
  } else if (space.kind === 'hybrid') {
    const values = action as Readonly<Record<string, unknown>>;
    const room = roomsOf(target);
    for (const [name, field] of Object.entries(space.fields))
      write(spaceOfField(field), values[name], room(spaceOfField(field)));
  } else if (typeof action === 'number') target[0] = action;
  else {
    const numbers = action as ArrayLike<number>;
    target.set(numbers);
    target.fill(NO_TOKEN, numbers.length);
  }
}

function read(space: Space, numbers: Float32Array): unknown {
  return match(space)
    .with({ kind: 'categorical' }, () => numbers[0])
    .with({ kind: 'tokens' }, () => {
      const length = numbers.indexOf(NO_TOKEN);
      return Array.from(length < 0 ? numbers : numbers.subarray(0, length));
    })
    .with({ kind: 'multiCategorical' }, { kind: 'bernoulli' }, () => Array.from(numbers))
    .with({ kind: 'real' }, { kind: 'box' }, { kind: 'rotations' }, () => numbers.slice())
    .with({ kind: 'tuple' }, ({ parts }) => {
      const room = roomsOf(numbers);
      return parts.map((part) => read(part, room(part)));
    })
    .with({ kind: 'hybrid' }, ({ fields }) => readFields(fields, numbers))
    .exhaustive();
}

function readFields(fields: HybridFields, numbers: Float32Array): Readonly<Record<string, unknown>> {
  const room = roomsOf(numbers);
  const action: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const own = room(spaceOfField(field));
    const space = presentSpace(field, (earlier) => action[earlier]);
    if (space !== undefined) action[name] = read(space, own);
  }
  return action;
}

/** Hands out the numbers of one part after the other. */
function roomsOf(numbers: Float32Array): (part: Space) => Float32Array {
  let offset = 0;
  return (part) => {
    const start = offset;
    offset += flatSize(part);
    return numbers.subarray(start, offset);
  };
}
