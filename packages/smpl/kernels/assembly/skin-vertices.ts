import { multiplyAdd } from './panel';

/** Bytes of an influence: the byte offset of a joint's transform, and a weight. */
const INFLUENCE_BYTES: usize = 8;

/**
 * Linear blend skinning of four vertices, given by their coordinates x, y, z: each is moved by the weighted sum of the
 * transforms of its joints. A transform is four columns of four numbers, the last of each unused. Writes 12 numbers.
 * (Not inlined: browsers compile at once, on the page's own thread, only modules below 4 kB.)
 */
export function skinFour(
  x: v128,
  y: v128,
  z: v128,
  influences: usize,
  influenceCount: usize,
  transforms: usize,
  out: usize,
): void {
  const stride = influenceCount * INFLUENCE_BYTES;
  const a = skinOne(
    v128.shuffle<f32>(x, x, 0, 0, 0, 0),
    v128.shuffle<f32>(y, y, 0, 0, 0, 0),
    v128.shuffle<f32>(z, z, 0, 0, 0, 0),
    influences,
    stride,
    transforms,
  );
  const b = skinOne(
    v128.shuffle<f32>(x, x, 1, 1, 1, 1),
    v128.shuffle<f32>(y, y, 1, 1, 1, 1),
    v128.shuffle<f32>(z, z, 1, 1, 1, 1),
    influences + stride,
    stride,
    transforms,
  );
  v128.store(out, v128.shuffle<f32>(a, b, 0, 1, 2, 4));
  const c = skinOne(
    v128.shuffle<f32>(x, x, 2, 2, 2, 2),
    v128.shuffle<f32>(y, y, 2, 2, 2, 2),
    v128.shuffle<f32>(z, z, 2, 2, 2, 2),
    influences + 2 * stride,
    stride,
    transforms,
  );
  v128.store(out + 16, v128.shuffle<f32>(b, c, 1, 2, 4, 5));
  const d = skinOne(
    v128.shuffle<f32>(x, x, 3, 3, 3, 3),
    v128.shuffle<f32>(y, y, 3, 3, 3, 3),
    v128.shuffle<f32>(z, z, 3, 3, 3, 3),
    influences + 3 * stride,
    stride,
    transforms,
  );
  v128.store(out + 32, v128.shuffle<f32>(c, d, 2, 4, 5, 6));
}

/** Weights descend, so the first that is zero ends them. */
/** @inline */
function skinOne(x: v128, y: v128, z: v128, influence: usize, stride: usize, transforms: usize): v128 {
  const end = influence + stride;
  let transform = transforms + load<u32>(influence);
  let weight = v128.load32_splat(influence, 4);
  let c0 = f32x4.mul(weight, v128.load(transform));
  let c1 = f32x4.mul(weight, v128.load(transform, 16));
  let c2 = f32x4.mul(weight, v128.load(transform, 32));
  let c3 = f32x4.mul(weight, v128.load(transform, 48));
  for (let next = influence + INFLUENCE_BYTES; next < end; next += INFLUENCE_BYTES) {
    if (load<f32>(next, 4) == 0) break;
    transform = transforms + load<u32>(next);
    weight = v128.load32_splat(next, 4);
    c0 = multiplyAdd(weight, v128.load(transform), c0);
    c1 = multiplyAdd(weight, v128.load(transform, 16), c1);
    c2 = multiplyAdd(weight, v128.load(transform, 32), c2);
    c3 = multiplyAdd(weight, v128.load(transform, 48), c3);
  }
  return multiplyAdd(c0, x, multiplyAdd(c1, y, multiplyAdd(c2, z, c3)));
}
