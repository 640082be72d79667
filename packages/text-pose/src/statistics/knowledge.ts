import type { PosecodeStatistics } from './posecode-statistics.js';

/** Statistics laid out for look-up. */
export interface Knowledge {
  /** The share of poses on which a fact or posture holds; 0 if it was never seen. */
  shareOf(name: string): number;
  /** Whether a rule makes saying `name` superfluous after what was said. */
  isImplied(name: string, said: ReadonlySet<string>): boolean;
}

const PREPARED = new WeakMap<PosecodeStatistics, Knowledge>();

/** The look-up tables of statistics, computed once for each object. */
export function knowledgeOf(statistics: PosecodeStatistics): Knowledge {
  const known = PREPARED.get(statistics);
  if (known !== undefined) return known;
  const { names, shares, singleRules, pairRules } = statistics;
  const premises = new Map<string, (readonly string[])[]>();
  const add = (conclusion: number, given: readonly number[]): void => {
    const name = names[conclusion] ?? '';
    const list = premises.get(name) ?? [];
    list.push(given.map((index) => names[index] ?? ''));
    premises.set(name, list);
  };
  for (const [a, c] of singleRules) add(c, [a]);
  for (const [a, b, c] of pairRules) add(c, [a, b]);
  const share = new Map(names.map((name, index) => [name, shares[index] ?? 0]));
  const knowledge: Knowledge = {
    shareOf: (name) => share.get(name) ?? 0,
    isImplied: (name, said) =>
      premises.get(name)?.some((given) => given.every((premise) => said.has(premise))) ?? false,
  };
  PREPARED.set(statistics, knowledge);
  return knowledge;
}
