import { match } from 'ts-pattern';

/** A bound on a version, by the part of PEP 440 that TensorFlow's wheels use for their CUDA libraries. */
export interface VersionBound {
  readonly operator: '<' | '<=' | '>' | '>=' | '==' | '!=';
  readonly version: string;
}

/** A project of which a wheel needs some version. */
export interface Requirement {
  readonly project: string;
  readonly bounds: readonly VersionBound[];
}

/** Thrown for a requirement that this reader does not understand. */
export class RequirementError extends Error {
  override readonly name = 'RequirementError';
}

/**
 * What a wheel requires for an extra.
 *
 * @param metadata - the wheel's METADATA file
 * @param extra - for example `and-cuda`
 * @throws RequirementError for a bound other than `VersionBound`'s
 */
export function requirementsOfExtra(metadata: string, extra: string): readonly Requirement[] {
  const requirements: Requirement[] = [];
  for (const line of metadata.split(/\r?\n/)) {
    const found = /^Requires-Dist: ([\w.-]+)\s*\(?([^;)]*)\)?\s*;\s*extra == ["']([\w-]+)["']\s*$/.exec(line);
    if (found?.[3] !== extra) continue;
    const bounds = (found[2] ?? '').split(',').filter((bound) => bound.trim() !== '');
    requirements.push({ project: found[1] ?? '', bounds: bounds.map((bound) => parseBound(bound, line)) });
  }
  return requirements;
}

/** The highest version that all bounds allow; undefined if there is none. Only releases count (digits and dots). */
export function highestVersion(
  versions: readonly string[],
  bounds: readonly VersionBound[],
): string | undefined {
  return versions
    .filter((version) => /^\d+(\.\d+)*$/.test(version) && bounds.every((bound) => allows(bound, version)))
    .sort(compareVersions)
    .at(-1);
}

function parseBound(bound: string, line: string): VersionBound {
  const [, operator, version] = /^\s*(<=|>=|==|!=|<|>)\s*(\d+(?:\.\d+)*)\s*$/.exec(bound) ?? [];
  if (operator === undefined || version === undefined)
    throw new RequirementError(`cannot read the bound ${JSON.stringify(bound)} in ${JSON.stringify(line)}`);
  return { operator: operator as VersionBound['operator'], version };
}

function allows({ operator, version: limit }: VersionBound, version: string): boolean {
  const order = compareVersions(version, limit);
  return match(operator)
    .with('<', () => order < 0)
    .with('<=', () => order <= 0)
    .with('>', () => order > 0)
    .with('>=', () => order >= 0)
    .with('==', () => order === 0)
    .with('!=', () => order !== 0)
    .exhaustive();
}

function compareVersions(a: string, b: string): number {
  const first = a.split('.').map(Number);
  const second = b.split('.').map(Number);
  for (let index = 0; index < Math.max(first.length, second.length); index++) {
    const difference = (first[index] ?? 0) - (second[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
