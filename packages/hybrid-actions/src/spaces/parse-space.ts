import { match, P } from 'ts-pattern';
import { requireFields, tuple } from './composite-spaces.js';
import { bernoulli, box, categorical, multiCategorical, real, rotations, tokens } from './leaf-spaces.js';
import type { Predicate } from './predicate.js';
import { InvalidSpaceError, type Space, type WhenSpace } from './space.js';

/**
 * Reads a space that was written with `JSON.stringify` (spaces are plain data, so there is nothing to do on the way
 * out), with every check of the constructors.
 *
 * @throws InvalidSpaceError naming the part that is not a space
 * @example
 * ```ts
 * import { hybrid, parseSpace, real, tokens, when } from '@pose-rft/hybrid-actions';
 *
 * const space = hybrid({
 *   answer: tokens({ vocabularySize: 9, maxLength: 4, end: 1 }),
 *   value: when('answer', { contains: 3 }, real({ size: 2 })),
 * });
 * const read = parseSpace(JSON.parse(JSON.stringify(space)));
 * console.assert(JSON.stringify(read) === JSON.stringify(space));
 * ```
 */
export function parseSpace(json: unknown): Space {
  return parseAt(json, 'space');
}

function parseAt(json: unknown, path: string): Space {
  return match(json)
    .with({ kind: 'tokens', vocabularySize: P.number, maxLength: P.number, end: P.number }, (found) =>
      tokens(found),
    )
    .with({ kind: 'categorical', categories: P.number }, (found) => categorical(found))
    .with({ kind: 'multiCategorical', categories: P.array(P.number) }, (found) => multiCategorical(found))
    .with({ kind: 'bernoulli', size: P.number }, (found) => bernoulli(found))
    .with({ kind: 'real', size: P.number }, (found) => real(found))
    .with({ kind: 'box', low: P.array(P.number), high: P.array(P.number) }, (found) => box(found))
    .with({ kind: 'rotations', joints: P.number }, (found) => rotations(found))
    .with({ kind: 'tuple', parts: P.array(P.any) }, ({ parts }) =>
      tuple(parts.map((part, position) => parseAt(part, `${path}[${position}]`))),
    )
    .with({ kind: 'hybrid', fields: P.nonNullable }, ({ fields }): Space => {
      const parsed = Object.fromEntries(
        Object.entries(fields).map(([name, field]) => [name, parseField(field, `${path}.${name}`)]),
      );
      requireFields(parsed);
      return { kind: 'hybrid', fields: parsed };
    })
    .otherwise(() => {
      throw new InvalidSpaceError(
        path,
        `not a space: ${JSON.stringify(json)?.slice(0, 120)}; expected a 'kind' of tokens, categorical, ` +
          'multiCategorical, bernoulli, real, box, rotations, tuple or hybrid, with its sizes',
      );
    });
}

function parseField(json: unknown, path: string): Space | WhenSpace {
  return match(json)
    .with(
      { kind: 'when', field: P.string, predicate: P.nonNullable, space: P.nonNullable },
      (found): WhenSpace => ({
        kind: 'when',
        field: found.field,
        predicate: parsePredicate(found.predicate, path),
        space: parseField(found.space, path),
      }),
    )
    .otherwise((other) => parseAt(other, path));
}

function parsePredicate(json: unknown, path: string): Predicate {
  return match(json)
    .with({ contains: P.number }, ({ contains }) => ({ contains }))
    .with({ at: P.number, equals: P.number }, ({ at, equals }) => ({ at, equals }))
    .with({ equals: P.number }, ({ equals }) => ({ equals }))
    .otherwise(() => {
      throw new InvalidSpaceError(
        path,
        `not a condition: ${JSON.stringify(json)}; expected { contains: token }, { equals: category } or ` +
          '{ at: position, equals: value }',
      );
    });
}
