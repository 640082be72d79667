import { describe, expect, it } from 'vitest';
import { createPanelKernels, type BlendOperands, type SurfaceImplementation } from './panel-kernels.js';

/** Small whole numbers, so that single precision is exact and every implementation must give the same bits. */
const whole = (seed: number): number => ((seed * 7919 + 13) % 11) - 5;

const PANELS = 3;
const POSES = 5;
const JOINTS = 3;
const INFLUENCES = 3;
/** In numbers. There is more room than needed between all things, so that no stride may be taken for a size. */
const PANEL_SIZE = 12 * 6;
const TRANSFORM_SIZE = 16 * JOINTS + 4;
const OUT_SIZE = 12 * PANELS + 8;
/** Of the five directions a panel has, those in use. */
const ACTIVE = [0, 2, 4];
const UNTOUCHED = 1234;

const at = { panels: 16, offsets: 240, features: 248, transforms: 272, influences: 540, out: 640 };
const BYTES = 4 * (at.out + POSES * OUT_SIZE + 4);

const restOf = (panel: number, entry: number): number => whole(panel * 100 + entry);
const directionOf = (panel: number, feature: number, entry: number): number =>
  whole(panel * 1000 + feature * 50 + entry + 1);
const featureOf = (pose: number, feature: number): number => whole(pose * 31 + feature + 2);
const jointOf = (point: number, slot: number): number => (point + 2 * slot) % JOINTS;
/** Weights descend: the last point has all three, others end early; what follows a zero does not count. */
const weightOf = (point: number, slot: number): number => (slot === 1 && point % 3 === 0 ? 0 : 4 - slot);
const transformOf = (pose: number, joint: number, row: number, column: number): number =>
  whole(pose * 77 + joint * 20 + 4 * column + row + 3);

function prepare(implementation: SurfaceImplementation) {
  const kernels = createPanelKernels(BYTES, implementation);
  expect(kernels.implementation).toBe(implementation);
  const floats = new Float32Array(kernels.buffer);
  const words = new Uint32Array(kernels.buffer);
  floats.fill(UNTOUCHED);
  for (let panel = 0; panel < PANELS; panel++)
    for (let entry = 0; entry < 12; entry++) {
      const start = at.panels + panel * PANEL_SIZE + entry;
      floats[start] = restOf(panel, entry);
      for (let feature = 0; feature < 5; feature++)
        floats[start + 12 * (1 + feature)] = directionOf(panel, feature, entry);
    }
  ACTIVE.forEach((feature, i) => {
    words[at.offsets + i] = 4 * 12 * (1 + feature);
    for (let pose = 0; pose < POSES; pose++)
      floats[at.features + pose * ACTIVE.length + i] = featureOf(pose, feature);
  });
  for (let point = 0; point < 4 * PANELS; point++)
    for (let slot = 0; slot < INFLUENCES; slot++) {
      words[at.influences + 2 * (point * INFLUENCES + slot)] = 4 * 16 * jointOf(point, slot);
      floats[at.influences + 2 * (point * INFLUENCES + slot) + 1] = weightOf(point, slot);
    }
  for (let pose = 0; pose < POSES; pose++)
    for (let joint = 0; joint < JOINTS; joint++)
      for (let column = 0; column < 4; column++)
        for (let row = 0; row < 3; row++)
          floats[at.transforms + pose * TRANSFORM_SIZE + 16 * joint + 4 * column + row] = transformOf(
            pose,
            joint,
            row,
            column,
          );
  return { kernels, floats };
}

const operands: BlendOperands = [
  4 * at.panels,
  PANELS,
  4 * PANEL_SIZE,
  4 * at.offsets,
  4 * at.features,
  ACTIVE.length,
  POSES,
  4 * at.out,
  4 * OUT_SIZE,
];

function blended(pose: number, panel: number, entry: number): number {
  return ACTIVE.reduce(
    (sum, feature) => sum + featureOf(pose, feature) * directionOf(panel, feature, entry),
    restOf(panel, entry),
  );
}

function skinned(pose: number, point: number, row: number): number {
  const panel = Math.floor(point / 4);
  const place = [0, 4, 8].map((axis) => blended(pose, panel, axis + (point % 4)));
  let sum = 0;
  for (let slot = 0; slot < INFLUENCES && weightOf(point, slot) > 0; slot++)
    for (let column = 0; column < 4; column++)
      sum +=
        weightOf(point, slot) *
        transformOf(pose, jointOf(point, slot), row, column) *
        (column === 3 ? 1 : (place[column] ?? NaN));
  return sum;
}

/** Everything from the output on, with what is not written in between. */
function expectedOutput(valueOf: (pose: number, index: number) => number): number[] {
  return Array.from({ length: POSES * OUT_SIZE + 4 }, (_, index) => {
    const [pose, entry] = [Math.floor(index / OUT_SIZE), index % OUT_SIZE];
    return pose < POSES && entry < 12 * PANELS ? valueOf(pose, entry) : UNTOUCHED;
  });
}

describe.each<SurfaceImplementation>(['plain', 'compiled'])('the %s kernels', (implementation) => {
  it('add to every panel at rest its directions times the features of every pose', () => {
    const { kernels, floats } = prepare(implementation);
    const before = floats.slice(0, at.out);
    kernels.blendPanels(...operands);
    const expected = expectedOutput((pose, entry) => blended(pose, Math.floor(entry / 12), entry % 12));
    expect(Array.from(floats.subarray(at.out, at.out + expected.length))).toEqual(expected);
    expect(floats.subarray(0, at.out)).toEqual(before);
  });

  it('move every point by the weighted transforms of its joints', () => {
    const { kernels, floats } = prepare(implementation);
    const before = floats.slice(0, at.out);
    kernels.skinPanels(...operands, 4 * at.transforms, 4 * TRANSFORM_SIZE, 4 * at.influences, INFLUENCES);
    const expected = expectedOutput((pose, entry) => skinned(pose, Math.floor(entry / 3), entry % 3));
    expect(Array.from(floats.subarray(at.out, at.out + expected.length))).toEqual(expected);
    expect(floats.subarray(0, at.out)).toEqual(before);
  });

  it('leave panels at rest where no feature is active', () => {
    const { kernels, floats } = prepare(implementation);
    const [panels, panelCount, panelStride, offsets, features, , poseCount, out, outStride] = operands;
    kernels.blendPanels(panels, panelCount, panelStride, offsets, features, 0, poseCount, out, outStride);
    const expected = expectedOutput((_, entry) => restOf(Math.floor(entry / 12), entry % 12));
    expect(Array.from(floats.subarray(at.out, at.out + expected.length))).toEqual(expected);
  });
});
