import { assertSameBody, identityOf, type BodyIdentity } from '../body/body-identity.js';
import { vertexCount, type BodyModel } from '../body/body-model.js';
import { assertValidBody } from '../body/valid-body.js';
import { assertRange, type RealArray } from '../real-array.js';
import { jointTransforms, TRANSFORM_SIZE, type RootPosition } from './joint-transforms.js';
import { createLocalRotations } from './local-rotations.js';
import type { SurfaceImplementation } from './panel-kernels.js';
import { createPosedPoints, POSES_PER_BLOCK } from './posed-points.js';
import { selectRest, selectVertices } from './select-vertices.js';

export interface SkinningOptions {
  /** Only these vertices, in this order; all by default. */
  readonly vertices?: ArrayLike<number>;
  /** `origin` (the default) puts the root joint there; `rest` leaves it at its rest place, as smplx does. */
  readonly rootPosition?: RootPosition;
  /** `compiled` (the default) uses WebAssembly's vectors where the engine has them; `plain` never does. */
  readonly implementation?: SurfaceImplementation;
}

/**
 * Linear blend skinning of one body of one shape. Holds a copy of its pose directions and scratch memory of a fixed size,
 * whatever the batch: use one object a thread of work. All functions read `poseCount` poses (one by default) that follow
 * each other from an offset, and write as many surfaces from another, in metres.
 *
 * All throw `ArrayRangeError` if an array is too short, and `NonFinitePoseError`, naming the joint, if a rotation holds
 * NaN or an infinity; what was written before the error stays.
 */
export interface Skinning {
  /** V, or the number of chosen vertices. */
  readonly vertexCount: number;
  readonly implementation: SurfaceImplementation;
  /**
   * Goes on with another shape of the same body, without preparing the pose directions again.
   *
   * @throws OtherBodyError for a shape of another body
   */
  readonly useIdentity: (identity: BodyIdentity) => void;
  /** [poseCount, J, 6] in layout `columns`, relative to the parent -> [poseCount, V, 3]. */
  readonly verticesFromRotation6d: VerticesFromPose;
  /** [poseCount, J, 3, 3] row-major, relative to the parent -> [poseCount, V, 3]. */
  readonly verticesFromMatrices: VerticesFromPose;
  /** [poseCount, J, 3] in radians, relative to the parent -> [poseCount, V, 3]. */
  readonly verticesFromAxisAngle: VerticesFromPose;
}

type VerticesFromPose = (
  pose: RealArray,
  poseOffset: number,
  vertices: RealArray,
  verticesOffset: number,
  poseCount?: number,
) => void;

/**
 * Prepares linear blend skinning (Loper et al. 2015, section 3): the rest surface is corrected by the pose (a linear
 * function of R_j - I), then every vertex follows the weighted mean of the transforms of its joints.
 *
 * @param body - of the template's shape, or of another that `prepareIdentity` computed
 * @throws InvalidSkeletonError or InvalidBodyError if the parts of the body do not fit each other; VertexRangeError for
 * a vertex that it does not have
 * @example
 * ```ts
 * import { createSkinning, syntheticBody, vertexCount } from '@pose-rft/smpl';
 *
 * const body = syntheticBody();
 * const skinning = createSkinning(body);
 * const frames = 2;
 * const poses = Float32Array.from({ length: frames * 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
 * const vertices = new Float32Array(frames * vertexCount(body) * 3);
 * skinning.verticesFromRotation6d(poses, 0, vertices, 0, frames);
 * console.assert(vertices.every(Number.isFinite));
 * ```
 */
export function createSkinning(body: BodyModel | BodyIdentity, options: SkinningOptions = {}): Skinning {
  const identity = identityOf(body);
  assertValidBody(identity.body);
  const { skeleton } = identity;
  const { parents } = skeleton;
  let { restJointsMetres } = skeleton;
  const jointCount = parents.length;
  const rootPosition = options.rootPosition ?? 'origin';
  const points = selectVertices(identity, options.vertices);
  const posed = createPosedPoints(points, options.implementation ?? 'compiled');
  const rotations = createLocalRotations(skeleton);
  const transforms = new Float64Array(jointCount * TRANSFORM_SIZE);
  const size = 3 * points.count;

  function from(
    load: (source: RealArray, offset: number) => void,
    numbers: number,
    what: string,
  ): VerticesFromPose {
    return (source, sourceOffset, vertices, verticesOffset, poseCount = 1) => {
      assertRange(source, sourceOffset, numbers * poseCount, what);
      assertRange(vertices, verticesOffset, size * poseCount, 'The skinned vertices');
      for (let first = 0; first < poseCount; first += POSES_PER_BLOCK) {
        const count = Math.min(POSES_PER_BLOCK, poseCount - first);
        for (let pose = 0; pose < count; pose++) {
          load(source, sourceOffset + numbers * (first + pose));
          jointTransforms(rotations.matrices, parents, restJointsMetres, rootPosition, transforms);
          posed.load(pose, rotations.matrices, transforms);
        }
        posed.evaluate(count);
        for (let pose = 0; pose < count; pose++) {
          const start = pose * posed.outputStride;
          vertices.set(posed.output.subarray(start, start + size), verticesOffset + size * (first + pose));
        }
      }
    };
  }

  return {
    vertexCount: points.count,
    implementation: posed.implementation,
    useIdentity(next) {
      assertSameBody(identity.body, next);
      restJointsMetres = next.skeleton.restJointsMetres;
      posed.setRest(selectRest(next.restVerticesMetres, options.vertices));
    },
    verticesFromRotation6d: from(rotations.loadRotation6d, 6 * jointCount, 'The pose (6D)'),
    verticesFromMatrices: from(rotations.loadMatrices, 9 * jointCount, 'The pose (matrices)'),
    verticesFromAxisAngle: from(rotations.loadAxisAngles, 3 * jointCount, 'The pose (axis-angle)'),
  };
}

/**
 * The surface of one pose, metres, [V*3], the pelvis joint at the origin. For many poses {@link createSkinning} prepares
 * the body once.
 *
 * @param pose6d - [J*6], 6D rotations by columns, relative to the parent
 * @param vertices - written, [V*3]; a new array by default
 * @throws ArrayRangeError, NonFinitePoseError
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
  body: BodyModel | BodyIdentity,
  pose6d: RealArray,
  vertices: Float32Array = new Float32Array(3 * vertexCount(identityOf(body).body)),
): Float32Array {
  skinningOf(body).verticesFromRotation6d(pose6d, 0, vertices, 0);
  return vertices;
}

const preparedSkinnings = new WeakMap<BodyModel | BodyIdentity, Skinning>();

/** Bodies do not change, so one preparation serves all single pictures of a body. */
function skinningOf(body: BodyModel | BodyIdentity): Skinning {
  const known = preparedSkinnings.get(body);
  if (known !== undefined) return known;
  const skinning = createSkinning(body);
  preparedSkinnings.set(body, skinning);
  return skinning;
}
