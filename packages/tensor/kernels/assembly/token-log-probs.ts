import { log } from './host';
import { bytes, exponential, exponentialOf, horizontalMaximum, horizontalSum, vectorBytes } from './simd';

/** log-probability of the row's token, and the logarithm of the sum of exponentials for the gradient. */
export function tokenLogProbsForward(
  logits: usize,
  ids: usize,
  logProbs: usize,
  logSums: usize,
  rowCount: i32,
  vocabularySize: i32,
): void {
  const length = bytes(vocabularySize);
  const vectors = vectorBytes(length);
  for (let i: i32 = 0; i < rowCount; i++) {
    let maxima = v128.load32_splat(logits);
    for (let c: usize = 0; c < vectors; c += 16) maxima = f32x4.max(maxima, v128.load(logits + c));
    let maximum = horizontalMaximum(maxima);
    for (let c = vectors; c < length; c += 4) maximum = max<f32>(maximum, load<f32>(logits + c));

    const shift = f32x4.splat(maximum);
    let sums = f32x4.splat(0);
    for (let c: usize = 0; c < vectors; c += 16)
      sums = f32x4.add(sums, exponential(f32x4.sub(v128.load(logits + c), shift)));
    let sum = horizontalSum(sums);
    for (let c = vectors; c < length; c += 4) sum += exponentialOf(load<f32>(logits + c) - maximum);

    const logSum = maximum + <f32>log(<f64>sum);
    store<f32>(logSums + bytes(i), logSum);
    store<f32>(logProbs + bytes(i), load<f32>(logits + bytes(load<i32>(ids + bytes(i)))) - logSum);
    logits += length;
  }
}

/** dlogits = slope (one at the token - softmax) */
export function tokenLogProbsBackward(
  logits: usize,
  ids: usize,
  logSums: usize,
  slopes: usize,
  dLogits: usize,
  rowCount: i32,
  vocabularySize: i32,
): void {
  const length = bytes(vocabularySize);
  const vectors = vectorBytes(length);
  for (let i: i32 = 0; i < rowCount; i++) {
    const slope = load<f32>(slopes + bytes(i));
    const logSum = load<f32>(logSums + bytes(i));
    const shift = f32x4.splat(logSum);
    const factor = f32x4.splat(-slope);
    for (let c: usize = 0; c < vectors; c += 16)
      v128.store(dLogits + c, f32x4.mul(factor, exponential(f32x4.sub(v128.load(logits + c), shift))));
    for (let c = vectors; c < length; c += 4)
      store<f32>(dLogits + c, -slope * exponentialOf(load<f32>(logits + c) - logSum));
    const token = dLogits + bytes(load<i32>(ids + bytes(i)));
    store<f32>(token, load<f32>(token) + slope);
    logits += length;
    dLogits += length;
  }
}
