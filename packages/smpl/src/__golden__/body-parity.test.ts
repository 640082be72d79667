import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { prepareIdentity } from '../body/body-identity.js';
import type { HandPoseSpace } from '../body/body-model.js';
import { handPoseFromCoefficients } from '../body/hand-pose.js';
import { sparseRowsFromDense } from '../body/sparse-rows.js';
import { readBodyModel } from '../files/body-model-file.js';
import { createJointRegression } from '../kinematics/joint-regression.js';
import { createKinematics } from '../kinematics/kinematics.js';
import { createSkinning } from '../kinematics/skinning.js';

type Numbers = readonly number[];

/** What smplx answered for the model files beside this test: `tools/parity/smpl/generate_bodies.py` writes both. */
interface Golden {
  /** [17, V] */
  readonly regressor: Numbers;
  readonly cases: readonly {
    readonly betas: Numbers;
    readonly expression: Numbers;
    /** Left and right; none for SMPL. */
    readonly handCoefficients: readonly Numbers[];
    readonly axisAngle: Numbers;
    readonly vertices: Numbers;
    readonly joints: Numbers;
    readonly regressedJoints: Numbers;
  }[];
}

const golden = JSON.parse(readFileSync(new URL('bodies.golden.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, Golden>
>;

const TOLERANCE_METRES = 1e-5;

function largestDifference(actual: ArrayLike<number>, expected: Numbers): number {
  expect(actual.length).toBe(expected.length);
  return Math.max(...expected.map((value, i) => Math.abs(value - (actual[i] as number))));
}

describe.each([
  { file: 'smpl.pkl', joints: 24, shape: 10, expression: 0 },
  { file: 'smpl-300.npz', joints: 24, shape: 300, expression: 0 },
  { file: 'smplh-16.npz', joints: 52, shape: 16, expression: 0 },
  { file: 'smplx-20.npz', joints: 55, shape: 10, expression: 10 },
  { file: 'smplx-400.npz', joints: 55, shape: 300, expression: 100 },
])('$file', ({ file, joints, shape, expression }) => {
  const body = readBodyModel(readFileSync(new URL(file, import.meta.url)), file);
  const name = file.replace(/\..*/, '');
  const { regressor, cases } = golden[name] as Golden;

  it('has the parts of its family', () => {
    expect(body.name).toBe(name);
    expect(body.skeleton.names).toHaveLength(joints);
    expect(body.skeleton.parents[0]).toBe(-1);
    expect(body.shapeSpace?.coefficientCount).toBe(shape);
    expect(body.shapeSpace?.expressionCount).toBe(expression);
    expect(body.hands?.left.componentCount).toBe(joints > 24 ? 45 : undefined);
  });

  it.each(cases)('is shaped and posed as by smplx (case %#)', (expected) => {
    const identity = prepareIdentity(body, { betas: expected.betas, expression: expected.expression });
    const pose = Float64Array.from(expected.axisAngle);

    const vertices = new Float64Array(expected.vertices.length);
    createSkinning(identity, { rootPosition: 'rest' }).verticesFromAxisAngle(pose, 0, vertices, 0);
    expect(largestDifference(vertices, expected.vertices)).toBeLessThan(TOLERANCE_METRES);

    const posedJoints = new Float64Array(3 * joints);
    createKinematics(identity.skeleton).jointsFromAxisAngle(pose, 0, posedJoints, 0);
    const root = identity.skeleton.restJointsMetres;
    const inModelFrame = posedJoints.map((coordinate, i) => coordinate + (root[i % 3] as number));
    expect(largestDifference(inModelFrame, expected.joints)).toBeLessThan(TOLERANCE_METRES);

    const rows = sparseRowsFromDense(regressor, 17, expected.vertices.length / 3);
    const regressed = new Float64Array(3 * 17);
    createJointRegression(identity, rows, { rootPosition: 'rest' }).jointsFromAxisAngle(
      pose,
      0,
      regressed,
      0,
    );
    expect(largestDifference(regressed, expected.regressedJoints)).toBeLessThan(TOLERANCE_METRES);
  });

  it('has the hands of smplx, if its family has hands', () => {
    expect(body.hands === undefined).toBe(joints === 24);
    for (const { handCoefficients, axisAngle } of cases)
      handCoefficients.forEach((coefficients, index) => {
        const side = index === 0 ? 'left' : 'right';
        const hand = body.hands?.[side] as HandPoseSpace;
        const first = 3 * body.skeleton.names.indexOf(`${side}_index1`);
        const actual = handPoseFromCoefficients(hand, coefficients);
        expect(largestDifference(actual, axisAngle.slice(first, first + 45))).toBeLessThan(1e-6);
      });
  });
});
