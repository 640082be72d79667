/**
 * Smooth unit normals: each vertex takes the mean of its triangles' normals, weighted by their areas (the length of
 * the cross product). A vertex without area gets (0, 1, 0).
 *
 * @param vertices - metres, [V*3]
 * @param faces - vertex indices, counter-clockwise seen from outside, [T*3]
 * @param normals - written, [V*3]; a new array by default
 * @returns `normals`
 */
export function vertexNormals(
  vertices: Float32Array,
  faces: Uint32Array,
  normals: Float32Array = new Float32Array(vertices.length),
): Float32Array {
  normals.fill(0);
  for (let face = 0; face < faces.length; face += 3) {
    const a = (faces[face] as number) * 3;
    const b = (faces[face + 1] as number) * 3;
    const c = (faces[face + 2] as number) * 3;
    const ax = vertices[a] as number;
    const ay = vertices[a + 1] as number;
    const az = vertices[a + 2] as number;
    const ux = (vertices[b] as number) - ax;
    const uy = (vertices[b + 1] as number) - ay;
    const uz = (vertices[b + 2] as number) - az;
    const vx = (vertices[c] as number) - ax;
    const vy = (vertices[c + 1] as number) - ay;
    const vz = (vertices[c + 2] as number) - az;
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    for (let corner = 0; corner < 3; corner++) {
      const i = corner === 0 ? a : corner === 1 ? b : c;
      normals[i] = (normals[i] as number) + nx;
      normals[i + 1] = (normals[i + 1] as number) + ny;
      normals[i + 2] = (normals[i + 2] as number) + nz;
    }
  }
  for (let i = 0; i < normals.length; i += 3) {
    const x = normals[i] as number;
    const y = normals[i + 1] as number;
    const z = normals[i + 2] as number;
    const length = Math.sqrt(x * x + y * y + z * z);
    normals[i] = length > 0 ? x / length : 0;
    normals[i + 1] = length > 0 ? y / length : 1;
    normals[i + 2] = length > 0 ? z / length : 0;
  }
  return normals;
}
