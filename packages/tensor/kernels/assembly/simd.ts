// What the kernels share. Addresses and lengths are in bytes unless a name says otherwise; a row's last 0-3 numbers,
// which fill no vector, are handled one by one. `/** @inline */` becomes AssemblyScript's decorator in the build:
// formatters and the TypeScript compiler refuse the decorator on a function.

/** Bytes of `count` 32-bit numbers. */
/** @inline */
export function bytes(count: i32): usize {
  return (<usize>count) << 2;
}

/** The part of `length` that whole vectors fill. */
/** @inline */
export function vectorBytes(length: usize): usize {
  return length & ~15;
}

/** a * b + c */
/** @inline */
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** @inline */
export function horizontalSum(a: v128): f32 {
  return (
    f32x4.extract_lane(a, 0) +
    f32x4.extract_lane(a, 1) +
    (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3))
  );
}

/** @inline */
export function horizontalMaximum(a: v128): f32 {
  return max<f32>(
    max<f32>(f32x4.extract_lane(a, 0), f32x4.extract_lane(a, 1)),
    max<f32>(f32x4.extract_lane(a, 2), f32x4.extract_lane(a, 3)),
  );
}

/** Lane i of the result is the horizontal sum of the i-th argument. */
/** @inline */
export function horizontalSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7)); // a b a b
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** Four numbers that lie `stride` apart. */
/** @inline */
export function loadStrided(address: usize, stride: usize): v128 {
  let a = v128.load32_splat(address);
  a = f32x4.replace_lane(a, 1, load<f32>(address + stride));
  a = f32x4.replace_lane(a, 2, load<f32>(address + 2 * stride));
  return f32x4.replace_lane(a, 3, load<f32>(address + 3 * stride));
}

/** Adds the lanes to four numbers that lie `stride` apart. */
/** @inline */
export function addStrided(address: usize, stride: usize, a: v128): void {
  store<f32>(address, load<f32>(address) + f32x4.extract_lane(a, 0));
  store<f32>(address + stride, load<f32>(address + stride) + f32x4.extract_lane(a, 1));
  store<f32>(address + 2 * stride, load<f32>(address + 2 * stride) + f32x4.extract_lane(a, 2));
  store<f32>(address + 3 * stride, load<f32>(address + 3 * stride) + f32x4.extract_lane(a, 3));
}

/**
 * exp, relative error about 1e-7; arguments below -87 give exp(-87), NaN stays NaN. x = n log 2 + r with n whole and
 * |r| <= log(2) / 2, then a polynomial in r (coefficients of Cephes' expf) times 2^n put together from bits.
 */
/** @inline */
export function exponential(x: v128): v128 {
  const bounded = f32x4.max(f32x4.min(x, f32x4.splat(88.0)), f32x4.splat(-87.0));
  const n = f32x4.nearest(f32x4.mul(bounded, f32x4.splat(1.44269504)));
  // log 2 in two parts, of which n times the first is exact.
  let r = f32x4.sub(bounded, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  let p = f32x4.splat(1.98756915e-4);
  p = multiplyAdd(p, r, f32x4.splat(1.3981999507e-3));
  p = multiplyAdd(p, r, f32x4.splat(8.3334519073e-3));
  p = multiplyAdd(p, r, f32x4.splat(4.1665795894e-2));
  p = multiplyAdd(p, r, f32x4.splat(1.6666665459e-1));
  p = multiplyAdd(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(multiplyAdd(p, f32x4.mul(r, r), r), f32x4.splat(1.0));
  const powerOfTwo = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, powerOfTwo);
}

/** {@link exponential} of one number. */
/** @inline */
export function exponentialOf(x: f32): f32 {
  return f32x4.extract_lane(exponential(f32x4.splat(x)), 0);
}

/** 1 / (1 + exp(-x)) */
/** @inline */
export function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1.0);
  return f32x4.div(one, f32x4.add(one, exponential(f32x4.neg(x))));
}

/** Scalar product of two rows. */
/** @inline */
export function dot(a: usize, b: usize, length: usize): f32 {
  const vectors = vectorBytes(length);
  let sums = f32x4.splat(0);
  for (let c: usize = 0; c < vectors; c += 16) sums = multiplyAdd(v128.load(a + c), v128.load(b + c), sums);
  let sum = horizontalSum(sums);
  for (let c = vectors; c < length; c += 4) sum += load<f32>(a + c) * load<f32>(b + c);
  return sum;
}

/** Scalar products of one row with four that lie `stride` apart. */
/** @inline */
export function dotFour(a: usize, b: usize, stride: usize, length: usize): v128 {
  const vectors = vectorBytes(length);
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (let c: usize = 0; c < vectors; c += 16) {
    const row = v128.load(a + c);
    const other = b + c;
    s0 = multiplyAdd(row, v128.load(other), s0);
    s1 = multiplyAdd(row, v128.load(other + stride), s1);
    s2 = multiplyAdd(row, v128.load(other + 2 * stride), s2);
    s3 = multiplyAdd(row, v128.load(other + 3 * stride), s3);
  }
  let sums = horizontalSums(s0, s1, s2, s3);
  for (let c = vectors; c < length; c += 4)
    sums = multiplyAdd(v128.load32_splat(a + c), loadStrided(b + c, stride), sums);
  return sums;
}

/** target += factor * source */
/** @inline */
export function addScaledRow(target: usize, factor: f32, source: usize, length: usize): void {
  const vectors = vectorBytes(length);
  const factors = f32x4.splat(factor);
  for (let c: usize = 0; c < vectors; c += 16)
    v128.store(target + c, multiplyAdd(factors, v128.load(source + c), v128.load(target + c)));
  for (let c = vectors; c < length; c += 4)
    store<f32>(target + c, load<f32>(target + c) + factor * load<f32>(source + c));
}
