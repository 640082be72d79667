import { addScaledRow, bytes } from './simd';

/** The first position whose index lies outside [0, limit), or -1. Every index is checked before memory is touched. */
export function firstIndexOutside(indices: usize, count: i32, limit: i32): i32 {
  for (let i: i32 = 0; i < count; i++) if (load<u32>(indices + bytes(i)) >= <u32>limit) return i;
  return -1;
}

/** target[i] = table[ids[i]] */
export function gatherRows(table: usize, ids: usize, target: usize, rowCount: i32, width: i32): void {
  const length = bytes(width);
  for (let i: i32 = 0; i < rowCount; i++)
    memory.copy(target + <usize>i * length, table + <usize>load<i32>(ids + bytes(i)) * length, length);
}

/** target = 0, then target[ids[i]] += source[i] */
export function scatterAddRows(
  source: usize,
  ids: usize,
  target: usize,
  rowCount: i32,
  width: i32,
  targetRowCount: i32,
): void {
  const length = bytes(width);
  memory.fill(target, 0, <usize>targetRowCount * length);
  for (let i: i32 = 0; i < rowCount; i++)
    addScaledRow(target + <usize>load<i32>(ids + bytes(i)) * length, 1, source + <usize>i * length, length);
}

/** Copies keys | values, the last `cacheWidth` numbers of each row of queries | keys | values, to the named cache rows. */
export function appendToCache(
  qkv: usize,
  rowIndices: usize,
  cache: usize,
  rowCount: i32,
  qkvWidth: i32,
  cacheWidth: i32,
): void {
  const length = bytes(cacheWidth);
  const stride = bytes(qkvWidth);
  for (let i: i32 = 0; i < rowCount; i++) {
    const target = cache + <usize>load<i32>(rowIndices + bytes(i)) * length;
    memory.copy(target, qkv + <usize>(i + 1) * stride - length, length);
  }
}
