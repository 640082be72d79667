import { SYNTHETIC_SKELETON, skinVertices, syntheticBody } from '@pose-rft/smpl';
import { projectPoints, type Camera } from '@pose-rft/smpl/render';
import { describe, expect, it } from 'vitest';
import { assumedFieldOfViewRadians, cameraOfBox, fitCamera } from './fit-camera.js';

const JOINTS = SYNTHETIC_SKELETON.restJointsMetres;
const EQUAL = new Float32Array(24).fill(1);

function seenBy(camera: Camera, picture: { width: number; height: number }): Float32Array {
  const projected = new Float32Array(72);
  projectPoints(JOINTS, 0, 24, camera, picture, projected, 0);
  return projected.filter((_, index) => index % 3 < 2);
}

function cameraAt(x: number, y: number, z: number, picture: { width: number; height: number }): Camera {
  const fieldOfViewRadians = assumedFieldOfViewRadians(picture.width, picture.height);
  return { eye: [x, y, z], target: [x, y, z - 1], up: [0, 1, 0], fieldOfViewRadians };
}

describe('fitCamera', () => {
  it.each([
    [0, 0, 3, { width: 200, height: 200 }],
    [0.4, -0.3, 5, { width: 640, height: 480 }],
    [-1, 0.2, 2.5, { width: 300, height: 700 }],
  ])('finds the camera at %d, %d, %d that joints were seen by', (x, y, z, picture) => {
    const pixels = seenBy(cameraAt(x, y, z, picture), picture);
    const fitted = fitCamera(JOINTS, { pixels, weights: EQUAL }, picture);
    expect(fitted?.errorPixels).toBeLessThan(1e-3);
    const eye = fitted?.camera.eye ?? [NaN, NaN, NaN];
    expect(eye[0]).toBeCloseTo(x, 4);
    expect(eye[1]).toBeCloseTo(y, 4);
    expect(eye[2]).toBeCloseTo(z, 4);
  });

  it('leaves out joints without weight, and is hardly moved by two that are far off', () => {
    const picture = { width: 400, height: 400 };
    const pixels = seenBy(cameraAt(0.1, 0.1, 4, picture), picture);
    pixels.set([0, 0], 2 * 20);
    pixels.set([390, 10], 2 * 21);
    const trusted = EQUAL.slice();
    trusted.set([0, 0], 20);
    expect(fitCamera(JOINTS, { pixels, weights: trusted }, picture)?.camera.eye[2]).toBeCloseTo(4, 4);
    const robust = fitCamera(JOINTS, { pixels, weights: EQUAL }, picture)?.camera.eye[2] ?? NaN;
    expect(Math.abs(robust - 4)).toBeLessThan(0.15);
  });

  it('gives up on no joints, on all in one place, and on a body upside down', () => {
    const picture = { width: 100, height: 100 };
    const pixels = seenBy(cameraAt(0, 0, 4, picture), picture);
    expect(fitCamera(JOINTS, { pixels, weights: new Float32Array(24) }, picture)).toBeUndefined();
    const together = new Float32Array(48).fill(50);
    expect(fitCamera(JOINTS, { pixels: together, weights: EQUAL }, picture)).toBeUndefined();
    // Turned by half a turn, joints would have to lie behind the camera.
    const turned = pixels.map((value) => 100 - value);
    expect(fitCamera(JOINTS, { pixels: turned, weights: EQUAL }, picture)).toBeUndefined();
  });
});

describe('cameraOfBox', () => {
  it('puts the surface into the box', () => {
    const tPose = Float32Array.from({ length: 144 }, (_, index) =>
      index % 6 === 0 || index % 6 === 4 ? 1 : 0,
    );
    const vertices = skinVertices(syntheticBody(), tPose);
    const picture = { width: 500, height: 400 };
    const box = { left: 100, top: 50, right: 400, bottom: 350 };
    const camera = cameraOfBox(vertices, box, picture);
    const projected = new Float32Array(vertices.length);
    projectPoints(vertices, 0, vertices.length / 3, camera, picture, projected, 0);
    const xs = projected.filter((_, index) => index % 3 === 0);
    const ys = projected.filter((_, index) => index % 3 === 1);
    // Within what perspective and the body's thickness do: a twentieth of the box.
    const [left, right, top, bottom] = [
      xs.reduce((a, b) => Math.min(a, b)),
      xs.reduce((a, b) => Math.max(a, b)),
      ys.reduce((a, b) => Math.min(a, b)),
      ys.reduce((a, b) => Math.max(a, b)),
    ];
    expect(left).toBeGreaterThan(box.left - 15);
    expect(right).toBeLessThan(box.right + 15);
    expect(top).toBeGreaterThan(box.top - 15);
    expect(bottom).toBeLessThan(box.bottom + 15);
    const isFilled = right - left > 285 || bottom - top > 285;
    expect(isFilled).toBe(true);
  });
});
