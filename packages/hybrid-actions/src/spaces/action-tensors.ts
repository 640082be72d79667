import { tensor1d, tensor2d, type Tensor, type Tensor1D, type Tensor2D } from '@pose-rft/tensor';
import { match } from 'ts-pattern';
import type { ActionOf, SpaceOfField } from './action.js';
import { spaceOfField } from './composite-spaces.js';
import { flatSize, type LeafSpace } from './flat-layout.js';
import { InvalidActionError, requireContained } from './invalid-action-error.js';
import { presentSpace } from './present-space.js';
import type { CategoricalSpace, HybridFields, HybridSpace, Space, TupleSpace } from './space.js';

/**
 * The type of B actions of a space as tensors, one row each: categories are int32 [B]; tokens (padded with -1), several
 * categories and flags int32 [B, size]; vectors and rotations float32 [B, size]; tuples and hybrid actions tuples and
 * objects of those, with every conditional field in place: the rows that lack it hold a placeholder.
 */
export type ActionTensors<Of extends Space> = Of extends CategoricalSpace
  ? Tensor1D
  : Of extends TupleSpace<infer Parts>
    ? PartTensors<Parts>
    : Of extends HybridSpace<infer Fields>
      ? FieldTensors<Fields>
      : Tensor2D;

type PartTensors<Parts extends readonly Space[]> = Space extends Parts[number]
  ? readonly unknown[]
  : { readonly [Position in keyof Parts]: ActionTensors<Parts[Position]> };

/** {@link ActionTensors} of the fields of a hybrid space. */
export type FieldTensors<Fields extends HybridFields> = string extends keyof Fields
  ? Readonly<Record<string, unknown>>
  : { readonly [Name in keyof Fields]: ActionTensors<SpaceOfField<Fields[Name]>> };

/** Nested tuples and objects of tensors. */
export type TensorTree = Tensor | readonly TensorTree[] | { readonly [name: string]: TensorTree };

/**
 * A batch of actions as tensors, as the distributions of this package take them.
 *
 * @returns the caller's to dispose
 * @throws InvalidActionError when one of the actions is not in `space`
 * @example
 * ```ts
 * import { hybrid, categorical, real, stackActions, unstackActions, when } from '@pose-rft/hybrid-actions';
 * import { tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const space = hybrid({
 *   move: categorical({ categories: 2 }),
 *   by: when('move', { equals: 1 }, real({ size: 2 })),
 * });
 * tidy(() => {
 *   const tensors = stackActions(space, [{ move: 1, by: Float32Array.of(3, 4) }, { move: 0 }]);
 *   console.assert(tensors.move.shape.join() === '2' && tensors.by.shape.join() === '2,2');
 *   console.assert(unstackActions(space, tensors)[1]?.by === undefined);
 * });
 * ```
 */
export function stackActions<Of extends Space>(
  space: Of,
  actions: readonly ActionOf<Of>[],
): ActionTensors<Of> {
  for (const action of actions) requireContained(space, action);
  return stack(space, actions) as ActionTensors<Of>;
}

/**
 * What {@link stackActions} stacked, or a distribution over `space` drew: one action a row. Rows whose conditions fail
 * lose the placeholder.
 *
 * @throws InvalidActionError when a row is no action of `space`
 */
export function unstackActions<Of extends Space>(
  space: Of,
  tensors: ActionTensors<Of>,
): readonly ActionOf<Of>[] {
  const rows = unstack(space, tensors as TensorTree);
  rows.forEach((action, row) => {
    try {
      requireContained(space, action);
    } catch (error) {
      if (!(error instanceof InvalidActionError)) throw error;
      throw new InvalidActionError(`row ${row}${error.path === '' ? '' : `, ${error.path}`}`, error.reason);
    }
  });
  return rows as readonly ActionOf<Of>[];
}

function stack(space: Space, actions: readonly unknown[]): TensorTree {
  if (space.kind === 'tuple')
    return space.parts.map((part, position) =>
      stack(
        part,
        actions.map((action) => (action as readonly unknown[] | undefined)?.[position]),
      ),
    );
  if (space.kind === 'hybrid')
    return Object.fromEntries(
      Object.entries(space.fields).map(([name, field]) => [
        name,
        stack(
          spaceOfField(field),
          actions.map((action) => (action as Readonly<Record<string, unknown>> | undefined)?.[name]),
        ),
      ]),
    );
  const size = flatSize(space);
  const isReal = space.kind === 'real' || space.kind === 'box' || space.kind === 'rotations';
  const numbers = isReal ? new Float32Array(actions.length * size) : new Int32Array(actions.length * size);
  if (space.kind === 'tokens') numbers.fill(-1);
  actions.forEach((action, row) => {
    const own = action ?? placeholder(space);
    numbers.set(typeof own === 'number' ? [own] : (own as ArrayLike<number>), row * size);
  });
  if (space.kind === 'categorical') return tensor1d(numbers, 'int32');
  return tensor2d(numbers, [actions.length, size], isReal ? 'float32' : 'int32');
}

/** An action that every density can be taken at: it stands where there is none, and its density is not used. */
function placeholder(space: LeafSpace): ArrayLike<number> {
  return match(space)
    .with({ kind: 'tokens' }, () => [])
    .with({ kind: 'categorical' }, () => [0])
    .with({ kind: 'multiCategorical' }, ({ categories }) => categories.map(() => 0))
    .with({ kind: 'bernoulli' }, { kind: 'real' }, ({ size }) => new Float32Array(size))
    .with({ kind: 'box' }, ({ low, high }) =>
      low.map((lowest, dimension) => 0.5 * lowest + 0.5 * (high[dimension] as number)),
    )
    .with({ kind: 'rotations' }, ({ joints }) =>
      Array.from({ length: joints }, () => [1, 0, 0, 0, 1, 0]).flat(),
    )
    .exhaustive();
}

function unstack(space: Space, tensors: TensorTree): unknown[] {
  if (space.kind === 'tuple') {
    const parts = space.parts.map((part, position) =>
      unstack(part, (tensors as readonly TensorTree[])[position] as TensorTree),
    );
    return (parts[0] ?? []).map((_, row) => parts.map((rows) => rows[row]));
  }
  if (space.kind === 'hybrid') return unstackFields(space.fields, tensors);
  const tensor = tensors as Tensor;
  const numbers = tensor.dataSync<'float32' | 'int32'>();
  const rows = tensor.shape[0] ?? 0;
  if (space.kind === 'categorical') return Array.from(numbers);
  const size = tensor.shape[1] ?? 0;
  return Array.from({ length: rows }, (_, row) => {
    const own = numbers.slice(row * size, (row + 1) * size);
    if (space.kind !== 'tokens') return own instanceof Float32Array ? own : Array.from(own);
    const length = own.indexOf(-1);
    return Array.from(length < 0 ? own : own.subarray(0, length));
  });
}

function unstackFields(fields: HybridFields, tensors: TensorTree): unknown[] {
  const columns = Object.entries(fields).map(([name, field]) => ({
    name,
    field,
    rows: unstack(spaceOfField(field), (tensors as Readonly<Record<string, TensorTree>>)[name] as TensorTree),
  }));
  return (columns[0]?.rows ?? []).map((_, row) => {
    const action: Record<string, unknown> = {};
    for (const { name, field, rows } of columns)
      if (presentSpace(field, (earlier) => action[earlier]) !== undefined) action[name] = rows[row];
    return action;
  });
}
