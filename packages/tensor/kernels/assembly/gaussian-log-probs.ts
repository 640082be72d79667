import { bytes, exponential, multiplyAdd, vectorBytes } from './simd';

/** precisions = exp(-logStds), for one row. */
function precisionsOf(logStds: usize, precisions: usize, length: usize): void {
  const vectors = vectorBytes(length);
  for (let c: usize = 0; c < vectors; c += 16)
    v128.store(precisions + c, exponential(f32x4.neg(v128.load(logStds + c))));
  for (let c = vectors; c < length; c += 4) {
    const precision = exponential(f32x4.neg(v128.load32_splat(logStds + c)));
    store<f32>(precisions + c, f32x4.extract_lane(precision, 0));
  }
}

/**
 * Log-densities of samples [gaussianCount, sampleCount, width], summed over groups of `groupSize` numbers.
 * `scratch` has room for two rows of `width` numbers.
 */
export function gaussianLogProbsForward(
  samples: usize,
  means: usize,
  logStds: usize,
  logDensities: usize,
  scratch: usize,
  gaussianCount: i32,
  sampleCount: i32,
  width: i32,
  groupSize: i32,
): void {
  const halfLogTwoPi: f32 = 0.9189385332046727;
  const length = bytes(width);
  const groupLength = bytes(groupSize);
  const vectors = vectorBytes(length);
  const precisions = scratch;
  const terms = scratch + length;
  for (let gaussian: i32 = 0; gaussian < gaussianCount; gaussian++) {
    precisionsOf(logStds, precisions, length);
    for (let s: i32 = 0; s < sampleCount; s++) {
      const half = f32x4.splat(0.5);
      const offset = f32x4.splat(halfLogTwoPi);
      for (let c: usize = 0; c < vectors; c += 16) {
        const deviation = f32x4.sub(v128.load(samples + c), v128.load(means + c));
        const z = f32x4.mul(deviation, v128.load(precisions + c));
        const peak = f32x4.add(v128.load(logStds + c), offset);
        v128.store(terms + c, multiplyAdd(f32x4.mul(z, half), z, peak));
      }
      for (let c = vectors; c < length; c += 4) {
        const z = (load<f32>(samples + c) - load<f32>(means + c)) * load<f32>(precisions + c);
        store<f32>(terms + c, z * z * 0.5 + load<f32>(logStds + c) + halfLogTwoPi);
      }
      for (let group: usize = 0; group < length; group += groupLength) {
        let sum: f32 = 0;
        for (let c: usize = 0; c < groupLength; c += 4) sum += load<f32>(terms + group + c);
        store<f32>(logDensities, -sum);
        logDensities += 4;
      }
      samples += length;
    }
    means += length;
    logStds += length;
  }
}

/**
 * With z = (x - mean) / sigma and a slope per group: dmean = sum over samples of slope z / sigma,
 * dlogStd = sum of slope (z^2 - 1). `scratch` has room for two rows of `width` numbers.
 */
export function gaussianLogProbsBackward(
  samples: usize,
  means: usize,
  logStds: usize,
  slopes: usize,
  dMeans: usize,
  dLogStds: usize,
  scratch: usize,
  gaussianCount: i32,
  sampleCount: i32,
  width: i32,
  groupSize: i32,
): void {
  const length = bytes(width);
  const groupLength = bytes(groupSize);
  const vectors = vectorBytes(length);
  const precisions = scratch;
  const spread = scratch + length; // Each group's slope, once for each of its numbers.
  const one = f32x4.splat(1);
  memory.fill(dMeans, 0, <usize>gaussianCount * length);
  memory.fill(dLogStds, 0, <usize>gaussianCount * length);
  for (let gaussian: i32 = 0; gaussian < gaussianCount; gaussian++) {
    precisionsOf(logStds, precisions, length);
    for (let s: i32 = 0; s < sampleCount; s++) {
      for (let group: usize = 0; group < length; group += groupLength) {
        const slope = load<f32>(slopes);
        for (let c: usize = 0; c < groupLength; c += 4) store<f32>(spread + group + c, slope);
        slopes += 4;
      }
      for (let c: usize = 0; c < vectors; c += 16) {
        const precision = v128.load(precisions + c);
        const slope = v128.load(spread + c);
        const z = f32x4.mul(f32x4.sub(v128.load(samples + c), v128.load(means + c)), precision);
        const meanSlope = f32x4.mul(f32x4.mul(slope, z), precision);
        v128.store(dMeans + c, f32x4.add(v128.load(dMeans + c), meanSlope));
        const excess = f32x4.sub(f32x4.mul(z, z), one);
        v128.store(dLogStds + c, multiplyAdd(slope, excess, v128.load(dLogStds + c)));
      }
      for (let c = vectors; c < length; c += 4) {
        const precision = load<f32>(precisions + c);
        const slope = load<f32>(spread + c);
        const z = (load<f32>(samples + c) - load<f32>(means + c)) * precision;
        store<f32>(dMeans + c, load<f32>(dMeans + c) + slope * z * precision);
        store<f32>(dLogStds + c, load<f32>(dLogStds + c) + slope * (z * z - 1));
      }
      samples += length;
    }
    means += length;
    logStds += length;
    dMeans += length;
    dLogStds += length;
  }
}
