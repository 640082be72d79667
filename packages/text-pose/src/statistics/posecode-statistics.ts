/**
 * What holds how often over a set of poses, and what follows from what: the knowledge by which detailed captions choose
 * what to say. Plain data; `JSON.stringify` keeps it. Facts and postures go by their names.
 */
export interface PosecodeStatistics {
  readonly poseCount: number;
  /** The facts and postures that were seen at all; the rules count in this list. */
  readonly names: readonly string[];
  /** [names] the share of the poses that each holds on, in (0, 1]. */
  readonly shares: readonly number[];
  /** [premise, conclusion]: saying the first makes saying the second superfluous. */
  readonly singleRules: readonly (readonly [number, number])[];
  /** [premise, premise, conclusion], where neither premise suffices alone. */
  readonly pairRules: readonly (readonly [number, number, number])[];
}

/** What the names of postures start with in the statistics, which hold facts too. */
export const POSTURE_PREFIX = 'posture: ';

/** The name of a posture in the statistics. */
export function postureKey(name: string): string {
  return `${POSTURE_PREFIX}${name}`;
}

/** Thrown for statistics that are not what `learnPosecodeStatistics` makes. */
export class InvalidStatisticsError extends Error {
  override readonly name = 'InvalidStatisticsError';
}

/**
 * Statistics that came from a file, checked: names, shares in [0, 1], rules within the list.
 *
 * @throws InvalidStatisticsError saying what is wrong
 * @example
 * ```ts
 * import { parsePosecodeStatistics, SYNTHETIC_STATISTICS } from '@pose-rft/text-pose';
 *
 * const stored = JSON.stringify(SYNTHETIC_STATISTICS);
 * console.assert(parsePosecodeStatistics(stored).poseCount === SYNTHETIC_STATISTICS.poseCount);
 * ```
 */
export function parsePosecodeStatistics(json: string): PosecodeStatistics {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new InvalidStatisticsError(
      `The statistics are not JSON (${error instanceof Error ? error.message : String(error)}).`,
      { cause: error },
    );
  }
  if (typeof value !== 'object' || value === null)
    throw new InvalidStatisticsError('The statistics are not a JSON object.');
  const read = new Map<string, unknown>(Object.entries(value));
  const names = read.get('names');
  const shares = read.get('shares');
  const poseCount = read.get('poseCount');
  if (!isListOf(names, (name) => typeof name === 'string'))
    throw new InvalidStatisticsError('`names` must be a list of texts.');
  if (!isListOf(shares, isShare) || shares.length !== names.length)
    throw new InvalidStatisticsError(
      `\`shares\` must be ${names.length} numbers in [0, 1], one for each name.`,
    );
  if (!(typeof poseCount === 'number' && Number.isInteger(poseCount) && poseCount > 0))
    throw new InvalidStatisticsError('`poseCount` must be a positive integer.');
  const isRule =
    (size: number) =>
    (rule: unknown): boolean =>
      isListOf(
        rule,
        (index) => typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < names.length,
      ) && rule.length === size;
  for (const [field, size] of [
    ['singleRules', 2],
    ['pairRules', 3],
  ] as const)
    if (!isListOf(read.get(field), isRule(size)))
      throw new InvalidStatisticsError(
        `\`${field}\` must be a list of ${size} indices each, in [0, ${names.length - 1}].`,
      );
  return value as PosecodeStatistics;
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): value is readonly unknown[] {
  return Array.isArray(value) && value.every(isItem);
}

function isShare(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
