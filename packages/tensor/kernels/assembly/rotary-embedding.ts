import { bytes, vectorBytes } from './simd';

/**
 * Rotates the first `rotatedHeads` of the `headCount` heads in each row, those of queries and keys in rows of queries |
 * keys | values: (a, b) -> (a cos - b sin, b cos + a sin), where b lies half a head after a. `direction` is 1, or -1 for the gradient, which is the rotation back.
 */
export function rotaryEmbedding(
  source: usize,
  target: usize,
  positions: usize,
  cosines: usize,
  sines: usize,
  rowCount: i32,
  headCount: i32,
  rotatedHeads: i32,
  headSize: i32,
  direction: f32,
): void {
  const half = bytes(headSize >> 1);
  const vectors = vectorBytes(half);
  const stride = bytes(headCount * headSize);
  const directions = f32x4.splat(direction);
  memory.copy(target, source, <usize>rowCount * stride);
  for (let i: i32 = 0; i < rowCount; i++) {
    const angles = <usize>load<i32>(positions + bytes(i)) * half;
    const cosine = cosines + angles;
    const sine = sines + angles;
    let first = target + <usize>i * stride;
    for (let h: i32 = 0; h < rotatedHeads; h++) {
      const second = first + half;
      for (let c: usize = 0; c < vectors; c += 16) {
        const a = v128.load(first + c);
        const b = v128.load(second + c);
        const cos = v128.load(cosine + c);
        const sin = f32x4.mul(directions, v128.load(sine + c));
        v128.store(first + c, f32x4.sub(f32x4.mul(a, cos), f32x4.mul(b, sin)));
        v128.store(second + c, f32x4.add(f32x4.mul(b, cos), f32x4.mul(a, sin)));
      }
      for (let c = vectors; c < half; c += 4) {
        const a = load<f32>(first + c);
        const b = load<f32>(second + c);
        const cos = load<f32>(cosine + c);
        const sin = direction * load<f32>(sine + c);
        store<f32>(first + c, a * cos - b * sin);
        store<f32>(second + c, b * cos + a * sin);
      }
      first += 2 * half;
    }
  }
}
