import type { Random } from '@pose-rft/random';
import type { Colour } from '@pose-rft/smpl/render';

/** Colours that people tell apart, each with an sRGB value in its middle. */
export const COLOUR_NAMES = {
  red: [0.76, 0.12, 0.12],
  orange: [0.92, 0.48, 0.1],
  yellow: [0.93, 0.8, 0.16],
  green: [0.14, 0.5, 0.2],
  blue: [0.14, 0.28, 0.68],
  purple: [0.44, 0.2, 0.56],
  pink: [0.93, 0.56, 0.68],
  white: [0.92, 0.92, 0.9],
  grey: [0.5, 0.5, 0.5],
  black: [0.09, 0.09, 0.1],
} as const satisfies Readonly<Record<string, Colour>>;

export type ColourName = keyof typeof COLOUR_NAMES;

const ALL = Object.keys(COLOUR_NAMES) as ColourName[];

/** One of the names, not one of `others`. */
export function drawColourName(random: Random, ...others: readonly ColourName[]): ColourName {
  return random.pick(ALL.filter((name) => !others.includes(name)));
}

/** A shade of a named colour, near enough to keep the name. */
export function shadeOf(name: ColourName, random: Random): Colour {
  const brightness = 0.92 + 0.16 * random.uniform();
  return COLOUR_NAMES[name].map((value) =>
    Math.min(1, Math.max(0, value * brightness + 0.03 * (random.uniform() - 0.5))),
  ) as [number, number, number];
}
