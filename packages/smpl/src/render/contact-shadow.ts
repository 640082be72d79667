/** How much light a body keeps from the ground beneath it, on a square grid of the ground plane. */
export interface ContactShadow {
  /** Cells along each side. */
  readonly cells: number;
  /** Darkness in [0, 1], [cells (z) * cells (x)]. */
  readonly darkness: Float32Array;
  /** World x and z of the grid's corner, metres. */
  readonly originX: number;
  readonly originZ: number;
  readonly cellMetres: number;
}

const CELLS = 64;
/** Free ground around the body: room for the blur. */
const MARGIN_METRES = 0.45;
/** Above this height a part of the body hardly darkens the ground. */
const FADE_HEIGHT_METRES = 0.35;
const TOUCH_HEIGHT_METRES = 0.06;

/**
 * Soft shadow of a body on the ground plane at `groundHeight`: vertices are counted on a grid, weighted down with
 * their height, and blurred widely for the ambient shade and narrowly for what touches the ground.
 *
 * @param vertices - metres, [V*3], about evenly spread over the surface
 */
export function contactShadow(vertices: Float32Array, groundHeight: number): ContactShadow {
  let minX = Infinity;
  let maxX = -Infinity;
  let minZ = Infinity;
  let maxZ = -Infinity;
  for (let i = 0; i < vertices.length; i += 3) {
    minX = Math.min(minX, vertices[i] as number);
    maxX = Math.max(maxX, vertices[i] as number);
    minZ = Math.min(minZ, vertices[i + 2] as number);
    maxZ = Math.max(maxZ, vertices[i + 2] as number);
  }
  const side = Math.max(maxX - minX, maxZ - minZ) + 2 * MARGIN_METRES;
  const cellMetres = side / CELLS;
  const originX = (minX + maxX - side) / 2;
  const originZ = (minZ + maxZ - side) / 2;
  const ambient = new Float32Array(CELLS * CELLS);
  const touching = new Float32Array(CELLS * CELLS);
  // One vertex stands for about this much surface, in cells.
  const footprint = 1.8 / (vertices.length / 3) / (cellMetres * cellMetres);
  for (let i = 0; i < vertices.length; i += 3) {
    const height = (vertices[i + 1] as number) - groundHeight;
    const column = Math.floor(((vertices[i] as number) - originX) / cellMetres);
    const row = Math.floor(((vertices[i + 2] as number) - originZ) / cellMetres);
    const cell = Math.min(CELLS - 1, Math.max(0, row)) * CELLS + Math.min(CELLS - 1, Math.max(0, column));
    ambient[cell] = (ambient[cell] as number) + footprint * Math.exp(-height / FADE_HEIGHT_METRES);
    touching[cell] = (touching[cell] as number) + footprint * Math.exp(-height / TOUCH_HEIGHT_METRES);
  }
  blur(ambient, Math.max(1, Math.round(0.09 / cellMetres)));
  blur(touching, Math.max(1, Math.round(0.025 / cellMetres)));
  const darkness = ambient;
  for (let cell = 0; cell < darkness.length; cell++) {
    const soft = 1 - Math.exp(-0.5 * (ambient[cell] as number));
    const firm = 1 - Math.exp(-0.9 * (touching[cell] as number));
    darkness[cell] = 1 - (1 - 0.6 * soft) * (1 - 0.55 * firm);
  }
  return { cells: CELLS, darkness, originX, originZ, cellMetres };
}

/** Darkness at a point of the ground, bilinear, 0 outside the grid. */
export function shadowAt(shadow: ContactShadow, x: number, z: number): number {
  const { cells, darkness } = shadow;
  const u = (x - shadow.originX) / shadow.cellMetres - 0.5;
  const v = (z - shadow.originZ) / shadow.cellMetres - 0.5;
  const column = Math.floor(u);
  const row = Math.floor(v);
  if (!(column >= 0 && row >= 0 && column < cells - 1 && row < cells - 1)) return 0;
  const s = u - column;
  const t = v - row;
  const i = row * cells + column;
  const near = (darkness[i] as number) * (1 - s) + (darkness[i + 1] as number) * s;
  const far = (darkness[i + cells] as number) * (1 - s) + (darkness[i + cells + 1] as number) * s;
  return near * (1 - t) + far * t;
}

/** Three box blurs along each axis: close to a Gaussian. */
function blur(grid: Float32Array, radius: number): void {
  const line = new Float32Array(CELLS);
  for (let pass = 0; pass < 3; pass++)
    for (const [step, stride] of [
      [1, CELLS],
      [CELLS, 1],
    ] as const)
      for (let start = 0; start < CELLS; start++) {
        let sum = 0;
        for (let i = -radius; i < CELLS; i++) {
          if (i + radius < CELLS) sum += grid[start * stride + (i + radius) * step] as number;
          if (i - radius - 1 >= 0) sum -= grid[start * stride + (i - radius - 1) * step] as number;
          if (i >= 0) line[i] = sum / (2 * radius + 1);
        }
        for (let i = 0; i < CELLS; i++) grid[start * stride + i * step] = line[i] as number;
      }
}
