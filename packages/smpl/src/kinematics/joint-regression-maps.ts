import { vertexCount, type BodyModel } from '../body/body-model.js';
import type { SparseRows } from '../body/sparse-rows.js';

/**
 * The linear maps by which a joint regressor acts on a posed body. Each pair of a regressed joint k and a skeleton joint
 * j that its vertices follow is one "moment": a point that moves rigidly with j.
 */
export interface JointRegressionMaps {
  /** K. */
  readonly regressedCount: number;
  /** M moments, those of each regressed joint together; where each joint's start, [K+1]. */
  readonly starts: Uint32Array;
  /** The skeleton joint of each moment, [M]. */
  readonly joints: Uint8Array;
  /** The weight of each moment: how much of the joint's translation it takes, [M]. */
  readonly weights: Float64Array;
  /** Change of each moment per entry of the pose feature, metres, [P, M*3]; undefined without pose directions. */
  readonly poseDirections: Float32Array | undefined;
  /** The terms of the moments at rest: moment, vertex and factor of each. */
  readonly terms: {
    readonly moments: Uint32Array;
    readonly vertices: Uint32Array;
    readonly factors: Float64Array;
  };
}

/** Thrown when a joint regressor is not made for a body. */
export class JointRegressorError extends Error {
  override readonly name = 'JointRegressorError';
}

/**
 * Precomputes joint regression from posed vertices, for any shape and pose of a body, without its vertices.
 *
 * With regressor a, skinning weights w, rest vertices t and pose directions P, a regressed joint is
 * r_k = sum_i a_ki sum_j w_ij (R_j (t_i + sum_p f_p P_pi) + d_j), where R_j and d_j are the posed joint's rotation and
 * translation, and f the pose feature. The sums over the vertices do not depend on the pose:
 * r_k = sum_j [R_j (m_kj + sum_p f_p M_kjp) + c_kj d_j], with m_kj = sum_i a_ki w_ij t_i, M_kjp = sum_i a_ki w_ij P_pi and
 * c_kj = sum_i a_ki w_ij. Only pairs (k, j) that share a vertex are kept; the result is exact up to rounding.
 *
 * @param regressor - [K, V], as `J_regressor_h36m`; rows need not sum to 1
 * @throws JointRegressorError if it has another number of columns than the body has vertices, or is not finite
 */
export function precomputeJointRegression(body: BodyModel, regressor: SparseRows): JointRegressionMaps {
  const total = vertexCount(body);
  if (regressor.columnCount !== total)
    throw new JointRegressorError(
      `The joint regressor is for ${regressor.columnCount} vertices, but the body '${body.name}' has ${total}. ` +
        'Use the regressor that was made for this body model.',
    );
  const bad = regressor.values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new JointRegressorError(
      `Entry ${bad} of the joint regressor is ${String(regressor.values[bad])}: it must be finite.`,
    );
  const outside = regressor.columns.find((column) => column >= total);
  if (outside !== undefined)
    throw new JointRegressorError(
      `The joint regressor names vertex ${outside}; the last of '${body.name}' is ${total - 1}.`,
    );
  const { influenceCount, joints, weights } = body.skinning;
  const starts = new Uint32Array(regressor.rowCount + 1);
  const momentJoints: number[] = [];
  const momentWeights: number[] = [];
  const moments: number[] = [];
  const vertices: number[] = [];
  const factors: number[] = [];
  for (let row = 0; row < regressor.rowCount; row++) {
    const momentOfJoint = new Map<number, number>();
    const end = regressor.starts[row + 1] as number;
    for (let entry = regressor.starts[row] as number; entry < end; entry++) {
      const vertex = regressor.columns[entry] as number;
      for (let slot = vertex * influenceCount; slot < (vertex + 1) * influenceCount; slot++) {
        const factor = (regressor.values[entry] as number) * (weights[slot] as number);
        if (factor === 0) continue;
        const joint = joints[slot] as number;
        let moment = momentOfJoint.get(joint);
        if (moment === undefined) {
          moment = momentJoints.push(joint) - 1;
          momentWeights.push(0);
          momentOfJoint.set(joint, moment);
        }
        momentWeights[moment] = (momentWeights[moment] as number) + factor;
        moments.push(moment);
        vertices.push(vertex);
        factors.push(factor);
      }
    }
    starts[row + 1] = momentJoints.length;
  }
  const terms = {
    moments: Uint32Array.from(moments),
    vertices: Uint32Array.from(vertices),
    factors: Float64Array.from(factors),
  };
  return {
    regressedCount: regressor.rowCount,
    starts,
    joints: Uint8Array.from(momentJoints),
    weights: Float64Array.from(momentWeights),
    poseDirections:
      body.poseDirections === undefined
        ? undefined
        : gatherDirections(body.poseDirections, 3 * total, terms, momentJoints.length),
    terms,
  };
}

/** The moments at rest of one shape, metres, [M*3]. */
export function momentsAtRest(
  { terms, joints }: JointRegressionMaps,
  restVerticesMetres: Float32Array,
): Float64Array {
  const target = new Float64Array(3 * joints.length);
  gather(terms, restVerticesMetres, 0, target);
  return target;
}

function gatherDirections(
  directions: Float32Array,
  width: number,
  terms: JointRegressionMaps['terms'],
  momentCount: number,
): Float32Array {
  const rows = directions.length / width;
  const gathered = new Float32Array(rows * 3 * momentCount);
  const sums = new Float64Array(3 * momentCount);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    gather(terms, directions, row * width, sums);
    gathered.set(sums, row * sums.length);
  }
  return gathered;
}

/** Adds up the terms of every moment over points [V, 3] that begin at an offset. */
function gather(
  { moments, vertices, factors }: JointRegressionMaps['terms'],
  points: Float32Array,
  offset: number,
  target: Float64Array,
): void {
  for (let term = 0; term < moments.length; term++) {
    const out = 3 * (moments[term] as number);
    const point = offset + 3 * (vertices[term] as number);
    const factor = factors[term] as number;
    target[out] = (target[out] as number) + factor * (points[point] as number);
    target[out + 1] = (target[out + 1] as number) + factor * (points[point + 1] as number);
    target[out + 2] = (target[out + 2] as number) + factor * (points[point + 2] as number);
  }
}
