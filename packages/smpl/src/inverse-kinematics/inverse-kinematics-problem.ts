import type { Kinematics } from '../kinematics/kinematics.js';
import { clampToJointLimits } from '../limits/clamp-to-joint-limits.js';
import { assertRange, type RealArray } from '../real-array.js';
import { JOINT_NAMES } from '../skeleton/joints.js';
import { movingRotations } from '../skeleton/kinematic-tree.js';
import { createAnalyticInverseKinematics } from './analytic-inverse-kinematics.js';
import { InverseKinematicsOptionsError, nonFiniteTarget } from './inverse-kinematics-error.js';

/** How a pose is searched. */
export interface InverseKinematicsOptions {
  /** [J] weights of the joints' squared distances; a joint of weight 0 may be anywhere, even NaN. By default all 1. */
  readonly weights?: ArrayLike<number>;
  /** [J, 6] rotations to start from. By default the closed-form solution, or the rest pose if some joint has weight 0. */
  readonly initialPose6d?: RealArray;
  /** `anatomical` keeps every rotation within `JOINT_LIMITS_RADIANS`: for SMPL's 24 joints. By default `none`. */
  readonly jointLimits?: 'none' | 'anatomical';
  /** `free` (the default) also finds where the root is; `fixed` keeps it at the origin. */
  readonly rootPosition?: 'free' | 'fixed';
  /**
   * How strongly the pose is drawn towards the initial one, in squared metres per squared radian; what positions do not
   * tell (the twist of the last bone) stays where it was in any case. By default 1e-9.
   */
  readonly stiffness?: number;
  /** By default 100. */
  readonly maximumIterations?: number;
}

const DEFAULT_STIFFNESS = 0;
const DEFAULT_MAXIMUM_ITERATIONS = 100;
/** Per unit of weight, the square of a lever arm of a tenth of a metre. */
const SMALLEST_CURVATURE_SQUARE_METRES = 0.01;

/** What is to be solved, checked and laid out. */
export interface Problem {
  readonly kinematics: Kinematics;
  readonly jointCount: number;
  readonly wanted: Float64Array;
  readonly weights: Float64Array;
  readonly totalWeight: number;
  readonly initialPose6d: Float64Array;
  /** For each joint, the joints whose rotations move it. */
  readonly moving: readonly (readonly number[])[];
  /** For each joint, where its three unknowns begin; -1 if its rotation moves no wanted joint. */
  readonly unknownOf: readonly number[];
  readonly unknownCount: number;
  readonly isRootFree: boolean;
  readonly hasLimits: boolean;
  readonly stiffness: number;
  /** What the damping adds where the wanted positions do not constrain at all, in squared metres. */
  readonly smallestCurvature: number;
  readonly maximumIterations: number;
}

/** Checks the input, and lays it out. */
export function readProblem(
  kinematics: Kinematics,
  joints: RealArray,
  jointsOffset: number,
  options: InverseKinematicsOptions,
): Problem {
  const { skeleton, jointCount } = kinematics;
  const { stiffness = DEFAULT_STIFFNESS, maximumIterations = DEFAULT_MAXIMUM_ITERATIONS } = options;
  assertRange(joints, jointsOffset, 3 * jointCount, 'The wanted joints');
  const weights = readWeights(options.weights, jointCount);
  const totalWeight = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(totalWeight > 0)) {
    throw new InverseKinematicsOptionsError('All weights are 0. Give at least one joint a weight.');
  }
  if (!(stiffness >= 0 && stiffness < Infinity)) {
    throw new InverseKinematicsOptionsError(`stiffness is ${stiffness}. It must be finite and at least 0.`);
  }
  if (!(Number.isInteger(maximumIterations) && maximumIterations > 0)) {
    throw new InverseKinematicsOptionsError(
      `maximumIterations is ${maximumIterations}. It must be 1 or more.`,
    );
  }
  const hasLimits = options.jointLimits === 'anatomical';
  if (hasLimits && skeleton.names.join() !== JOINT_NAMES.join()) {
    throw new InverseKinematicsOptionsError(
      `Anatomical limits are those of SMPL's ${JOINT_NAMES.length} joints; this skeleton has ${jointCount}: ` +
        `${skeleton.names.join(', ')}. Leave jointLimits out.`,
    );
  }
  const wanted = new Float64Array(3 * jointCount);
  for (let index = 0; index < wanted.length; index++) {
    if (weights[Math.floor(index / 3)] === 0) continue;
    const value = joints[jointsOffset + index] as number;
    if (!Number.isFinite(value)) throw nonFiniteTarget(skeleton.names, joints, jointsOffset, index);
    wanted[index] = value;
  }
  const moving = movingRotations(skeleton);
  const isMover = moving.map(() => false);
  moving.forEach((movers, joint) => {
    if (weights[joint] !== 0) for (const mover of movers) isMover[mover] = true;
  });
  let unknownCount = 0;
  const unknownOf = isMover.map((is) => (is ? (unknownCount += 3) - 3 : -1));
  const isRootFree = options.rootPosition !== 'fixed';
  return {
    kinematics,
    jointCount,
    wanted,
    weights,
    totalWeight,
    initialPose6d: initialPose(kinematics, joints, jointsOffset, weights, hasLimits, options.initialPose6d),
    moving,
    unknownOf,
    unknownCount: unknownCount + (isRootFree ? 3 : 0),
    isRootFree,
    hasLimits,
    stiffness,
    smallestCurvature: SMALLEST_CURVATURE_SQUARE_METRES * totalWeight,
    maximumIterations,
  };
}

function readWeights(given: ArrayLike<number> | undefined, jointCount: number): Float64Array {
  if (given === undefined) return new Float64Array(jointCount).fill(1);
  if (given.length !== jointCount) {
    throw new InverseKinematicsOptionsError(
      `weights has ${given.length} numbers; ${jointCount} joints need ${jointCount}.`,
    );
  }
  const weights = Float64Array.from(given);
  const bad = weights.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (bad < 0) return weights;
  throw new InverseKinematicsOptionsError(
    `weights[${bad}] is ${String(weights[bad])}. Every weight must be finite and at least 0.`,
  );
}

function initialPose(
  { skeleton, jointCount }: Kinematics,
  joints: RealArray,
  jointsOffset: number,
  weights: Float64Array,
  hasLimits: boolean,
  given: RealArray | undefined,
): Float64Array {
  const pose6d = new Float64Array(6 * jointCount);
  if (given !== undefined) {
    assertRange(given, 0, pose6d.length, 'The initial pose (6D)');
    pose6d.set(given.subarray(0, pose6d.length));
  } else if (weights.every((weight) => weight > 0)) {
    createAnalyticInverseKinematics(skeleton).rotation6dFromJoints(joints, jointsOffset, pose6d, 0);
  } else {
    for (let joint = 0; joint < jointCount; joint++) pose6d.set([1, 0, 0, 0, 1, 0], 6 * joint);
  }
  if (hasLimits) clampToJointLimits(pose6d, 0, pose6d, 0);
  return pose6d;
}
