import fc from 'fast-check';
import { prepareIdentity, type BodyIdentity } from '../body/body-identity.js';
import { vertexCount, type BodyModel } from '../body/body-model.js';
import { regressPoints, sparseRowsFromEntries, type SparseRows } from '../body/sparse-rows.js';
import { createJointRegression } from '../kinematics/joint-regression.js';
import { createSkinning } from '../kinematics/skinning.js';
import { rotateVector } from '../rotation/rotation-matrix.js';
import { rotationMatrixArbitrary } from './arbitraries.js';
import { law, type Law } from './law.js';

/** What the laws hold for: our functions unless others are given. */
export interface SurfaceSubject {
  readonly createSkinning: typeof createSkinning;
  readonly createJointRegression: typeof createJointRegression;
}

/** Single precision, on bodies of ordinary size. */
const TOLERANCE_METRES = 2e-6;
const REGRESSED_COUNT = 3;

/**
 * The laws of skinning and of joint regression on one body: regressed joints without the surface equal those of the
 * surface, compiled and plain code agree, batches and chosen vertices change nothing, the root turns everything, and a
 * prepared shape is the shape.
 *
 * @param body - with a shape space, for the laws about shape
 * @example
 * ```ts
 * import { syntheticBody } from '@pose-rft/smpl';
 * import { surfaceLaws } from '@pose-rft/smpl/laws';
 *
 * for (const law of surfaceLaws(syntheticBody())) law.check({ numRuns: 2 });
 * ```
 */
export function surfaceLaws(
  body: BodyModel,
  subject: SurfaceSubject = { createSkinning, createJointRegression },
): readonly Law[] {
  const jointCount = body.skeleton.parents.length;
  const count = vertexCount(body);
  const poses = fc
    .array(rotationMatrixArbitrary(), { minLength: jointCount, maxLength: jointCount })
    .map((matrices) => Float64Array.from(matrices.flatMap((matrix) => [...matrix])));
  const shapeCount = Math.min(10, body.shapeSpace?.coefficientCount ?? 0);
  const shapes = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { maxLength: shapeCount });
  const regressors = regressorArbitrary(count);
  const skinning = subject.createSkinning(body);
  const surfaceOf = (pose: Float64Array, of = skinning): Float32Array => {
    const vertices = new Float32Array(3 * of.vertexCount);
    of.verticesFromMatrices(pose, 0, vertices, 0);
    return vertices;
  };
  const regressedFrom = (identity: BodyIdentity, regressor: SparseRows, pose: Float64Array): Float64Array => {
    const joints = new Float64Array(3 * REGRESSED_COUNT);
    subject.createJointRegression(identity, regressor).jointsFromMatrices(pose, 0, joints, 0);
    return joints;
  };

  return [
    law(
      'joints regressed without the surface are those of the surface',
      fc.tuple(poses, regressors, shapes),
      ([pose, regressor, betas]) => {
        const identity = prepareIdentity(body, { betas });
        const longWay = new Float64Array(3 * REGRESSED_COUNT);
        const surface = surfaceOf(pose, subject.createSkinning(identity));
        regressPoints(regressor, surface, 0, longWay, 0);
        return isClose(regressedFrom(identity, regressor, pose), longWay, 2 * TOLERANCE_METRES);
      },
    ),
    law('compiled and plain skinning agree', poses, (pose) =>
      isClose(
        surfaceOf(pose),
        surfaceOf(pose, subject.createSkinning(body, { implementation: 'plain' })),
        TOLERANCE_METRES,
      ),
    ),
    law('a batch is its poses one by one', fc.array(poses, { minLength: 1, maxLength: 5 }), (list) => {
      const batch = new Float32Array(3 * count * list.length);
      const together = Float64Array.from(list.flatMap((pose) => [...pose]));
      skinning.verticesFromMatrices(together, 0, batch, 0, list.length);
      return list.every((pose, i) =>
        isClose(
          batch.subarray(3 * count * i, 3 * count * (i + 1)),
          surfaceOf(pose),
          // The same numbers may be added up in another order.
          TOLERANCE_METRES,
        ),
      );
    }),
    law(
      'chosen vertices are where they are among all',
      fc.tuple(poses, fc.array(fc.nat({ max: count - 1 }), { maxLength: 9 })),
      ([pose, vertices]) => {
        const all = surfaceOf(pose);
        const expected = vertices.flatMap((vertex) => [...all.subarray(3 * vertex, 3 * vertex + 3)]);
        return isClose(
          surfaceOf(pose, subject.createSkinning(body, { vertices })),
          expected,
          TOLERANCE_METRES,
        );
      },
    ),
    law(
      "turning the root's rotation turns the surface about the root",
      fc.tuple(poses, rotationMatrixArbitrary()),
      ([pose, root]) => {
        const upright = pose.slice();
        upright.set([1, 0, 0, 0, 1, 0, 0, 0, 1]);
        const turned = upright.slice();
        turned.set(root);
        const expected = Float64Array.from(surfaceOf(upright));
        for (let vertex = 0; vertex < expected.length; vertex += 3)
          rotateVector(root, 0, expected, vertex, expected, vertex);
        return isClose(surfaceOf(turned), expected, TOLERANCE_METRES);
      },
    ),
    law('going on with another shape is preparing it anew', fc.tuple(poses, shapes), ([pose, betas]) => {
      const identity = prepareIdentity(body, { betas });
      const changed = subject.createSkinning(body, { vertices: [0, count - 1] });
      changed.useIdentity(identity);
      const anew = subject.createSkinning(identity, { vertices: [0, count - 1] });
      return isClose(surfaceOf(pose, changed), surfaceOf(pose, anew), 0);
    }),
    law('shapes add up', fc.tuple(shapes, shapes), ([first, second]) => {
      const rest = (betas: readonly number[]): Float32Array =>
        prepareIdentity(body, { betas }).restVerticesMetres;
      const [a, b, both] = [
        rest(first),
        rest(second),
        rest(Array.from({ length: shapeCount }, (_, i) => (first[i] ?? 0) + (second[i] ?? 0))),
      ];
      return isClose(
        both,
        a.map((value, i) => value + (b[i] as number) - (body.templateMetres[i] as number)),
        TOLERANCE_METRES,
      );
    }),
  ];
}

/** [3, V] with a few entries a row, of either sign, which need not sum to 1. */
function regressorArbitrary(vertices: number): fc.Arbitrary<SparseRows> {
  const entry = fc.tuple(
    fc.nat({ max: REGRESSED_COUNT - 1 }),
    fc.nat({ max: vertices - 1 }),
    fc.double({ min: -0.3, max: 0.5, noNaN: true }),
  );
  return fc.array(entry, { maxLength: 12 }).map((entries) =>
    sparseRowsFromEntries(
      entries.map(([row]) => row),
      entries.map(([, column]) => column),
      entries.map(([, , value]) => value),
      REGRESSED_COUNT,
      vertices,
    ),
  );
}

function isClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): boolean {
  if (actual.length !== expected.length) return false;
  for (let i = 0; i < actual.length; i++)
    if (!(Math.abs((actual[i] as number) - (expected[i] as number)) <= tolerance)) return false;
  return true;
}
