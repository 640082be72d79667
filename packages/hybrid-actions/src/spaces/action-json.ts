import { match } from 'ts-pattern';
import type { ActionOf } from './action.js';
import { spaceOfField } from './composite-spaces.js';
import { requireContained } from './invalid-action-error.js';
import type { HybridFields, Space } from './space.js';

/** What `JSON.stringify` writes and `JSON.parse` reads. */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * An action as JSON: typed arrays become arrays of numbers. {@link actionFromJson} gives back the same action, bit for
 * bit (except that JSON has no -0: it becomes 0).
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

function toJson(action: unknown): JsonValue {
  if (action instanceof Float32Array) return Array.from(action);
  if (Array.isArray(action)) return action.map(toJson);
  if (typeof action !== 'object') return action as number;
  // A field may be absent by name or by value.
  const present = Object.entries({ ...action }).filter(([, part]) => part !== undefined);
  return Object.fromEntries(present.map(([name, part]) => [name, toJson(part)]));
}

/** Only gives arrays their types; {@link contains} judges the result. */
function fromJson(space: Space, json: unknown): unknown {
  return match(space)
    .with(
      { kind: 'tokens' },
      { kind: 'categorical' },
      { kind: 'multiCategorical' },
      { kind: 'bernoulli' },
      () => json,
    )
    .with({ kind: 'real' }, { kind: 'box' }, { kind: 'rotations' }, () =>
      Array.isArray(json) && json.every((number) => typeof number === 'number')
        ? Float32Array.from(json)
        : json,
    )
    .with({ kind: 'tuple' }, ({ parts }) =>
      Array.isArray(json)
        ? json.map((part: unknown, position) => {
            const space = parts[position];
            return space === undefined ? part : fromJson(space, part);
          })
        : json,
    )
    .with({ kind: 'hybrid' }, ({ fields }) => fieldsFromJson(fields, json))
    .exhaustive();
}

function fieldsFromJson(fields: HybridFields, json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, part]: [string, unknown]) => {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      return [name, field === undefined ? part : fromJson(spaceOfField(field), part)];
    }),
  );
}
