import { assertRange, type RealArray } from '../real-array.js';
import { rotation6dToMatrix } from '../rotation/rotation6d.js';
import { vertexCount, type BodyModel } from './body-model.js';

/** Linear blend skinning of one body, with its own scratch memory: one instance a thread of work. */
export interface Skinning {
  /**
   * Writes the surface of a pose, metres, [V*3], the pelvis joint at the origin. Allocates nothing.
   *
   * @param pose6d - [J*6] from `poseOffset`, 6D rotations by columns, relative to the parent
   */
  readonly verticesFromRotation6d: (
    pose6d: RealArray,
    poseOffset: number,
    vertices: Float32Array,
    verticesOffset: number,
  ) => void;
  /** The same from row-major rotation matrices relative to the parent, [J*9] from `matricesOffset`. */
  readonly verticesFromMatrices: (
    matrices: RealArray,
    matricesOffset: number,
    vertices: Float32Array,
    verticesOffset: number,
  ) => void;
}

/** Numbers of a joint's rigid transform: a row-major 3x4 matrix. */
const TRANSFORM_SIZE = 12;

/**
 * Prepares linear blend skinning (Loper et al. 2015, section 3): each joint's transform G_j takes its rest joint to
 * its posed place, and a vertex follows the weighted mean of the transforms of its joints. Where the body has
 * pose-dependent directions, they are added to the template first.
 *
 * @example
 * ```ts
 * import { createSkinning, syntheticBody, vertexCount } from '@pose-rft/smpl';
 *
 * const body = syntheticBody();
 * const skinning = createSkinning(body);
 * const frames = 2;
 * const poses = Float32Array.from({ length: frames * 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
 * const vertices = new Float32Array(frames * vertexCount(body) * 3);
 * for (let frame = 0; frame < frames; frame++)
 *   skinning.verticesFromRotation6d(poses, frame * 144, vertices, frame * vertexCount(body) * 3);
 * console.assert(vertices.every(Number.isFinite));
 * ```
 */
export function createSkinning(body: BodyModel): Skinning {
  const { parents, restJointsMetres } = body.skeleton;
  const jointCount = parents.length;
  const count = vertexCount(body);
  const matricesScratch = new Float64Array(jointCount * 9);
  const transforms = new Float64Array(jointCount * TRANSFORM_SIZE);
  const posed = body.poseDirections === undefined ? undefined : new Float32Array(count * 3);

  const verticesFromMatrices: Skinning['verticesFromMatrices'] = (
    matrices,
    matricesOffset,
    vertices,
    verticesOffset,
  ) => {
    assertRange(matrices, matricesOffset, jointCount * 9, 'The rotation matrices');
    assertRange(vertices, verticesOffset, count * 3, 'The skinned vertices');
    jointTransforms(matrices, matricesOffset, parents, restJointsMetres, transforms);
    let template = body.templateMetres;
    if (posed !== undefined && body.poseDirections !== undefined) {
      addPoseDirections(template, body.poseDirections, matrices, matricesOffset, jointCount, posed);
      template = posed;
    }
    blend(template, body.skinning.joints, body.skinning.weights, transforms, vertices, verticesOffset);
  };

  const verticesFromRotation6d: Skinning['verticesFromRotation6d'] = (
    pose6d,
    poseOffset,
    vertices,
    verticesOffset,
  ) => {
    assertRange(pose6d, poseOffset, jointCount * 6, 'The pose');
    for (let joint = 0; joint < jointCount; joint++)
      rotation6dToMatrix(pose6d, poseOffset + joint * 6, matricesScratch, joint * 9);
    verticesFromMatrices(matricesScratch, 0, vertices, verticesOffset);
  };

  return { verticesFromRotation6d, verticesFromMatrices };
}

/**
 * The surface of one pose, metres, [V*3], the pelvis joint at the origin. For many poses {@link createSkinning} spares
 * the scratch memory.
 *
 * @param pose6d - [J*6], 6D rotations by columns, relative to the parent
 * @param vertices - written, [V*3]; a new array by default
 * @throws ArrayRangeError, NonFiniteRotationError
 * @example
 * ```ts
 * import { skinVertices, syntheticBody, vertexNormals } from '@pose-rft/smpl';
 *
 * const body = syntheticBody();
 * const tPose = Float32Array.from({ length: 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
 * const vertices = skinVertices(body, tPose);
 * const normals = vertexNormals(vertices, body.faces);
 * console.assert(vertices.length === normals.length);
 * ```
 */
export function skinVertices(
  body: BodyModel,
  pose6d: RealArray,
  vertices: Float32Array = new Float32Array(body.templateMetres.length),
): Float32Array {
  createSkinning(body).verticesFromRotation6d(pose6d, 0, vertices, 0);
  return vertices;
}

/** Row-major 3x4 transforms that take the template to the pose, joint by joint; the root joint goes to the origin. */
function jointTransforms(
  matrices: RealArray,
  matricesOffset: number,
  parents: Int32Array,
  rest: Float64Array,
  transforms: Float64Array,
): void {
  for (let joint = 0; joint < parents.length; joint++) {
    const local = matricesOffset + joint * 9;
    const target = joint * TRANSFORM_SIZE;
    const parent = parents[joint] as number;
    const restX = rest[joint * 3] as number;
    const restY = rest[joint * 3 + 1] as number;
    const restZ = rest[joint * 3 + 2] as number;
    const source = parent * TRANSFORM_SIZE;
    for (let row = 0; row < 3; row++) {
      // Rotation: parent's times local. Translation: where the joint goes, less the rotated rest joint.
      const p0 = parent < 0 ? (row === 0 ? 1 : 0) : (transforms[source + row * 4] as number);
      const p1 = parent < 0 ? (row === 1 ? 1 : 0) : (transforms[source + row * 4 + 1] as number);
      const p2 = parent < 0 ? (row === 2 ? 1 : 0) : (transforms[source + row * 4 + 2] as number);
      const place =
        parent < 0 ? 0 : p0 * restX + p1 * restY + p2 * restZ + (transforms[source + row * 4 + 3] as number);
      let rotatedRest = 0;
      for (let column = 0; column < 3; column++) {
        const entry =
          p0 * (matrices[local + column] as number) +
          p1 * (matrices[local + 3 + column] as number) +
          p2 * (matrices[local + 6 + column] as number);
        transforms[target + row * 4 + column] = entry;
        rotatedRest += entry * (rest[joint * 3 + column] as number);
      }
      transforms[target + row * 4 + 3] = place - rotatedRest;
    }
  }
}

function blend(
  template: Float32Array,
  joints: Uint8Array,
  weights: Float32Array,
  transforms: Float64Array,
  vertices: Float32Array,
  verticesOffset: number,
): void {
  const count = template.length / 3;
  for (let vertex = 0; vertex < count; vertex++) {
    const x = template[vertex * 3] as number;
    const y = template[vertex * 3 + 1] as number;
    const z = template[vertex * 3 + 2] as number;
    let outX = 0;
    let outY = 0;
    let outZ = 0;
    for (let slot = vertex * 4; slot < vertex * 4 + 4; slot++) {
      const weight = weights[slot] as number;
      if (weight === 0) break;
      const t = (joints[slot] as number) * TRANSFORM_SIZE;
      outX +=
        weight *
        ((transforms[t] as number) * x +
          (transforms[t + 1] as number) * y +
          (transforms[t + 2] as number) * z +
          (transforms[t + 3] as number));
      outY +=
        weight *
        ((transforms[t + 4] as number) * x +
          (transforms[t + 5] as number) * y +
          (transforms[t + 6] as number) * z +
          (transforms[t + 7] as number));
      outZ +=
        weight *
        ((transforms[t + 8] as number) * x +
          (transforms[t + 9] as number) * y +
          (transforms[t + 10] as number) * z +
          (transforms[t + 11] as number));
    }
    const i = verticesOffset + vertex * 3;
    vertices[i] = outX;
    vertices[i + 1] = outY;
    vertices[i + 2] = outZ;
  }
}

/** template + sum over the entries f of the pose feature (R_j - I for j >= 1, row-major) of f times its direction. */
function addPoseDirections(
  template: Float32Array,
  poseDirections: Float32Array,
  matrices: RealArray,
  matricesOffset: number,
  jointCount: number,
  posed: Float32Array,
): void {
  posed.set(template);
  for (let entry = 0; entry < (jointCount - 1) * 9; entry++) {
    const isDiagonal = entry % 9 === 0 || entry % 9 === 4 || entry % 9 === 8;
    const feature = (matrices[matricesOffset + 9 + entry] as number) - (isDiagonal ? 1 : 0);
    if (feature === 0) continue;
    const row = entry * template.length;
    for (let i = 0; i < template.length; i++)
      posed[i] = (posed[i] as number) + feature * (poseDirections[row + i] as number);
  }
}
