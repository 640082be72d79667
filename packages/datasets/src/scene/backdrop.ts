import type { Random } from '@pose-rft/random';
import type { Colour } from '@pose-rft/smpl/render';
import { drawShape, paintShape } from './picture-shape.js';

export type BackdropKind = 'plain' | 'room' | 'outdoors' | 'clutter';

const KINDS: readonly BackdropKind[] = ['plain', 'room', 'room', 'outdoors', 'outdoors', 'clutter'];

/**
 * What is behind somebody: a plain gradient, a wall and a floor, sky and ground, or many things; with soft blotches and
 * fine noise, as sensors have it.
 *
 * @param horizonRow - the row at which floor or ground end; may lie outside of the picture
 * @returns sRGB bytes, [size*size*3]
 */
export function drawBackdrop(random: Random, size: number, horizonRow: number): Uint8Array {
  const kind = random.pick(KINDS);
  const rgb = new Uint8Array(3 * size * size);
  const [above, below] = twoGrounds(kind, random);
  const horizon = kind === 'plain' ? size * random.uniform() : horizonRow;
  const softness = kind === 'plain' ? size : 1.5;
  const blotches = createBlotches(random, kind === 'plain' ? 0.02 : 0.07);
  const tiles = kind === 'room' && random.uniform() < 0.6 ? 3 + random.integer(8) : 0;
  const noise = 2 + 5 * random.uniform();
  const line = new Float64Array(3);
  // One stream for the whole grain: a split each row would cost more than the row.
  const grain = new Float32Array(256);
  random.fillNormal(grain);
  let grainAt = random.integer(256);
  for (let y = 0; y < size; y++) {
    const share = Math.min(1, Math.max(0, 0.5 + (y - horizon) / softness));
    const depth = (y - horizon) / size;
    for (let channel = 0; channel < 3; channel++)
      line[channel] =
        255 *
        ((above[channel] as number) * (1 - 0.25 * Math.max(0, -depth)) * (1 - share) +
          (below[channel] as number) * (1 + 0.3 * Math.max(0, depth)) * share);
    for (let x = 0; x < size; x++) {
      let light = 1 + blotches(x / size, y / size);
      if (tiles > 0 && share > 0.5 && isDarkTile(x / size - 0.5, depth, tiles)) light *= 0.86;
      const at = 3 * (y * size + x);
      for (let channel = 0; channel < 3; channel++) {
        grainAt = (grainAt * 5 + 1 + y + x) & 255;
        rgb[at + channel] = clampByte((line[channel] as number) * light + noise * (grain[grainAt] as number));
      }
    }
  }
  const things = {
    plain: 0,
    room: random.integer(4),
    outdoors: random.integer(6),
    clutter: 8 + random.integer(14),
  };
  for (let thing = 0; thing < things[kind]; thing++)
    paintShape(
      drawShape(random, {
        centreX: size * random.uniform(),
        centreY:
          kind === 'clutter'
            ? size * random.uniform()
            : Math.min(horizon, size) - size * 0.1 * random.uniform(),
        halfWidth: size * (0.03 + 0.12 * random.uniform()),
        halfHeight: size * (0.04 + 0.2 * random.uniform()),
        turnRadians: kind === 'clutter' ? Math.PI * random.uniform() : 0,
      }),
      rgb,
      size,
      size,
    );
  return rgb;
}

function twoGrounds(kind: BackdropKind, random: Random): readonly [Colour, Colour] {
  const tint = (base: Colour, spread: number): Colour =>
    base.map((value) => Math.min(1, Math.max(0, value + spread * (random.uniform() - 0.5)))) as [
      number,
      number,
      number,
    ];
  const grey = 0.25 + 0.6 * random.uniform();
  switch (kind) {
    case 'outdoors':
      return [
        tint([0.62, 0.76, 0.9], 0.25),
        tint(
          random.pick<Colour>([
            [0.3, 0.44, 0.22],
            [0.5, 0.46, 0.38],
            [0.45, 0.45, 0.46],
            [0.75, 0.68, 0.5],
          ]),
          0.15,
        ),
      ];
    case 'room':
      return [
        tint([grey, grey, grey], 0.25),
        tint(
          random.pick<Colour>([
            [0.48, 0.34, 0.22],
            [0.55, 0.55, 0.55],
            [0.36, 0.3, 0.28],
          ]),
          0.2,
        ),
      ];
    case 'plain':
    case 'clutter':
      return [tint([grey, grey, grey], 0.4), tint([grey, grey, grey], 0.4)];
  }
}

/** Soft variation of the light over the picture: a few waves of random direction. */
function createBlotches(random: Random, amplitude: number): (x: number, y: number) => number {
  const waves = Array.from({ length: 3 }, () => ({
    x: 9 * random.normal(),
    y: 9 * random.normal(),
    phase: 2 * Math.PI * random.uniform(),
  }));
  return (x, y) => {
    let sum = 0;
    for (const wave of waves) sum += Math.sin(wave.x * x + wave.y * y + wave.phase);
    return (amplitude * sum) / 1.7;
  };
}

/** A floor of square tiles in perspective: lines towards the horizon's middle, rows closer the farther they are. */
function isDarkTile(fromMiddle: number, depth: number, tiles: number): boolean {
  if (depth <= 0.01) return false;
  return ((Math.floor((tiles * fromMiddle) / depth / 4) + Math.floor(tiles / 10 / depth)) & 1) === 0;
}

function clampByte(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
}
