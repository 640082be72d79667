import type { RealArray } from '../real-array.js';
import { matrixToEuler } from '../rotation/euler.js';
import { rotation6dToMatrix } from '../rotation/rotation6d.js';
import type { Skeleton } from '../skeleton/skeleton.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import { assertFrames } from './pose-frames.js';

export interface BvhWriteOptions {
  /** Whose joints the rotations turn; {@link SYNTHETIC_SKELETON} by default. */
  readonly skeleton?: Skeleton;
  /** 30 by default. */
  readonly framesPerSecond?: number;
  /** Where the root is in each frame, metres, [F*3]; the origin by default. */
  readonly rootPositionsMetres?: RealArray;
  /** Order of the rotation channels, the outermost turn first; `zxy` by default, the most common in BVH files. */
  readonly channelOrder?: 'xyz' | 'xzy' | 'yxz' | 'yzx' | 'zxy' | 'zyx';
  /** 0.01 by default: centimetres. */
  readonly metresPerUnit?: number;
}

/** Length of the end sites, as a part of the bone before them. */
const END_OF_PARENT_BONE = 0.6;
const DECIMALS = 6;

/**
 * Poses as a Biovision file (BVH), for Blender, MotionBuilder and game engines: the skeleton with its joints' own names,
 * and a frame a pose. Angles go on smoothly from frame to frame, beyond half a turn where the motion does, so that
 * curves drawn through them are smooth too.
 *
 * Angles are written to a millionth of a degree, lengths to a millionth of a unit.
 *
 * @param pose6d - one pose [J*6] or several [F*J*6], 6D rotations by columns, relative to the parent
 * @throws PoseFramesError if the numbers are not whole poses, not finite, or positions and frames disagree
 * @example
 * ```ts
 * import { readBvh, writeBvh } from '@pose-rft/smpl';
 *
 * const tPoses = Float32Array.from({ length: 2 * 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
 * const text = writeBvh(tPoses, { framesPerSecond: 60 });
 * console.assert(text.startsWith('HIERARCHY') && readBvh(text).framesPerSecond === 60);
 * ```
 */
export function writeBvh(pose6d: RealArray, options: BvhWriteOptions = {}): string {
  const {
    skeleton = SYNTHETIC_SKELETON,
    framesPerSecond = 30,
    rootPositionsMetres,
    channelOrder = 'zxy',
    metresPerUnit = 0.01,
  } = options;
  const jointCount = skeleton.names.length;
  const frameCount = assertFrames(pose6d, jointCount, framesPerSecond, rootPositionsMetres);
  const { lines, order } = hierarchy(skeleton, channelOrder, metresPerUnit);
  lines.push(
    'MOTION',
    `Frames: ${frameCount}`,
    `Frame Time: ${Number((1 / framesPerSecond).toPrecision(10))}`,
  );
  const matrix = new Float64Array(9);
  const angles = new Float64Array(3);
  const before = new Float64Array(jointCount * 3);
  for (let frame = 0; frame < frameCount; frame++) {
    const numbers: string[] = [];
    for (let axis = 0; axis < 3; axis++)
      numbers.push(fixed((rootPositionsMetres?.[frame * 3 + axis] ?? 0) / metresPerUnit));
    for (const joint of order) {
      rotation6dToMatrix(pose6d, (frame * jointCount + joint) * 6, matrix, 0);
      matrixToEuler(matrix, 0, angles, 0, `intrinsic-${channelOrder}`);
      if (frame > 0) continueFrom(before, joint * 3, angles);
      before.set(angles, joint * 3);
      for (const angle of angles) numbers.push(fixed((angle * 180) / Math.PI));
    }
    lines.push(numbers.join(' '));
  }
  return `${lines.join('\n')}\n`;
}

/** The HIERARCHY part, and the joints in the order of their blocks: depth first. */
function hierarchy(
  skeleton: Skeleton,
  channelOrder: string,
  metresPerUnit: number,
): { lines: string[]; order: number[] } {
  const { names, parents, restJointsMetres: rest } = skeleton;
  const rotations = [...channelOrder].map((axis) => `${axis.toUpperCase()}rotation`).join(' ');
  const offset = (joint: number, from: number, scale: number): string =>
    [0, 1, 2]
      .map((axis) =>
        fixed(
          (((rest[joint * 3 + axis] as number) - (rest[from * 3 + axis] as number)) * scale) / metresPerUnit,
        ),
      )
      .join(' ');
  const lines = ['HIERARCHY'];
  const order: number[] = [];
  const write = (joint: number, depth: number): void => {
    const indent = '  '.repeat(depth);
    const parent = parents[joint] as number;
    order.push(joint);
    lines.push(
      `${indent}${parent < 0 ? 'ROOT' : 'JOINT'} ${names[joint] ?? ''}`,
      `${indent}{`,
      // The root stands where its position channels put it.
      `${indent}  OFFSET ${parent < 0 ? offset(joint, joint, 1) : offset(joint, parent, 1)}`,
      `${indent}  CHANNELS ${parent < 0 ? `6 Xposition Yposition Zposition ${rotations}` : `3 ${rotations}`}`,
    );
    const children = Array.from(parents.keys()).filter((child) => parents[child] === joint);
    for (const child of children) write(child, depth + 1);
    if (children.length === 0)
      lines.push(
        `${indent}  End Site`,
        `${indent}  {`,
        `${indent}    OFFSET ${offset(joint, Math.max(0, parent), END_OF_PARENT_BONE)}`,
        `${indent}  }`,
      );
    lines.push(`${indent}}`);
  };
  write(0, 0);
  return { lines, order };
}

/**
 * Replaces three different-axis angles by the equal triple nearest to those before: (a, b, c) turns like
 * (a + pi, pi - b, c + pi), and each angle like itself plus whole turns.
 */
function continueFrom(before: Float64Array, offset: number, angles: Float64Array): void {
  const [a = 0, b = 0, c = 0] = angles;
  const near = (angle: number, i: number): number =>
    angle + 2 * Math.PI * Math.round(((before[offset + i] as number) - angle) / (2 * Math.PI));
  const first = [a, b, c].map(near);
  const second = [a + Math.PI, Math.PI - b, c + Math.PI].map(near);
  const change = (triple: readonly number[]): number =>
    triple.reduce((sum, angle, i) => sum + Math.abs(angle - (before[offset + i] as number)), 0);
  angles.set(change(second) < change(first) ? second : first);
}

/** Without a sign for zero. */
function fixed(value: number): string {
  const text = value.toFixed(DECIMALS);
  return Number(text) === 0 ? (0).toFixed(DECIMALS) : text;
}
