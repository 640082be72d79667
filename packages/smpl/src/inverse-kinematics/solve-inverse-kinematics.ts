import { createKinematics } from '../kinematics/kinematics.js';
import { clampToJointLimits } from '../limits/clamp-to-joint-limits.js';
import type { RealArray } from '../real-array.js';
import type { Skeleton } from '../skeleton/skeleton.js';
import { readProblem, type InverseKinematicsOptions, type Problem } from './inverse-kinematics-problem.js';
import {
  evaluated,
  initialState,
  linearise,
  moved,
  solveStep,
  type State,
} from './inverse-kinematics-step.js';

/** A pose, and how well it reaches the wanted positions. */
export interface InverseKinematicsSolution {
  /** [J, 6] rotations in layout `columns`, each relative to its parent. */
  readonly pose6d: Float64Array;
  /** [3] where the root is. */
  readonly rootMetres: Float64Array;
  /** The weighted root mean square distance of the joints from where they were wanted. */
  readonly rootMeanSquareErrorMillimetres: number;
  readonly iterations: number;
  /** `converged`: no step of noticeable size improves the pose further. */
  readonly status: 'converged' | 'iteration limit';
}

const INITIAL_DAMPING = 1e-4;
/** Damping beyond which no step can change the pose noticeably. */
const LARGEST_DAMPING = 1e8;
const SMALLEST_DAMPING = 1e-12;
/** Joints that are nearer to where they are wanted have arrived. */
const EXACT_METRES = 1e-10;
/** A relative fall of the cost below this, twice in a row, ends the search. */
const NEGLIGIBLE_FALL = 1e-10;

/**
 * Inverse kinematics by Levenberg and Marquardt's damping of Gauss-Newton steps: the pose (and the root's position) whose
 * joints come nearest to the wanted positions in weighted least squares, near an initial pose, within joint limits if
 * asked. For a few joints (a hand to be put somewhere), noisy ones, another body's, or with limits; if all positions are
 * known and exact, `createAnalyticInverseKinematics` is direct.
 *
 * A small world rotation w of joint k moves each joint j below it by w x (p_j - p_k), which gives the Jacobian in closed
 * form. An angle beyond its limit counts as a distance, and a step foresees which limits it will run into; what overrun is
 * left at the end is cut off. Like every local search it may end in a local minimum: a good initial pose helps.
 *
 * @param skeleton - whose rest pose and bones are used
 * @param joints - [J, 3] wanted positions in metres from `jointsOffset` on
 * @throws ArrayRangeError if an array is too short
 * @throws InvalidSkeletonError if the skeleton is not a tree in topological order
 * @throws InverseKinematicsOptionsError if weights, stiffness or the iteration limit are unusable, or anatomical limits
 *   are asked of another skeleton than SMPL's 24 joints
 * @throws NonFiniteTargetError if a coordinate of a joint whose weight is not 0 is NaN or infinite
 * @example
 * ```ts
 * import { jointIndex, solveInverseKinematics, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 *
 * // The left hand up and to the front, the feet where they are, all other joints as they come.
 * const wanted = Float64Array.from(SYNTHETIC_SKELETON.restJointsMetres);
 * wanted.set([0.2, 0.55, 0.4], 3 * jointIndex('left_wrist'));
 * const weights = new Float64Array(24);
 * for (const name of ['left_wrist', 'left_ankle', 'right_ankle'] as const) weights[jointIndex(name)] = 1;
 *
 * const solution = solveInverseKinematics(SYNTHETIC_SKELETON, wanted, 0, { weights, jointLimits: 'anatomical' });
 * console.assert(solution.rootMeanSquareErrorMillimetres < 1);
 * ```
 */
export function solveInverseKinematics(
  skeleton: Skeleton,
  joints: RealArray,
  jointsOffset: number,
  options: InverseKinematicsOptions = {},
): InverseKinematicsSolution {
  const kinematics = createKinematics(skeleton);
  const problem = readProblem(kinematics, joints, jointsOffset, options);
  const { unknownCount, maximumIterations } = problem;
  let state = initialState(problem);
  let damping = INITIAL_DAMPING;
  let negligibleFalls = 0;
  const normal = new Float64Array(unknownCount * unknownCount);
  const gradient = new Float64Array(unknownCount);
  const damped = new Float64Array(unknownCount * unknownCount);
  const step = new Float64Array(unknownCount);

  for (let iteration = 1; iteration <= maximumIterations; iteration++) {
    linearise(problem, state, normal, gradient);
    let isImproved = false;
    while (!isImproved && damping <= LARGEST_DAMPING) {
      if (solveStep(problem, state, normal, gradient, damping, damped, step)) {
        const candidate = moved(problem, state, step);
        if (candidate.cost < state.cost) {
          const fall = (state.cost - candidate.cost) / state.cost;
          negligibleFalls = fall < NEGLIGIBLE_FALL ? negligibleFalls + 1 : 0;
          state = candidate;
          isImproved = true;
          damping = Math.max(damping / 10, SMALLEST_DAMPING);
          continue;
        }
      }
      damping *= 10;
    }
    const isExact = state.cost < problem.totalWeight * EXACT_METRES ** 2;
    if (!isImproved || isExact || negligibleFalls >= 2)
      return solutionOf(problem, state, iteration, 'converged');
  }
  return solutionOf(problem, state, maximumIterations, 'iteration limit');
}

/** The solution that a state is, brought within the limits that its steps may have overrun by a trace. */
function solutionOf(
  problem: Problem,
  state: State,
  iterations: number,
  status: InverseKinematicsSolution['status'],
): InverseKinematicsSolution {
  const { totalWeight } = problem;
  const { pose6d, rootMetres } = state;
  const isChanged = problem.hasLimits && clampToJointLimits(pose6d, 0, pose6d, 0) > 0;
  const { distanceCost } = isChanged ? evaluated(problem, pose6d, rootMetres) : state;
  const rootMeanSquareErrorMillimetres = 1000 * Math.sqrt((2 * distanceCost) / totalWeight);
  return { pose6d, rootMetres, rootMeanSquareErrorMillimetres, iterations, status };
}
