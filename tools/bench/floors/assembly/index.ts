// What one core does at most in WebAssembly: for machine-floors.ts.

/** Reads `length` bytes (a multiple of 128) and returns something that depends on all of them. */
export function readAll(address: usize, length: usize): f32 {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  const end = address + length;
  for (; address < end; address += 128) {
    a = v128.xor(a, v128.xor(v128.load(address), v128.load(address, 64)));
    b = v128.xor(b, v128.xor(v128.load(address, 16), v128.load(address, 80)));
    c = v128.xor(c, v128.xor(v128.load(address, 32), v128.load(address, 96)));
    d = v128.xor(d, v128.xor(v128.load(address, 48), v128.load(address, 112)));
  }
  return f32x4.extract_lane(v128.xor(v128.xor(a, b), v128.xor(c, d)), 0);
}

/** `rounds` times eight products and eight sums of four numbers, all in registers. */
export function multiplyAdd(rounds: i32, factor: f32): f32 {
  const f = f32x4.splat(factor);
  let a = f32x4.splat(1);
  let b = f32x4.splat(2);
  let c = f32x4.splat(3);
  let d = f32x4.splat(4);
  let e = f32x4.splat(5);
  let g = f32x4.splat(6);
  let h = f32x4.splat(7);
  let i = f32x4.splat(8);
  for (let round = 0; round < rounds; round++) {
    a = f32x4.add(a, f32x4.mul(b, f));
    b = f32x4.add(b, f32x4.mul(c, f));
    c = f32x4.add(c, f32x4.mul(d, f));
    d = f32x4.add(d, f32x4.mul(e, f));
    e = f32x4.add(e, f32x4.mul(g, f));
    g = f32x4.add(g, f32x4.mul(h, f));
    h = f32x4.add(h, f32x4.mul(i, f));
    i = f32x4.add(i, f32x4.mul(a, f));
  }
  const sum = f32x4.add(
    f32x4.add(f32x4.add(a, b), f32x4.add(c, d)),
    f32x4.add(f32x4.add(e, g), f32x4.add(h, i)),
  );
  return f32x4.extract_lane(sum, 0);
}
