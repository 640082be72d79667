import { match } from 'ts-pattern';
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
  const found = propertiesOf(json);
  const refuse = (): never => {
    throw new InvalidSpaceError(
      path,
      `not a space: ${JSON.stringify(json)?.slice(0, 120)}; expected a 'kind' of tokens, categorical, ` +
        'multiCategorical, bernoulli, real, box, rotations, tuple or hybrid, with its sizes',
    );
  };
  const numbers = (value: unknown): readonly number[] => (isNumbers(value) ? value : refuse());
  // The constructors refuse what is no size.
  const size = (name: string): number => (typeof found[name] === 'number' ? found[name] : NaN);
  return match(found.kind)
    .with('tokens', () =>
      tokens({
        vocabularySize: size('vocabularySize'),
        maxLength: size('maxLength'),
        end: size('end'),
      }),
    )
    .with('categorical', () => categorical({ categories: size('categories') }))
    .with('multiCategorical', () => multiCategorical({ categories: numbers(found.categories) }))
    .with('bernoulli', () => bernoulli({ size: size('size') }))
    .with('real', () => real({ size: size('size') }))
    .with('box', () => box({ low: numbers(found.low), high: numbers(found.high) }))
    .with('rotations', () => rotations({ joints: size('joints') }))
    .with('tuple', () =>
      Array.isArray(found.parts)
        ? tuple(found.parts.map((part, position) => parseAt(part, `${path}[${position}]`)))
        : refuse(),
    )
    .with('hybrid', (): Space => {
      if (typeof found.fields !== 'object' || found.fields === null) return refuse();
      const fields = Object.fromEntries(
        Object.entries(found.fields).map(([name, field]) => [name, parseField(field, `${path}.${name}`)]),
      );
      requireFields(fields);
      return { kind: 'hybrid', fields };
    })
    .otherwise(refuse);
}

function parseField(json: unknown, path: string): Space | WhenSpace {
  const { kind, field, predicate, space } = propertiesOf(json);
  if (kind !== 'when') return parseAt(json, path);
  return {
    kind,
    field: String(field),
    predicate: parsePredicate(predicate, path),
    space: parseField(space, path),
  };
}

function parsePredicate(json: unknown, path: string): Predicate {
  const { contains, atLeast, at, equals } = propertiesOf(json);
  if (typeof contains === 'number') return typeof atLeast === 'number' ? { contains, atLeast } : { contains };
  if (typeof equals === 'number') return typeof at === 'number' ? { at, equals } : { equals };
  throw new InvalidSpaceError(
    path,
    `not a condition: ${JSON.stringify(json)}; expected { contains: token }, { equals: category } or ` +
      '{ at: position, equals: value }',
  );
}

function propertiesOf(json: unknown): Readonly<Record<string, unknown>> {
  // Of what is no object there is nothing to spread.
  return { ...(json as object | null) };
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'number');
}
