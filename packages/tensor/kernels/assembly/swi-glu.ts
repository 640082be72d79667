import { bytes, sigmoid, vectorBytes } from './simd';

/** One vector of gate * sigmoid(gate) * up. */
/** @inline */
function activated(gate: v128, up: v128): v128 {
  return f32x4.mul(f32x4.mul(gate, sigmoid(gate)), up);
}

/** y = gate sigmoid(gate) up; rows of `gateUp` hold gate | up, `width` numbers each. */
export function swiGluForward(gateUp: usize, y: usize, rowCount: i32, width: i32): void {
  const length = bytes(width);
  const vectors = vectorBytes(length);
  for (let i: i32 = 0; i < rowCount; i++) {
    const up = gateUp + length;
    for (let c: usize = 0; c < vectors; c += 16)
      v128.store(y + c, activated(v128.load(gateUp + c), v128.load(up + c)));
    for (let c = vectors; c < length; c += 4) {
      const value = activated(v128.load32_splat(gateUp + c), v128.load32_splat(up + c));
      store<f32>(y + c, f32x4.extract_lane(value, 0));
    }
    gateUp += 2 * length;
    y += length;
  }
}

/** d silu(gate) / d gate = s + gate s (1 - s) with s = sigmoid(gate), times `slope` = dy up. */
/** @inline */
function gateGradient(gate: v128, share: v128, slope: v128): v128 {
  const activation = f32x4.mul(gate, share);
  const complement = f32x4.sub(f32x4.splat(1), share);
  return f32x4.mul(slope, f32x4.add(share, f32x4.mul(activation, complement)));
}

export function swiGluBackward(gateUp: usize, dy: usize, dGateUp: usize, rowCount: i32, width: i32): void {
  const length = bytes(width);
  const vectors = vectorBytes(length);
  for (let i: i32 = 0; i < rowCount; i++) {
    const up = gateUp + length;
    const dUp = dGateUp + length;
    for (let c: usize = 0; c < vectors; c += 16) {
      const gate = v128.load(gateUp + c);
      const slope = v128.load(dy + c);
      const share = sigmoid(gate);
      v128.store(dUp + c, f32x4.mul(slope, f32x4.mul(gate, share)));
      v128.store(dGateUp + c, gateGradient(gate, share, f32x4.mul(slope, v128.load(up + c))));
    }
    for (let c = vectors; c < length; c += 4) {
      const gate = v128.load32_splat(gateUp + c);
      const slope = v128.load32_splat(dy + c);
      const share = sigmoid(gate);
      const upGradient = f32x4.mul(slope, f32x4.mul(gate, share));
      store<f32>(dUp + c, f32x4.extract_lane(upGradient, 0));
      const gradient = gateGradient(gate, share, f32x4.mul(slope, v128.load32_splat(up + c)));
      store<f32>(dGateUp + c, f32x4.extract_lane(gradient, 0));
    }
    gateUp += 2 * length;
    dGateUp += 2 * length;
    dy += length;
  }
}
