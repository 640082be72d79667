import { AnimationMixer, MeshBasicMaterial, Scene, Vector3, type SkinnedMesh } from 'three';
import { describe, expect, it } from 'vitest';
import { createRandom } from '@pose-rft/random';
import type { BodyModel } from '../body/body-model.js';
import { createSkinning } from '../kinematics/skinning.js';
import { syntheticBody } from '../body/synthetic-body.js';
import { PoseFramesError } from '../files/pose-frames.js';
import { ArrayRangeError } from '../real-array.js';
import { NonFiniteRotationError } from '../rotation/non-finite-rotation-error.js';
import { axisAngleToRotation6d } from '../rotation/rotation6d.js';
import { createThreeBody } from './three-body.js';

const body = syntheticBody();
const FRAMES = 4;
const random = createRandom(9);
const axisAngles = Float32Array.from({ length: FRAMES * 72 }, () => 0.6 * random.normal());
const pose6d = new Float32Array(FRAMES * 144);
for (let row = 0; row < FRAMES * 24; row++) axisAngleToRotation6d(axisAngles, row * 3, pose6d, row * 6);
const rootPositionsMetres = Float32Array.from({ length: FRAMES * 3 }, () => random.normal());
const motion = { pose6d, rootPositionsMetres, framesPerSecond: 10 };

/** Where three.js's skinning puts the surface, against ours: the largest difference, metres. */
function furthest(mesh: SkinnedMesh, of: BodyModel, pose: Float32Array, root: readonly number[]): number {
  mesh.updateMatrixWorld(true);
  mesh.skeleton.update();
  const expected = new Float32Array(of.templateMetres.length);
  createSkinning(of).verticesFromRotation6d(pose, 0, expected, 0);
  const place = new Vector3();
  let largest = 0;
  for (let vertex = 0; vertex < expected.length / 3; vertex++) {
    mesh.getVertexPosition(vertex, place).applyMatrix4(mesh.matrixWorld);
    place.toArray().forEach((value, axis) => {
      const wanted = (expected[vertex * 3 + axis] as number) + (root[axis] ?? 0);
      largest = Math.max(largest, Math.abs(value - wanted));
    });
  }
  return largest;
}

const frameOf = (frame: number): Float32Array => pose6d.subarray(frame * 144, (frame + 1) * 144);
const rootOf = (frame: number): number[] =>
  Array.from(rootPositionsMetres.subarray(frame * 3, (frame + 1) * 3));

describe('createThreeBody', () => {
  it("poses the surface as this package's skinning does, by 6D and by axis-angle", () => {
    const shown = createThreeBody(body);
    new Scene().add(shown.mesh);
    shown.setPose(pose6d, 144, [1, 2, 3]);
    expect(furthest(shown.mesh, body, frameOf(1), [1, 2, 3])).toBeLessThan(1e-5);
    shown.setAxisAnglePose(axisAngles, 2 * 72);
    expect(furthest(shown.mesh, body, frameOf(2), [1, 2, 3])).toBeLessThan(1e-5);
    shown.dispose();
  });

  it('puts the root joint at the origin, wherever the template has it', () => {
    const lifted: BodyModel = {
      ...body,
      skeleton: {
        ...body.skeleton,
        restJointsMetres: body.skeleton.restJointsMetres.map((value, i) => value + (i % 3) - 0.5),
      },
      templateMetres: body.templateMetres.map((value, i) => value + (i % 3) - 0.5),
    };
    const shown = createThreeBody(lifted);
    shown.setPose(pose6d);
    expect(furthest(shown.mesh, lifted, frameOf(0), [0, 0, 0])).toBeLessThan(1e-5);
  });

  it('shows a motion at its frames, between them, and again after its end', () => {
    const shown = createThreeBody(body);
    for (const [seconds, frame] of [
      [0, 0],
      [0.1, 1],
      [0.2, 2],
      [0.5, 2],
      [-0.1, 2],
    ] as const) {
      shown.showMotion(motion, seconds);
      expect(furthest(shown.mesh, body, frameOf(frame), rootOf(frame))).toBeLessThan(1e-5);
    }
    shown.showMotion(motion, 0.15);
    const halfway = shown.bones[3]?.quaternion.clone();
    shown.setPose(pose6d, 144);
    const angle = halfway?.angleTo(shown.bones[3]?.quaternion ?? halfway) ?? NaN;
    shown.setPose(pose6d, 288);
    expect(halfway?.angleTo(shown.bones[3]?.quaternion ?? halfway)).toBeCloseTo(angle, 6);
    expect(angle).toBeGreaterThan(0.01);
    shown.showMotion({ pose6d: frameOf(3) }, 12.3);
    shown.bones[0]?.position.set(0, 0, 0);
    expect(furthest(shown.mesh, body, frameOf(3), [0, 0, 0])).toBeLessThan(1e-5);
  });

  it("plays as a clip of three.js's mixer", () => {
    const shown = createThreeBody(body);
    const mixer = new AnimationMixer(shown.mesh);
    mixer.clipAction(shown.clip(motion)).play();
    for (const frame of [1, 2]) {
      mixer.setTime(frame / 10);
      expect(furthest(shown.mesh, body, frameOf(frame), rootOf(frame))).toBeLessThan(1e-5);
    }
  });

  it('leaves the body and a given material alone', () => {
    const material = new MeshBasicMaterial();
    let disposed = 0;
    material.addEventListener('dispose', () => {
      disposed++;
    });
    const shown = createThreeBody(body, { material });
    expect(shown.mesh.material).toBe(material);
    shown.dispose();
    expect(disposed).toBe(0);
    expect(shown.mesh.geometry.attributes['position']?.array).not.toBe(body.templateMetres);
  });

  it('refuses what is no pose', () => {
    const shown = createThreeBody(body);
    expect(() => {
      shown.setPose(new Float32Array(143));
    }).toThrow(ArrayRangeError);
    expect(() => {
      shown.setAxisAnglePose(new Float32Array(72).fill(NaN));
    }).toThrow(NonFiniteRotationError);
    expect(() => {
      shown.showMotion({ pose6d: new Float32Array(145) }, 0);
    }).toThrow(PoseFramesError);
    expect(() => {
      shown.showMotion(motion, NaN);
    }).toThrow(/finite time/);
    expect(() => shown.clip({ pose6d: new Float32Array(144).fill(NaN) })).toThrow(PoseFramesError);
  });
});
