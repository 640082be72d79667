import { bytes, horizontalSum, multiplyAdd, vectorBytes } from './simd';

/** y = gain * x * r with r = 1 / sqrt(mean(x^2) + epsilon); r is kept for the gradient. */
export function rmsNormForward(
  x: usize,
  gain: usize,
  y: usize,
  inverseRms: usize,
  rowCount: i32,
  width: i32,
  epsilon: f32,
): void {
  const length = bytes(width);
  const vectors = vectorBytes(length);
  for (let i: i32 = 0; i < rowCount; i++) {
    let squares = f32x4.splat(0);
    for (let c: usize = 0; c < vectors; c += 16) {
      const values = v128.load(x + c);
      squares = multiplyAdd(values, values, squares);
    }
    let square = horizontalSum(squares);
    for (let c = vectors; c < length; c += 4) square += load<f32>(x + c) * load<f32>(x + c);

    const r: f32 = 1 / sqrt<f32>(square / <f32>width + epsilon);
    store<f32>(inverseRms + bytes(i), r);
    const scale = f32x4.splat(r);
    for (let c: usize = 0; c < vectors; c += 16)
      v128.store(y + c, f32x4.mul(f32x4.mul(v128.load(x + c), scale), v128.load(gain + c)));
    for (let c = vectors; c < length; c += 4) store<f32>(y + c, load<f32>(x + c) * r * load<f32>(gain + c));
    x += length;
    y += length;
  }
}

/** dx = r gain dy - x r^3 mean(x gain dy); dgain = sum over rows of x r dy. */
export function rmsNormBackward(
  x: usize,
  gain: usize,
  inverseRms: usize,
  dy: usize,
  dx: usize,
  dgain: usize,
  rowCount: i32,
  width: i32,
): void {
  const length = bytes(width);
  const vectors = vectorBytes(length);
  memory.fill(dgain, 0, length);
  for (let i: i32 = 0; i < rowCount; i++) {
    const r = load<f32>(inverseRms + bytes(i));
    const scale = f32x4.splat(r);
    let products = f32x4.splat(0);
    for (let c: usize = 0; c < vectors; c += 16) {
      const product = f32x4.mul(v128.load(x + c), v128.load(dy + c));
      products = multiplyAdd(product, v128.load(gain + c), products);
      v128.store(dgain + c, multiplyAdd(product, scale, v128.load(dgain + c)));
    }
    let sum = horizontalSum(products);
    for (let c = vectors; c < length; c += 4) {
      const product = load<f32>(x + c) * load<f32>(dy + c);
      sum += product * load<f32>(gain + c);
      store<f32>(dgain + c, load<f32>(dgain + c) + product * r);
    }

    const share: f32 = (sum * r * r * r) / <f32>width;
    const shares = f32x4.splat(share);
    for (let c: usize = 0; c < vectors; c += 16) {
      const direct = f32x4.mul(f32x4.mul(v128.load(dy + c), v128.load(gain + c)), scale);
      v128.store(dx + c, f32x4.sub(direct, f32x4.mul(v128.load(x + c), shares)));
    }
    for (let c = vectors; c < length; c += 4)
      store<f32>(dx + c, load<f32>(dy + c) * load<f32>(gain + c) * r - load<f32>(x + c) * share);
    x += length;
    dy += length;
    dx += length;
  }
}
