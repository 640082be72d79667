import type { Random } from '@pose-rft/random';
import { match } from 'ts-pattern';
import type { ActionOf } from './action.js';
import { drawOf } from '../draw-of.js';
import { presentSpace } from './present-space.js';
import type { HybridFields, Space, TokensSpace } from './space.js';

/**
 * An arbitrary action of a space: uniform tokens until the end token or the length limit, uniform categories and flags,
 * a standard normal vector, a uniform point of a box, uniform rotations. Conditional fields appear where their
 * condition holds. For tests and baselines; a policy brings its own distribution.
 *
 * Each field and part draws from a stream of its own, named after it: adding a sibling changes no other draw.
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
    .with({ kind: 'multiCategorical' }, ({ categories }) => categories.map((count) => random.integer(count)))
    .with({ kind: 'bernoulli' }, ({ size }) => Array.from({ length: size }, () => random.integer(2)))
    .with({ kind: 'real' }, ({ size }) => random.fillNormal(new Float32Array(size)))
    .with({ kind: 'box' }, ({ low, high }) =>
      Float32Array.from(low, (lowest, dimension) => {
        const highest = high[dimension] as number;
        return lowest + (highest - lowest) * random.uniform();
      }),
    )
    .with({ kind: 'rotations' }, ({ joints }) => sampleRotations(joints, random))
    .with({ kind: 'tuple' }, ({ parts }) => {
      const draw = drawOf(random);
      return parts.map((part, position) => sampleAny(part, draw.split(position)));
    })
    .with({ kind: 'hybrid' }, ({ fields }) => sampleFields(fields, drawOf(random)))
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

function sampleFields(fields: HybridFields, draw: Random): Readonly<Record<string, unknown>> {
  const action: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const space = presentSpace(field, (earlier) => action[earlier]);
    if (space !== undefined) action[name] = sampleAny(space, draw.split(name));
  }
  return action;
}
