import { multiplyAdd, PANEL_BYTES } from './panel';

/**
 * The first half of `skinPanels` alone: rest plus the sum over features of feature times direction, written as
 * [poseCount][panelCount][12], x x x x y y y y z z z z.
 */
export function blendPanels(
  panels: usize,
  panelCount: i32,
  panelStride: usize,
  offsets: usize,
  features: usize,
  featureCount: i32,
  poseCount: i32,
  out: usize,
  outStride: usize,
): void {
  const featureStride = (<usize>featureCount) << 2;
  let pose: i32 = 0;
  for (; pose + 2 <= poseCount; pose += 2) {
    const second = features + featureStride;
    let panel = panels;
    for (let i: i32 = 0; i < panelCount; i++) {
      let x0 = v128.load(panel);
      let y0 = v128.load(panel, 16);
      let z0 = v128.load(panel, 32);
      let x1 = x0;
      let y1 = y0;
      let z1 = z0;
      for (let f: usize = 0; f < featureStride; f += 4) {
        const direction = panel + load<u32>(offsets + f);
        const dx = v128.load(direction);
        const dy = v128.load(direction, 16);
        const dz = v128.load(direction, 32);
        const a = v128.load32_splat(features + f);
        x0 = multiplyAdd(a, dx, x0);
        y0 = multiplyAdd(a, dy, y0);
        z0 = multiplyAdd(a, dz, z0);
        const b = v128.load32_splat(second + f);
        x1 = multiplyAdd(b, dx, x1);
        y1 = multiplyAdd(b, dy, y1);
        z1 = multiplyAdd(b, dz, z1);
      }
      const o = out + <usize>i * PANEL_BYTES;
      storePanel(o, x0, y0, z0);
      storePanel(o + outStride, x1, y1, z1);
      panel += panelStride;
    }
    features = second + featureStride;
    out += 2 * outStride;
  }
  if (pose == poseCount) return;
  for (let i: i32 = 0; i < panelCount; i++) {
    let x = v128.load(panels);
    let y = v128.load(panels, 16);
    let z = v128.load(panels, 32);
    for (let f: usize = 0; f < featureStride; f += 4) {
      const direction = panels + load<u32>(offsets + f);
      const a = v128.load32_splat(features + f);
      x = multiplyAdd(a, v128.load(direction), x);
      y = multiplyAdd(a, v128.load(direction, 16), y);
      z = multiplyAdd(a, v128.load(direction, 32), z);
    }
    storePanel(out, x, y, z);
    panels += panelStride;
    out += PANEL_BYTES;
  }
}

/** @inline */
function storePanel(out: usize, x: v128, y: v128, z: v128): void {
  v128.store(out, x);
  v128.store(out, y, 16);
  v128.store(out, z, 32);
}
