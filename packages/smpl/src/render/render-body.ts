import { identityOf, type BodyIdentity } from '../body/body-identity.js';
import { vertexCount, type BodyModel } from '../body/body-model.js';
import { skinVertices } from '../kinematics/skinning.js';
import { vertexNormals } from '../body/vertex-normals.js';
import type { RealArray } from '../real-array.js';
import { frameCamera, THREE_QUARTER_VIEW, type Camera, type ViewDirection } from './camera.js';
import type { Colour } from './colour.js';
import { renderMesh, type MeshRenderOptions, type PartRendering } from './render-mesh.js';

export interface BodyRenderOptions extends MeshRenderOptions {
  /** Where to look from, the body filling the picture; a three-quarter view by default. Ignored with `camera`. */
  readonly view?: ViewDirection;
  /** A camera of one's own: the pelvis joint is at the origin. */
  readonly camera?: Camera;
  /** A colour for each joint's part of the body, [J]; blended by the skinning weights. */
  readonly partColours?: readonly Colour[];
}

/** Thrown when there is not one colour for each joint. */
export class PartColoursError extends Error {
  override readonly name = 'PartColoursError';
}

/**
 * A picture of a posed body: skinning, an automatic camera, and the software rasteriser: colour, depth, silhouette and
 * parts (the joint that the surface follows most) at once. No GPU, no canvas.
 *
 * @param body - of the template's shape, or of another that `prepareIdentity` computed
 * @param pose6d - [J*6], 6D rotations by columns, relative to the parent
 * @throws ArrayRangeError, NonFinitePoseError, CameraError, RenderOptionsError, PartColoursError
 * @example
 * ```ts
 * import { syntheticBody } from '@pose-rft/smpl';
 * import { encodePng, renderBody } from '@pose-rft/smpl/render';
 *
 * const tPose = Float32Array.from({ length: 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
 * const { rgb, width, height } = renderBody(syntheticBody(), tPose, { width: 128, height: 128 });
 * console.assert(encodePng(rgb, width, height).length > 1000);
 * ```
 */
export function renderBody(
  body: BodyModel | BodyIdentity,
  pose6d: RealArray,
  options: BodyRenderOptions = {},
): PartRendering {
  const model = identityOf(body).body;
  const { faces } = model;
  const vertices = skinVertices(body, pose6d);
  const normals = vertexNormals(vertices, faces);
  const aspect = (options.width ?? 256) / (options.height ?? 256);
  const camera = options.camera ?? frameCamera(vertices, options.view ?? THREE_QUARTER_VIEW, aspect);
  const mesh = { vertices, normals, faces, parts: vertexParts(model) };
  if (options.partColours === undefined) return renderMesh(mesh, camera, options);
  return renderMesh({ ...mesh, colours: vertexColours(model, options.partColours) }, camera, options);
}

/** The joint with the largest weight of each vertex, [V]: weights descend, so it is the first. */
function vertexParts(body: BodyModel): Uint8Array {
  const { joints, influenceCount } = body.skinning;
  return Uint8Array.from({ length: vertexCount(body) }, (_, vertex) => joints[vertex * influenceCount] ?? 0);
}

function vertexColours(body: BodyModel, partColours: readonly Colour[]): Float32Array {
  const jointCount = body.skeleton.names.length;
  if (partColours.length !== jointCount)
    throw new PartColoursError(
      `partColours needs one colour for each of the ${jointCount} joints, found ${partColours.length}`,
    );
  const { influenceCount, joints, weights } = body.skinning;
  const colours = new Float32Array(body.templateMetres.length);
  for (let slot = 0; slot < joints.length; slot++) {
    const colour = partColours[joints[slot] as number] as Colour;
    const vertex = Math.floor(slot / influenceCount);
    for (let channel = 0; channel < 3; channel++)
      colours[vertex * 3 + channel] =
        (colours[vertex * 3 + channel] as number) + (weights[slot] as number) * (colour[channel] as number);
  }
  return colours;
}
