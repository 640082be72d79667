import type { Skeleton } from '../skeleton/skeleton.js';
import type { SkinningWeights } from './body-model.js';
import type { MannequinShape } from './mannequin-shape.js';

/** How wide the skin follows both sides of each joint, metres: wide where much flesh moves. */
function softnessMetres(jointName: string): number {
  if (jointName.startsWith('spine') || jointName === 'pelvis') return 0.05;
  if (jointName.endsWith('_hip') || jointName.endsWith('_collar')) return 0.045;
  if (jointName.endsWith('_shoulder')) return 0.055;
  if (jointName === 'neck' || jointName === 'head') return 0.025;
  if (jointName.endsWith('_knee')) return 0.026;
  if (jointName.endsWith('_elbow')) return 0.022;
  return 0.012;
}

const DIFFUSION_ROUNDS = 32;
const LARGEST_STEP = 0.5;

/**
 * Soft skinning weights. Each vertex first belongs to the joint whose flesh it is nearest to; then the memberships
 * diffuse along the surface, as heat would, over each joint's softness. Heat travels through the skin and not through
 * the air, so neighbouring limbs do not pull each other however close they lie.
 *
 * @param vertices - rest surface, metres, [V*3]
 */
export function diffuseSkinningWeights(
  vertices: Float32Array,
  faces: Uint32Array,
  skeleton: Skeleton,
  shape: MannequinShape,
): SkinningWeights {
  const jointCount = skeleton.names.length;
  const count = vertices.length / 3;
  const { neighbours, starts, edgeMetres } = adjacency(vertices, faces);
  let memberships = new Float64Array(count * jointCount);
  const rates = new Float64Array(count);
  const distances = new Float64Array(jointCount);
  for (let vertex = 0; vertex < count; vertex++) {
    const i = vertex * 3;
    shape.distancesByJoint(
      vertices[i] as number,
      vertices[i + 1] as number,
      vertices[i + 2] as number,
      distances,
    );
    let owner = 0;
    for (let joint = 1; joint < jointCount; joint++)
      if ((distances[joint] as number) < (distances[owner] as number)) owner = joint;
    let sum = 0;
    let softness = 0;
    for (let joint = 0; joint < jointCount; joint++) {
      if (!areClose(skeleton, owner, joint)) continue;
      const weight = Math.exp(((distances[owner] as number) - (distances[joint] as number)) / 0.008);
      memberships[vertex * jointCount + joint] = weight;
      sum += weight;
      softness += weight * softnessMetres(skeleton.names[joint] ?? '');
    }
    for (let joint = 0; joint < jointCount; joint++)
      memberships[vertex * jointCount + joint] = (memberships[vertex * jointCount + joint] as number) / sum;
    // n rounds of rate r over edges of length e spread by a variance of n r e^2 / 2 along each direction.
    const spread = (2 * (softness / sum) ** 2) / (edgeMetres[vertex] as number) ** 2;
    rates[vertex] = Math.min(LARGEST_STEP, spread / DIFFUSION_ROUNDS);
  }
  let next = new Float64Array(memberships.length);
  for (let round = 0; round < DIFFUSION_ROUNDS; round++) {
    for (let vertex = 0; vertex < count; vertex++) {
      const start = starts[vertex] as number;
      const end = starts[vertex + 1] as number;
      const rate = rates[vertex] as number;
      const share = rate / (end - start);
      const row = vertex * jointCount;
      for (let joint = 0; joint < jointCount; joint++) {
        let sum = 0;
        for (let k = start; k < end; k++)
          sum += memberships[(neighbours[k] as number) * jointCount + joint] as number;
        next[row + joint] = (1 - rate) * (memberships[row + joint] as number) + share * sum;
      }
    }
    [memberships, next] = [next, memberships];
  }
  settleSides(memberships, skeleton);
  return strongestFour(memberships, jointCount);
}

/**
 * Where heat of a left joint met heat of its right counterpart, their common parent takes what both have: so no vertex
 * follows both sides at once, and the midline follows the trunk.
 */
function settleSides(memberships: Float64Array, skeleton: Skeleton): void {
  const { names, parents } = skeleton;
  const jointCount = names.length;
  names.forEach((name, left) => {
    if (!name.startsWith('left_')) return;
    const right = names.indexOf(name.replace('left_', 'right_'));
    const parent = parents[left] as number;
    if (parents[right] !== parent) return;
    for (let row = 0; row < memberships.length; row += jointCount) {
      const shared = Math.min(memberships[row + left] as number, memberships[row + right] as number);
      memberships[row + left] = (memberships[row + left] as number) - shared;
      memberships[row + right] = (memberships[row + right] as number) - shared;
      memberships[row + parent] = (memberships[row + parent] as number) + 2 * shared;
    }
  });
}

/** Whether two joints are the same, or parent and child. */
function areClose(skeleton: Skeleton, a: number, b: number): boolean {
  return a === b || skeleton.parents[a] === b || skeleton.parents[b] === a;
}

interface Adjacency {
  readonly neighbours: Int32Array;
  /** Where each vertex's neighbours start, [V+1]. */
  readonly starts: Int32Array;
  /** Mean length of each vertex's edges, metres. */
  readonly edgeMetres: Float64Array;
}

function adjacency(vertices: Float32Array, faces: Uint32Array): Adjacency {
  const count = vertices.length / 3;
  const starts = new Int32Array(count + 1);
  // On a closed surface each vertex has as many neighbours as triangles, and each triangle names one of them next.
  for (const vertex of faces) starts[vertex + 1] = (starts[vertex + 1] as number) + 1;
  for (let vertex = 0; vertex < count; vertex++)
    starts[vertex + 1] = (starts[vertex + 1] as number) + (starts[vertex] as number);
  const neighbours = new Int32Array(faces.length);
  const filled = starts.slice();
  for (let corner = 0; corner < faces.length; corner++) {
    const vertex = faces[corner] as number;
    const next = faces[corner % 3 === 2 ? corner - 2 : corner + 1] as number;
    neighbours[filled[vertex] as number] = next;
    filled[vertex] = (filled[vertex] as number) + 1;
  }
  const edgeMetres = new Float64Array(count);
  for (let vertex = 0; vertex < count; vertex++) {
    const start = starts[vertex] as number;
    const end = starts[vertex + 1] as number;
    let sum = 0;
    for (let k = start; k < end; k++) {
      const other = (neighbours[k] as number) * 3;
      sum += Math.hypot(
        (vertices[other] as number) - (vertices[vertex * 3] as number),
        (vertices[other + 1] as number) - (vertices[vertex * 3 + 1] as number),
        (vertices[other + 2] as number) - (vertices[vertex * 3 + 2] as number),
      );
    }
    edgeMetres[vertex] = sum / (end - start);
  }
  return { neighbours, starts, edgeMetres };
}

/** Keeps each vertex's four largest weights, descending, and scales them to sum to 1. */
function strongestFour(memberships: Float64Array, jointCount: number): SkinningWeights {
  const count = memberships.length / jointCount;
  const joints = new Uint8Array(count * 4);
  const weights = new Float32Array(count * 4);
  for (let vertex = 0; vertex < count; vertex++) {
    const row = memberships.subarray(vertex * jointCount, (vertex + 1) * jointCount);
    const strongest = Array.from(row, (weight, joint) => ({ weight, joint }))
      .sort((a, b) => b.weight - a.weight)
      .slice(0, 4)
      .filter(({ weight }) => weight > 1e-3);
    const sum = strongest.reduce((total, { weight }) => total + weight, 0);
    strongest.forEach(({ weight, joint }, slot) => {
      joints[vertex * 4 + slot] = joint;
      weights[vertex * 4 + slot] = weight / sum;
    });
  }
  return { influenceCount: 4, joints, weights };
}
