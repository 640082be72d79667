import type { DistanceField, Point } from './distance-field.js';
import type { TriangleMesh } from './triangle-mesh.js';

/** Cells along the side of a block; a block that the surface cannot reach is filled without being sampled. */
const BLOCK = 8;
/** Leaves room for the repair of diagonal contacts, which may move the surface by a cell. */
const REACH_ALLOWANCE = 1.25;

/**
 * The zero surface of a distance field as a closed mesh, by naive surface nets (Gibson 1998): one vertex in each grid
 * cell that the surface crosses, at the mean of the crossings of the cell's edges, and one quadrilateral around each
 * grid edge that it crosses. Samples are first made well-composed, so the mesh is closed and manifold.
 *
 * @param solid - must not reach the border of the box
 */
export function surfaceNets(
  solid: DistanceField,
  lower: Point,
  upper: Point,
  cellMetres: number,
): TriangleMesh {
  const size = lower.map((start, axis) => {
    const cells = Math.ceil(((upper[axis] as number) - start) / cellMetres / BLOCK) * BLOCK;
    return cells + 1;
  }) as [number, number, number];
  const { field, cells } = sampleField(solid, lower, size, cellMetres);
  const [sizeX, sizeY] = size;
  const strides = [1, sizeX, sizeX * sizeY] as const;
  makeWellComposed(field, cells, strides);
  const vertexOfCell = new Int32Array(field.length).fill(-1);
  const vertices: number[] = [];
  for (const cell of cells) {
    const point = crossingMean(field, cell, strides);
    if (point === undefined) continue;
    vertexOfCell[cell] = vertices.length / 3;
    vertices.push(
      lower[0] + ((cell % sizeX) + point[0]) * cellMetres,
      lower[1] + ((Math.floor(cell / sizeX) % sizeY) + point[1]) * cellMetres,
      lower[2] + (Math.floor(cell / strides[2]) + point[2]) * cellMetres,
    );
  }
  const faces: number[] = [];
  for (const cell of cells) {
    if ((vertexOfCell[cell] as number) < 0) continue;
    const isInside = (field[cell] as number) < 0;
    for (let axis = 0; axis < 3; axis++) {
      if ((field[cell + (strides[axis] as number)] as number) < 0 === isInside) continue;
      const u = strides[(axis + 1) % 3] as number;
      const v = strides[(axis + 2) % 3] as number;
      const quad = [cell, cell - u, cell - u - v, cell - v].map((i) => vertexOfCell[i] as number);
      const [a, b, c, d] = (isInside ? quad : quad.reverse()) as [number, number, number, number];
      faces.push(a, b, c, a, c, d);
    }
  }
  return { vertices: Float64Array.from(vertices), faces: Uint32Array.from(faces) };
}

interface SampledField {
  /** Distances at the grid's points, x fastest; in blocks out of the surface's reach, only their sign is right. */
  readonly field: Float32Array;
  /** The cells of the other blocks, each named by its lowest corner: all that the surface can cross. */
  readonly cells: readonly number[];
}

function sampleField(
  solid: DistanceField,
  lower: Point,
  size: readonly [number, number, number],
  cellMetres: number,
): SampledField {
  const [sizeX, sizeY, sizeZ] = size;
  const cells: number[] = [];
  const field = new Float32Array(sizeX * sizeY * sizeZ);
  const reach = (Math.sqrt(3) / 2) * BLOCK * cellMetres * REACH_ALLOWANCE;
  for (let blockZ = 0; blockZ < sizeZ; blockZ += BLOCK)
    for (let blockY = 0; blockY < sizeY; blockY += BLOCK)
      for (let blockX = 0; blockX < sizeX; blockX += BLOCK) {
        const centreX = lower[0] + (blockX + BLOCK / 2) * cellMetres;
        const centreY = lower[1] + (blockY + BLOCK / 2) * cellMetres;
        const centreZ = lower[2] + (blockZ + BLOCK / 2) * cellMetres;
        const centre = solid.at(centreX, centreY, centreZ);
        const distance = Math.abs(centre) < reach ? solid.near(centreX, centreY, centreZ, reach) : undefined;
        for (let z = blockZ; z < Math.min(sizeZ, blockZ + BLOCK); z++)
          for (let y = blockY; y < Math.min(sizeY, blockY + BLOCK); y++)
            for (let x = blockX; x < Math.min(sizeX, blockX + BLOCK); x++) {
              const point = x + sizeX * (y + sizeY * z);
              if (distance === undefined) {
                field[point] = centre;
                continue;
              }
              field[point] = distance(
                lower[0] + x * cellMetres,
                lower[1] + y * cellMetres,
                lower[2] + z * cellMetres,
              );
              if (x < sizeX - 1 && y < sizeY - 1 && z < sizeZ - 1) cells.push(point);
            }
      }
  return { field, cells };
}

/** Mean of the points where the surface crosses the 12 edges of a cell, in cells; undefined if it crosses none. */
function crossingMean(
  field: Float32Array,
  cell: number,
  strides: Strides,
): [number, number, number] | undefined {
  const corners = insideCorners(field, cell, strides);
  if (corners === NONE || corners === ALL) return undefined;
  const sum: [number, number, number] = [0, 0, 0];
  let crossings = 0;
  for (let axis = 0; axis < 3; axis++) {
    const first = (axis + 1) % 3;
    const second = (axis + 2) % 3;
    for (let corner = 0; corner < 4; corner++) {
      const onFirst = corner & 1;
      const onSecond = corner >> 1;
      const start = cell + onFirst * (strides[first] as number) + onSecond * (strides[second] as number);
      const a = field[start] as number;
      const b = field[start + (strides[axis] as number)] as number;
      if (a < 0 === b < 0) continue;
      crossings++;
      sum[axis] = (sum[axis] as number) + a / (a - b);
      sum[first] = (sum[first] as number) + onFirst;
      sum[second] = (sum[second] as number) + onSecond;
    }
  }
  return [sum[0] / crossings, sum[1] / crossings, sum[2] / crossings];
}

type Strides = readonly [number, number, number];

const NONE = 0;
const ALL = 255;

/** Which of a cell's corners lie inside, as bits; corner bits 1, 2, 4 step along x, y, z. */
function insideCorners(field: Float32Array, cell: number, [x, y, z]: Strides): number {
  return (
    ((field[cell] as number) < 0 ? 1 : 0) |
    ((field[cell + x] as number) < 0 ? 2 : 0) |
    ((field[cell + y] as number) < 0 ? 4 : 0) |
    ((field[cell + x + y] as number) < 0 ? 8 : 0) |
    ((field[cell + z] as number) < 0 ? 16 : 0) |
    ((field[cell + x + z] as number) < 0 ? 32 : 0) |
    ((field[cell + y + z] as number) < 0 ? 64 : 0) |
    ((field[cell + x + y + z] as number) < 0 ? 128 : 0)
  );
}

/** The corners of a cell's six faces, in order around the face. */
const FACES = [
  [0, 1, 3, 2],
  [4, 5, 7, 6],
  [0, 1, 5, 4],
  [2, 3, 7, 6],
  [0, 2, 6, 4],
  [1, 3, 7, 5],
] as const;
const BARELY = 1e-6;
const LARGEST_REPAIR_ROUNDS = 20;

/**
 * Flips the samples nearest to zero until no two inside (or outside) samples touch only across the diagonal of a face
 * or of a cell. The boundary between inside and outside is then a manifold (Latecki, Eckhardt and Rosenfeld 1995), and
 * no cell holds two sheets of it.
 */
function makeWellComposed(field: Float32Array, cells: readonly number[], strides: Strides): void {
  for (let round = 0; round < LARGEST_REPAIR_ROUNDS; round++) {
    let flips = 0;
    for (const cell of cells) {
      const corners = criticalCorners(insideCorners(field, cell, strides));
      if (corners === undefined) continue;
      const samples = corners.map(
        (corner) => cell + (corner & 1) + ((corner >> 1) & 1) * strides[1] + (corner >> 2) * strides[2],
      );
      const size = (sample: number): number => Math.abs(field[sample] as number);
      const weakest = samples.reduce((best, sample) => (size(sample) < size(best) ? sample : best));
      field[weakest] = (field[weakest] as number) < 0 ? BARELY : -BARELY;
      flips++;
    }
    if (flips === 0) return;
  }
}

/** The corners of a diagonal contact in a cell with the given inside corners; undefined if there is none. */
function criticalCorners(inside: number): readonly number[] | undefined {
  if (inside === NONE || inside === ALL) return undefined;
  const isInside = (corner: number): boolean => ((inside >> corner) & 1) === 1;
  for (const face of FACES) {
    const [a, b, c, d] = face;
    if (isInside(a) === isInside(c) && isInside(b) === isInside(d) && isInside(a) !== isInside(b))
      return face;
  }
  for (let corner = 0; corner < 4; corner++) {
    const pair = (1 << corner) | (1 << (7 - corner));
    if (inside === pair || inside === (ALL ^ pair)) return [corner, 7 - corner];
  }
  return undefined;
}
