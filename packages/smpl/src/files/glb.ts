import { vertexNormals } from '../body/vertex-normals.js';
import { identityOf, type BodyIdentity } from '../body/body-identity.js';
import type { BodyModel } from '../body/body-model.js';
import { strongestInfluences } from '../body/sparse-skinning-weights.js';
import { matrixToQuaternion } from '../rotation/quaternion.js';
import { rotation6dToMatrix } from '../rotation/rotation6d.js';
import { createGltfBuffer, GLTF, type GltfBuffer } from './gltf-buffer.js';
import { assertFrames } from './pose-frames.js';
import type { RealArray } from '../real-array.js';
import type { Skeleton } from '../skeleton/skeleton.js';

export interface GlbOptions {
  /** Of the animation, when there are several frames; 30 by default. */
  readonly framesPerSecond?: number;
  /** Where the pelvis is in each frame, metres, [F*3]; the origin by default. */
  readonly rootPositionsMetres?: RealArray;
  /** Surface colour, linear red, green, blue in [0, 1]. */
  readonly colour?: readonly [number, number, number];
}

const COLOUR = [0.6, 0.48, 0.38] as const;

/**
 * A glTF 2.0 binary file (GLB) of a skinned body: a node a joint, named as in SMPL, the first pose as the nodes'
 * rotations, and with several poses an animation `motion` that interpolates between them. Opens in Blender, three.js,
 * and every glTF viewer. glTF's axes are this project's: y up, z front, metres.
 *
 * The format holds four influences a vertex: the strongest are written. Pose-dependent corrections of the surface
 * (`poseDirections`) have no place in it.
 *
 * @param body - of the template's shape, or of another that `prepareIdentity` computed
 * @param pose6d - one pose [J*6] or several [F*J*6], 6D rotations by columns, relative to the parent
 * @throws PoseFramesError if the numbers are not whole poses, not finite, or positions and frames disagree
 * @example
 * ```ts
 * import { syntheticBody, writeGlb } from '@pose-rft/smpl';
 *
 * const tPose = Float32Array.from({ length: 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
 * const glb = writeGlb(syntheticBody(), tPose);
 * console.assert(String.fromCharCode(...glb.subarray(0, 4)) === 'glTF');
 * ```
 */
export function writeGlb(
  body: BodyModel | BodyIdentity,
  pose6d: RealArray,
  options: GlbOptions = {},
): Uint8Array {
  const identity = identityOf(body);
  const { names, parents } = identity.skeleton;
  const jointCount = names.length;
  const framesPerSecond = options.framesPerSecond ?? 30;
  const frameCount = assertFrames(pose6d, jointCount, framesPerSecond, options.rootPositionsMetres);
  const quaternions = jointQuaternions(pose6d, frameCount, jointCount);
  const buffer = createGltfBuffer();
  const primitive = meshPrimitive(buffer, identity);
  const inverseBindMatrices = buffer.add({
    data: inverseBindMatricesOf(identity.skeleton),
    componentType: GLTF.float,
    type: 'MAT4',
  });
  const nodes: Record<string, unknown>[] = names.map((name, joint) => ({
    name,
    translation: translationOf(identity.skeleton, joint, options.rootPositionsMetres),
    rotation: Array.from(quaternions.subarray(joint * 4, joint * 4 + 4)),
    ...childrenOf(parents, joint),
  }));
  nodes.push({ name: 'body', mesh: 0, skin: 0 });
  const animations =
    frameCount > 1
      ? [motion(buffer, quaternions, frameCount, jointCount, framesPerSecond, options.rootPositionsMetres)]
      : undefined;
  return buffer.toGlb({
    asset: { version: '2.0', generator: '@pose-rft/smpl' },
    scene: 0,
    scenes: [{ nodes: [0, jointCount] }],
    nodes,
    meshes: [{ name: identity.body.name, primitives: [primitive] }],
    skins: [{ inverseBindMatrices, skeleton: 0, joints: names.map((_, joint) => joint) }],
    materials: [
      {
        name: 'skin',
        pbrMetallicRoughness: {
          baseColorFactor: [...(options.colour ?? COLOUR), 1],
          metallicFactor: 0,
          roughnessFactor: 0.75,
        },
      },
    ],
    ...(animations === undefined ? {} : { animations }),
  });
}

function meshPrimitive(
  buffer: GltfBuffer,
  { body, restVerticesMetres }: BodyIdentity,
): Record<string, unknown> {
  const { faces } = body;
  const skinning = strongestInfluences(body.skinning, 4);
  return {
    attributes: {
      POSITION: buffer.add({
        data: restVerticesMetres,
        componentType: GLTF.float,
        type: 'VEC3',
        target: GLTF.arrayBuffer,
        bounds: true,
      }),
      NORMAL: buffer.add({
        data: vertexNormals(restVerticesMetres, faces),
        componentType: GLTF.float,
        type: 'VEC3',
        target: GLTF.arrayBuffer,
      }),
      JOINTS_0: buffer.add({
        data: skinning.joints,
        componentType: GLTF.unsignedByte,
        type: 'VEC4',
        target: GLTF.arrayBuffer,
      }),
      WEIGHTS_0: buffer.add({
        data: skinning.weights,
        componentType: GLTF.float,
        type: 'VEC4',
        target: GLTF.arrayBuffer,
      }),
    },
    indices: buffer.add(
      restVerticesMetres.length / 3 < 65535
        ? {
            data: Uint16Array.from(faces),
            componentType: GLTF.unsignedShort,
            type: 'SCALAR',
            target: GLTF.elementArrayBuffer,
          }
        : { data: faces, componentType: GLTF.unsignedInt, type: 'SCALAR', target: GLTF.elementArrayBuffer },
    ),
    material: 0,
  };
}

/** The rest frames are parallel to the world, so each inverse bind matrix (column-major) only moves the rest joint back. */
function inverseBindMatricesOf({ restJointsMetres: rest }: Skeleton): Float32Array {
  const matrices = new Float32Array((rest.length / 3) * 16);
  for (let joint = 0; joint < rest.length / 3; joint++) {
    for (const diagonal of [0, 5, 10, 15]) matrices[joint * 16 + diagonal] = 1;
    for (let axis = 0; axis < 3; axis++)
      matrices[joint * 16 + 12 + axis] = 0 - (rest[joint * 3 + axis] as number);
  }
  return matrices;
}

function translationOf(
  { parents, restJointsMetres: rest }: Skeleton,
  joint: number,
  rootPositions: RealArray | undefined,
): number[] {
  const parent = parents[joint] as number;
  if (parent < 0) return rootPositions === undefined ? [0, 0, 0] : Array.from(rootPositions.subarray(0, 3));
  return [0, 1, 2].map((axis) => (rest[joint * 3 + axis] as number) - (rest[parent * 3 + axis] as number));
}

function childrenOf(parents: Int32Array, joint: number): { children?: number[] } {
  const children = Array.from(parents.keys()).filter((child) => parents[child] === joint);
  return children.length > 0 ? { children } : {};
}

/** [F*J*4], x y z w; from frame to frame on the same half of the sphere, so that interpolation goes the short way. */
function jointQuaternions(pose6d: RealArray, frameCount: number, jointCount: number): Float32Array {
  const quaternions = new Float32Array(frameCount * jointCount * 4);
  const matrix = new Float64Array(9);
  for (let row = 0; row < frameCount * jointCount; row++) {
    rotation6dToMatrix(pose6d, row * 6, matrix, 0);
    matrixToQuaternion(matrix, 0, quaternions, row * 4);
    const before = (row - jointCount) * 4;
    if (before < 0) continue;
    let dot = 0;
    for (let i = 0; i < 4; i++)
      dot += (quaternions[before + i] as number) * (quaternions[row * 4 + i] as number);
    if (dot < 0) for (let i = row * 4; i < row * 4 + 4; i++) quaternions[i] = -(quaternions[i] as number);
  }
  return quaternions;
}

function motion(
  buffer: GltfBuffer,
  quaternions: Float32Array,
  frameCount: number,
  jointCount: number,
  framesPerSecond: number,
  rootPositions: RealArray | undefined,
): Record<string, unknown> {
  const input = buffer.add({
    data: Float32Array.from({ length: frameCount }, (_, frame) => frame / framesPerSecond),
    componentType: GLTF.float,
    type: 'SCALAR',
    bounds: true,
  });
  const samplers: Record<string, unknown>[] = [];
  const channels: Record<string, unknown>[] = [];
  const addChannel = (node: number, path: 'rotation' | 'translation', data: Float32Array): void => {
    const output = buffer.add({
      data,
      componentType: GLTF.float,
      type: path === 'rotation' ? 'VEC4' : 'VEC3',
    });
    channels.push({ sampler: samplers.length, target: { node, path } });
    samplers.push({ input, interpolation: 'LINEAR', output });
  };
  for (let joint = 0; joint < jointCount; joint++) {
    const track = new Float32Array(frameCount * 4);
    for (let frame = 0; frame < frameCount; frame++) {
      const start = (frame * jointCount + joint) * 4;
      track.set(quaternions.subarray(start, start + 4), frame * 4);
    }
    addChannel(joint, 'rotation', track);
  }
  if (rootPositions !== undefined) addChannel(0, 'translation', Float32Array.from(rootPositions));
  return { name: 'motion', samplers, channels };
}
