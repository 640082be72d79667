import type { PanelKernelFunctions } from './panel-kernels.js';

const COORDINATES = 12;

/**
 * The kernels in JavaScript, on the same memory layout as the compiled ones (`kernels/assembly`): what runs where there
 * are no vector instructions, and what the compiled ones are tested against. Sums are in double precision.
 */
export function createPlainPanelKernels(buffer: ArrayBuffer): PanelKernelFunctions {
  const floats = new Float32Array(buffer, 0, buffer.byteLength >> 2);
  const words = new Uint32Array(buffer, 0, buffer.byteLength >> 2);
  const sums = new Float64Array(COORDINATES);
  const columns = new Float64Array(COORDINATES);

  /** Into `sums`: a panel at rest plus its directions times the features. Positions are in numbers, not bytes. */
  function blend(panel: number, offsets: number, features: number, featureCount: number): void {
    for (let group = 0; group < COORDINATES; group += 4) {
      let a = floats[panel + group] as number;
      let b = floats[panel + group + 1] as number;
      let c = floats[panel + group + 2] as number;
      let d = floats[panel + group + 3] as number;
      for (let i = 0; i < featureCount; i++) {
        const feature = floats[features + i] as number;
        const direction = panel + ((words[offsets + i] as number) >> 2) + group;
        a += feature * (floats[direction] as number);
        b += feature * (floats[direction + 1] as number);
        c += feature * (floats[direction + 2] as number);
        d += feature * (floats[direction + 3] as number);
      }
      sums[group] = a;
      sums[group + 1] = b;
      sums[group + 2] = c;
      sums[group + 3] = d;
    }
  }

  /** Moves point `lane` of the panel in `sums` by the weighted sum of its joints' transforms. */
  function skin(
    lane: number,
    influence: number,
    influenceCount: number,
    transforms: number,
    out: number,
  ): void {
    columns.fill(0);
    for (let slot = influence; slot < influence + 2 * influenceCount; slot += 2) {
      const weight = floats[slot + 1] as number;
      if (weight === 0) break;
      const transform = transforms + ((words[slot] as number) >> 2);
      for (let column = 0; column < 4; column++)
        for (let row = 0; row < 3; row++) {
          const entry = 3 * column + row;
          columns[entry] =
            (columns[entry] as number) + weight * (floats[transform + 4 * column + row] as number);
        }
    }
    const x = sums[lane] as number;
    const y = sums[4 + lane] as number;
    const z = sums[8 + lane] as number;
    for (let row = 0; row < 3; row++)
      floats[out + row] =
        (columns[row] as number) * x +
        (columns[3 + row] as number) * y +
        (columns[6 + row] as number) * z +
        (columns[9 + row] as number);
  }

  return {
    blendPanels(panels, panelCount, panelStride, offsets, features, featureCount, poseCount, out, outStride) {
      for (let pose = 0; pose < poseCount; pose++)
        for (let index = 0; index < panelCount; index++) {
          blend(
            (panels + index * panelStride) >> 2,
            offsets >> 2,
            (features >> 2) + pose * featureCount,
            featureCount,
          );
          floats.set(sums, ((out + pose * outStride) >> 2) + index * COORDINATES);
        }
    },
    skinPanels(
      panels,
      panelCount,
      panelStride,
      offsets,
      features,
      featureCount,
      poseCount,
      out,
      outStride,
      transforms,
      transformStride,
      influences,
      influenceCount,
    ) {
      for (let pose = 0; pose < poseCount; pose++)
        for (let index = 0; index < panelCount; index++) {
          blend(
            (panels + index * panelStride) >> 2,
            offsets >> 2,
            (features >> 2) + pose * featureCount,
            featureCount,
          );
          const target = ((out + pose * outStride) >> 2) + index * COORDINATES;
          for (let lane = 0; lane < 4; lane++)
            skin(
              lane,
              (influences >> 2) + 2 * influenceCount * (4 * index + lane),
              influenceCount,
              (transforms + pose * transformStride) >> 2,
              target + 3 * lane,
            );
        }
    },
  };
}
