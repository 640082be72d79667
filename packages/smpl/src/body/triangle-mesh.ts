/** Triangles over shared vertices. */
export interface TriangleMesh {
  /** Metres, [V*3]. */
  readonly vertices: Float64Array;
  /** Vertex indices, counter-clockwise seen from outside, [T*3]. */
  readonly faces: Uint32Array;
}
