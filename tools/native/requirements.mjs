// The part of Python's version specifiers (PEP 440) that TensorFlow's wheels use for their CUDA libraries.

/**
 * @typedef {object} Requirement
 * @property {string} project
 * @property {readonly { readonly operator: string, readonly version: string }[]} bounds
 */

/**
 * What a wheel requires for an extra.
 *
 * @param {string} metadata the wheel's METADATA file
 * @param {string} extra for example `and-cuda`
 * @returns {readonly Requirement[]}
 */
export function requirementsOfExtra(metadata, extra) {
  const requirements = [];
  for (const line of metadata.split('\n')) {
    const match = /^Requires-Dist: ([\w.-]+)\s*\(?([^;)]*)\)?\s*;\s*extra == ["']([\w-]+)["']\s*$/.exec(
      line.trimEnd(),
    );
    if (match === null || match[3] !== extra) continue;
    const bounds = (match[2] ?? '')
      .split(',')
      .filter((bound) => bound.trim() !== '')
      .map((bound) => {
        const [, operator, version] = /^\s*(<=|>=|==|<|>|!=|~=)\s*([\d.]+)\s*$/.exec(bound) ?? [];
        if (operator === undefined || version === undefined || operator === '~=')
          throw new Error(`cannot read the requirement ${JSON.stringify(line)}`);
        return { operator, version };
      });
    requirements.push({ project: match[1] ?? '', bounds });
  }
  return requirements;
}

/**
 * The highest version that all bounds allow; undefined if there is none. Only releases count (digits and dots).
 *
 * @param {readonly string[]} versions
 * @param {Requirement['bounds']} bounds
 */
export function highestVersion(versions, bounds) {
  return versions
    .filter((version) => /^\d+(\.\d+)*$/.test(version) && bounds.every((bound) => allows(bound, version)))
    .toSorted(compareVersions)
    .at(-1);
}

/** @param {Requirement['bounds'][number]} bound @param {string} version */
function allows({ operator, version: limit }, version) {
  const order = compareVersions(version, limit);
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '==':
      return order === 0;
    default:
      return order !== 0;
  }
}

/** @param {string} a @param {string} b */
function compareVersions(a, b) {
  const first = a.split('.').map(Number);
  const second = b.split('.').map(Number);
  for (let index = 0; index < Math.max(first.length, second.length); index++) {
    const difference = (first[index] ?? 0) - (second[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
