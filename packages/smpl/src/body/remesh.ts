import type { DistanceFunction } from './distance-field.js';
import { distanceGradient } from './distance-gradient.js';
import { createEditableMesh, type EditableMesh } from './editable-mesh.js';
import type { TriangleMesh } from './triangle-mesh.js';

/** The edge length wanted at a point, metres. */
export type SizingField = (x: number, y: number, z: number) => number;

const COLLAPSE_BELOW = 0.8;
const COLLAPSE_ROUNDS = 24;
const SMOOTHING_ROUNDS = 6;

/**
 * Coarsens a fine closed mesh of a distance field's zero surface to nearly equilateral triangles of a given size
 * (isotropic remeshing, Botsch and Kobbelt 2004, without splits): collapse edges that are too short, flip edges to
 * the Delaunay side, even out the vertices along the surface, and pull them back onto it.
 *
 * The mesh stays closed and manifold throughout: an edge is collapsed or flipped only if that keeps it so.
 */
export function remesh(mesh: TriangleMesh, distance: DistanceFunction, sizing: SizingField): TriangleMesh {
  const editable = createEditableMesh(mesh);
  for (let round = 0; round < COLLAPSE_ROUNDS; round++) if (collapseShortEdges(editable, sizing) === 0) break;
  for (let round = 0; round < SMOOTHING_ROUNDS; round++) {
    flipToDelaunay(editable);
    evenOut(editable, distance);
  }
  flipToDelaunay(editable);
  return editable.compact();
}

/** One sweep, shortest first. Returns how many edges were collapsed. */
function collapseShortEdges(mesh: EditableMesh, sizing: SizingField): number {
  const edges = mesh.edges();
  const ratios = Float64Array.from(edges, ([a, b]) => relativeLength(mesh, a, b, sizing));
  const order = Uint32Array.from(edges.keys())
    .filter((edge) => (ratios[edge] as number) < COLLAPSE_BELOW)
    .sort((first, second) => (ratios[first] as number) - (ratios[second] as number));
  let collapsed = 0;
  for (const edge of order) {
    const [a, b] = edges[edge] as [number, number];
    // Earlier collapses of this sweep may have removed an end, or lengthened the edge.
    if (!mesh.isAlive(a) || !mesh.isAlive(b)) continue;
    if (relativeLength(mesh, a, b, sizing) < COLLAPSE_BELOW && mesh.collapse(a, b)) collapsed++;
  }
  return collapsed;
}

/** The length of an edge over the length wanted at its middle. */
function relativeLength({ positions }: EditableMesh, a: number, b: number, sizing: SizingField): number {
  const ax = positions[a * 3] as number;
  const ay = positions[a * 3 + 1] as number;
  const az = positions[a * 3 + 2] as number;
  const bx = positions[b * 3] as number;
  const by = positions[b * 3 + 1] as number;
  const bz = positions[b * 3 + 2] as number;
  const length = Math.sqrt((ax - bx) ** 2 + (ay - by) ** 2 + (az - bz) ** 2);
  return length / sizing((ax + bx) / 2, (ay + by) / 2, (az + bz) / 2);
}

/** Flips every edge whose two opposite angles sum to more than half a turn, where that keeps the surface's shape. */
function flipToDelaunay(mesh: EditableMesh): void {
  for (const [a, b] of mesh.edges()) mesh.flipIfNotDelaunay(a, b);
}

/** Moves each vertex halfway to the mean of its neighbours, along the surface, and back onto the surface. */
function evenOut(mesh: EditableMesh, distance: DistanceFunction): void {
  const { positions } = mesh;
  const moved = positions.slice();
  const gradient = new Float64Array(3);
  for (const vertex of mesh.vertices()) {
    const around = mesh.neighbours(vertex);
    const i = vertex * 3;
    let dx = 0;
    let dy = 0;
    let dz = 0;
    for (const other of around) {
      dx += (positions[other * 3] as number) - (positions[i] as number);
      dy += (positions[other * 3 + 1] as number) - (positions[i + 1] as number);
      dz += (positions[other * 3 + 2] as number) - (positions[i + 2] as number);
    }
    const half = 0.5 / around.size;
    moved[i] = (positions[i] as number) + dx * half;
    moved[i + 1] = (positions[i + 1] as number) + dy * half;
    moved[i + 2] = (positions[i + 2] as number) + dz * half;
    projectOntoSurface(moved, i, distance, gradient);
  }
  positions.set(moved);
}

/** Newton steps along the gradient. */
function projectOntoSurface(
  points: Float64Array,
  i: number,
  distance: DistanceFunction,
  gradient: Float64Array,
): void {
  for (let step = 0; step < 3; step++) {
    const x = points[i] as number;
    const y = points[i + 1] as number;
    const z = points[i + 2] as number;
    const value = distance(x, y, z);
    if (Math.abs(value) < 1e-5) return;
    distanceGradient(distance, x, y, z, gradient);
    const gx = gradient[0] as number;
    const gy = gradient[1] as number;
    const gz = gradient[2] as number;
    const scale = value / Math.max(0.05, gx * gx + gy * gy + gz * gz);
    points[i] = x - scale * gx;
    points[i + 1] = y - scale * gy;
    points[i + 2] = z - scale * gz;
  }
}
