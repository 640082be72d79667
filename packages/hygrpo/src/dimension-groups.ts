/**
 * Names for groups of the K numbers that a policy scores for a nested sample: a policy that scores every dimension of
 * a pose may be trained with one ratio a joint, `{ pelvis: [0, 1, 2, 3, 4, 5], left_hip: [6, ...], ... }`. The groups
 * must share out all K, each once.
 */
export type DimensionGroups = Readonly<Record<string, readonly number[]>>;

/** Thrown when named groups do not share out the scored dimensions. */
export class DimensionGroupError extends Error {
  override readonly name = 'DimensionGroupError';
}

/**
 * To which named group each scored dimension belongs.
 *
 * @param count - K
 * @returns [K], indices in the order of the names
 * @throws DimensionGroupError if a dimension is missing, named twice or not there
 */
export function dimensionGroupIndices(groups: DimensionGroups, count: number): Int32Array {
  const indices = new Int32Array(count).fill(-1);
  const names = Object.keys(groups);
  Object.entries(groups).forEach(([name, dimensions], index) => {
    for (const dimension of dimensions) {
      if (!(Number.isInteger(dimension) && dimension >= 0 && dimension < count))
        throw new DimensionGroupError(
          `the group '${name}' names dimension ${dimension}; expected integers from 0 to ${count - 1}`,
        );
      const taken = indices[dimension] as number;
      if (taken !== -1)
        throw new DimensionGroupError(
          `dimension ${dimension} is in the groups '${names[taken]}' and '${name}'; expected it once`,
        );
      indices[dimension] = index;
    }
  });
  const missing = indices.indexOf(-1);
  if (missing !== -1)
    throw new DimensionGroupError(
      `dimension ${missing} of ${count} is in none of the groups ${names.join(', ')}; expected each in one`,
    );
  return indices;
}

/** [K, J]: 1 where a scored dimension belongs to a named group. */
export function dimensionGroupMatrix(groups: DimensionGroups, count: number): Float32Array {
  const groupCount = Object.keys(groups).length;
  const matrix = new Float32Array(count * groupCount);
  dimensionGroupIndices(groups, count).forEach((group, dimension) => {
    matrix[dimension * groupCount + group] = 1;
  });
  return matrix;
}

/**
 * Sums over the members of each named group, such as log-probabilities.
 *
 * @param values - [N, K] row-major
 * @returns [N, J]
 * @throws DimensionGroupError as {@link dimensionGroupIndices}
 */
export function sumOverGroups(values: Float32Array, groups: DimensionGroups, count: number): Float32Array {
  const indices = dimensionGroupIndices(groups, count);
  const groupCount = Object.keys(groups).length;
  const sums = new Float32Array((values.length / count) * groupCount);
  for (let index = 0; index < values.length; index++) {
    const into = Math.floor(index / count) * groupCount + (indices[index % count] as number);
    sums[into] = (sums[into] as number) + (values[index] as number);
  }
  return sums;
}

/**
 * Credit of named groups: the mean of the credit of their members, so that members which share one credit (the
 * numbers of a joint) hand it on as it is.
 *
 * @param credit - [N, K] row-major
 * @returns [N, J]
 * @throws DimensionGroupError as {@link dimensionGroupIndices}
 */
export function mergeCredit(credit: Float32Array, groups: DimensionGroups, count: number): Float32Array {
  const sizes = Object.values(groups).map((members) => members.length);
  const merged = sumOverGroups(credit, groups, count);
  return merged.map((total, index) => total / (sizes[index % sizes.length] as number));
}
