import { match } from 'ts-pattern';
import { spaceOfField } from './composite-spaces.js';
import { InvalidSpaceError, type HybridSpace, type Space, type TupleSpace } from './space.js';

/** A space without parts. */
export type LeafSpace = Exclude<Space, TupleSpace | HybridSpace>;

/** Where one component of an action lies in its flat form. */
export interface FlatComponent {
  /** As in {@link contains}: `call.arguments[0]`; empty for a space without parts. */
  readonly path: string;
  readonly space: LeafSpace;
  /** The first of its numbers. */
  readonly offset: number;
  /** How many there are. */
  readonly size: number;
}

/** Where the components of an action lie in its flat form. */
export interface FlatLayout {
  readonly size: number;
  /** In the order of the space, without gaps. */
  readonly components: readonly FlatComponent[];
}

/** The integers up to here are all exact in float32. */
const LARGEST_EXACT = 2 ** 24;

/**
 * Which numbers of a flat action belong to which component. Every space has a fixed size: a category and a flag take
 * one number (the index, not one-hot), tokens `maxLength` (padded with -1), vectors and rotations their numbers; a
 * conditional field keeps its room, filled with zeros, where it is absent.
 *
 * @throws InvalidSpaceError when a space has more than 2^24 categories or tokens, which float32 cannot tell apart
 * @example
 * ```ts
 * import { box, categorical, flatLayout, hybrid } from '@pose-rft/hybrid-actions';
 *
 * const space = hybrid({ move: categorical({ categories: 3 }), by: box({ low: [0, 0], high: [1, 1] }) });
 * const { size, components } = flatLayout(space);
 * console.assert(size === 3 && components[1]?.path === 'by' && components[1].offset === 1);
 * ```
 */
export function flatLayout(space: Space): FlatLayout {
  const components: FlatComponent[] = [];
  const size = place(space, '', 0, components);
  return { size, components };
}

/** Appends the components of `space` from `offset` on, and returns the offset after them. */
function place(space: Space, path: string, offset: number, components: FlatComponent[]): number {
  if (space.kind === 'tuple')
    return space.parts.reduce(
      (next, part, position) => place(part, `${path}[${position}]`, next, components),
      offset,
    );
  if (space.kind === 'hybrid')
    return Object.entries(space.fields).reduce(
      (next, [name, field]) =>
        place(spaceOfField(field), path === '' ? name : `${path}.${name}`, next, components),
      offset,
    );
  requireExact(space, path);
  const size = flatSize(space);
  components.push({ path, space, offset, size });
  return offset + size;
}

function requireExact(space: LeafSpace, path: string): void {
  const count = match(space)
    .with({ kind: 'tokens' }, ({ vocabularySize }) => vocabularySize)
    .with({ kind: 'categorical' }, ({ categories }) => categories)
    .with({ kind: 'multiCategorical' }, ({ categories }) => Math.max(...categories))
    .otherwise(() => 0);
  if (count > LARGEST_EXACT)
    throw new InvalidSpaceError(
      path,
      `expected at most 2^24 categories or tokens (more are not exact in float32), got ${count}`,
    );
}

/** How many numbers an action of a space takes in its flat form. */
export function flatSize(space: Space): number {
  return match(space)
    .with({ kind: 'tuple' }, ({ parts }) => parts.reduce((total, part) => total + flatSize(part), 0))
    .with({ kind: 'hybrid' }, ({ fields }) =>
      Object.values(fields).reduce((total, field) => total + flatSize(spaceOfField(field)), 0),
    )
    .with({ kind: 'tokens' }, ({ maxLength }) => maxLength)
    .with({ kind: 'categorical' }, () => 1)
    .with({ kind: 'multiCategorical' }, ({ categories }) => categories.length)
    .with({ kind: 'bernoulli' }, { kind: 'real' }, ({ size }) => size)
    .with({ kind: 'box' }, ({ low }) => low.length)
    .with({ kind: 'rotations' }, ({ joints }) => 6 * joints)
    .exhaustive();
}
