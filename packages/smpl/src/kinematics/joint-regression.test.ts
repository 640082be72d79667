import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OtherBodyError, prepareIdentity } from '../body/body-identity.js';
import type { BodyModel } from '../body/body-model.js';
import { InvalidBodyError } from '../body/valid-body.js';
import { regressPoints, sparseRowsFromDense, sparseRowsFromEntries } from '../body/sparse-rows.js';
import { readBodyModel } from '../files/body-model-file.js';
import { ArrayRangeError } from '../real-array.js';
import { convertRotations } from '../rotation/convert-rotations.js';
import { createJointRegression, type JointRegressionOptions } from './joint-regression.js';
import { JointRegressorError, precomputeJointRegression } from './joint-regression-maps.js';
import { NonFinitePoseError } from './non-finite-pose-error.js';
import { VertexRangeError } from './select-vertices.js';
import { createSkinning } from './skinning.js';

const body = readBodyModel(readFileSync(new URL('../__golden__/smpl.pkl', import.meta.url)), 'smpl.pkl');
const corners = sparseRowsFromEntries([0, 0, 1], [0, 3, 7], [0.5, 0.5, 1], 2, 8);

describe('createJointRegression', () => {
  it('serves all poses of a batch, of more than one block', () => {
    const poses = Float64Array.from({ length: 72 * 70 }, (_, i) => Math.sin(i) / 2);
    const regression = createJointRegression(body, precomputeJointRegression(body, corners));
    const together = new Float64Array(70 * 6);
    const alone = new Float64Array(6);
    regression.jointsFromAxisAngle(poses, 0, together, 0, 70);
    for (const pose of [0, 31, 32, 69]) {
      regression.jointsFromAxisAngle(poses, 72 * pose, alone, 0);
      alone.forEach((coordinate, i) => {
        expect(together[6 * pose + i]).toBeCloseTo(coordinate, 6);
      });
    }
    expect(regression.regressedCount).toBe(2);
  });

  it('gives a vertex where the regressor names one', () => {
    const pose = Float64Array.from({ length: 72 }, (_, i) => Math.cos(i));
    const joints = new Float64Array(6);
    createJointRegression(body, corners).jointsFromAxisAngle(pose, 0, joints, 0);
    const vertex = new Float64Array(3);
    createSkinning(body, { vertices: [7] }).verticesFromAxisAngle(pose, 0, vertex, 0);
    vertex.forEach((coordinate, i) => {
      expect(joints[3 + i]).toBeCloseTo(coordinate, 6);
    });
  });

  const surfaceWay = (pose: Float64Array, options: JointRegressionOptions): Float64Array => {
    const vertices = new Float64Array(24);
    createSkinning(body, options).verticesFromAxisAngle(pose, 0, vertices, 0);
    const joints = new Float64Array(6);
    regressPoints(corners, vertices, 0, joints, 0);
    return joints;
  };

  it.each<JointRegressionOptions>([
    {},
    { rootPosition: 'origin' },
    { rootPosition: 'rest' },
    { implementation: 'plain' },
    { implementation: 'compiled', rootPosition: 'rest' },
  ])('is the surface regressed, from every form of pose and at offsets, with %j', (options) => {
    const axisAngles = Float64Array.from({ length: 74 }, (_, i) => Math.cos(2 * i));
    const [matrices, pose6d] = [new Float64Array(9 * 24 + 3), new Float64Array(6 * 24 + 4)];
    convertRotations(24, 'axis-angle', axisAngles, 2, 'matrix', matrices, 3);
    convertRotations(24, 'axis-angle', axisAngles, 2, 'rotation6d-columns', pose6d, 4);
    const regression = createJointRegression(body, corners, options);
    expect(regression.implementation).toBe(options.implementation ?? 'compiled');
    const expected = surfaceWay(axisAngles.slice(2), options);
    const results = [0, 1, 2].map(() => new Float64Array(8).fill(7));
    const [fromAxisAngle, fromMatrices, from6d] = results as [Float64Array, Float64Array, Float64Array];
    regression.jointsFromAxisAngle(axisAngles, 2, fromAxisAngle, 1);
    regression.jointsFromMatrices(matrices, 3, fromMatrices, 1);
    regression.jointsFromRotation6d(pose6d, 4, from6d, 1);
    for (const joints of results) {
      expect([joints[0], joints[7]]).toEqual([7, 7]);
      expected.forEach((coordinate, i) => {
        expect(joints[1 + i]).toBeCloseTo(coordinate, 6);
      });
    }
  });

  it('puts the root joint at the origin unless asked to leave it at rest', () => {
    const pose = Float64Array.from({ length: 72 }, (_, i) => Math.cos(i));
    const atOrigin = surfaceWay(pose, {});
    const root = prepareIdentity(body).skeleton.restJointsMetres;
    expect(Math.hypot(...root.subarray(0, 3))).toBeGreaterThan(0.01);
    const joints = new Float64Array(6);
    createJointRegression(body, corners, { rootPosition: 'rest' }).jointsFromAxisAngle(pose, 0, joints, 0);
    joints.forEach((coordinate, i) => {
      expect(coordinate - (root[i % 3] as number)).toBeCloseTo(atOrigin[i] as number, 6);
    });
  });

  it('keeps one moment for each joint that the vertices of a row follow', () => {
    const { skinning } = body;
    const maps = precomputeJointRegression(body, corners);
    const followed = (vertices: readonly number[]): number[] =>
      [
        ...new Set(
          vertices.flatMap((vertex) =>
            Array.from({ length: skinning.influenceCount }, (_, i) => vertex * skinning.influenceCount + i)
              .filter((slot) => skinning.weights[slot] !== 0)
              .map((slot) => skinning.joints[slot] as number),
          ),
        ),
      ].sort((a, b) => a - b);
    const [first, second] = [followed([0, 3]), followed([7])];
    expect(Array.from(maps.starts)).toEqual([0, first.length, first.length + second.length]);
    expect(Array.from(maps.joints.subarray(0, first.length)).sort((a, b) => a - b)).toEqual(first);
    expect(Array.from(maps.joints.subarray(first.length)).sort((a, b) => a - b)).toEqual(second);
    expect(maps.terms.factors.every((factor) => factor !== 0)).toBe(true);
    const { poseDirections: _, ...rigid } = body;
    expect(precomputeJointRegression(rigid, corners).poseDirections).toBeUndefined();
  });

  it('has errors with names', () => {
    expect(new JointRegressorError('').name).toBe('JointRegressorError');
    expect(new VertexRangeError('').name).toBe('VertexRangeError');
  });

  it('refuses a short pose of every form by name', () => {
    const regression = createJointRegression(body, corners);
    const joints = new Float64Array(12);
    expect(() => {
      regression.jointsFromAxisAngle(new Float64Array(143), 0, joints, 0, 2);
    }).toThrow('The pose (axis-angle): expected 144 numbers');
    expect(() => {
      regression.jointsFromMatrices(new Float64Array(431), 0, joints, 0, 2);
    }).toThrow('The pose (matrices): expected 432 numbers');
    expect(() => {
      regression.jointsFromRotation6d(new Float64Array(287), 0, joints, 0, 2);
    }).toThrow('The pose (6D): expected 288 numbers');
    expect(Array.from(joints)).toEqual(new Array(12).fill(0));
  });

  it('refuses a regressor of another body, and one that is not finite', () => {
    const other = sparseRowsFromDense(new Float64Array(9), 1, 9);
    expect(() => createJointRegression(body, other)).toThrow(JointRegressorError);
    expect(() => createJointRegression(body, other)).toThrow(/for 9 vertices, but the body 'smpl' has 8/);
    const outside = sparseRowsFromEntries([0], [8], [1], 1, 8);
    expect(() => precomputeJointRegression(body, outside)).toThrow(/names vertex 8; the last of 'smpl' is 7/);
    const broken = sparseRowsFromEntries([0], [0], [NaN], 1, 8);
    expect(() => precomputeJointRegression(body, broken)).toThrow(/Entry 0 of the joint regressor is NaN/);
  });

  it('refuses short arrays and poses that are not finite, naming the joint', () => {
    const regression = createJointRegression(body, corners);
    const joints = new Float32Array(6);
    expect(() => {
      regression.jointsFromAxisAngle(new Float32Array(72), 0, joints, 0, 2);
    }).toThrow(ArrayRangeError);
    expect(() => {
      regression.jointsFromRotation6d(new Float32Array(144), 0, joints, 1);
    }).toThrow(/The regressed joints: expected 6 numbers/);
    const pose = new Float32Array(72);
    pose[15] = NaN;
    expect(() => {
      regression.jointsFromAxisAngle(pose, 0, joints, 0);
    }).toThrow(NonFinitePoseError);
    expect(() => {
      createSkinning(body).verticesFromAxisAngle(pose, 0, new Float32Array(24), 0);
    }).toThrow(/joint 5 \('right_knee'\)/);
  });
});

describe('another shape', () => {
  it('takes the place of the first', () => {
    const pose = Float64Array.from({ length: 72 }, (_, i) => Math.sin(i));
    const tall = prepareIdentity(body, { betas: [2, -1] });
    const changed = createJointRegression(body, corners);
    changed.useIdentity(tall);
    const [first, second] = [new Float64Array(6), new Float64Array(6)];
    changed.jointsFromAxisAngle(pose, 0, first, 0);
    createJointRegression(tall, corners).jointsFromAxisAngle(pose, 0, second, 0);
    expect(first).toEqual(second);
  });

  it('must be one of the same body', () => {
    const other = prepareIdentity({ ...body, name: 'other' });
    expect(() => {
      createSkinning(body).useIdentity(other);
    }).toThrow(OtherBodyError);
    expect(() => {
      createJointRegression(body, corners).useIdentity(other);
    }).toThrow(/prepared for the body 'smpl'; the shape is one of another, 'other'/);
  });
});

describe('a body whose parts do not fit', () => {
  it.each<[string, Partial<BodyModel>, RegExp]>([
    [
      'pose directions',
      { poseDirections: new Float32Array(7) },
      /has 7 numbers in poseDirections, but needs 4968/,
    ],
    [
      'weights',
      { skinning: { ...body.skinning, weights: new Float32Array(3) } },
      /3 numbers in skinning.weights/,
    ],
    [
      'joints',
      { skinning: { ...body.skinning, joints: body.skinning.joints.map(() => 24) } },
      /Vertex 0 .* follows joint 24, but there are only 24 joints/,
    ],
    ['template', { templateMetres: new Float32Array(25) }, /25 numbers in templateMetres, but needs 24/],
  ])('is refused: %s', (_, change, message) => {
    expect(() => createSkinning({ ...body, ...change })).toThrow(InvalidBodyError);
    expect(() => createSkinning({ ...body, ...change })).toThrow(message);
  });
});

describe('a choice of vertices', () => {
  it('is placed as among all vertices, and follows another shape', () => {
    const pose = Float64Array.from({ length: 2 * 72 }, (_, i) => Math.sin(3 * i));
    const chosen = [7, 0, 3, 3, 5];
    for (const identity of [prepareIdentity(body), prepareIdentity(body, { betas: [1, 2] })]) {
      const [all, some] = [new Float64Array(48), new Float64Array(32).fill(9)];
      createSkinning(identity).verticesFromAxisAngle(pose, 0, all, 0, 2);
      const skinning = createSkinning(body, { vertices: chosen });
      skinning.useIdentity(identity);
      skinning.verticesFromAxisAngle(pose, 0, some, 1, 2);
      expect([some[0], some[31]]).toEqual([9, 9]);
      for (const [frame, place] of [0, 1].flatMap((f) => chosen.map((_, p) => [f, p] as const)))
        for (let axis = 0; axis < 3; axis++)
          expect(some[1 + 15 * frame + 3 * place + axis]).toBeCloseTo(
            all[24 * frame + 3 * (chosen[place] as number) + axis] as number,
            6,
          );
    }
  });

  it('names the first vertex that the body does not have', () => {
    expect(() => createSkinning(body, { vertices: [0, 7, 8, 9] })).toThrow(
      "Chosen vertex 2 is 8, but the body 'smpl' has the vertices 0 to 7.",
    );
  });

  it('may be empty or repeat itself, and must exist', () => {
    const pose = new Float64Array(72);
    expect(createSkinning(body, { vertices: [] }).vertexCount).toBe(0);
    const twice = new Float64Array(6);
    createSkinning(body, { vertices: Uint16Array.of(2, 2) }).verticesFromAxisAngle(pose, 0, twice, 0);
    expect(twice.subarray(0, 3)).toEqual(twice.subarray(3));
    for (const vertex of [8, -1, 0.5, NaN])
      expect(() => createSkinning(body, { vertices: [vertex] })).toThrow(VertexRangeError);
  });
});
