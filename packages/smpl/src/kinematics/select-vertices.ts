import type { BodyIdentity } from '../body/body-identity.js';
import { vertexCount } from '../body/body-model.js';
import type { PointSet } from './posed-points.js';

/** Thrown for a vertex index that a body does not have. */
export class VertexRangeError extends Error {
  override readonly name = 'VertexRangeError';
}

/** A body's vertices, or some of them, as points of the skinning. */
export function selectVertices(
  { body, skeleton, restVerticesMetres }: BodyIdentity,
  vertices: ArrayLike<number> | undefined,
): PointSet {
  const jointCount = skeleton.parents.length;
  const total = vertexCount(body);
  const whole: PointSet = {
    count: total,
    restMetres: restVerticesMetres,
    poseDirections: body.poseDirections,
    jointCount,
    influences: body.skinning,
  };
  if (vertices === undefined) return whole;
  const chosen = Uint32Array.from(vertices);
  for (let i = 0; i < chosen.length; i++) {
    const vertex = vertices[i] as number;
    if (vertex !== chosen[i] || vertex >= total)
      throw new VertexRangeError(
        `Chosen vertex ${i} is ${vertex}, but the body '${body.name}' has the vertices 0 to ${total - 1}.`,
      );
  }
  const { influenceCount, joints, weights } = body.skinning;
  const featureCount = body.poseDirections === undefined ? 0 : 9 * (jointCount - 1);
  const take = <Numbers extends Float32Array | Uint8Array>(
    from: Numbers,
    to: Numbers,
    width: number,
    row = 0,
  ) => takeRows(chosen, from, row * total * width, to, row * chosen.length * width, width);
  const poseDirections = new Float32Array(featureCount * 3 * chosen.length);
  for (let row = 0; row < featureCount; row++)
    take(body.poseDirections ?? poseDirections, poseDirections, 3, row);
  return {
    count: chosen.length,
    restMetres: selectRest(restVerticesMetres, chosen),
    poseDirections: featureCount === 0 ? undefined : poseDirections,
    jointCount,
    influences: {
      influenceCount,
      joints: take(joints, new Uint8Array(influenceCount * chosen.length), influenceCount),
      weights: take(weights, new Float32Array(influenceCount * chosen.length), influenceCount),
    },
  };
}

/** The rest places of some vertices, or of all. */
export function selectRest(
  restVerticesMetres: Float32Array,
  vertices: ArrayLike<number> | undefined,
): Float32Array {
  if (vertices === undefined) return restVerticesMetres;
  return takeRows(vertices, restVerticesMetres, 0, new Float32Array(3 * vertices.length), 0, 3);
}

function takeRows<Numbers extends Float32Array | Uint8Array>(
  rows: ArrayLike<number>,
  source: Numbers,
  sourceOffset: number,
  target: Numbers,
  targetOffset: number,
  width: number,
): Numbers {
  for (let i = 0; i < rows.length; i++)
    for (let k = 0; k < width; k++)
      target[targetOffset + i * width + k] = source[sourceOffset + (rows[i] as number) * width + k] as number;
  return target;
}
