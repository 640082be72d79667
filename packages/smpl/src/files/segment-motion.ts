import type { Vector3 } from '../vector3.js';

/** A rigid part of a recorded body: a bone of an ASF skeleton, a joint of a BVH file with what hangs on it. */
export interface MotionSegment {
  readonly name: string;
  /** Unit vector along the bone in the rest pose, in the file's axes; zero where the file gives the bone no length. */
  readonly direction: Vector3;
  readonly lengthMetres: number;
  /** Where the bone starts in the rest pose: the point that it turns about. */
  readonly restStartMetres: Vector3;
}

/** A recorded motion, whatever its file's format: what retargeting needs to know, and no more. */
export interface SegmentMotion {
  readonly segments: readonly MotionSegment[];
  readonly frameCount: number;
  /** Absent where the format does not say (AMC). */
  readonly framesPerSecond?: number;
  /**
   * Writes where a frame puts every segment.
   *
   * @param rotations - rotation from the rest pose in the file's axes, row-major, [S*9]
   * @param starts - metres, [S*3]
   */
  readonly poseFrame: (frame: number, rotations: Float64Array, starts: Float64Array) => void;
}
