import type { TriangleMesh } from './triangle-mesh.js';

/** A closed manifold mesh under edit. Vertices and faces keep their indices until {@link EditableMesh.compact}. */
export interface EditableMesh {
  /** Metres, [V*3]; may be written. */
  readonly positions: Float64Array;
  /** The living vertices. */
  vertices(): number[];
  /** The living edges, each once, with the smaller index first. */
  edges(): [number, number][];
  isAlive(vertex: number): boolean;
  neighbours(vertex: number): Set<number>;
  /** Merges `b` into `a` at their midpoint, unless that would pinch or fold the surface. */
  collapse(a: number, b: number): boolean;
  /** Turns the edge within its two triangles if the other diagonal is the Delaunay one and nothing folds. */
  flipIfNotDelaunay(a: number, b: number): boolean;
  /** The living part, renumbered in order. */
  compact(): TriangleMesh;
}

/** A triangle must not turn by more than about 75 degrees in one edit. */
const SMALLEST_COSINE = 0.25;

/** @param mesh - closed and manifold */
export function createEditableMesh(mesh: TriangleMesh): EditableMesh {
  const positions = mesh.vertices.slice();
  const faces = mesh.faces.slice();
  const facesOf: number[][] = Array.from({ length: positions.length / 3 }, () => []);
  faces.forEach((vertex, corner) => around(vertex).push(Math.floor(corner / 3)));

  function around(vertex: number): number[] {
    return facesOf[vertex] as number[];
  }

  const vertices = (): number[] => facesOf.flatMap((living, vertex) => (living.length > 0 ? [vertex] : []));

  const edges = (): [number, number][] => {
    const found: [number, number][] = [];
    facesOf.forEach((living, vertex) => {
      for (const face of living) {
        const next = nextInFace(face, vertex);
        // Each edge is walked once in each direction, by its two faces.
        if (vertex < next) found.push([vertex, next]);
      }
    });
    return found;
  };

  const neighbours = (vertex: number): Set<number> => {
    const found = new Set<number>();
    for (const face of around(vertex))
      for (let corner = 0; corner < 3; corner++) found.add(faces[face * 3 + corner] as number);
    found.delete(vertex);
    return found;
  };

  function nextInFace(face: number, vertex: number): number {
    const base = face * 3;
    const corner = faces[base] === vertex ? 0 : faces[base + 1] === vertex ? 1 : 2;
    return faces[base + ((corner + 1) % 3)] as number;
  }

  function hasVertex(face: number, vertex: number): boolean {
    return faces[face * 3] === vertex || faces[face * 3 + 1] === vertex || faces[face * 3 + 2] === vertex;
  }

  function replaceInFace(face: number, from: number, to: number): void {
    for (let corner = face * 3; corner < face * 3 + 3; corner++)
      if (faces[corner] === from) faces[corner] = to;
  }

  function faceNormal(face: number): Vector {
    return triangleNormal(
      positions,
      faces[face * 3] as number,
      faces[face * 3 + 1] as number,
      faces[face * 3 + 2] as number,
    );
  }

  const collapse = (a: number, b: number): boolean => {
    const shared = around(a).filter((face) => hasVertex(face, b));
    if (shared.length !== 2) return false;
    const ofB = neighbours(b);
    let inBoth = 0;
    for (const vertex of neighbours(a)) if (ofB.has(vertex)) inBoth++;
    if (inBoth !== 2) return false;
    // The two opposite vertices lose a triangle each and must keep at least three.
    for (const face of shared)
      for (let corner = face * 3; corner < face * 3 + 3; corner++) {
        const vertex = faces[corner] as number;
        if (vertex !== a && vertex !== b && around(vertex).length <= 3) return false;
      }
    const kept = [...around(a), ...around(b)].filter((face) => !shared.includes(face));
    const before = kept.map(faceNormal);
    const oldA = positions.slice(a * 3, a * 3 + 3);
    const oldB = positions.slice(b * 3, b * 3 + 3);
    for (let axis = 0; axis < 3; axis++) {
      const middle = ((oldA[axis] as number) + (oldB[axis] as number)) / 2;
      positions[a * 3 + axis] = middle;
      positions[b * 3 + axis] = middle;
    }
    if (kept.some((face, i) => cosine(before[i] as Vector, faceNormal(face)) < SMALLEST_COSINE)) {
      positions.set(oldA, a * 3);
      positions.set(oldB, b * 3);
      return false;
    }
    for (const face of around(b)) replaceInFace(face, b, a);
    for (const face of shared)
      for (let corner = face * 3; corner < face * 3 + 3; corner++) {
        const vertex = faces[corner] as number;
        facesOf[vertex] = around(vertex).filter((other) => other !== face);
      }
    facesOf[a] = [...new Set([...around(a), ...around(b).filter((face) => !shared.includes(face))])];
    facesOf[b] = [];
    return true;
  };

  const flipIfNotDelaunay = (a: number, b: number): boolean => {
    const shared = around(a).filter((face) => hasVertex(face, b));
    if (shared.length !== 2) return false;
    const [left, right] = shared as [number, number];
    const forward = nextInFace(left, a) === b ? left : right;
    const backward = forward === left ? right : left;
    const c = nextInFace(forward, b);
    const d = nextInFace(backward, a);
    if (around(a).length <= 3 || around(b).length <= 3 || neighbours(c).has(d)) return false;
    if (angleAt(positions, c, a, b) + angleAt(positions, d, b, a) <= Math.PI + 1e-6) return false;
    const before = [faceNormal(forward), faceNormal(backward)] as const;
    const after = [triangleNormal(positions, a, d, c), triangleNormal(positions, d, b, c)] as const;
    if (before.some((old) => after.some((fresh) => cosine(old, fresh) < SMALLEST_COSINE))) return false;
    // (a, b, c) and (b, a, d) become (a, d, c) and (d, b, c).
    replaceInFace(forward, b, d);
    replaceInFace(backward, a, c);
    facesOf[b] = around(b).filter((face) => face !== forward);
    facesOf[a] = around(a).filter((face) => face !== backward);
    around(c).push(backward);
    around(d).push(forward);
    return true;
  };

  const compact = (): TriangleMesh => {
    const living = vertices();
    const renumbered = new Map(living.map((vertex, index) => [vertex, index]));
    const isLiving = new Set(facesOf.flat());
    const kept = [...isLiving].sort((first, second) => first - second);
    return {
      vertices: Float64Array.from(
        living.flatMap((vertex) => [...positions.subarray(vertex * 3, vertex * 3 + 3)]),
      ),
      faces: Uint32Array.from(
        kept.flatMap((face) =>
          [...faces.subarray(face * 3, face * 3 + 3)].map((vertex) => renumbered.get(vertex) as number),
        ),
      ),
    };
  };

  const isAlive = (vertex: number): boolean => around(vertex).length > 0;

  return { positions, vertices, edges, isAlive, neighbours, collapse, flipIfNotDelaunay, compact };
}

type Vector = readonly [number, number, number];

function triangleNormal(positions: Float64Array, a: number, b: number, c: number): Vector {
  const ax = positions[a * 3] as number;
  const ay = positions[a * 3 + 1] as number;
  const az = positions[a * 3 + 2] as number;
  const ux = (positions[b * 3] as number) - ax;
  const uy = (positions[b * 3 + 1] as number) - ay;
  const uz = (positions[b * 3 + 2] as number) - az;
  const vx = (positions[c * 3] as number) - ax;
  const vy = (positions[c * 3 + 1] as number) - ay;
  const vz = (positions[c * 3 + 2] as number) - az;
  return [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
}

/** Cosine of the angle between two vectors; 1 if either vanishes (a triangle without area has no side to keep). */
function cosine(a: Vector, b: Vector): number {
  const lengths = Math.sqrt(
    (a[0] * a[0] + a[1] * a[1] + a[2] * a[2]) * (b[0] * b[0] + b[1] * b[1] + b[2] * b[2]),
  );
  return lengths > 0 ? (a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) / lengths : 1;
}

/** The angle at `apex` between the directions to `a` and `b`, radians. */
function angleAt(positions: Float64Array, apex: number, a: number, b: number): number {
  const towards = (vertex: number): Vector => [
    (positions[vertex * 3] as number) - (positions[apex * 3] as number),
    (positions[vertex * 3 + 1] as number) - (positions[apex * 3 + 1] as number),
    (positions[vertex * 3 + 2] as number) - (positions[apex * 3 + 2] as number),
  ];
  return Math.acos(Math.min(1, Math.max(-1, cosine(towards(a), towards(b)))));
}
