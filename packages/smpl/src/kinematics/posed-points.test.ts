import { describe, expect, it } from 'vitest';
import type { SurfaceImplementation } from './panel-kernels.js';
import { createPosedPoints, POSES_PER_BLOCK, type PointSet, type PosedPoints } from './posed-points.js';

/** Small whole numbers, so that single precision is exact and every implementation must give the same bits. */
const whole = (seed: number): number => ((seed * 7919 + 13) % 11) - 5;

/** More than one tile of 16 panels, the last panel half full. */
const COUNT = 70;
const JOINTS = 3;
const FEATURES = 9 * (JOINTS - 1);
const INFLUENCES = 2;

const points: PointSet = {
  count: COUNT,
  restMetres: Array.from({ length: 3 * COUNT }, (_, i) => whole(i)),
  poseDirections: Float32Array.from({ length: FEATURES * 3 * COUNT }, (_, i) => whole(3 * i + 1)),
  jointCount: JOINTS,
  influences: {
    influenceCount: INFLUENCES,
    joints: Uint8Array.from({ length: INFLUENCES * COUNT }, (_, i) => (i + Math.floor(i / 5)) % JOINTS),
    weights: Float32Array.from({ length: INFLUENCES * COUNT }, (_, i) => (i % 2 === 0 ? 3 : i % 3)),
  },
};

interface Pose {
  readonly matrices: Float64Array;
  readonly transforms: Float64Array;
}

/** Whole numbers in place of rotations; the root's matrix, which no feature is made of, is unlike the others. */
function poseOf(seed: number, isAtRest = (_entry: number): boolean => false): Pose {
  const identity = (entry: number): number => (entry % 9 === 0 || entry % 9 === 4 || entry % 9 === 8 ? 1 : 0);
  return {
    matrices: Float64Array.from({ length: 9 * JOINTS }, (_, entry) =>
      entry < 9 ? 100 : isAtRest(entry - 9) ? identity(entry) : whole(seed * 37 + entry),
    ),
    transforms: Float64Array.from({ length: 12 * JOINTS }, (_, i) => whole(seed * 51 + 5 * i)),
  };
}

/** What the points should be, straight from the definition: [N*3]. */
function placesOf(set: PointSet, { matrices, transforms }: Pose, restMetres = set.restMetres): number[] {
  return Array.from({ length: set.count }, (_, point) => {
    const corrected = [0, 1, 2].map((axis) => {
      let sum = restMetres[3 * point + axis] as number;
      for (let feature = 0; feature < FEATURES; feature++) {
        const change = (matrices[9 + feature] as number) - ([0, 4, 8].includes(feature % 9) ? 1 : 0);
        sum += change * (set.poseDirections?.[3 * (feature * set.count + point) + axis] ?? 0);
      }
      return sum;
    });
    const { influences } = set;
    if (influences === undefined) return corrected;
    return [0, 1, 2].map((row) => {
      let sum = 0;
      for (let slot = point * INFLUENCES; slot < (point + 1) * INFLUENCES; slot++) {
        const start = 12 * (influences.joints[slot] as number) + 4 * row;
        const moved = corrected.reduce(
          (total, value, column) => total + (transforms[start + column] as number) * value,
          transforms[start + 3] as number,
        );
        sum += (influences.weights[slot] as number) * moved;
      }
      return sum;
    });
  }).flat();
}

function read(posed: PosedPoints, pose: number, isSkinned: boolean): number[] {
  return Array.from({ length: 3 * COUNT }, (_, i) => {
    const [point, axis] = [Math.floor(i / 3), i % 3];
    const place = isSkinned ? i : 12 * Math.floor(point / 4) + 4 * axis + (point % 4);
    return posed.output[pose * posed.outputStride + place] as number;
  });
}

const variants: readonly [string, PointSet][] = [
  ['skinned and corrected', points],
  ['skinned alone', { ...points, poseDirections: undefined }],
  ['corrected alone', { ...points, influences: undefined }],
];

describe.each<SurfaceImplementation>(['compiled', 'plain'])('%s posed points', (implementation) => {
  it.each(variants)('are where the definition puts them in a full block: %s', (_, set) => {
    const posed = createPosedPoints(set, implementation);
    expect(posed.implementation).toBe(implementation);
    expect(posed.outputStride).toBe(12 * 18);
    expect(posed.output.length).toBe(12 * 18 * POSES_PER_BLOCK);
    const poses = Array.from({ length: POSES_PER_BLOCK }, (_, pose) => poseOf(pose));
    // In any order.
    for (const [slot, { matrices, transforms }] of [...poses.entries()].reverse())
      posed.load(slot, matrices, transforms);
    posed.evaluate(POSES_PER_BLOCK);
    poses.forEach((pose, slot) => {
      expect(read(posed, slot, set.influences !== undefined)).toEqual(placesOf(set, pose));
    });
  });

  it('do not remember a block when the next has fewer poses and other joints at rest', () => {
    const posed = createPosedPoints(points, implementation);
    const load = (slot: number, { matrices, transforms }: Pose): void => {
      posed.load(slot, matrices, transforms);
    };
    for (let slot = 0; slot < 4; slot++) load(slot, poseOf(slot + 50));
    posed.evaluate(4);
    const third = read(posed, 2, true);
    const next = [
      poseOf(1, (feature) => feature < 9),
      poseOf(2, (feature) => feature !== 13 && feature !== 5),
    ];
    next.forEach((pose, slot) => {
      load(slot, pose);
    });
    posed.evaluate(2);
    next.forEach((pose, slot) => {
      expect(read(posed, slot, true)).toEqual(placesOf(points, pose));
    });
    expect(read(posed, 2, true)).toEqual(third);
    const resting = poseOf(3, () => true);
    load(0, resting);
    posed.evaluate(1);
    expect(read(posed, 0, true)).toEqual(placesOf(points, resting));
  });

  it('may be moved at rest', () => {
    const posed = createPosedPoints(points, implementation);
    const moved = Array.from({ length: 3 * COUNT }, (_, i) => whole(i + 4));
    posed.setRest(moved);
    const pose = poseOf(9);
    posed.load(0, pose.matrices, pose.transforms);
    posed.evaluate(1);
    expect(read(posed, 0, true)).toEqual(placesOf(points, pose, moved));
  });

  it('fill the last panel up with zeros', () => {
    const posed = createPosedPoints({ ...points, influences: undefined }, implementation);
    const pose = poseOf(9);
    posed.load(0, pose.matrices, pose.transforms);
    posed.evaluate(1);
    const last = Array.from(posed.output.subarray(12 * 17, 12 * 18));
    expect(last.filter((_, entry) => entry % 4 >= 2)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
