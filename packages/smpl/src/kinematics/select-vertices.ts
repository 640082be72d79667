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
  ) => {
    chosen.forEach((vertex, i) => {
      for (let k = 0; k < width; k++)
        to[row * chosen.length * width + i * width + k] = from[
          row * total * width + vertex * width + k
        ] as number;
    });
    return to;
  };
  const poseDirections = new Float32Array(featureCount * 3 * chosen.length);
  for (let row = 0; row < featureCount; row++)
    take(body.poseDirections ?? poseDirections, poseDirections, 3, row);
  return {
    count: chosen.length,
    restMetres: take(restVerticesMetres, new Float32Array(3 * chosen.length), 3),
    poseDirections: featureCount === 0 ? undefined : poseDirections,
    jointCount,
    influences: {
      influenceCount,
      joints: take(joints, new Uint8Array(influenceCount * chosen.length), influenceCount),
      weights: take(weights, new Float32Array(influenceCount * chosen.length), influenceCount),
    },
  };
}
