import { axisAngleToMatrix, matrixToAxisAngle } from '../rotation/axis-angle.js';
import { matrixToRotation6d, rotation6dToMatrix } from '../rotation/rotation6d.js';
import { composeRotations } from '../rotation/rotation-matrix.js';
import { JOINT_COUNT } from '../skeleton/joints.js';
import type { Vector3 } from '../vector3.js';
import type { AmassMotion, Gender } from './amass.js';
import { assertFrames } from './pose-frames.js';
import type { SmplMotion } from './retarget.js';
import { writeNpz } from './write-npz.js';

export interface AmassConversionOptions {
  /**
   * Where the model's pelvis is at rest, metres, in the model's own axes: the body turns about it, and the file's
   * translation is added to it. It depends on the model and the shape (`skeleton.restJointsMetres` of a body of
   * `readBodyModel`); the origin by default.
   */
  readonly restPelvisMetres?: Vector3;
  /** Which axis of the file's world is up; AMASS's is z, the default. */
  readonly upAxis?: 'y' | 'z';
}

export interface SmplToAmassOptions extends AmassConversionOptions {
  /** Sixteen zeros by default. */
  readonly betas?: Float64Array;
  /** `neutral` by default. */
  readonly gender?: Gender;
}

/** The joints up to the wrists, which SMPL, SMPL-H and SMPL-X have in common. */
const SHARED_JOINTS = 22;
const SMPLH_JOINTS = 52;
/** From z up to y up, the front staying the front: x stays, z becomes y, y becomes -z; row-major. */
const Z_UP_TO_Y_UP = Float64Array.of(1, 0, 0, 0, 0, 1, 0, -1, 0);
const Y_UP_TO_Z_UP = Float64Array.of(1, 0, 0, 0, 0, -1, 0, 1, 0);

/**
 * An AMASS motion as poses of SMPL's 24 joints in a world with y up. Fingers and face are left out; the hands of SMPL-H
 * and SMPL-X go straight on from the wrists.
 *
 * @example
 * ```ts
 * import { amassToSmpl, smplToAmass } from '@pose-rft/smpl';
 *
 * const tPose = Float32Array.from({ length: 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
 * const motion = { frameCount: 1, pose6d: tPose, rootPositionsMetres: Float32Array.of(0, 0.9, 0) };
 * const amass = smplToAmass(motion);
 * console.assert(Math.abs((amass.axisAngles[0] ?? 0) - Math.PI / 2) < 1e-12); // upright where z is up
 * console.assert(Math.abs((amassToSmpl(amass).pose6d[4] ?? 0) - 1) < 1e-6);
 * ```
 */
export function amassToSmpl(motion: AmassMotion, options: AmassConversionOptions = {}): SmplMotion {
  const { frameCount, jointCount, framesPerSecond, axisAngles, translationsMetres } = motion;
  const { restPelvisMetres: pelvis = [0, 0, 0], upAxis = 'z' } = options;
  const taken = jointCount === JOINT_COUNT ? JOINT_COUNT : SHARED_JOINTS;
  const matrix = new Float64Array(9);
  // Joints that the file lacks stay as they are here: the identity.
  const pose6d = Float32Array.from({ length: frameCount * JOINT_COUNT * 6 }, (_, i) =>
    i % 6 === 0 || i % 6 === 4 ? 1 : 0,
  );
  const rootPositionsMetres = new Float32Array(frameCount * 3);
  for (let frame = 0; frame < frameCount; frame++) {
    for (let joint = 0; joint < taken; joint++) {
      axisAngleToMatrix(axisAngles, (frame * jointCount + joint) * 3, matrix, 0);
      if (joint === 0 && upAxis === 'z') composeRotations(Z_UP_TO_Y_UP, 0, matrix, 0, matrix, 0);
      matrixToRotation6d(matrix, 0, pose6d, (frame * JOINT_COUNT + joint) * 6);
    }
    const [x, y, z] = [0, 1, 2].map(
      (axis) => (translationsMetres[frame * 3 + axis] as number) + (pelvis[axis] as number),
    ) as [number, number, number];
    rootPositionsMetres.set(upAxis === 'z' ? [x, z, -y] : [x, y, z], frame * 3);
  }
  return { frameCount, pose6d, rootPositionsMetres, framesPerSecond };
}

/**
 * Poses of SMPL's 24 joints as a motion in AMASS's form, SMPL-H with open hands: the inverse of {@link amassToSmpl} but
 * for the rotations of `left_hand` and `right_hand`, which SMPL-H does not have. Without a frame rate the motion gets 30.
 *
 * @throws PoseFramesError if the numbers are not whole poses, not finite, or positions and frames disagree
 */
export function smplToAmass(motion: SmplMotion, options: SmplToAmassOptions = {}): AmassMotion {
  const { pose6d, rootPositionsMetres, framesPerSecond = 30 } = motion;
  const { restPelvisMetres: pelvis = [0, 0, 0], upAxis = 'z', gender = 'neutral' } = options;
  const frameCount = assertFrames(pose6d, JOINT_COUNT, framesPerSecond, rootPositionsMetres);
  const matrix = new Float64Array(9);
  const axisAngles = new Float64Array(frameCount * SMPLH_JOINTS * 3);
  const translationsMetres = new Float64Array(frameCount * 3);
  for (let frame = 0; frame < frameCount; frame++) {
    for (let joint = 0; joint < SHARED_JOINTS; joint++) {
      rotation6dToMatrix(pose6d, (frame * JOINT_COUNT + joint) * 6, matrix, 0);
      if (joint === 0 && upAxis === 'z') composeRotations(Y_UP_TO_Z_UP, 0, matrix, 0, matrix, 0);
      matrixToAxisAngle(matrix, 0, axisAngles, (frame * SMPLH_JOINTS + joint) * 3);
    }
    const [x = 0, y = 0, z = 0] = rootPositionsMetres.subarray(frame * 3, frame * 3 + 3);
    (upAxis === 'z' ? [x, -z, y] : [x, y, z]).forEach((value, axis) => {
      translationsMetres[frame * 3 + axis] = value - (pelvis[axis] as number);
    });
  }
  return {
    model: 'smplh',
    jointCount: SMPLH_JOINTS,
    frameCount,
    framesPerSecond,
    axisAngles,
    translationsMetres,
    betas: options.betas ?? new Float64Array(16),
    gender,
  };
}

/**
 * Writes a motion as an AMASS file (`.npz`), with the spelling of the frame rate that the model's files have.
 *
 * @throws ArrayShapeError if the numbers are not as many as the frames say
 */
export function writeAmass(motion: AmassMotion): Uint8Array {
  const { model, jointCount, frameCount, framesPerSecond, axisAngles, translationsMetres, betas, gender } =
    motion;
  const rate = { data: Float64Array.of(framesPerSecond), shape: [] };
  return writeNpz({
    poses: { data: axisAngles, shape: [frameCount, jointCount * 3] },
    trans: { data: translationsMetres, shape: [frameCount, 3] },
    betas: { data: betas, shape: [betas.length] },
    gender,
    ...(model === 'smplx'
      ? { mocap_frame_rate: rate, surface_model_type: model }
      : { mocap_framerate: rate }),
  });
}
