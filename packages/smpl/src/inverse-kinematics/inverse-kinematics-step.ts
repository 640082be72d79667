import { axisAngleToMatrix, matrixToAxisAngle } from '../rotation/axis-angle.js';
import { matrixToRotation6d, rotation6dToMatrix } from '../rotation/rotation6d.js';
import { composeRotations, invertRotation, rotateVector } from '../rotation/rotation-matrix.js';
import type { Problem } from './inverse-kinematics-problem.js';
import { solvePositiveDefinite } from '../linear-algebra/cholesky.js';
import { excessOf, limitedAnglesOf, type LimitedAngles } from './limited-angles.js';

const first = new Float64Array(9);
const second = new Float64Array(9);
const turn = new Float64Array(3);

/** What an excess of one radian over a joint limit costs, per unit of weight: as much as a joint a metre away. */
const LIMIT_STIFFNESS_SQUARE_METRES = 1;

/** A pose on the way to the solution. */
export interface State {
  readonly pose6d: Float64Array;
  readonly rootMetres: Float64Array;
  /** [J, 3] in the world. */
  readonly positions: Float64Array;
  /** [J, 3, 3]. */
  readonly world: Float64Array;
  /** Empty without limits. */
  readonly limited: readonly LimitedAngles[];
  /** Half the weighted sum of squares, of distances and of turns away from the initial pose. */
  readonly cost: number;
  /** The first part. */
  readonly distanceCost: number;
}

/** The initial pose, with the root where that pose fits best. */
export function initialState(problem: Problem): State {
  const { initialPose6d, isRootFree, weights, totalWeight, wanted, jointCount } = problem;
  const rootMetres = new Float64Array(3);
  const { positions } = evaluated(problem, initialPose6d, rootMetres);
  for (let joint = 0; isRootFree && joint < jointCount; joint++) {
    for (let axis = 0; axis < 3; axis++) {
      const offset = (wanted[3 * joint + axis] as number) - (positions[3 * joint + axis] as number);
      rootMetres[axis] = (rootMetres[axis] as number) + ((weights[joint] as number) * offset) / totalWeight;
    }
  }
  return evaluated(problem, initialPose6d, rootMetres);
}

/** A pose with all that is measured of it. */
export function evaluated(problem: Problem, pose6d: Float64Array, rootMetres: Float64Array): State {
  const { kinematics, jointCount, wanted, weights, totalWeight, stiffness, unknownOf, hasLimits } = problem;
  const positions = new Float64Array(3 * jointCount);
  const world = new Float64Array(9 * jointCount);
  kinematics.jointsFromRotation6d(pose6d, 0, positions, 0);
  kinematics.worldRotations(pose6d, 0, world, 0);
  let distanceCost = 0;
  for (let index = 0; index < positions.length; index++) {
    const position = (positions[index] as number) + (rootMetres[index % 3] as number);
    positions[index] = position;
    const weight = weights[Math.floor(index / 3)] as number;
    if (weight > 0) distanceCost += (weight * (position - (wanted[index] as number)) ** 2) / 2;
  }
  const limitStiffness = LIMIT_STIFFNESS_SQUARE_METRES * totalWeight;
  let turnCost = 0;
  let limitCost = 0;
  for (let joint = 0; joint < jointCount; joint++) {
    if ((unknownOf[joint] as number) < 0) continue;
    writeTurnFromInitial(problem, pose6d, joint);
    for (let axis = 0; axis < 3; axis++) turnCost += (stiffness * (turn[axis] as number) ** 2) / 2;
  }
  const limited = hasLimits ? limitedAnglesOf(pose6d, world, kinematics.skeleton.parents, unknownOf) : [];
  for (const joint of limited) {
    for (let angle = 0; angle < 3; angle++)
      limitCost += (limitStiffness * excessOf(joint, angle, 0) ** 2) / 2;
  }
  return {
    pose6d,
    rootMetres,
    positions,
    world,
    limited,
    distanceCost,
    cost: distanceCost + turnCost + limitCost,
  };
}

/** Fills `turn` with the axis-angle vector, in the parent's frame, from a joint's initial rotation to its present one. */
function writeTurnFromInitial({ initialPose6d }: Problem, pose6d: Float64Array, joint: number): void {
  rotation6dToMatrix(initialPose6d, 6 * joint, first, 0);
  rotation6dToMatrix(pose6d, 6 * joint, second, 0);
  invertRotation(first, 0, first, 0);
  composeRotations(second, 0, first, 0, first, 0);
  matrixToAxisAngle(first, 0, turn, 0);
}

/** Fills the lower triangle of J^T J (with the stiffness) and the gradient J^T r, at a state. */
export function linearise(
  problem: Problem,
  state: State,
  normal: Float64Array,
  gradient: Float64Array,
): void {
  const { jointCount, moving, unknownOf, unknownCount, weights, wanted, isRootFree, stiffness } = problem;
  const { positions } = state;
  normal.fill(0);
  gradient.fill(0);
  const rootAt = unknownCount - 3;
  for (let joint = 0; joint < jointCount; joint++) {
    const weight = weights[joint] as number;
    if (weight === 0) continue;
    const at = 3 * joint;
    const r0 = (positions[at] as number) - (wanted[at] as number);
    const r1 = (positions[at + 1] as number) - (wanted[at + 1] as number);
    const r2 = (positions[at + 2] as number) - (wanted[at + 2] as number);
    const movers = moving[joint] as readonly number[];
    for (const mover of movers) {
      const row = unknownOf[mover] as number;
      const x = (positions[at] as number) - (positions[3 * mover] as number);
      const y = (positions[at + 1] as number) - (positions[3 * mover + 1] as number);
      const z = (positions[at + 2] as number) - (positions[3 * mover + 2] as number);
      addTo(
        gradient,
        row,
        weight * (y * r2 - z * r1),
        weight * (z * r0 - x * r2),
        weight * (x * r1 - y * r0),
      );
      for (const other of movers) {
        if (other > mover) continue;
        const u = (positions[at] as number) - (positions[3 * other] as number);
        const v = (positions[at + 1] as number) - (positions[3 * other + 1] as number);
        const w = (positions[at + 2] as number) - (positions[3 * other + 2] as number);
        // hat(d)^T hat(e) = (d . e) I - e d^T.
        const dot = x * u + y * v + z * w;
        const start = row * unknownCount + (unknownOf[other] as number);
        addTo(normal, start, weight * (dot - u * x), -weight * u * y, -weight * u * z);
        addTo(normal, start + unknownCount, -weight * v * x, weight * (dot - v * y), -weight * v * z);
        addTo(normal, start + 2 * unknownCount, -weight * w * x, -weight * w * y, weight * (dot - w * z));
      }
      if (!isRootFree) continue;
      // The root moves every joint along: (-hat(d)) in its rows.
      const start = rootAt * unknownCount + row;
      addTo(normal, start, 0, weight * z, -weight * y);
      addTo(normal, start + unknownCount, -weight * z, 0, weight * x);
      addTo(normal, start + 2 * unknownCount, weight * y, -weight * x, 0);
    }
    if (!isRootFree) continue;
    addTo(gradient, rootAt, weight * r0, weight * r1, weight * r2);
    for (let axis = rootAt; axis < unknownCount; axis++) addAt(normal, axis * (unknownCount + 1), weight);
  }
  for (let joint = 0; joint < jointCount; joint++) {
    const row = unknownOf[joint] as number;
    if (row < 0) continue;
    writeTurnFromInitial(problem, state.pose6d, joint);
    turnToWorld(problem, state, joint);
    addTo(
      gradient,
      row,
      stiffness * (turn[0] as number),
      stiffness * (turn[1] as number),
      stiffness * (turn[2] as number),
    );
    for (let axis = row; axis < row + 3; axis++) addAt(normal, axis * (unknownCount + 1), stiffness);
  }
}

/** How often the set of limits that a step runs into is found again: it seldom takes more than three rounds. */
const MAXIMUM_ROUNDS = 6;

/**
 * Fills `step` with the damped Gauss-Newton step. Limits count where the step itself would leave them, not only where the
 * pose already has: the set of such angles is guessed, the step taken, and the set corrected, until it stays. Returns
 * false if the equations are not positive definite.
 */
export function solveStep(
  problem: Problem,
  state: State,
  normal: Float64Array,
  gradient: Float64Array,
  damping: number,
  damped: Float64Array,
  step: Float64Array,
): boolean {
  const { unknownCount, smallestCurvature } = problem;
  const stiffness = LIMIT_STIFFNESS_SQUARE_METRES * problem.totalWeight;
  step.fill(0);
  let active = '';
  for (let round = 0; round < MAXIMUM_ROUNDS; round++) {
    const rows = state.limited.flatMap((joint) => [0, 1, 2].flatMap((angle) => limitRow(joint, angle, step)));
    const nowActive = rows.map(({ key }) => key).join();
    if (round > 0 && nowActive === active) return true;
    active = nowActive;
    damped.set(normal);
    for (let index = 0; index < unknownCount; index++) {
      const diagonal = normal[index * (unknownCount + 1)] as number;
      damped[index * (unknownCount + 1)] = diagonal + damping * (diagonal + smallestCurvature);
      step[index] = -(gradient[index] as number);
    }
    for (const { unknown, slope, excess } of rows) {
      const [x = 0, y = 0, z = 0] = slope;
      for (let axis = 0; axis < 3; axis++) {
        const factor = stiffness * (slope[axis] as number);
        addAt(step, unknown + axis, -factor * excess);
        addTo(damped, (unknown + axis) * unknownCount + unknown, factor * x, factor * y, factor * z);
      }
    }
    if (!solvePositiveDefinite(damped, step, unknownCount)) return false;
    if (state.limited.length === 0) return true;
  }
  return true;
}

interface LimitRow {
  readonly key: string;
  readonly unknown: number;
  readonly slope: Float64Array;
  /** By how much the angle is beyond the limit that it would leave; negative if it is still within. */
  readonly excess: number;
}

/** The limit that an angle would leave with a step, if any. */
function limitRow(joint: LimitedAngles, angle: number, step: Float64Array): readonly LimitRow[] {
  const { unknown, derivative, angles, minima, maxima } = joint;
  const slope = derivative.subarray(3 * angle, 3 * angle + 3);
  let change = 0;
  for (let axis = 0; axis < 3; axis++) change += (slope[axis] as number) * (step[unknown + axis] as number);
  const beyond = excessOf(joint, angle, change);
  if (beyond === 0) return [];
  const bound = (beyond > 0 ? maxima : minima)[angle] as number;
  const key = `${unknown + angle}${beyond > 0 ? '+' : '-'}`;
  return [{ key, unknown, slope, excess: (angles[angle] as number) - bound }];
}

/** Takes `turn` from the frame of a joint's parent to the world. */
function turnToWorld({ kinematics }: Problem, { world }: State, joint: number): void {
  const parent = kinematics.skeleton.parents[joint] as number;
  if (parent >= 0) rotateVector(world, 9 * parent, turn, 0, turn, 0);
}

/** The state after a step: small rotations in the world, and a shift of the root. */
export function moved(problem: Problem, state: State, step: Float64Array): State {
  const { kinematics, jointCount, unknownOf, unknownCount, isRootFree } = problem;
  const pose6d = state.pose6d.slice();
  for (let joint = 0; joint < jointCount; joint++) {
    const row = unknownOf[joint] as number;
    if (row < 0) continue;
    const parent = kinematics.skeleton.parents[joint] as number;
    turn.set(step.subarray(row, row + 3));
    if (parent >= 0) {
      invertRotation(state.world, 9 * parent, first, 0);
      rotateVector(first, 0, turn, 0, turn, 0);
    }
    axisAngleToMatrix(turn, 0, first, 0);
    rotation6dToMatrix(pose6d, 6 * joint, second, 0);
    composeRotations(first, 0, second, 0, second, 0);
    matrixToRotation6d(second, 0, pose6d, 6 * joint);
  }
  const rootMetres = state.rootMetres.map(
    (coordinate, axis) => coordinate + (isRootFree ? (step[unknownCount - 3 + axis] as number) : 0),
  );
  return evaluated(problem, pose6d, rootMetres);
}

function addTo(target: Float64Array, at: number, x: number, y: number, z: number): void {
  addAt(target, at, x);
  addAt(target, at + 1, y);
  addAt(target, at + 2, z);
}

function addAt(target: Float64Array, at: number, value: number): void {
  target[at] = (target[at] as number) + value;
}
