import {
  AnimationClip,
  Bone,
  BufferAttribute,
  BufferGeometry,
  Matrix4,
  MeshStandardMaterial,
  Quaternion,
  QuaternionKeyframeTrack,
  Skeleton,
  SkinnedMesh,
  VectorKeyframeTrack,
  type KeyframeTrack,
  type Material,
} from 'three';
import { identityOf, type BodyIdentity } from '../body/body-identity.js';
import type { BodyModel } from '../body/body-model.js';
import { strongestInfluences } from '../body/sparse-skinning-weights.js';
import { vertexNormals } from '../body/vertex-normals.js';
import { assertFrames, PoseFramesError } from '../files/pose-frames.js';
import { assertRange, type RealArray } from '../real-array.js';
import { axisAngleToMatrix } from '../rotation/axis-angle.js';
import { matrixToQuaternion } from '../rotation/quaternion.js';
import { rotation6dToMatrix } from '../rotation/rotation6d.js';
import type { Vector3 } from '../vector3.js';

/** What {@link ThreeBody} plays: an `SmplMotion`, or any motion of the body's joints. */
export interface ThreeMotion {
  /** 6D rotations by columns, relative to the parent, [F*J*6]. */
  readonly pose6d: RealArray;
  /** Where the root joint is, metres, [F*3]; the origin without it. */
  readonly rootPositionsMetres?: RealArray;
  /** 30 without it. */
  readonly framesPerSecond?: number;
}

export interface ThreeBodyOptions {
  /** Its look; a matt skin tone by default. */
  readonly material?: Material;
}

/** A body in a three.js scene. */
export interface ThreeBody {
  /** To be added to a scene; its bones hang on it. Metres, y up, facing +z. */
  readonly mesh: SkinnedMesh;
  /** A bone a joint, named as the joints are, in their order. */
  readonly bones: readonly Bone[];
  /**
   * Poses the body by 6D rotations by columns, relative to the parent, [J*6] from `poseOffset`.
   *
   * @param rootPositionMetres - where the root joint goes; left where it is by default
   * @throws ArrayRangeError, NonFiniteRotationError
   */
  readonly setPose: (pose6d: RealArray, poseOffset?: number, rootPositionMetres?: Vector3) => void;
  /** The same by axis-angle vectors, radians, [J*3]: the numbers of SMPL and AMASS files. */
  readonly setAxisAnglePose: (
    axisAngles: RealArray,
    axisAnglesOffset?: number,
    rootPositionMetres?: Vector3,
  ) => void;
  /**
   * Poses the body as a motion does at a time, between two frames on the way from one to the other. Past the end the
   * motion starts again.
   *
   * @throws PoseFramesError if the motion does not fit the body, or holds no finite numbers
   */
  readonly showMotion: (motion: ThreeMotion, seconds: number) => void;
  /**
   * The motion as a clip for three.js's `AnimationMixer`, with the mesh as its root.
   *
   * @throws PoseFramesError as {@link ThreeBody.showMotion}
   */
  readonly clip: (motion: ThreeMotion, name?: string) => AnimationClip;
  /** Frees what the graphics card holds. */
  readonly dispose: () => void;
}

/** sRGB. */
const SKIN = 0xd2b8a0;
const DEFAULT_FRAMES_PER_SECOND = 30;

/**
 * A skinned mesh for three.js: the body's rest surface, a bone a joint, and the skinning weights. The graphics card does
 * the skinning, with the four strongest influences of a vertex; pose-dependent corrections of the surface
 * (`poseDirections`) are not part of it.
 *
 * @param body - of the template's shape, or of another that `prepareIdentity` computed
 *
 * @example
 * ```ts
 * import { syntheticBody } from '@pose-rft/smpl';
 * import { createThreeBody } from '@pose-rft/smpl/three';
 * import { Scene } from 'three';
 *
 * const body = createThreeBody(syntheticBody());
 * new Scene().add(body.mesh);
 * const axisAngles = new Float32Array(72);
 * axisAngles[3 * 16 + 2] = -1.2; // the left arm, down
 * body.setAxisAnglePose(axisAngles);
 * console.assert(body.bones[16]?.name === 'left_shoulder');
 * ```
 */
export function createThreeBody(body: BodyModel | BodyIdentity, options: ThreeBodyOptions = {}): ThreeBody {
  const identity = identityOf(body);
  const { names, parents, restJointsMetres: rest } = identity.skeleton;
  const jointCount = names.length;
  const bones = names.map((name, joint) => {
    const bone = new Bone();
    bone.name = name;
    const parent = parents[joint] as number;
    // As in the kinematics, the root joint stands at the origin until it is placed.
    if (parent >= 0)
      bone.position.set(
        (rest[joint * 3] as number) - (rest[parent * 3] as number),
        (rest[joint * 3 + 1] as number) - (rest[parent * 3 + 1] as number),
        (rest[joint * 3 + 2] as number) - (rest[parent * 3 + 2] as number),
      );
    return bone;
  });
  const material = options.material ?? new MeshStandardMaterial({ color: SKIN, roughness: 0.75 });
  const mesh = new SkinnedMesh(bodyGeometry(identity), material);
  mesh.name = identity.body.name;
  bones.forEach((bone, joint) => {
    (bones[parents[joint] as number] ?? mesh).add(bone);
  });
  const inverses = bones.map((_, joint) =>
    new Matrix4().makeTranslation(
      -(rest[joint * 3] as number),
      -(rest[joint * 3 + 1] as number),
      -(rest[joint * 3 + 2] as number),
    ),
  );
  mesh.bind(new Skeleton(bones, inverses), new Matrix4());
  // Its bounds move with the bones, which three.js does not follow.
  mesh.frustumCulled = false;

  const matrix = new Float64Array(9);
  const numbers = new Float64Array(4);
  const next = new Quaternion();
  const quaternionOf = (pose6d: RealArray, offset: number, target: Quaternion): Quaternion => {
    rotation6dToMatrix(pose6d, offset, matrix, 0);
    matrixToQuaternion(matrix, 0, numbers, 0);
    return target.fromArray(numbers);
  };
  const place = (rootPositionMetres: Vector3 | undefined): void => {
    if (rootPositionMetres !== undefined) bones[0]?.position.fromArray(rootPositionMetres);
  };

  const setPose: ThreeBody['setPose'] = (pose6d, poseOffset = 0, rootPositionMetres) => {
    assertRange(pose6d, poseOffset, jointCount * 6, 'The pose');
    bones.forEach((bone, joint) => {
      quaternionOf(pose6d, poseOffset + joint * 6, bone.quaternion);
    });
    place(rootPositionMetres);
  };

  const setAxisAnglePose: ThreeBody['setAxisAnglePose'] = (axisAngles, offset = 0, rootPositionMetres) => {
    assertRange(axisAngles, offset, jointCount * 3, 'The axis-angle pose');
    bones.forEach((bone, joint) => {
      axisAngleToMatrix(axisAngles, offset + joint * 3, matrix, 0);
      matrixToQuaternion(matrix, 0, numbers, 0);
      bone.quaternion.fromArray(numbers);
    });
    place(rootPositionMetres);
  };

  const showMotion: ThreeBody['showMotion'] = (motion, seconds) => {
    const { pose6d, rootPositionsMetres: roots, framesPerSecond = DEFAULT_FRAMES_PER_SECOND } = motion;
    const frameCount = pose6d.length / (jointCount * 6);
    const at = seconds * framesPerSecond;
    if (!Number.isInteger(frameCount) || frameCount < 1 || !Number.isFinite(at))
      throw new PoseFramesError(
        `a motion of ${jointCount} joints needs a multiple of ${jointCount * 6} numbers and a finite time, ` +
          `found ${pose6d.length} numbers at ${seconds} s`,
      );
    // Of F frames there are F - 1 ways; the last frame is the end, and is not blended into the first.
    const wrapped = frameCount === 1 ? 0 : at - (frameCount - 1) * Math.floor(at / (frameCount - 1));
    const frame = Math.min(Math.floor(wrapped), Math.max(0, frameCount - 2));
    const part = wrapped - frame;
    const after = Math.min(frame + 1, frameCount - 1);
    bones.forEach((bone, joint) => {
      quaternionOf(pose6d, (frame * jointCount + joint) * 6, bone.quaternion);
      if (part > 0) bone.quaternion.slerp(quaternionOf(pose6d, (after * jointCount + joint) * 6, next), part);
    });
    if (roots === undefined) return;
    assertRange(roots, 0, frameCount * 3, 'The root positions');
    const root = (axis: number): number =>
      (1 - part) * (roots[frame * 3 + axis] as number) + part * (roots[after * 3 + axis] as number);
    bones[0]?.position.set(root(0), root(1), root(2));
  };

  const clip: ThreeBody['clip'] = (motion, name = 'motion') => {
    const { pose6d, rootPositionsMetres, framesPerSecond = DEFAULT_FRAMES_PER_SECOND } = motion;
    const frameCount = assertFrames(pose6d, jointCount, framesPerSecond, rootPositionsMetres);
    const times = Float32Array.from({ length: frameCount }, (_, frame) => frame / framesPerSecond);
    const tracks: KeyframeTrack[] = names.map((joint, index) => {
      const values = new Float32Array(frameCount * 4);
      for (let frame = 0; frame < frameCount; frame++)
        quaternionOf(pose6d, (frame * jointCount + index) * 6, next).toArray(values, frame * 4);
      return new QuaternionKeyframeTrack(`${joint}.quaternion`, times, values);
    });
    if (rootPositionsMetres !== undefined)
      tracks.push(
        new VectorKeyframeTrack(`${names[0] ?? ''}.position`, times, Float32Array.from(rootPositionsMetres)),
      );
    return new AnimationClip(name, -1, tracks);
  };

  const dispose = (): void => {
    mesh.geometry.dispose();
    mesh.skeleton.dispose();
    if (options.material === undefined) material.dispose();
  };

  return { mesh, bones, setPose, setAxisAnglePose, showMotion, clip, dispose };
}

function bodyGeometry({ body, restVerticesMetres }: BodyIdentity): BufferGeometry {
  const { faces } = body;
  // What three.js's shaders have room for.
  const skinning = strongestInfluences(body.skinning, 4);
  const geometry = new BufferGeometry();
  // Copies: three.js may change a geometry's arrays, and bodies are shared.
  geometry.setAttribute('position', new BufferAttribute(restVerticesMetres.slice(), 3));
  geometry.setAttribute('normal', new BufferAttribute(vertexNormals(restVerticesMetres, faces), 3));
  geometry.setAttribute('skinIndex', new BufferAttribute(Uint16Array.from(skinning.joints), 4));
  geometry.setAttribute('skinWeight', new BufferAttribute(skinning.weights.slice(), 4));
  geometry.setIndex(new BufferAttribute(faces.slice(), 1));
  return geometry;
}
