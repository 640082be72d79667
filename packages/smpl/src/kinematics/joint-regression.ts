import { assertSameBody, identityOf, type BodyIdentity } from '../body/body-identity.js';
import type { BodyModel } from '../body/body-model.js';
import type { SparseRows } from '../body/sparse-rows.js';
import { assertValidBody } from '../body/valid-body.js';
import { assertRange, type RealArray } from '../real-array.js';
import {
  momentsAtRest,
  precomputeJointRegression,
  type JointRegressionMaps,
} from './joint-regression-maps.js';
import { jointTransforms, TRANSFORM_SIZE, type RootPosition } from './joint-transforms.js';
import { createLocalRotations } from './local-rotations.js';
import type { SurfaceImplementation } from './panel-kernels.js';
import { createPosedPoints, POSES_PER_BLOCK } from './posed-points.js';

export interface JointRegressionOptions {
  /** As of the skinning: `origin` (the default) puts the root joint there, `rest` leaves it at its rest place. */
  readonly rootPosition?: RootPosition;
  /** `compiled` (the default) uses WebAssembly's vectors where the engine has them; `plain` never does. */
  readonly implementation?: SurfaceImplementation;
}

/**
 * Joints regressed from the posed surface of one body of one shape, without the surface. Reads `poseCount` poses (one by
 * default), writes [poseCount, K, 3] metres, allocates nothing; use one object a thread of work.
 *
 * All functions throw `ArrayRangeError` if an array is too short, and `NonFinitePoseError`, naming the joint, if
 * a rotation holds NaN or an infinity.
 */
export interface JointRegression {
  /** K. */
  readonly regressedCount: number;
  readonly implementation: SurfaceImplementation;
  /**
   * Goes on with another shape of the same body.
   *
   * @throws OtherBodyError for a shape of another body
   */
  readonly useIdentity: (identity: BodyIdentity) => void;
  /** [poseCount, J, 6] in layout `columns`, relative to the parent. */
  readonly jointsFromRotation6d: JointsFromPose;
  /** [poseCount, J, 3, 3] row-major, relative to the parent. */
  readonly jointsFromMatrices: JointsFromPose;
  /** [poseCount, J, 3] in radians, relative to the parent. */
  readonly jointsFromAxisAngle: JointsFromPose;
}

type JointsFromPose = (
  pose: RealArray,
  poseOffset: number,
  joints: RealArray,
  jointsOffset: number,
  poseCount?: number,
) => void;

/**
 * Prepares the regression of joints from posed vertices (evaluation joints as those of Human3.6M): exactly
 * regressor times skinned vertices, at the cost of a few matrix products with the pose (see
 * `precomputeJointRegression`).
 *
 * @param body - of the template's shape, or of another that `prepareIdentity` computed
 * @param regressor - [K, V], or what `precomputeJointRegression` made of it, which serves all shapes of a body
 * @throws JointRegressorError if it is made for another body, or is not finite; InvalidBodyError, InvalidSkeletonError
 * @example
 * ```ts
 * import { createJointRegression, sparseRowsFromDense, syntheticBody, vertexCount } from '@pose-rft/smpl';
 *
 * const body = syntheticBody();
 * const centroid = new Float64Array(vertexCount(body)).fill(1 / vertexCount(body));
 * const regression = createJointRegression(body, sparseRowsFromDense(centroid, 1, vertexCount(body)));
 * const middle = new Float32Array(3);
 * regression.jointsFromAxisAngle(new Float32Array(72), 0, middle, 0);
 * console.assert(Math.abs(middle[0] ?? 1) < 0.01, 'the body is symmetric');
 * ```
 */
export function createJointRegression(
  body: BodyModel | BodyIdentity,
  regressor: SparseRows | JointRegressionMaps,
  options: JointRegressionOptions = {},
): JointRegression {
  const identity = identityOf(body);
  assertValidBody(identity.body);
  const maps = 'terms' in regressor ? regressor : precomputeJointRegression(identity.body, regressor);
  const { skeleton } = identity;
  const { parents } = skeleton;
  let { restJointsMetres } = skeleton;
  const jointCount = parents.length;
  const rootPosition = options.rootPosition ?? 'origin';
  const { regressedCount } = maps;
  const moments = createPosedPoints(
    {
      count: maps.joints.length,
      restMetres: momentsAtRest(maps, identity.restVerticesMetres),
      poseDirections: maps.poseDirections,
      jointCount,
      influences: undefined,
    },
    options.implementation ?? 'compiled',
  );
  const rotations = createLocalRotations(skeleton);
  const transforms = new Float64Array(jointCount * TRANSFORM_SIZE * POSES_PER_BLOCK);
  const transformsOfPose = Array.from({ length: POSES_PER_BLOCK }, (_, pose) =>
    transforms.subarray(pose * jointCount * TRANSFORM_SIZE, (pose + 1) * jointCount * TRANSFORM_SIZE),
  );

  /** r_k = sum over the joint's moments of R u + weight d. */
  function addUp(pose: number, joints: RealArray, offset: number): void {
    const { starts, weights } = maps;
    for (let row = 0; row < regressedCount; row++) {
      let x = 0;
      let y = 0;
      let z = 0;
      const end = starts[row + 1] as number;
      for (let moment = starts[row] as number; moment < end; moment++) {
        const panel = pose * moments.outputStride + 12 * (moment >> 2) + (moment & 3);
        const ux = moments.output[panel] as number;
        const uy = moments.output[panel + 4] as number;
        const uz = moments.output[panel + 8] as number;
        const weight = weights[moment] as number;
        const t = (pose * jointCount + (maps.joints[moment] as number)) * TRANSFORM_SIZE;
        x +=
          (transforms[t] as number) * ux +
          (transforms[t + 1] as number) * uy +
          (transforms[t + 2] as number) * uz +
          weight * (transforms[t + 3] as number);
        y +=
          (transforms[t + 4] as number) * ux +
          (transforms[t + 5] as number) * uy +
          (transforms[t + 6] as number) * uz +
          weight * (transforms[t + 7] as number);
        z +=
          (transforms[t + 8] as number) * ux +
          (transforms[t + 9] as number) * uy +
          (transforms[t + 10] as number) * uz +
          weight * (transforms[t + 11] as number);
      }
      joints[offset + 3 * row] = x;
      joints[offset + 3 * row + 1] = y;
      joints[offset + 3 * row + 2] = z;
    }
  }

  function from(
    load: (source: RealArray, offset: number) => void,
    numbers: number,
    what: string,
  ): JointsFromPose {
    return (source, sourceOffset, joints, jointsOffset, poseCount = 1) => {
      assertRange(source, sourceOffset, numbers * poseCount, what);
      assertRange(joints, jointsOffset, 3 * regressedCount * poseCount, 'The regressed joints');
      for (let first = 0; first < poseCount; first += POSES_PER_BLOCK) {
        const count = Math.min(POSES_PER_BLOCK, poseCount - first);
        for (let pose = 0; pose < count; pose++) {
          load(source, sourceOffset + numbers * (first + pose));
          const target = transformsOfPose[pose] as Float64Array;
          jointTransforms(rotations.matrices, parents, restJointsMetres, rootPosition, target);
          moments.load(pose, rotations.matrices, target);
        }
        moments.evaluate(count);
        for (let pose = 0; pose < count; pose++)
          addUp(pose, joints, jointsOffset + 3 * regressedCount * (first + pose));
      }
    };
  }

  return {
    regressedCount,
    implementation: moments.implementation,
    useIdentity(next) {
      assertSameBody(identity.body, next);
      restJointsMetres = next.skeleton.restJointsMetres;
      moments.setRest(momentsAtRest(maps, next.restVerticesMetres));
    },
    jointsFromRotation6d: from(rotations.loadRotation6d, 6 * jointCount, 'The pose (6D)'),
    jointsFromMatrices: from(rotations.loadMatrices, 9 * jointCount, 'The pose (matrices)'),
    jointsFromAxisAngle: from(rotations.loadAxisAngles, 3 * jointCount, 'The pose (axis-angle)'),
  };
}
