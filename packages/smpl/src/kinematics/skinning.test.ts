import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKinematics } from './kinematics.js';
import { ArrayRangeError } from '../real-array.js';
import { axisAngleToMatrix } from '../rotation/axis-angle.js';
import { convertRotations } from '../rotation/convert-rotations.js';
import { NonFinitePoseError } from './non-finite-pose-error.js';
import { axisAngleToRotation6d } from '../rotation/rotation6d.js';
import { rotateVector } from '../rotation/rotation-matrix.js';
import { PARENTS } from '../skeleton/joints.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import { vertexCount, type BodyModel } from '../body/body-model.js';
import { createSkinning, skinVertices, type SkinningOptions } from './skinning.js';
import { syntheticBody } from '../body/synthetic-body.js';
import { vertexNormals } from '../body/vertex-normals.js';

const body = syntheticBody();
const angles = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 72, maxLength: 72 });

function poseFrom(axisAngles: readonly number[]): Float32Array {
  const pose = new Float32Array(144);
  for (let joint = 0; joint < 24; joint++)
    axisAngleToRotation6d(Float64Array.from(axisAngles.slice(joint * 3, joint * 3 + 3)), 0, pose, joint * 6);
  return pose;
}

const restPose = poseFrom(new Array<number>(72).fill(0));

/** A body whose vertices are the rest joints, each tied to the joint's parent: skinning it is forward kinematics. */
const jointCloud: BodyModel = {
  name: 'joints',
  skeleton: SYNTHETIC_SKELETON,
  templateMetres: Float32Array.from(SYNTHETIC_SKELETON.restJointsMetres),
  faces: new Uint32Array(),
  skinning: {
    influenceCount: 4,
    joints: Uint8Array.from({ length: 96 }, (_, i) =>
      i % 4 === 0 ? Math.max(0, PARENTS[i / 4] as number) : 0,
    ),
    weights: Float32Array.from({ length: 96 }, (_, i) => (i % 4 === 0 ? 1 : 0)),
  },
};

describe('linear blend skinning', () => {
  it('leaves the rest pose as it is', () => {
    skinVertices(body, restPose).forEach((value, i) => {
      expect(Math.abs(value - (body.templateMetres[i] as number))).toBeLessThan(1e-6);
    });
  });

  it('agrees with forward kinematics', () => {
    const kinematics = createKinematics(SYNTHETIC_SKELETON);
    const joints = new Float32Array(72);
    fc.assert(
      fc.property(angles, (axisAngles) => {
        const pose = poseFrom(axisAngles);
        kinematics.jointsFromRotation6d(pose, 0, joints, 0);
        skinVertices(jointCloud, pose).forEach((value, i) => {
          expect(Math.abs(value - (joints[i] as number))).toBeLessThan(1e-5);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('turns the whole body with its root', () => {
    const matrix = new Float64Array(9);
    const turned = new Float32Array(3);
    fc.assert(
      fc.property(angles, ([x = 0, y = 0, z = 0, ...rest]) => {
        const upright = skinVertices(body, poseFrom([0, 0, 0, ...rest]));
        const rotated = skinVertices(body, poseFrom([x, y, z, ...rest]));
        axisAngleToMatrix(Float64Array.of(x, y, z), 0, matrix, 0);
        for (let i = 0; i < upright.length; i += 300) {
          rotateVector(matrix, 0, upright, i, turned, 0);
          for (let axis = 0; axis < 3; axis++)
            expect(Math.abs((turned[axis] as number) - (rotated[i + axis] as number))).toBeLessThan(1e-5);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('keeps the rigid middle of a limb rigid', () => {
    const pose = poseFrom(Array.from({ length: 72 }, (_, i) => Math.sin(i * 3)));
    const posed = skinVertices(body, pose);
    const { joints, weights } = body.skinning;
    for (const joint of [4, 5, 15]) {
      const rigid = Array.from({ length: vertexCount(body) }, (_, vertex) => vertex).filter(
        (vertex) => joints[vertex * 4] === joint && (weights[vertex * 4] as number) > 0.9999,
      );
      const gap = (points: Float32Array, a: number, b: number): number =>
        Math.hypot(...[0, 1, 2].map((i) => (points[a * 3 + i] as number) - (points[b * 3 + i] as number)));
      const [first = 0, last = 0] = [rigid[0], rigid.at(-1)];
      expect(rigid.length).toBeGreaterThan(5);
      expect(gap(posed, first, last)).toBeCloseTo(gap(body.templateMetres, first, last), 5);
    }
  });

  it('reads and writes batches at offsets', () => {
    const skinning = createSkinning(body);
    const poses = new Float32Array(2 * 144);
    poses.set(restPose);
    poses.set(poseFrom(Array.from({ length: 72 }, (_, i) => Math.cos(i))), 144);
    const size = body.templateMetres.length;
    const batch = new Float32Array(2 * size);
    skinning.verticesFromRotation6d(poses, 0, batch, 0);
    skinning.verticesFromRotation6d(poses, 144, batch, size);
    expect(batch.subarray(size)).toEqual(skinVertices(body, poses.subarray(144)));
    expect(batch.subarray(0, size)).toEqual(skinVertices(body, restPose));
  });

  it('adds pose-dependent directions before it blends', () => {
    const size = body.templateMetres.length;
    const poseDirections = new Float32Array(207 * size);
    // Entry 1 of joint 1's R - I (row 0, column 1) moves vertex 0 along y.
    poseDirections[size + 1] = 0.5;
    const pose = restPose.slice();
    axisAngleToRotation6d(Float64Array.of(0, 0, 0.3), 0, pose, 6);
    const plain = skinVertices(body, pose);
    const corrected = skinVertices({ ...body, poseDirections }, pose);
    const shift = Math.hypot(...[0, 1, 2].map((i) => (corrected[i] as number) - (plain[i] as number)));
    expect(shift).toBeCloseTo(0.5 * Math.sin(0.3), 4);
    expect(corrected.subarray(3)).toEqual(plain.subarray(3));
    expect(skinVertices({ ...body, poseDirections }, restPose)).toEqual(skinVertices(body, restPose));
  });

  it('serves batches of more than one block from every form of pose, at offsets', () => {
    const size = jointCloud.templateMetres.length;
    const frames = 33;
    const axisAngles = Float64Array.from({ length: 1 + 72 * frames }, (_, i) => Math.sin(i) * 2);
    const [matrices, pose6d] = [new Float64Array(2 + 216 * frames), new Float64Array(3 + 144 * frames)];
    convertRotations(24 * frames, 'axis-angle', axisAngles, 1, 'matrix', matrices, 2);
    convertRotations(24 * frames, 'axis-angle', axisAngles, 1, 'rotation6d-columns', pose6d, 3);
    const skinning = createSkinning(jointCloud);
    const kinematics = createKinematics(SYNTHETIC_SKELETON);
    const [first, second, third] = [1, 2, 3].map(() => new Float32Array(size * frames + 2).fill(7)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    skinning.verticesFromAxisAngle(axisAngles, 1, first, 1, frames);
    skinning.verticesFromMatrices(matrices, 2, second, 1, frames);
    skinning.verticesFromRotation6d(pose6d, 3, third, 1, frames);
    const joints = new Float64Array(72);
    for (const vertices of [first, second, third]) {
      expect([vertices[0], vertices[size * frames + 1]]).toEqual([7, 7]);
      for (let frame = 0; frame < frames; frame++) {
        kinematics.jointsFromAxisAngle(axisAngles, 1 + 72 * frame, joints, 0);
        joints.forEach((coordinate, i) => {
          expect(Math.abs((vertices[1 + size * frame + i] as number) - coordinate)).toBeLessThan(1e-5);
        });
      }
    }
  });

  it('puts the root at the origin or leaves it at rest, compiled or not', () => {
    const pose = poseFrom(Array.from({ length: 72 }, (_, i) => Math.cos(i)));
    const moved = SYNTHETIC_SKELETON.restJointsMetres.map((value, i) => value + (i % 3 === 0 ? 0.1 : -0.2));
    const cloud = {
      ...jointCloud,
      skeleton: { ...SYNTHETIC_SKELETON, restJointsMetres: moved },
      templateMetres: Float32Array.from(moved),
    };
    const verticesWith = (options: SkinningOptions): Float64Array => {
      const skinning = createSkinning(cloud, options);
      expect(skinning.implementation).toBe(options.implementation ?? 'compiled');
      const vertices = new Float64Array(72);
      skinning.verticesFromRotation6d(pose, 0, vertices, 0);
      return vertices;
    };
    const atOrigin = new Float64Array(72);
    createKinematics(SYNTHETIC_SKELETON).jointsFromRotation6d(pose, 0, atOrigin, 0);
    for (const implementation of ['plain', 'compiled', undefined] as const) {
      const options = implementation === undefined ? {} : { implementation };
      for (const rootPosition of ['origin', 'rest', undefined] as const) {
        const vertices = verticesWith(rootPosition === undefined ? options : { ...options, rootPosition });
        vertices.forEach((value, i) => {
          const root = rootPosition === 'rest' ? (moved[i % 3] as number) : 0;
          expect(Math.abs(value - root - (atOrigin[i] as number))).toBeLessThan(1e-5);
        });
      }
    }
  });

  it('prepares a body once, and writes where it is told', () => {
    const first = skinVertices(jointCloud, restPose);
    const target = new Float32Array(72);
    expect(skinVertices(jointCloud, restPose, target)).toBe(target);
    expect(target).toEqual(first);
    // What is prepared stays: a body whose template is changed later still gives the first surface.
    const own = { ...jointCloud, templateMetres: jointCloud.templateMetres.slice() };
    expect(skinVertices(own, restPose)).toEqual(first);
    own.templateMetres.fill(0);
    expect(skinVertices(own, restPose)).toEqual(first);
  });

  it('refuses a short pose of every form by name', () => {
    const skinning = createSkinning(jointCloud);
    const vertices = new Float32Array(144);
    expect(() => {
      skinning.verticesFromAxisAngle(new Float64Array(143), 0, vertices, 0, 2);
    }).toThrow('The pose (axis-angle): expected 144 numbers');
    expect(() => {
      skinning.verticesFromMatrices(new Float64Array(431), 0, vertices, 0, 2);
    }).toThrow('The pose (matrices): expected 432 numbers');
    expect(() => {
      skinning.verticesFromRotation6d(new Float64Array(287), 0, vertices, 0, 2);
    }).toThrow('The pose (6D): expected 288 numbers');
    expect(() => {
      skinning.verticesFromRotation6d(new Float64Array(288), 0, vertices, 1, 2);
    }).toThrow('The skinned vertices: expected 144 numbers');
    expect(Array.from(vertices)).toEqual(new Array(144).fill(0));
  });

  it('refuses short and non-finite poses', () => {
    expect(() => skinVertices(body, new Float32Array(143))).toThrow(ArrayRangeError);
    expect(() => skinVertices(body, restPose, new Float32Array(10))).toThrow(ArrayRangeError);
    expect(() => skinVertices(body, new Float32Array(144).fill(NaN))).toThrow(NonFinitePoseError);
  });
});

describe('vertexNormals', () => {
  it('are unit vectors that turn with the body', () => {
    const quarterTurn = poseFrom([0, Math.PI / 2, 0, ...new Array<number>(69).fill(0)]);
    const normals = vertexNormals(body.templateMetres, body.faces);
    const turned = vertexNormals(skinVertices(body, quarterTurn), body.faces);
    for (let i = 0; i < normals.length; i += 3) {
      const [x = 0, y = 0, z = 0] = normals.subarray(i, i + 3);
      expect(Math.hypot(x, y, z)).toBeCloseTo(1, 5);
      expect(Math.abs((turned[i] as number) - z)).toBeLessThan(1e-3);
      expect(Math.abs((turned[i + 1] as number) - y)).toBeLessThan(1e-3);
      expect(Math.abs((turned[i + 2] as number) + x)).toBeLessThan(1e-3);
    }
  });

  it('are defined where a vertex has no area', () => {
    expect(Array.from(vertexNormals(new Float32Array(9), Uint32Array.of(0, 1, 2)))).toEqual([
      0, 1, 0, 0, 1, 0, 0, 1, 0,
    ]);
  });
});
