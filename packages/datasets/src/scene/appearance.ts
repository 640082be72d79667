import type { Random } from '@pose-rft/random';
import type { BodyModel } from '@pose-rft/smpl';
import type { Colour } from '@pose-rft/smpl/render';
import { drawColourName, shadeOf, type ColourName } from './colour-name.js';

/** How far sleeves and trousers reach. */
export type Reach = 'none' | 'short' | 'long';

/** What somebody wears and looks like; colours of clothes have names, so that questions about them have answers. */
export interface Appearance {
  readonly top: ColourName;
  readonly bottom: ColourName;
  readonly shoes: ColourName;
  readonly sleeves: Reach;
  readonly legs: Exclude<Reach, 'none'>;
  /** sRGB of every region. */
  readonly colours: Readonly<Record<Region, Colour>>;
}

/** Regions of the body's surface that have one colour each. */
export const REGIONS = [
  'skin',
  'hair',
  'top',
  'upper sleeve',
  'lower sleeve',
  'forearm',
  'bottom',
  'upper leg',
  'lower leg',
  'shoes',
] as const;
export type Region = (typeof REGIONS)[number];

const SKINS: readonly Colour[] = [
  [0.96, 0.82, 0.73],
  [0.9, 0.72, 0.58],
  [0.78, 0.57, 0.42],
  [0.6, 0.41, 0.28],
  [0.42, 0.28, 0.19],
  [0.27, 0.18, 0.13],
];
const HAIRS: readonly Colour[] = [
  [0.07, 0.06, 0.06],
  [0.2, 0.12, 0.07],
  [0.38, 0.22, 0.1],
  [0.78, 0.62, 0.34],
  [0.55, 0.2, 0.08],
  [0.62, 0.6, 0.58],
];

/** Draws clothes, skin and hair; top and bottom differ in colour. */
export function drawAppearance(random: Random): Appearance {
  const top = drawColourName(random);
  const bottom = drawColourName(random, top);
  const shoes = drawColourName(random, bottom);
  const sleeves = random.pick(['none', 'short', 'short', 'long', 'long'] as const);
  const legs = random.pick(['short', 'long', 'long'] as const);
  const skin = between(random.pick(SKINS), random.pick(SKINS), 0.4 * random.uniform());
  const [topShade, bottomShade] = [shadeOf(top, random), shadeOf(bottom, random)];
  return {
    top,
    bottom,
    shoes,
    sleeves,
    legs,
    colours: {
      skin,
      hair: random.pick(HAIRS),
      top: topShade,
      'upper sleeve': sleeves === 'none' ? skin : topShade,
      'lower sleeve': sleeves === 'long' ? topShade : skin,
      forearm: sleeves === 'long' ? topShade : skin,
      bottom: bottomShade,
      'upper leg': bottomShade,
      'lower leg': legs === 'long' ? bottomShade : skin,
      shoes: shadeOf(shoes, random),
    },
  };
}

function between(from: Colour, to: Colour, share: number): Colour {
  return from.map((value, i) => value + share * ((to[i] as number) - value)) as [number, number, number];
}

/** sRGB of each vertex, [V*3], on a body whose vertices have `regions`. */
export function vertexColours(regions: Uint8Array, { colours }: Appearance): Float32Array {
  const table = REGIONS.map((region) => colours[region]);
  const values = new Float32Array(3 * regions.length);
  for (let vertex = 0; vertex < regions.length; vertex++) {
    const colour = table[regions[vertex] as number] as Colour;
    for (let channel = 0; channel < 3; channel++) values[3 * vertex + channel] = colour[channel] as number;
  }
  return values;
}

/** Half way down the upper arm, a sleeve ends; two thirds down the thigh, short trousers do. */
const SLEEVE_END = 0.55;
const SHORTS_END = 0.7;

/**
 * The region of each vertex, [V], indices in {@link REGIONS}: by the joint that it follows most, and how far along that
 * joint's bone it lies at rest.
 */
export function vertexRegions(body: BodyModel): Uint8Array {
  const { skeleton, skinning, templateMetres } = body;
  const { names, restJointsMetres } = skeleton;
  const vertexCount = templateMetres.length / 3;
  const dominant = Uint8Array.from(
    { length: vertexCount },
    (_, vertex) => skinning.joints[vertex * skinning.influenceCount] ?? 0,
  );
  const headHeights = [...dominant.keys()]
    .filter((vertex) => names[dominant[vertex] as number] === 'head')
    .map((vertex) => templateMetres[3 * vertex + 1] as number);
  const headTop = Math.max(...headHeights);
  const headBottom = Math.min(...headHeights);
  const head = names.indexOf('head');
  const along = (vertex: number, from: string, to: string): number => {
    const [a, b] = [names.indexOf(from), names.indexOf(to)];
    let dot = 0;
    let length = 0;
    for (let axis = 0; axis < 3; axis++) {
      const bone = (restJointsMetres[3 * b + axis] as number) - (restJointsMetres[3 * a + axis] as number);
      dot +=
        bone * ((templateMetres[3 * vertex + axis] as number) - (restJointsMetres[3 * a + axis] as number));
      length += bone * bone;
    }
    return dot / length;
  };
  const regionOf = (vertex: number): Region => {
    const name = names[dominant[vertex] as number] ?? '';
    const side = name.startsWith('left_') ? 'left_' : 'right_';
    switch (name.replace(/^(?:left|right)_/, '')) {
      case 'head': {
        const height = ((templateMetres[3 * vertex + 1] as number) - headBottom) / (headTop - headBottom);
        const depth = (templateMetres[3 * vertex + 2] as number) - (restJointsMetres[3 * head + 2] as number);
        return height > 0.8 || (height > 0.35 && depth < -0.02) ? 'hair' : 'skin';
      }
      case 'neck':
      case 'wrist':
      case 'hand':
        return 'skin';
      case 'shoulder':
        return along(vertex, `${side}shoulder`, `${side}elbow`) < SLEEVE_END
          ? 'upper sleeve'
          : 'lower sleeve';
      case 'elbow':
        return 'forearm';
      case 'pelvis':
        return 'bottom';
      case 'hip':
        return along(vertex, `${side}hip`, `${side}knee`) < SHORTS_END ? 'upper leg' : 'lower leg';
      case 'knee':
        return 'lower leg';
      case 'ankle':
      case 'foot':
        return 'shoes';
      default:
        return 'top';
    }
  };
  return Uint8Array.from({ length: vertexCount }, (_, vertex) => REGIONS.indexOf(regionOf(vertex)));
}
