import { describe, expect, it } from 'vitest';
import { JOINT_NAMES, jointIndex, PARENTS } from '../skeleton/joints.js';
import { vertexCount } from './body-model.js';
import { syntheticBody } from './synthetic-body.js';
import { vertexNormals } from './vertex-normals.js';

const body = syntheticBody();
const { templateMetres: vertices, faces, skinning } = body;
const count = vertexCount(body);

function weightOf(vertex: number, joint: number): number {
  let sum = 0;
  for (let slot = vertex * 4; slot < vertex * 4 + 4; slot++)
    if (skinning.joints[slot] === joint) sum += skinning.weights[slot] as number;
  return sum;
}

function strongest(vertex: number): string {
  return JOINT_NAMES[skinning.joints[vertex * 4] as number] as string;
}

describe('syntheticBody', () => {
  it('is built once', () => {
    expect(syntheticBody()).toBe(body);
  });

  it('has two to four thousand vertices and the height of an adult', () => {
    expect(count).toBeGreaterThan(2000);
    expect(count).toBeLessThan(4000);
    const heights = vertices.filter((_, i) => i % 3 === 1);
    const height = Math.max(...heights) - Math.min(...heights);
    expect(height).toBeGreaterThan(1.65);
    expect(height).toBeLessThan(1.8);
    expect(vertices.every(Number.isFinite)).toBe(true);
  });

  it('is one closed surface without handles: each edge in two faces, once in each direction', () => {
    const edges = new Set<number>();
    for (let corner = 0; corner < faces.length; corner++) {
      const from = faces[corner] as number;
      const to = faces[corner % 3 === 2 ? corner - 2 : corner + 1] as number;
      edges.add(from * count + to);
    }
    expect(edges.size).toBe(faces.length);
    const isOpen = (edge: number): boolean => !edges.has((edge % count) * count + Math.floor(edge / count));
    expect([...edges].filter(isOpen)).toEqual([]);
    expect(count - edges.size / 2 + faces.length / 3).toBe(2);
    const reached = new Set([0]);
    const next = new Map<number, number[]>();
    for (const edge of edges) {
      const from = Math.floor(edge / count);
      next.set(from, [...(next.get(from) ?? []), edge % count]);
    }
    for (const vertex of reached) for (const neighbour of next.get(vertex) ?? []) reached.add(neighbour);
    expect(reached.size).toBe(count);
  });

  it('faces outwards and encloses the volume of an adult', () => {
    let volume = 0;
    for (let face = 0; face < faces.length; face += 3) {
      const [a, b, c] = [0, 1, 2].map((i) => {
        const start = (faces[face + i] as number) * 3;
        return vertices.subarray(start, start + 3);
      }) as [Float32Array, Float32Array, Float32Array];
      const [ax = 0, ay = 0, az = 0] = a;
      const [bx = 0, by = 0, bz = 0] = b;
      const [cx = 0, cy = 0, cz = 0] = c;
      volume += (ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)) / 6;
    }
    expect(volume).toBeGreaterThan(0.05);
    expect(volume).toBeLessThan(0.1);
  });

  it('has well-shaped triangles', () => {
    let thin = 0;
    for (let face = 0; face < faces.length; face += 3) {
      const lengths = [0, 1, 2].map((i) => {
        const a = (faces[face + i] as number) * 3;
        const b = (faces[face + ((i + 1) % 3)] as number) * 3;
        return Math.hypot(
          ...[0, 1, 2].map((axis) => (vertices[a + axis] as number) - (vertices[b + axis] as number)),
        );
      });
      if (Math.max(...lengths) > 3 * Math.min(...lengths)) thin++;
    }
    expect(thin / (faces.length / 3)).toBeLessThan(0.01);
  });

  it('holds its joints inside', () => {
    const normals = vertexNormals(vertices, faces);
    JOINT_NAMES.forEach((name, joint) => {
      const place = body.skeleton.restJointsMetres.subarray(joint * 3, joint * 3 + 3);
      let nearest = 0;
      let smallest = Infinity;
      for (let vertex = 0; vertex < count; vertex++) {
        const distance = Math.hypot(
          ...[0, 1, 2].map((i) => (vertices[vertex * 3 + i] as number) - (place[i] as number)),
        );
        if (distance >= smallest) continue;
        smallest = distance;
        nearest = vertex;
      }
      const outwards = [0, 1, 2].reduce(
        (sum, i) =>
          sum +
          ((vertices[nearest * 3 + i] as number) - (place[i] as number)) *
            (normals[nearest * 3 + i] as number),
        0,
      );
      expect(outwards, name).toBeGreaterThan(0);
    });
  });
});

describe('its skinning weights', () => {
  it('are sorted, sum to one, and name a joint only with a weight', () => {
    for (let vertex = 0; vertex < count; vertex++) {
      const row = skinning.weights.subarray(vertex * 4, vertex * 4 + 4);
      expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
      for (let slot = 0; slot < 4; slot++) {
        if (slot > 0) expect(row[slot] as number).toBeLessThanOrEqual(row[slot - 1] as number);
        if (row[slot] === 0) expect(skinning.joints[vertex * 4 + slot]).toBe(0);
      }
    }
  });

  it('give every joint a part of the body', () => {
    const owned = new Set(Array.from({ length: count }, (_, vertex) => strongest(vertex)));
    expect([...owned].sort()).toEqual([...JOINT_NAMES].sort());
  });

  it('do not reach across the body: one leg never pulls the other, nor an arm the hips', () => {
    for (let vertex = 0; vertex < count; vertex++) {
      const x = vertices[vertex * 3] as number;
      for (const [name, side] of [
        ['left', 1],
        ['right', -1],
      ] as const) {
        if (x * side > -0.02) continue;
        for (const part of ['knee', 'ankle', 'foot', 'shoulder', 'elbow', 'wrist', 'hand'] as const)
          expect(weightOf(vertex, jointIndex(`${name}_${part}`)), `${name}_${part} at x ${x}`).toBe(0);
      }
    }
    for (let vertex = 0; vertex < count; vertex++)
      for (const part of ['hip', 'collar'] as const)
        expect(
          Math.min(
            weightOf(vertex, jointIndex(`left_${part}`)),
            weightOf(vertex, jointIndex(`right_${part}`)),
          ),
        ).toBe(0);
  });

  it('blend only joints that are near each other in the tree', () => {
    const path = (joint: number): number[] => (joint < 0 ? [] : [joint, ...path(PARENTS[joint] as number)]);
    const treeDistance = (a: number, b: number): number => {
      const [pathA, pathB] = [path(a), path(b)];
      const shared = pathA.filter((joint) => pathB.includes(joint)).length;
      return pathA.length + pathB.length - 2 * shared;
    };
    for (let vertex = 0; vertex < count; vertex++)
      for (let slot = 1; slot < 4; slot++)
        if ((skinning.weights[vertex * 4 + slot] as number) > 0.05)
          expect(
            treeDistance(skinning.joints[vertex * 4] as number, skinning.joints[vertex * 4 + slot] as number),
          ).toBeLessThanOrEqual(3);
  });
});
