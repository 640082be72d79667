/** A surface to write. */
export interface ObjMesh {
  /** [V*3]. OBJ has no unit: metres as they are. */
  readonly vertices: Float32Array;
  /** Vertex indices from 0, counter-clockwise seen from outside, [T*3]. */
  readonly faces: Uint32Array;
  /** Unit normals, [V*3]: for smooth shading. Left out, programs compute their own. */
  readonly normals?: Float32Array;
}

/** Thrown for a mesh that no file can hold: numbers that are not finite, faces without their vertices. */
export class ObjMeshError extends Error {
  override readonly name = 'ObjMeshError';
}

/** A micrometre. */
const DECIMALS = 6;

/**
 * A surface as a Wavefront OBJ file: vertices, triangles, and normals if there are any. Every 3D program reads it.
 *
 * @param name - of the object in the file
 * @throws ObjMeshError
 * @example
 * ```ts
 * import { skinVertices, syntheticBody, vertexNormals, writeObj } from '@pose-rft/smpl';
 *
 * const { faces, ...body } = syntheticBody();
 * const tPose = Float32Array.from({ length: 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
 * const vertices = skinVertices({ faces, ...body }, tPose);
 * const obj = writeObj({ vertices, faces, normals: vertexNormals(vertices, faces) }, 'mannequin');
 * console.assert(obj.includes('o mannequin'));
 * ```
 */
export function writeObj(mesh: ObjMesh, name = 'body'): string {
  const { vertices, faces, normals } = mesh;
  const vertexCount = vertices.length / 3;
  if (!Number.isInteger(vertexCount) || !Number.isInteger(faces.length / 3))
    throw new ObjMeshError(
      `vertices and faces come in threes, found ${vertices.length} numbers and ${faces.length} indices`,
    );
  if (normals !== undefined && normals.length !== vertices.length)
    throw new ObjMeshError(
      `${vertexCount} vertices need ${vertices.length} numbers of normals, found ${normals.length}`,
    );
  const outside = faces.findIndex((vertex) => vertex >= vertexCount);
  if (outside >= 0)
    throw new ObjMeshError(
      `triangle ${Math.floor(outside / 3)} names vertex ${faces[outside] ?? ''} of ${vertexCount}`,
    );
  const lines = [`o ${name.replace(/\s+/g, '_')}`];
  addVectors(lines, 'v', vertices, 'vertices');
  if (normals !== undefined) addVectors(lines, 'vn', normals, 'normals');
  const corner = (face: number): string => {
    const vertex = (faces[face] as number) + 1;
    return normals === undefined ? String(vertex) : `${vertex}//${vertex}`;
  };
  for (let face = 0; face < faces.length; face += 3)
    lines.push(`f ${corner(face)} ${corner(face + 1)} ${corner(face + 2)}`);
  return `${lines.join('\n')}\n`;
}

function addVectors(lines: string[], key: string, vectors: Float32Array, what: string): void {
  for (let i = 0; i < vectors.length; i += 3) {
    const [x = NaN, y = NaN, z = NaN] = vectors.subarray(i, i + 3);
    if (!Number.isFinite(x + y + z))
      throw new ObjMeshError(`${what} must be finite, found (${x}, ${y}, ${z}) at ${i / 3}`);
    lines.push(`${key} ${x.toFixed(DECIMALS)} ${y.toFixed(DECIMALS)} ${z.toFixed(DECIMALS)}`);
  }
}
