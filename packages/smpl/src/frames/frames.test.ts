import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { ArrayRangeError } from '../real-array.js';
import { axisAngleToMatrix } from '../rotation/axis-angle.js';
import { geodesicDistanceRadians } from '../rotation/geodesic-distance.js';
import { departureFromRotation } from '../rotation/nearest-rotation.js';
import { NonFiniteRotationError } from '../rotation/non-finite-rotation-error.js';
import { composeRotations, rotateVector } from '../rotation/rotation-matrix.js';
import {
  changeFrameOfPoints,
  frameChange,
  UnknownFrameError,
  type CoordinateFrame,
} from './coordinate-frame.js';
import { headingRadians, removeHeading } from './heading.js';
import { moveRoot } from './move-root.js';
import { projectPinhole, ProjectionError, weakPerspectiveToTranslation } from './pinhole-camera.js';

const FRAMES: readonly CoordinateFrame[] = ['smpl', 'z-up', 'opengl-camera', 'opencv-camera'];

function rotation(...axisAngle: readonly [number, number, number]): Float64Array {
  const matrix = new Float64Array(9);
  axisAngleToMatrix(Float64Array.from(axisAngle), 0, matrix, 0);
  return matrix;
}

describe('frames', () => {
  it.each<[CoordinateFrame, readonly number[], readonly number[], readonly number[]]>([
    ['smpl', [1, 0, 0], [0, 1, 0], [0, 0, 1]],
    ['z-up', [1, 0, 0], [0, 0, 1], [0, -1, 0]],
    ['opengl-camera', [1, 0, 0], [0, 1, 0], [0, 0, 1]],
    ['opencv-camera', [1, 0, 0], [0, -1, 0], [0, 0, -1]],
  ])('%s has the body left, up and front along its axes', (frame, left, up, front) => {
    const points = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
    changeFrameOfPoints(points, 0, 3, 'smpl', frame, points, 0);
    expect(Array.from(points, (value) => value + 0)).toEqual([...left, ...up, ...front]);
  });

  it('change by rotations, and back', () => {
    for (const from of FRAMES) {
      for (const to of FRAMES) {
        const there = frameChange(from, to);
        expect(departureFromRotation(there, 0)).toBe(0);
        composeRotations(frameChange(to, from), 0, there, 0, there, 0);
        expect(geodesicDistanceRadians(there, 0, rotation(0, 0, 0), 0)).toBe(0);
      }
    }
  });

  it('change points into an overlapping part of the same array', () => {
    for (const [readAt, writeAt] of [
      [0, 3],
      [3, 0],
      [1, 2],
    ] as const) {
      const points = Float64Array.from({ length: 15 }, (_, index) => index);
      const expected = new Float64Array(12);
      changeFrameOfPoints(points, readAt, 4, 'smpl', 'z-up', expected, 0);
      changeFrameOfPoints(points, readAt, 4, 'smpl', 'z-up', points, writeAt);
      expect(points.slice(writeAt, writeAt + 12)).toEqual(expected);
    }
  });

  it('refuse bad input by name', () => {
    expect(() => frameChange('opencv' as string as CoordinateFrame, 'smpl')).toThrow(UnknownFrameError);
    expect(() => frameChange('smpl', 'toString' as string as CoordinateFrame)).toThrow(
      /'toString' is not a frame/,
    );
    const points = new Float64Array(6);
    expect(() => {
      changeFrameOfPoints(points, 1, 2, 'smpl', 'smpl', points, 0);
    }).toThrow(/The points: expected 6/);
    expect(() => {
      changeFrameOfPoints(points, 0, 2, 'smpl', 'smpl', points, 1);
    }).toThrow(/points in the other frame/);
  });
});

describe('moveRoot', () => {
  it('moves every point of the body as the rotation and translation do', () => {
    const random = createRandom(1);
    const pelvis = Float64Array.of(0.01, -0.24, 0.03);
    const placement = { rotation: rotation(0.3, -1, 2), translationMetres: Float64Array.of(1, 2, 3) };
    const camera = { turn: rotation(-1, 0.2, 0.1), shift: Float64Array.of(0.1, -0.2, 4) };
    const moved = moveRoot(placement, camera.turn, camera.shift, pelvis);
    // SMPL: a rest point v goes to R (v - p) + p + t.
    const placed = (point: Float64Array, by: typeof placement): Float64Array => {
      const relative = point.map((value, axis) => value - (pelvis[axis] ?? 0));
      rotateVector(by.rotation, 0, relative, 0, relative, 0);
      return relative.map((value, axis) => value + (pelvis[axis] ?? 0) + (by.translationMetres[axis] ?? 0));
    };
    for (let trial = 0; trial < 10; trial++) {
      const point = random.fillNormal(new Float64Array(3));
      const expected = placed(point, placement);
      rotateVector(camera.turn, 0, expected, 0, expected, 0);
      const actual = placed(point, {
        rotation: Float64Array.from(moved.rotation),
        translationMetres: Float64Array.from(moved.translationMetres),
      });
      actual.forEach((value, axis) => {
        expect(value).toBeCloseTo((expected[axis] ?? 9) + (camera.shift[axis] ?? 0), 13);
      });
    }
  });

  it('refuses short arrays', () => {
    const [nine, three] = [rotation(0, 0, 0), new Float64Array(3)];
    const placement = { rotation: nine, translationMetres: three };
    expect(() => moveRoot({ ...placement, rotation: three }, nine, three, three)).toThrow(/root's rotation/);
    expect(() =>
      moveRoot({ ...placement, translationMetres: three.subarray(1) }, nine, three, three),
    ).toThrow(/root's translation/);
    expect(() => moveRoot(placement, three, three, three)).toThrow(/The rotation: expected 9/);
    expect(() => moveRoot(placement, nine, [1, 2], three)).toThrow(/translationMetres has 2/);
    expect(() => moveRoot(placement, nine, three, [1])).toThrow(/pelvisAtRestMetres has 1/);
  });
});

describe('the heading', () => {
  it.each([-3, -1.5, 0, 0.4, 2, Math.PI])('of a body turned by %d is that, leaning or not', (angle) => {
    expect(headingRadians(rotation(0, angle, 0), 0)).toBeCloseTo(angle, 14);
    const leaning = new Float64Array(9);
    composeRotations(rotation(0, angle, 0), 0, rotation(0.7, 0, -0.3), 0, leaning, 0);
    expect(headingRadians(leaning, 0)).toBeCloseTo(angle, 14);
    expect(removeHeading(leaning, 0, leaning, 0)).toBeCloseTo(angle, 14);
    expect(geodesicDistanceRadians(leaning, 0, rotation(0.7, 0, -0.3), 0)).toBeLessThan(1e-14);
  });

  it('is 0 upside down, and refuses bad input', () => {
    expect(headingRadians(Float64Array.of(1, 0, 0, 0, -1, 0, 0, 0, -1), 0)).toBe(0);
    const bad = rotation(0, 0, 0);
    expect(() => headingRadians(bad, 1)).toThrow(ArrayRangeError);
    bad[8] = Number.NaN;
    expect(() => headingRadians(bad, 0)).toThrow(NonFiniteRotationError);
  });
});

describe('the pinhole camera', () => {
  const intrinsics = { focalPixels: 100, centrePixels: [10, 20] } as const;

  it('projects, from and to offsets', () => {
    const pixels = new Float64Array(5);
    projectPinhole(Float64Array.of(9, 1, 2, 4, 0, 0, 1), 1, 2, intrinsics, pixels, 1);
    expect(Array.from(pixels)).toEqual([0, 35, 70, 10, 20]);
  });

  it('agrees with the weak-perspective camera near the axis', () => {
    const [x, y, z] = weakPerspectiveToTranslation(0.8, 0.1, -0.2, 5000, 224);
    const pixels = new Float64Array(2);
    const camera = { focalPixels: 5000, centrePixels: [112, 112] } as const;
    projectPinhole(Float64Array.of(0.3 + x, 0.4 + y, z), 0, 1, camera, pixels, 0);
    expect(pixels[0]).toBeCloseTo(112 + 112 * 0.8 * (0.3 + 0.1), 9);
    expect(pixels[1]).toBeCloseTo(112 + 112 * 0.8 * (0.4 - 0.2), 9);
  });

  it('refuses bad input by name', () => {
    const pixels = new Float64Array(2);
    const project = (z: number, focalPixels = 100) => {
      return () => {
        projectPinhole(Float64Array.of(0, 0, z), 0, 1, { ...intrinsics, focalPixels }, pixels, 0);
      };
    };
    expect(project(0)).toThrow(ProjectionError);
    expect(project(-1)).toThrow(/depth z = -1/);
    expect(project(Number.NaN)).toThrow(ProjectionError);
    expect(project(1, 0)).toThrow(/focalPixels is 0/);
    expect(project(1, Infinity)).toThrow(ProjectionError);
    expect(() => weakPerspectiveToTranslation(0, 0, 0, 1, 1)).toThrow(/scale is 0/);
    expect(() => weakPerspectiveToTranslation(1, 0, 0, -1, 1)).toThrow(/focalPixels/);
    expect(() => weakPerspectiveToTranslation(1, 0, 0, 1, 0)).toThrow(/cropPixels/);
    expect(() => {
      projectPinhole(pixels, 0, 1, intrinsics, pixels, 0);
    }).toThrow(/The points/);
    expect(() => {
      projectPinhole(new Float64Array(3), 0, 1, intrinsics, pixels, 1);
    }).toThrow(/The pixels/);
  });
});
