import { multiplyAdd, PANEL_BYTES } from './panel';
import { skinFour } from './skin-vertices';

/**
 * The surfaces of several poses. Addresses and strides are in bytes, counts in pieces.
 *
 * For each pose and panel (four vertices): the rest place plus the sum over features of feature times direction, then
 * {@link skinFour}. Two poses at a time share each loaded direction; their six sums and what they need fit the registers.
 * The panels are walked again for every two poses, so they should be few enough to stay in the processor's cache.
 *
 * @param panels - [panelCount][1 + all features][12]: at rest, then a direction a feature
 * @param offsets - [featureCount], where in a panel each feature's direction starts (those left out are zero)
 * @param features - [poseCount][featureCount]
 * @param transforms - [poseCount][jointCount][16]
 * @param influences - [4 panelCount][influenceCount] of offset and weight
 * @param out - [poseCount][panelCount][12]
 */
export function skinPanels(
  panels: usize,
  panelCount: i32,
  panelStride: usize,
  offsets: usize,
  features: usize,
  featureCount: i32,
  poseCount: i32,
  out: usize,
  outStride: usize,
  transforms: usize,
  transformStride: usize,
  influences: usize,
  influenceCount: usize,
): void {
  const featureStride = (<usize>featureCount) << 2;
  const influenceStride = influenceCount * 32;
  let pose: i32 = 0;
  for (; pose + 2 <= poseCount; pose += 2) {
    const second = features + featureStride;
    let panel = panels;
    let influence = influences;
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
      skinFour(x0, y0, z0, influence, influenceCount, transforms, o);
      skinFour(x1, y1, z1, influence, influenceCount, transforms + transformStride, o + outStride);
      panel += panelStride;
      influence += influenceStride;
    }
    features = second + featureStride;
    transforms += 2 * transformStride;
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
    skinFour(x, y, z, influences, influenceCount, transforms, out);
    panels += panelStride;
    influences += influenceStride;
    out += PANEL_BYTES;
  }
}
