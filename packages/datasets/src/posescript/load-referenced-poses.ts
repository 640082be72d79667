import {
  amassToSmpl,
  axisAngleToMatrix,
  composeRotations,
  DataFileError,
  JOINT_COUNT,
  matrixToRotation6d,
  readAmass,
  rotation6dToMatrix,
  type SmplMotion,
} from '@pose-rft/smpl';
import type { PoseReference } from './pose-references.js';

/**
 * Gives the bytes of a recording of AMASS by its path within AMASS, undefined if it is not at hand. Folders of AMASS were
 * renamed over the years (`MPI_HDM05` and `HDM05`, `Transitions_mocap` and `Transitions`): the place to bridge that.
 */
export type SequenceResolver = (sequence: string) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

/** Poses by id, and what could not be had. */
export interface LoadedPoses {
  /** [24, 6] rotations relative to the parent, layout `columns`, in the recording's world turned to y up. */
  readonly poses: ReadonlyMap<number, Float32Array>;
  readonly skipped: {
    /** Sequences that the resolver does not have, with the number of poses that are missing for it. */
    readonly missingSequences: ReadonlyMap<string, number>;
    /** Sequences that are no AMASS files, or hold NaN. */
    readonly unreadableSequences: ReadonlyMap<string, DataFileError>;
    /** Poses whose frame is beyond the end of its sequence. */
    readonly missingFrames: readonly number[];
  };
}

const ROTATIONS = 6 * JOINT_COUNT;

/**
 * Loads the poses that samples of PoseScript or PoseFix refer to from AMASS, each recording once. What is missing or
 * broken is counted and left out.
 *
 * @param references - pose ids with their references
 * @example
 * ```ts
 * import { loadReferencedPoses } from '@pose-rft/datasets';
 * import { smplToAmass, writeAmass } from '@pose-rft/smpl';
 *
 * const pose6d = Float32Array.from({ length: 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
 * const file = writeAmass(smplToAmass({ frameCount: 1, pose6d, rootPositionsMetres: new Float32Array(3) }));
 * const { poses, skipped } = await loadReferencedPoses(
 *   [
 *     [7, { sequence: 'CMU/01/01_01_poses.npz', frame: 0 }],
 *     [8, { sequence: 'KIT/3/walk_poses.npz', frame: 0 }],
 *   ],
 *   (sequence) => (sequence.startsWith('CMU') ? file : undefined),
 * );
 * console.assert(poses.get(7)?.length === 144 && skipped.missingSequences.get('KIT/3/walk_poses.npz') === 1);
 * ```
 */
export async function loadReferencedPoses(
  references: Iterable<readonly [poseId: number, reference: PoseReference]>,
  resolve: SequenceResolver,
): Promise<LoadedPoses> {
  const bySequence = new Map<string, Map<number, number>>();
  for (const [poseId, { sequence, frame }] of references) {
    const frames = bySequence.get(sequence) ?? new Map<number, number>();
    frames.set(poseId, frame);
    bySequence.set(sequence, frames);
  }
  const poses = new Map<number, Float32Array>();
  const missingSequences = new Map<string, number>();
  const unreadableSequences = new Map<string, DataFileError>();
  const missingFrames: number[] = [];
  for (const [sequence, frames] of bySequence) {
    const bytes = await resolve(sequence);
    if (bytes === undefined) {
      missingSequences.set(sequence, frames.size);
      continue;
    }
    const motion = readMotion(bytes, sequence);
    if (motion instanceof DataFileError) {
      unreadableSequences.set(sequence, motion);
      continue;
    }
    for (const [poseId, frame] of frames) {
      if (frame < motion.frameCount)
        poses.set(poseId, motion.pose6d.slice(ROTATIONS * frame, ROTATIONS * (frame + 1)));
      else missingFrames.push(poseId);
    }
  }
  return { poses, skipped: { missingSequences, unreadableSequences, missingFrames } };
}

function readMotion(bytes: Uint8Array, sequence: string): SmplMotion | DataFileError {
  try {
    return amassToSmpl(readAmass(bytes, sequence));
  } catch (error) {
    if (error instanceof DataFileError) return error;
    throw error;
  }
}

/**
 * The heading that PoseScript takes away, in radians about the vertical: the last of the Euler angles about x, y and z
 * (fixed axes, z up) of the root's rotation, which is where the body's left axis points, seen from above.
 */
export function poseScriptHeading(pose6d: Float32Array | Float64Array): number {
  const root = new Float64Array(9);
  rotation6dToMatrix(pose6d, 0, root, 0);
  return Math.atan2(-(root[6] as number), root[0] as number);
}

/**
 * A pose turned about the vertical by `-headingRadians`, as PoseScript normalises it: by its own heading
 * ({@link poseScriptHeading}), or, for the second pose of a PoseFix pair from one recording, by the first one's, so that
 * the turn between them stays.
 *
 * @returns a new array; the argument stays as it is
 * @example
 * ```ts
 * import { turnedToFront, poseScriptHeading } from '@pose-rft/datasets';
 * import { axisAngleToRotation6d } from '@pose-rft/smpl';
 *
 * const pose6d = Float32Array.from({ length: 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
 * axisAngleToRotation6d(Float64Array.of(0, 0.7, 0), 0, pose6d, 0);
 * console.assert(Math.abs(poseScriptHeading(pose6d) - 0.7) < 1e-6);
 * console.assert(Math.abs(poseScriptHeading(turnedToFront(pose6d))) < 1e-6);
 * ```
 */
export function turnedToFront(
  pose6d: Float32Array | Float64Array,
  headingRadians = poseScriptHeading(pose6d),
): Float32Array {
  const root = new Float64Array(9);
  const turn = new Float64Array(9);
  rotation6dToMatrix(pose6d, 0, root, 0);
  axisAngleToMatrix(Float64Array.of(0, -headingRadians, 0), 0, turn, 0);
  composeRotations(turn, 0, root, 0, root, 0);
  const turned = Float32Array.from(pose6d);
  matrixToRotation6d(root, 0, turned, 0);
  return turned;
}
