/** Red, green, blue in [0, 1], sRGB-encoded: the numbers of a CSS colour divided by 255. */
export type Colour = readonly [number, number, number];

/** Linear light of an sRGB-encoded value in [0, 1] (IEC 61966-2-1). */
export function linearFromSrgb(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

const STEPS = 4096;
const BYTES = Uint8Array.from({ length: STEPS + 1 }, (_, step) => {
  const value = step / STEPS;
  const encoded = value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055;
  return Math.round(encoded * 255);
});

/** The sRGB byte of linear light, clamped to [0, 1]. */
export function srgbByteFromLinear(light: number): number {
  const step = light >= 1 ? STEPS : light > 0 ? Math.round(light * STEPS) : 0;
  return BYTES[step] as number;
}
