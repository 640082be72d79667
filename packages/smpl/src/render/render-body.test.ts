import { describe, expect, it } from 'vitest';
import { syntheticBody } from '../body/synthetic-body.js';
import { createKinematics } from '../kinematics/kinematics.js';
import { axisAngleToRotation6d } from '../rotation/rotation6d.js';
import { JOINT_NAMES, jointIndex, PARENTS, type JointName } from '../skeleton/joints.js';
import {
  BACK_VIEW,
  cameraAxes,
  CameraError,
  FRONT_VIEW,
  frameCamera,
  LEFT_VIEW,
  type Camera,
} from './camera.js';
import { depthMillimetres } from './depth-picture.js';
import { projectPoints } from './project-points.js';
import { rasterise } from './rasterise.js';
import { PartColoursError, renderBody } from './render-body.js';
import { renderMesh, RenderOptionsError, type Rendering } from './render-mesh.js';

const body = syntheticBody();

function pose(turns: Partial<Record<JointName, readonly [number, number, number]>> = {}): Float32Array {
  const pose6d = Float32Array.from({ length: 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
  for (const [name, turn] of Object.entries(turns))
    axisAngleToRotation6d(Float64Array.from(turn), 0, pose6d, jointIndex(name as JointName) * 6);
  return pose6d;
}

function silhouetteBox({ silhouette, width, height }: Rendering) {
  const box = { left: width, right: -1, top: height, bottom: -1 };
  silhouette.forEach((coverage, pixel) => {
    if (coverage === 0) return;
    box.left = Math.min(box.left, pixel % width);
    box.right = Math.max(box.right, pixel % width);
    box.top = Math.min(box.top, Math.floor(pixel / width));
    box.bottom = Math.max(box.bottom, Math.floor(pixel / width));
  });
  return box;
}

describe('renderBody', () => {
  it('fits the body into the picture, whatever its shape and the pose', () => {
    for (const [width, height] of [
      [96, 96],
      [160, 64],
      [64, 160],
    ] as const)
      for (const turns of [{}, { left_shoulder: [0, 0, 1.3], right_hip: [-1.5, 0, 0] }] as const) {
        const { left, right, top, bottom } = silhouetteBox(renderBody(body, pose(turns), { width, height }));
        expect(Math.min(left, top, width - 1 - right, height - 1 - bottom)).toBeGreaterThanOrEqual(1);
        expect(Math.max((right - left) / width, (bottom - top) / height)).toBeGreaterThan(0.8);
      }
  });

  it('draws a symmetric T-pose about symmetrically from the front', () => {
    const { silhouette, width, height } = renderBody(body, pose(), { view: FRONT_VIEW });
    let covered = 0;
    let different = 0;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width / 2; x++) {
        const [one, other] = [
          silhouette[y * width + x] as number,
          silhouette[y * width + width - 1 - x] as number,
        ];
        covered += one + other;
        different += Math.abs(one - other);
      }
    expect(different / covered).toBeLessThan(0.05);
  });

  it("shows the body's left on the viewer's right, and mirrored from behind", () => {
    const raisedLeft = pose({ left_shoulder: [0, 0, 1.4], right_shoulder: [0, 0, 1.2] });
    const topColumn = (rendering: Rendering): number => {
      const { top } = silhouetteBox(rendering);
      return rendering.silhouette.subarray(top * rendering.width).findIndex((coverage) => coverage > 0);
    };
    expect(topColumn(renderBody(body, raisedLeft, { view: FRONT_VIEW }))).toBeGreaterThan(128);
    expect(topColumn(renderBody(body, raisedLeft, { view: BACK_VIEW }))).toBeLessThan(128);
  });

  it('measures depth along the view in metres', () => {
    const camera: Camera = { eye: [0, 0.3, 4], target: [0, 0.3, 0], up: [0, 1, 0], fieldOfViewRadians: 0.6 };
    const { depthMetres, silhouette } = renderBody(body, pose(), { camera, width: 65, height: 65 });
    const chest = depthMetres[32 * 65 + 32] as number;
    expect(chest).toBeGreaterThan(3.8);
    expect(chest).toBeLessThan(3.95);
    depthMetres.forEach((depth, pixel) => {
      expect(Number.isFinite(depth)).toBe((silhouette[pixel] as number) > 0);
    });
  });

  it('has no holes: the silhouette of the T-pose from the front has one outline', () => {
    const { silhouette, width, height } = renderBody(body, pose(), { view: FRONT_VIEW });
    const isOpen = Uint8Array.from(silhouette, (coverage) => (coverage === 0 ? 1 : 0));
    const queue = [0];
    isOpen[0] = 0;
    for (let pixel = queue.pop(); pixel !== undefined; pixel = queue.pop())
      for (const next of [pixel - 1, pixel + 1, pixel - width, pixel + width])
        if (next >= 0 && next < width * height && isOpen[next] === 1) {
          isOpen[next] = 0;
          queue.push(next);
        }
    expect(isOpen.reduce((sum, open) => sum + open, 0)).toBe(0);
  });

  it('darkens the ground under the feet, and leaves it out when told to', () => {
    const withGround = renderBody(body, pose(), { view: LEFT_VIEW });
    const without = renderBody(body, pose(), { view: LEFT_VIEW, ground: 'none' });
    const { bottom, left, right } = silhouetteBox(withGround);
    const below = ((bottom + 2) * 256 + Math.floor((left + right) / 2)) * 3;
    expect(withGround.rgb[below] as number).toBeLessThan((without.rgb[below] as number) - 40);
    expect(withGround.silhouette).toEqual(without.silhouette);
    expect(without.rgb[0]).toBe(Math.round(0.94 * 255));
  });

  it('colours parts by their joints', () => {
    const partColours = Array.from({ length: 24 }, (_, joint) =>
      joint === jointIndex('head') ? ([1, 0, 0] as const) : ([0, 0, 1] as const),
    );
    const { rgb, silhouette, width } = renderBody(body, pose(), { partColours, view: FRONT_VIEW });
    const { top, bottom } = silhouetteBox({
      rgb,
      silhouette,
      width,
      height: 256,
      depthMetres: new Float32Array(),
    });
    const at = (row: number): Uint8Array => {
      const columns = Array.from({ length: width }, (_, x) => x).filter(
        (x) => silhouette[row * width + x] === 255,
      );
      const middle = columns[Math.floor(columns.length / 2)] as number;
      return rgb.subarray((row * width + middle) * 3, (row * width + middle) * 3 + 3);
    };
    const head = at(top + 6);
    const legs = at(bottom - 30);
    expect(head[0] as number).toBeGreaterThan((head[2] as number) + 60);
    expect(legs[2] as number).toBeGreaterThan((legs[0] as number) + 60);
    expect(() => renderBody(body, pose(), { partColours: partColours.slice(1) })).toThrow(PartColoursError);
  });

  it('labels parts with the joints that they follow, and the background with 0', () => {
    const { partLabels, silhouette, width } = renderBody(body, pose(), { view: FRONT_VIEW });
    expect(partLabels.every((label, pixel) => label > 0 === (silhouette[pixel] as number) > 0)).toBe(true);
    const labelled = (name: JointName): number[] =>
      Array.from(partLabels.keys()).filter((pixel) => partLabels[pixel] === 1 + jointIndex(name));
    const meanX = (pixels: number[]): number =>
      pixels.reduce((sum, pixel) => sum + (pixel % width), 0) / pixels.length;
    for (const name of JOINT_NAMES) expect(labelled(name).length, name).toBeGreaterThan(3);
    // Seen from the front, the body's left is on the right.
    expect(meanX(labelled('left_elbow'))).toBeGreaterThan(meanX(labelled('left_shoulder')));
    expect(meanX(labelled('right_hand'))).toBeLessThan(meanX(labelled('right_wrist')));
  });

  it('draws joints where they project to: each lies on its own part, or a neighbour of it', () => {
    const joints = new Float32Array(72);
    createKinematics(body.skeleton).jointsFromRotation6d(pose(), 0, joints, 0);
    const camera: Camera = { eye: [0.4, 0.2, 4], target: [0, 0, 0], up: [0, 1, 0], fieldOfViewRadians: 0.6 };
    const size = { width: 200, height: 240 };
    const { partLabels, depthMetres } = renderBody(body, pose(), { camera, ...size });
    const pixels = new Float32Array(72);
    projectPoints(joints, 0, 24, camera, size, pixels, 0);
    const children = (joint: number): number[] =>
      JOINT_NAMES.flatMap((_, child) => (PARENTS[child] === joint ? [child] : []));
    JOINT_NAMES.forEach((name, joint) => {
      const [x = 0, y = 0, depth = 0] = pixels.subarray(joint * 3);
      const pixel = Math.floor(y) * size.width + Math.floor(x);
      const part = (partLabels[pixel] as number) - 1;
      const near = [joint, PARENTS[joint], ...children(joint)];
      expect(near, name).toContain(part);
      // The skin lies in front of the joint, by less than the body's thickness.
      expect(depth - (depthMetres[pixel] as number), name).toBeGreaterThan(0);
      expect(depth - (depthMetres[pixel] as number), name).toBeLessThan(0.2);
    });
  });

  it('stores depth in millimetres', () => {
    expect(depthMillimetres(Float32Array.of(Infinity, 1.2344, 100, -1))).toEqual(
      Uint16Array.of(0, 1234, 65535, 0),
    );
  });

  it('refuses a mesh whose arrays disagree', () => {
    const mesh = {
      vertices: new Float32Array(9),
      normals: new Float32Array(9),
      faces: Uint32Array.of(0, 1, 2),
    };
    const camera: Camera = { eye: [0, 0, 3], target: [0, 0, 0], up: [0, 1, 0], fieldOfViewRadians: 0.5 };
    expect(() => renderMesh({ ...mesh, parts: new Uint8Array(2) }, camera)).toThrow(
      /parts must hold 1 for each of the mesh's 3 vertices, found 2/,
    );
    expect(() => renderMesh({ ...mesh, normals: new Float32Array(6) }, camera)).toThrow(RenderOptionsError);
  });

  it('refuses impossible sizes and cameras', () => {
    expect(() => renderBody(body, pose(), { width: 0 })).toThrow(RenderOptionsError);
    expect(() => renderBody(body, pose(), { width: 10.5 })).toThrow(
      /width must be an integer in \[1, 8192\]/,
    );
    expect(() => renderBody(body, pose(), { supersampling: 9 })).toThrow(RenderOptionsError);
    const camera: Camera = { eye: [0, 0, 3], target: [0, 0, 0], up: [0, 1, 0], fieldOfViewRadians: 0.5 };
    for (const broken of [
      { ...camera, eye: camera.target },
      { ...camera, up: [0, 0, 1] as const },
      { ...camera, fieldOfViewRadians: 60 },
      { ...camera, eye: [NaN, 0, 1] as const },
    ])
      expect(() => renderBody(body, pose(), { camera: broken })).toThrow(CameraError);
    expect(() => frameCamera(new Float32Array([NaN, 0, 0]))).toThrow(CameraError);
    expect(() => frameCamera(new Float32Array())).toThrow(CameraError);
  });
});

describe('rasterise', () => {
  const camera: Camera = {
    eye: [0, 0, 2],
    target: [0, 0, 0],
    up: [0, 1, 0],
    fieldOfViewRadians: Math.PI / 2,
  };
  const quad = Float32Array.of(-1, -1, 0, 1, -1, 0, 1, 1, 0, -1, 1, 0);
  const towards = Uint32Array.of(0, 1, 2, 0, 2, 3);

  it('covers a quadrilateral without gaps, at its depth', () => {
    const { inverseDepths } = rasterise(quad, towards, camera, 64, 64);
    for (let y = 0; y < 64; y++)
      for (let x = 0; x < 64; x++) {
        const isInside = x >= 16 && x < 48 && y >= 16 && y < 48;
        expect(inverseDepths[y * 64 + x]).toBeCloseTo(isInside ? 0.5 : 0, 6);
      }
  });

  it('leaves out what faces away and what reaches behind the camera', () => {
    expect(
      rasterise(quad, towards.toReversed(), camera, 16, 16).inverseDepths.every((value) => value === 0),
    ).toBe(true);
    const behind = quad.slice();
    behind[2] = 3;
    behind[5] = 3;
    behind[8] = 3;
    expect(rasterise(behind, towards, camera, 16, 16).inverseDepths.every((value) => value === 0)).toBe(true);
  });

  it('keeps the nearer of two surfaces, in either order', () => {
    const two = Float32Array.of(...quad, ...quad.map((value, i) => (i % 3 === 2 ? 0.5 : value)));
    for (const faces of [
      [0, 1, 2, 0, 2, 3, 4, 5, 6, 4, 6, 7],
      [4, 5, 6, 4, 6, 7, 0, 1, 2, 0, 2, 3],
    ])
      expect(rasterise(two, Uint32Array.from(faces), camera, 16, 16).inverseDepths[8 * 16 + 8]).toBeCloseTo(
        1 / 1.5,
        6,
      );
  });

  it('shades a surface towards the key light brighter than one away from it', () => {
    const normals = quad.map((_, i) => (i % 3 === 2 ? 1 : 0));
    const { right, up } = cameraAxes(camera);
    expect([...right, ...up]).toEqual([1, 0, 0, 0, 1, 0]);
    const lit = (x: number, y: number): number =>
      renderMesh(
        { vertices: quad, faces: towards, normals: normals.map((_, i) => [x, y, 0.6][i % 3] as number) },
        camera,
        { width: 16, height: 16, ground: 'none' },
      ).rgb[(8 * 16 + 8) * 3] as number;
    expect(lit(-0.6, 0.5)).toBeGreaterThan(lit(0.6, -0.5) + 30);
  });
});
