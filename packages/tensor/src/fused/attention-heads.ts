import { FusedOperandError, requireDivisibleWidth } from './operand.js';

/**
 * Heads of grouped-query attention (J. Ainslie et al., "GQA", 2023): consecutive groups of
 * `queryHeads / keyValueHeads` query heads read one head of keys and values each.
 */
export interface AttentionHeads {
  readonly queryHeads: number;
  /** Divides `queryHeads`; 1 is multi-query attention. */
  readonly keyValueHeads: number;
}

/** A number: as many heads of keys and values as of queries. */
export type HeadCounts = number | AttentionHeads;

/** How rows of queries | keys | values divide into heads. */
export interface QkvHeads extends AttentionHeads {
  readonly headSize: number;
  /** Query heads to a head of keys and values. */
  readonly groupSize: number;
}

/**
 * Divides rows of `qkvWidth` numbers, queries | keys | values, into heads.
 *
 * @throws FusedOperandError if the counts are no positive integers, the key-value heads do not divide the query heads,
 *   or the width does not divide into all of them
 */
export function qkvHeads(operation: string, qkvWidth: number, counts: HeadCounts): QkvHeads {
  const { queryHeads, keyValueHeads } =
    typeof counts === 'number' ? { queryHeads: counts, keyValueHeads: counts } : counts;
  const groupSize = queryHeads / keyValueHeads;
  if (!Number.isInteger(groupSize) || groupSize <= 0 || !Number.isInteger(keyValueHeads))
    throw new FusedOperandError(
      operation,
      'heads',
      'query heads in equal groups, one for each head of keys and values',
      `${queryHeads} query heads and ${keyValueHeads} key-value heads`,
    );
  const headSize = requireDivisibleWidth(operation, 'qkv', qkvWidth, queryHeads + 2 * keyValueHeads);
  return { queryHeads, keyValueHeads, headSize, groupSize };
}
