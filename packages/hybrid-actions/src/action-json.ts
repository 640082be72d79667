import { match } from 'ts-pattern';
import type { ActionOf } from './action.js';
import { contains } from './containment.js';
import type { HybridFields, Space, WhenSpace } from './space.js';

/** What `JSON.stringify` writes and `JSON.parse` reads. */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Thrown for a value that is not an action of the space; `path` names the part. */
export class InvalidActionError extends Error {
  override readonly name = 'InvalidActionError';
  constructor(
    readonly path: string,
    readonly reason: string,
  ) {
    super(path === '' ? reason : `${path}: ${reason}`);
  }
}

/**
 * An action as JSON: typed arrays become arrays of numbers. {@link actionFromJson} gives back the same action, bit for
 * bit.
 *
 * @throws InvalidActionError when `action` is not in `space`
 */
export function actionToJson<Of extends Space>(space: Of, action: ActionOf<Of>): JsonValue {
  requireContained(space, action);
  return toJson(action);
}

/**
 * Reads what {@link actionToJson} wrote.
 *
 * @throws InvalidActionError when the JSON does not hold an action of `space`
 * @example
 * ```ts
 * import { actionFromJson, actionToJson, rotations, sampleAction } from '@pose-rft/hybrid-actions';
 * import { createRandom } from '@pose-rft/random';
 *
 * const space = rotations({ joints: 2 });
 * const pose = sampleAction(space, createRandom(1));
 * const read = actionFromJson(space, JSON.parse(JSON.stringify(actionToJson(space, pose))));
 * console.assert(read.every((number, index) => number === pose[index]));
 * ```
 */
export function actionFromJson<Of extends Space>(space: Of, json: unknown): ActionOf<Of> {
  const action = fromJson(space, json);
  requireContained(space, action);
  return action as ActionOf<Of>;
}

function requireContained(space: Space, action: unknown): void {
  const found = contains(space, action);
  if (!found.contained) throw new InvalidActionError(found.path, found.reason);
}

function toJson(action: unknown): JsonValue {
  if (typeof action === 'number') return action;
  if (action instanceof Float32Array) return Array.from(action);
  if (Array.isArray(action)) return action.map(toJson);
  if (typeof action === 'object' && action !== null)
    return Object.fromEntries(Object.entries(action).map(([name, part]) => [name, toJson(part)]));
  throw new InvalidActionError('', `no part of an action is ${String(action)}`);
}

/** Only gives arrays their types; {@link contains} judges the result. */
function fromJson(space: Space, json: unknown): unknown {
  return match(space)
    .with({ kind: 'tokens' }, { kind: 'categorical' }, () => json)
    .with({ kind: 'real' }, { kind: 'box' }, { kind: 'rotations' }, () =>
      Array.isArray(json) && json.every((number) => typeof number === 'number')
        ? Float32Array.from(json)
        : json,
    )
    .with({ kind: 'hybrid' }, ({ fields }) => fieldsFromJson(fields, json))
    .exhaustive();
}

function fieldsFromJson(fields: HybridFields, json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, part]: [string, unknown]) => {
      const field: Space | WhenSpace | undefined = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (field === undefined) return [name, part];
      return [name, fromJson(field.kind === 'when' ? field.space : field, part)];
    }),
  );
}
