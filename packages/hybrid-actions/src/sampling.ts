import type { Random } from '@pose-rft/random';
import { match } from 'ts-pattern';
import type { ActionOf } from './action.js';
import { predicateHolds } from './predicate.js';
import type { HybridFields, Space, TokensSpace } from './space.js';

/**
 * An arbitrary action of a space: uniform tokens until the end token or the length limit, a uniform category, a
 * standard normal vector, a uniform point of a box, uniform rotations. Conditional fields appear where their
 * condition holds. For tests and baselines; a policy brings its own distribution.
 *
 * @example
 * ```ts
 * import { contains, real, sampleAction } from '@pose-rft/hybrid-actions';
 * import { createRandom } from '@pose-rft/random';
 *
 * const space = real({ size: 3 });
 * console.assert(contains(space, sampleAction(space, createRandom(1))).contained);
 * ```
 */
export function sampleAction<Of extends Space>(space: Of, random: Random): ActionOf<Of> {
  return sampleAny(space, random) as ActionOf<Of>;
}

function sampleAny(space: Space, random: Random): unknown {
  return match(space)
    .with({ kind: 'tokens' }, (tokens) => sampleTokens(tokens, random))
    .with({ kind: 'categorical' }, ({ categories }) => random.integer(categories))
    .with({ kind: 'real' }, ({ size }) => random.fillNormal(new Float32Array(size)))
    .with({ kind: 'box' }, ({ low, high }) =>
      Float32Array.from(low, (lowest, dimension) => {
        const highest = high[dimension] as number;
        return lowest + (highest - lowest) * random.uniform();
      }),
    )
    .with({ kind: 'rotations' }, ({ joints }) => sampleRotations(joints, random))
    .with({ kind: 'hybrid' }, ({ fields }) => sampleFields(fields, random))
    .exhaustive();
}

function sampleTokens({ vocabularySize, maxLength, end }: TokensSpace, random: Random): readonly number[] {
  const answer: number[] = [];
  while (answer.length < maxLength && answer.at(-1) !== end) answer.push(random.integer(vocabularySize));
  return answer;
}

/** Gram-Schmidt of two Gaussian vectors: uniform over rotations. */
function sampleRotations(joints: number, random: Random): Float32Array {
  const columns = random.fillNormal(new Float32Array(6 * joints));
  for (let start = 0; start < columns.length; start += 6) {
    const [ax = 0, ay = 0, az = 0, bx = 0, by = 0, bz = 0] = columns.subarray(start, start + 6);
    const first = 1 / Math.hypot(ax, ay, az);
    const along = (ax * bx + ay * by + az * bz) * first * first;
    const [cx, cy, cz] = [bx - along * ax, by - along * ay, bz - along * az];
    const second = 1 / Math.hypot(cx, cy, cz);
    columns.set([ax * first, ay * first, az * first, cx * second, cy * second, cz * second], start);
  }
  return columns;
}

function sampleFields(fields: HybridFields, random: Random): Readonly<Record<string, unknown>> {
  const action: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (field.kind !== 'when') action[name] = sampleAny(field, random);
    else if (predicateHolds(field.predicate, action[field.field]))
      action[name] = sampleAny(field.space, random);
  }
  return action;
}
