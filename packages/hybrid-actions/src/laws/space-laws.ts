import { createRandom, type Random } from '@pose-rft/random';
import fc from 'fast-check';
import { actionFromJson, actionToJson } from '../spaces/action-json.js';
import { contains, type Containment } from '../spaces/contains.js';
import { flatLayout, type FlatLayout } from '../spaces/flat-layout.js';
import { flatten, unflatten } from '../spaces/flatten.js';
import { parseSpace } from '../spaces/parse-space.js';
import { sampleAction } from '../spaces/sample-action.js';
import type { Space, WhenSpace } from '../spaces/space.js';
import { spacesEqual } from '../spaces/spaces-equal.js';
import type { Law } from './law.js';
import { sameAction } from './same-action.js';

/** What can be done with spaces, and what the laws are about. Default: this package's functions. */
export interface SpaceOperations {
  contains(space: Space, action: unknown): Containment;
  sampleAction(space: Space, random: Random): unknown;
  actionToJson(space: Space, action: unknown): unknown;
  actionFromJson(space: Space, json: unknown): unknown;
  parseSpace(json: unknown): Space;
  spacesEqual(first: Space, second: Space): boolean;
  flatLayout(space: Space): FlatLayout;
  flatten(space: Space, action: unknown): Float32Array;
  unflatten(space: Space, numbers: Float32Array): unknown;
}

const OWN: SpaceOperations = {
  contains,
  sampleAction,
  actionToJson,
  actionFromJson,
  parseSpace,
  spacesEqual,
  flatLayout,
  flatten,
  unflatten,
};

export interface SpaceLawOptions {
  /** Your own operations in place of this package's, each by its name. */
  readonly operations?: Partial<SpaceOperations>;
  /** Random cases a law. Default 100. */
  readonly runs?: number;
}

/**
 * What must hold of every space, and of every way to handle one.
 *
 * @param space - one space, or an arbitrary of spaces
 * @example
 * ```ts
 * import { categorical, hybrid, real, when } from '@pose-rft/hybrid-actions';
 * import { spaceLaws } from '@pose-rft/hybrid-actions/laws';
 *
 * const space = hybrid({
 *   move: categorical({ categories: 3 }),
 *   by: when('move', { equals: 1 }, real({ size: 2 })),
 * });
 * for (const law of spaceLaws(space)) law.check();
 * ```
 */
export function spaceLaws(space: Space | fc.Arbitrary<Space>, options: SpaceLawOptions = {}): readonly Law[] {
  const { runs = 100 } = options;
  const op = { ...OWN, ...options.operations };
  const spaces = 'kind' in space ? fc.constant(space) : space;
  const law = (name: string, holds: (given: Space, seed: number) => void): Law => ({
    name,
    check: () => fc.assert(fc.property(spaces, fc.integer(), holds), { numRuns: runs }),
  });
  const draw = (given: Space, seed: number): unknown => op.sampleAction(given, createRandom(seed));

  return [
    law('a sampled action is in its space', (given, seed) => {
      const found = op.contains(given, draw(given, seed));
      if (!found.contained) throw new Error(`${found.path}: ${found.reason}`);
    }),
    law('equal seeds sample equal actions', (given, seed) => {
      requireSame('second draw', draw(given, seed), draw(given, seed));
    }),
    law('a draw does not depend on how many siblings it has', (given, seed) => {
      const draws = (...siblings: Space[]): unknown => {
        const action = draw({ kind: 'tuple', parts: [given, ...siblings] }, seed);
        return Array.isArray(action) ? action[0] : action;
      };
      requireSame('draw with a sibling', draws({ kind: 'real', size: 3 }), draws());
      const named = (fields: Readonly<Record<string, Space>>): unknown => {
        const action = draw({ kind: 'hybrid', fields }, seed);
        return new Map(Object.entries(action ?? {})).get('given');
      };
      requireSame('draw after a sibling', named({ sibling: given, given }), named({ given }));
    }),
    law('a space equals itself and no other', (given) => {
      if (!op.spacesEqual(given, given)) throw new Error('the space does not equal itself');
      const wider: Space = { kind: 'tuple', parts: [given] };
      if (op.spacesEqual(given, wider)) throw new Error('the space equals the tuple that holds it');
    }),
    law('parseSpace(JSON of a space) = the space, its fields in order', (given) => {
      const read = op.parseSpace(JSON.parse(JSON.stringify(given)));
      if (!op.spacesEqual(read, given) || !sameAction(fieldNames(read), fieldNames(given)))
        throw new Error(`${JSON.stringify(given)} came back as ${JSON.stringify(read)}`);
    }),
    law('actionFromJson(actionToJson(x)) = x', (given, seed) => {
      const action = draw(given, seed);
      const text = JSON.stringify(op.actionToJson(given, action));
      requireSame('action from JSON', op.actionFromJson(given, JSON.parse(text)), action);
    }),
    law('the components of the flat layout lie side by side', (given) => {
      const { size, components } = op.flatLayout(given);
      let end = 0;
      for (const { path, offset, size: own } of components) {
        if (offset !== end || own <= 0)
          throw new Error(
            `${path} has the offset ${offset} and the size ${own}; the one before ends at ${end}`,
          );
        end += own;
      }
      if (end !== size) throw new Error(`the layout has the size ${size}; its components end at ${end}`);
      if (new Set(components.map(({ path }) => path)).size !== components.length)
        throw new Error('two components have the same path');
    }),
    law('unflatten(flatten(x)) = x', (given, seed) => {
      const action = draw(given, seed);
      const flat = op.flatten(given, action);
      const { size } = op.flatLayout(given);
      if (flat.length !== size) throw new Error(`flat actions have ${flat.length} numbers; expected ${size}`);
      requireSame('unflattened action', op.unflatten(given, flat), action);
    }),
  ];
}

/** The names of the fields in their order, at every depth. */
function fieldNames(space: Space | WhenSpace): unknown {
  if (space.kind === 'when') return fieldNames(space.space);
  if (space.kind === 'tuple') return space.parts.map(fieldNames);
  if (space.kind !== 'hybrid') return space.kind;
  return Object.entries(space.fields).map(([name, field]) => [name, fieldNames(field)]);
}

function requireSame(name: string, found: unknown, expected: unknown): void {
  if (!sameAction(found, expected))
    throw new Error(`the ${name} is ${JSON.stringify(found)}; expected ${JSON.stringify(expected)}`);
}
