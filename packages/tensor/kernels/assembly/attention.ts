import { log } from './host';
import {
  addScaledRow,
  addStrided,
  bytes,
  dot,
  dotFour,
  exponential,
  exponentialOf,
  horizontalMaximum,
  horizontalSum,
  loadStrided,
  multiplyAdd,
  vectorBytes,
} from './simd';

/**
 * The largest number of source rows that a query sees; or -1 - i if query i's ranges leave [0, sourceCount) or are
 * both empty. Called before memory is touched.
 */
export function longestRange(ranges: usize, queryCount: i32, sourceCount: i32): i32 {
  let longest: i32 = 0;
  for (let i: i32 = 0; i < queryCount; i++) {
    const r0 = load<i32>(ranges);
    const r1 = load<i32>(ranges, 4);
    const r2 = load<i32>(ranges, 8);
    const r3 = load<i32>(ranges, 12);
    if (r0 < 0 || r1 < r0 || r1 > sourceCount || r2 < 0 || r3 < r2 || r3 > sourceCount) return -1 - i;
    const seen = r1 - r0 + (r3 - r2);
    if (seen === 0) return -1 - i;
    longest = max(longest, seen);
    ranges += 16;
  }
  return longest;
}

/** weights[j] = scale * dot(query, key j) for consecutive keys; returns the largest, or `largest`. */
function scoreKeys(
  query: usize,
  keys: usize,
  stride: usize,
  length: usize,
  weights: usize,
  count: i32,
  scale: f32,
  largest: f32,
): f32 {
  const scales = f32x4.splat(scale);
  let maxima = f32x4.splat(largest);
  let j: i32 = 0;
  for (; j + 4 <= count; j += 4) {
    const scores = f32x4.mul(dotFour(query, keys, stride, length), scales);
    maxima = f32x4.max(maxima, scores);
    v128.store(weights + bytes(j), scores);
    keys += 4 * stride;
  }
  let maximum = horizontalMaximum(maxima);
  for (; j < count; j++) {
    const score = scale * dot(query, keys, length);
    maximum = max<f32>(maximum, score);
    store<f32>(weights + bytes(j), score);
    keys += stride;
  }
  return maximum;
}

/** weights[j] = exp(weights[j] - shift); returns their sum. */
function exponentiate(weights: usize, count: i32, shift: f32): f32 {
  const shifts = f32x4.splat(shift);
  let sums = f32x4.splat(0);
  let j: i32 = 0;
  for (; j + 4 <= count; j += 4) {
    const values = exponential(f32x4.sub(v128.load(weights + bytes(j)), shifts));
    v128.store(weights + bytes(j), values);
    sums = f32x4.add(sums, values);
  }
  let sum = horizontalSum(sums);
  for (; j < count; j++) {
    const value = exponentialOf(load<f32>(weights + bytes(j)) - shift);
    store<f32>(weights + bytes(j), value);
    sum += value;
  }
  return sum;
}

/** target += sum over consecutive rows of weights[j] * row j, for columns that stay in registers. */
function addWeightedRows(
  target: usize,
  rows: usize,
  stride: usize,
  length: usize,
  weights: usize,
  count: i32,
): void {
  let c: usize = 0;
  for (; c + 64 <= length; c += 64) {
    let s0 = v128.load(target + c);
    let s1 = v128.load(target + c, 16);
    let s2 = v128.load(target + c, 32);
    let s3 = v128.load(target + c, 48);
    let row = rows + c;
    for (let j: i32 = 0; j < count; j++) {
      const weight = v128.load32_splat(weights + bytes(j));
      s0 = multiplyAdd(weight, v128.load(row), s0);
      s1 = multiplyAdd(weight, v128.load(row, 16), s1);
      s2 = multiplyAdd(weight, v128.load(row, 32), s2);
      s3 = multiplyAdd(weight, v128.load(row, 48), s3);
      row += stride;
    }
    v128.store(target + c, s0);
    v128.store(target + c, s1, 16);
    v128.store(target + c, s2, 32);
    v128.store(target + c, s3, 48);
  }
  for (; c + 16 <= length; c += 16) {
    let sums = v128.load(target + c);
    let row = rows + c;
    for (let j: i32 = 0; j < count; j++) {
      sums = multiplyAdd(v128.load32_splat(weights + bytes(j)), v128.load(row), sums);
      row += stride;
    }
    v128.store(target + c, sums);
  }
  for (; c < length; c += 4) {
    let sum = load<f32>(target + c);
    let row = rows + c;
    for (let j: i32 = 0; j < count; j++) {
      sum += load<f32>(weights + bytes(j)) * load<f32>(row);
      row += stride;
    }
    store<f32>(target + c, sum);
  }
}

/**
 * out = softmax(q k^T / sqrt(headSize)) v over each query's two ranges of source rows, heads side by side; `groupSize`
 * consecutive query heads share a head of keys and values. Strides are in numbers. `logSums` [queryCount, headCount] receives the log of the sum of exponentials of the scores, from which
 * the gradient recomputes the weights; `weights` is scratch for the longest range.
 */
export function attentionForward(
  queries: usize,
  queryStride: i32,
  keys: usize,
  values: usize,
  sourceStride: i32,
  out: usize,
  logSums: usize,
  weights: usize,
  ranges: usize,
  queryCount: i32,
  headCount: i32,
  headSize: i32,
  groupSize: i32,
): void {
  const scale: f32 = 1 / sqrt<f32>(<f32>headSize);
  const length = bytes(headSize);
  const stride = bytes(sourceStride);
  for (let i: i32 = 0; i < queryCount; i++) {
    const prefix = <usize>load<i32>(ranges) * stride;
    const prefixCount = load<i32>(ranges, 4) - load<i32>(ranges);
    const own = <usize>load<i32>(ranges, 8) * stride;
    const ownCount = load<i32>(ranges, 12) - load<i32>(ranges, 8);
    const ownWeights = weights + bytes(prefixCount);
    const count = prefixCount + ownCount;
    let column: usize = 0;
    for (let h: i32 = 0; h < headCount; h++) {
      const query = queries + column;
      const shared = <usize>(h / groupSize) * length;
      const headKeys = keys + shared;
      let largest: f32 = -f32.MAX_VALUE;
      largest = scoreKeys(query, headKeys + prefix, stride, length, weights, prefixCount, scale, largest);
      largest = scoreKeys(query, headKeys + own, stride, length, ownWeights, ownCount, scale, largest);
      const sum = exponentiate(weights, count, largest);
      store<f32>(logSums, largest + <f32>log(<f64>sum));
      logSums += 4;

      memory.fill(out, 0, length);
      addWeightedRows(out, values + shared + prefix, stride, length, weights, prefixCount);
      addWeightedRows(out, values + shared + own, stride, length, ownWeights, ownCount);
      const share: f32 = 1 / sum;
      const shares = f32x4.splat(share);
      const vectors = vectorBytes(length);
      for (let c: usize = 0; c < vectors; c += 16) v128.store(out + c, f32x4.mul(v128.load(out + c), shares));
      for (let c = vectors; c < length; c += 4) store<f32>(out + c, load<f32>(out + c) * share);
      out += length;
      column += length;
    }
    queries += bytes(queryStride);
    ranges += 16;
  }
}

/**
 * Gradient of one query over consecutive source rows: with p = softmax weight, g = gradient of the output,
 * D = g . out: dv += p g; ds = p (g . v - D) / sqrt(headSize); dq += ds k; dk += ds q. Values lie `width` bytes
 * after keys.
 */
function backwardOverRows(
  query: usize,
  dQuery: usize,
  slope: usize,
  keys: usize,
  dKeys: usize,
  width: usize,
  stride: usize,
  length: usize,
  count: i32,
  scale: f32,
  logSum: f32,
  slopeDotOut: f32,
): void {
  const vectors = vectorBytes(length);
  const scales = f32x4.splat(scale);
  const shifts = f32x4.splat(logSum);
  const centres = f32x4.splat(slopeDotOut);
  let j: i32 = 0;
  for (; j + 4 <= count; j += 4) {
    const scores = f32x4.mul(dotFour(query, keys, stride, length), scales);
    const p = exponential(f32x4.sub(scores, shifts));
    const dp = dotFour(slope, keys + width, stride, length);
    const ds = f32x4.mul(f32x4.mul(p, f32x4.sub(dp, centres)), scales);
    const p0 = v128.shuffle<f32>(p, p, 0, 0, 0, 0);
    const p1 = v128.shuffle<f32>(p, p, 1, 1, 1, 1);
    const p2 = v128.shuffle<f32>(p, p, 2, 2, 2, 2);
    const p3 = v128.shuffle<f32>(p, p, 3, 3, 3, 3);
    const ds0 = v128.shuffle<f32>(ds, ds, 0, 0, 0, 0);
    const ds1 = v128.shuffle<f32>(ds, ds, 1, 1, 1, 1);
    const ds2 = v128.shuffle<f32>(ds, ds, 2, 2, 2, 2);
    const ds3 = v128.shuffle<f32>(ds, ds, 3, 3, 3, 3);
    for (let c: usize = 0; c < vectors; c += 16) {
      const q = v128.load(query + c);
      const g = v128.load(slope + c);
      const k0 = keys + c;
      const k1 = k0 + stride;
      const k2 = k1 + stride;
      const k3 = k2 + stride;
      const sum01 = multiplyAdd(ds1, v128.load(k1), f32x4.mul(ds0, v128.load(k0)));
      const sum23 = multiplyAdd(ds3, v128.load(k3), f32x4.mul(ds2, v128.load(k2)));
      v128.store(dQuery + c, f32x4.add(v128.load(dQuery + c), f32x4.add(sum01, sum23)));
      const d0 = dKeys + c;
      const d1 = d0 + stride;
      const d2 = d1 + stride;
      const d3 = d2 + stride;
      v128.store(d0, multiplyAdd(ds0, q, v128.load(d0)));
      v128.store(d1, multiplyAdd(ds1, q, v128.load(d1)));
      v128.store(d2, multiplyAdd(ds2, q, v128.load(d2)));
      v128.store(d3, multiplyAdd(ds3, q, v128.load(d3)));
      v128.store(d0 + width, multiplyAdd(p0, g, v128.load(d0 + width)));
      v128.store(d1 + width, multiplyAdd(p1, g, v128.load(d1 + width)));
      v128.store(d2 + width, multiplyAdd(p2, g, v128.load(d2 + width)));
      v128.store(d3 + width, multiplyAdd(p3, g, v128.load(d3 + width)));
    }
    for (let c = vectors; c < length; c += 4) {
      const q = v128.load32_splat(query + c);
      const g = v128.load32_splat(slope + c);
      const queryGradient = horizontalSum(f32x4.mul(ds, loadStrided(keys + c, stride)));
      store<f32>(dQuery + c, load<f32>(dQuery + c) + queryGradient);
      addStrided(dKeys + c, stride, f32x4.mul(ds, q));
      addStrided(dKeys + c + width, stride, f32x4.mul(p, g));
    }
    keys += 4 * stride;
    dKeys += 4 * stride;
  }
  for (; j < count; j++) {
    const p = exponentialOf(scale * dot(query, keys, length) - logSum);
    const ds = p * (dot(slope, keys + width, length) - slopeDotOut) * scale;
    addScaledRow(dQuery, ds, keys, length);
    addScaledRow(dKeys, ds, query, length);
    addScaledRow(dKeys + width, p, slope, length);
    keys += stride;
    dKeys += stride;
  }
}

/** Gradient of {@link attentionForward} when queries, keys and values stand in one matrix of qkv rows. */
export function attentionBackward(
  qkv: usize,
  out: usize,
  slopes: usize,
  logSums: usize,
  dQkv: usize,
  ranges: usize,
  rowCount: i32,
  headCount: i32,
  headSize: i32,
  groupSize: i32,
): void {
  const scale: f32 = 1 / sqrt<f32>(<f32>headSize);
  const length = bytes(headSize);
  const queryWidth = <usize>headCount * length;
  const width = <usize>(headCount / groupSize) * length;
  const stride = queryWidth + 2 * width;
  memory.fill(dQkv, 0, <usize>rowCount * stride);
  for (let i: i32 = 0; i < rowCount; i++) {
    const prefix = <usize>load<i32>(ranges) * stride;
    const prefixCount = load<i32>(ranges, 4) - load<i32>(ranges);
    const own = <usize>load<i32>(ranges, 8) * stride;
    const ownCount = load<i32>(ranges, 12) - load<i32>(ranges, 8);
    let column: usize = 0;
    for (let h: i32 = 0; h < headCount; h++) {
      const query = qkv + <usize>i * stride + column;
      const dQuery = dQkv + <usize>i * stride + column;
      const shared = queryWidth + <usize>(h / groupSize) * length;
      const keys = qkv + shared;
      const dKeys = dQkv + shared;
      const logSum = load<f32>(logSums);
      const centre = dot(slopes, out, length);
      backwardOverRows(
        query,
        dQuery,
        slopes,
        keys + prefix,
        dKeys + prefix,
        width,
        stride,
        length,
        prefixCount,
        scale,
        logSum,
        centre,
      );
      backwardOverRows(
        query,
        dQuery,
        slopes,
        keys + own,
        dKeys + own,
        width,
        stride,
        length,
        ownCount,
        scale,
        logSum,
        centre,
      );
      logSums += 4;
      slopes += length;
      out += length;
      column += length;
    }
    ranges += 16;
  }
}
