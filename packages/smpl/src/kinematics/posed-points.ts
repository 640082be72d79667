import type { SkinningWeights } from '../body/body-model.js';
import { TRANSFORM_SIZE } from './joint-transforms.js';
import { createPanelKernels, type SurfaceImplementation } from './panel-kernels.js';

/** Points that the pose corrects, and that may follow joints. */
export interface PointSet {
  /** N. */
  readonly count: number;
  readonly restMetres: ArrayLike<number>;
  /** Displacement per entry of the pose feature, [P, N*3]; undefined for none. */
  readonly poseDirections: Float32Array | undefined;
  readonly jointCount: number;
  /** [N] rows; undefined for points that are not skinned. */
  readonly influences: SkinningWeights | undefined;
}

/** A number of poses at a time, loaded one by one and evaluated together. */
export interface PosedPoints {
  readonly implementation: SurfaceImplementation;
  /** Moves the points at rest, [N*3]. */
  setRest(restMetres: ArrayLike<number>): void;
  /** Loads pose `slot` of the block. @param matrices - [J, 3, 3] @param transforms - [J, 12] */
  load(slot: number, matrices: Float64Array, transforms: Float64Array): void;
  /** Evaluates the first `poseCount` poses into `output`. */
  evaluate(poseCount: number): void;
  /**
   * Pose p starts at p * outputStride. Skinned points follow each other as x y z; others stand in panels of four, as
   * x x x x y y y y z z z z.
   */
  readonly output: Float32Array;
  readonly outputStride: number;
}

/** Poses evaluated together: enough to spare reading the directions again, few enough for the cache. */
export const POSES_PER_BLOCK = 32;

const LANES = 4;
const COORDINATES = 3 * LANES;
const PANEL_BYTES = 4 * COORDINATES;
const COLUMN_TRANSFORM_SIZE = 16;
/** Panels walked for all poses of a block before the next ones; SMPL's take 160 kB, which stay in the second cache. */
const PANELS_PER_TILE = 16;

/** Lays the points out for the kernels (`kernels/assembly/skin-panels.ts`), in a memory that they share. */
export function createPosedPoints(points: PointSet, wanted: SurfaceImplementation): PosedPoints {
  const { jointCount } = points;
  const featureCount = points.poseDirections === undefined ? 0 : 9 * (jointCount - 1);
  const influenceCount = points.influences?.influenceCount ?? 0;
  const panelCount = Math.ceil(points.count / LANES);
  const panelStride = PANEL_BYTES * (1 + featureCount);
  const transformStride = points.influences === undefined ? 0 : 4 * COLUMN_TRANSFORM_SIZE * jointCount;
  const outStride = PANEL_BYTES * panelCount;
  const influenceStride = LANES * influenceCount * 8;

  let byteCount = 0;
  const reserve = (bytes: number): number => {
    const address = byteCount;
    byteCount += (bytes + 63) & ~63;
    return address;
  };
  const panels = reserve(panelCount * panelStride);
  const offsets = reserve(4 * featureCount);
  const features = reserve(4 * featureCount * POSES_PER_BLOCK);
  const transforms = reserve(transformStride * POSES_PER_BLOCK);
  const influences = reserve(panelCount * influenceStride);
  const out = reserve(outStride * POSES_PER_BLOCK);
  const kernels = createPanelKernels(byteCount, wanted);
  const floats = new Float32Array(kernels.buffer, 0, byteCount / 4);
  const words = new Uint32Array(kernels.buffer, 0, byteCount / 4);

  const setRest = (restMetres: ArrayLike<number>): void => {
    packRest(restMetres, points.count, panelStride / 4, floats, panels / 4);
  };
  setRest(points.restMetres);
  packDirections(points, featureCount, floats, panels / 4);
  if (points.influences !== undefined) packInfluences(points.influences, floats, words, influences / 4);
  const loaded = new Float32Array(POSES_PER_BLOCK * featureCount);

  /** Leaves out the features that are zero in all poses (joints at rest); returns how many are left. */
  function storeActiveFeatures(poseCount: number): number {
    let active = 0;
    for (let feature = 0; feature < featureCount; feature++) {
      let pose = 0;
      while (pose < poseCount && loaded[pose * featureCount + feature] === 0) pose++;
      if (pose < poseCount) words[offsets / 4 + active++] = PANEL_BYTES * (1 + feature);
    }
    for (let pose = 0; pose < poseCount; pose++)
      for (let i = 0; i < active; i++) {
        const feature = (words[offsets / 4 + i] as number) / PANEL_BYTES - 1;
        floats[features / 4 + pose * active + i] = loaded[pose * featureCount + feature] as number;
      }
    return active;
  }

  return {
    implementation: kernels.implementation,
    setRest,
    load(slot, matrices, transformsOfPose) {
      for (let entry = 0; entry < featureCount; entry++) {
        const identity = entry % 9 === 0 || entry % 9 === 4 || entry % 9 === 8 ? 1 : 0;
        loaded[slot * featureCount + entry] = (matrices[9 + entry] as number) - identity;
      }
      if (transformStride === 0) return;
      for (let joint = 0; joint < jointCount; joint++) {
        const source = TRANSFORM_SIZE * joint;
        const target = (transforms + slot * transformStride) / 4 + COLUMN_TRANSFORM_SIZE * joint;
        for (let column = 0; column < 4; column++)
          for (let row = 0; row < 3; row++)
            floats[target + 4 * column + row] = transformsOfPose[source + 4 * row + column] as number;
      }
    },
    evaluate(poseCount) {
      const active = storeActiveFeatures(poseCount);
      for (let first = 0; first < panelCount; first += PANELS_PER_TILE) {
        const count = Math.min(PANELS_PER_TILE, panelCount - first);
        const panel = panels + first * panelStride;
        const target = out + first * PANEL_BYTES;
        if (transformStride === 0)
          kernels.blendPanels(
            panel,
            count,
            panelStride,
            offsets,
            features,
            active,
            poseCount,
            target,
            outStride,
          );
        else
          kernels.skinPanels(
            panel,
            count,
            panelStride,
            offsets,
            features,
            active,
            poseCount,
            target,
            outStride,
            transforms,
            transformStride,
            influences + first * influenceStride,
            influenceCount,
          );
      }
    },
    output: floats.subarray(out / 4, (out + outStride * POSES_PER_BLOCK) / 4),
    outputStride: outStride / 4,
  };
}

/** Into the first group of every panel; the last panel is filled up with zeros. */
function packRest(
  restMetres: ArrayLike<number>,
  count: number,
  panelSize: number,
  floats: Float32Array,
  start: number,
): void {
  for (let point = 0; point < count; point++) {
    const target = start + Math.floor(point / LANES) * panelSize + (point % LANES);
    for (let axis = 0; axis < 3; axis++)
      floats[target + LANES * axis] = restMetres[3 * point + axis] as number;
  }
}

/** Into the groups after that, one a feature: x x x x y y y y z z z z. */
function packDirections(
  { count, poseDirections }: PointSet,
  featureCount: number,
  floats: Float32Array,
  start: number,
): void {
  if (poseDirections === undefined) return;
  const panelSize = COORDINATES * (1 + featureCount);
  for (let point = 0; point < count; point++) {
    const panel = start + Math.floor(point / LANES) * panelSize + (point % LANES);
    for (let feature = 0; feature < featureCount; feature++) {
      const target = panel + COORDINATES * (1 + feature);
      const source = 3 * (feature * count + point);
      for (let axis = 0; axis < 3; axis++)
        floats[target + LANES * axis] = poseDirections[source + axis] as number;
    }
  }
}

/** [point][influence] of the byte offset of the joint's transform, and the weight. */
function packInfluences(
  { joints, weights }: SkinningWeights,
  floats: Float32Array,
  words: Uint32Array,
  start: number,
): void {
  for (let slot = 0; slot < weights.length; slot++) {
    words[start + 2 * slot] = 4 * COLUMN_TRANSFORM_SIZE * (joints[slot] as number);
    floats[start + 2 * slot + 1] = weights[slot] as number;
  }
}
