import type { Random } from '@pose-rft/random';
import { drawColourName, shadeOf } from './colour-name.js';
import type { Colour } from '@pose-rft/smpl/render';

/** A rectangle with round corners, turned about its centre; lengths in pixels. */
export interface PictureShape {
  readonly centreX: number;
  readonly centreY: number;
  readonly halfWidth: number;
  readonly halfHeight: number;
  readonly cornerRadius: number;
  readonly turnRadians: number;
  /** sRGB; it fades to `shade` downwards. */
  readonly colour: Colour;
  readonly shade: Colour;
}

/** A shape of a size, with colours and roundness drawn. */
export function drawShape(
  random: Random,
  place: Pick<PictureShape, 'centreX' | 'centreY' | 'halfWidth' | 'halfHeight' | 'turnRadians'>,
): PictureShape {
  const roundness = random.pick([0.1, 0.1, 0.4, 1]);
  const colour = shadeOf(drawColourName(random), random);
  const darkness = 0.6 + 0.4 * random.uniform();
  return {
    ...place,
    cornerRadius: roundness * Math.min(place.halfWidth, place.halfHeight),
    colour,
    shade: colour.map((value) => darkness * value) as [number, number, number],
  };
}

/**
 * Paints a shape over sRGB bytes [height*width*3], its edge softened over one pixel. Where it covers a pixel by more
 * than half, `covered` becomes 1. Without a picture it only covers.
 */
export function paintShape(
  shape: PictureShape,
  rgb: Uint8Array | undefined,
  width: number,
  height: number,
  covered?: Uint8Array,
): void {
  const { centreX, centreY, halfWidth, halfHeight, cornerRadius, colour, shade } = shape;
  const cosine = Math.cos(shape.turnRadians);
  const sine = Math.sin(shape.turnRadians);
  const reachX = Math.abs(cosine) * halfWidth + Math.abs(sine) * halfHeight + 1;
  const reachY = Math.abs(sine) * halfWidth + Math.abs(cosine) * halfHeight + 1;
  const top = Math.max(0, Math.floor(centreY - reachY));
  const bottom = Math.min(height - 1, Math.ceil(centreY + reachY));
  const left = Math.max(0, Math.floor(centreX - reachX));
  const right = Math.min(width - 1, Math.ceil(centreX + reachX));
  for (let y = top; y <= bottom; y++)
    for (let x = left; x <= right; x++) {
      const dx = x + 0.5 - centreX;
      const dy = y + 0.5 - centreY;
      const along = cosine * dx + sine * dy;
      const across = cosine * dy - sine * dx;
      // Signed distance to a rounded box.
      const outX = Math.abs(along) - halfWidth + cornerRadius;
      const outY = Math.abs(across) - halfHeight + cornerRadius;
      const distance =
        Math.hypot(Math.max(0, outX), Math.max(0, outY)) + Math.min(0, Math.max(outX, outY)) - cornerRadius;
      const share = Math.min(1, Math.max(0, 0.5 - distance));
      if (share === 0) continue;
      const pixel = y * width + x;
      if (covered !== undefined && share > 0.5) covered[pixel] = 1;
      if (rgb === undefined) continue;
      const down = Math.min(1, Math.max(0, 0.5 + across / (2 * halfHeight)));
      for (let channel = 0; channel < 3; channel++) {
        const from = colour[channel] as number;
        const value = 255 * (from + down * ((shade[channel] as number) - from));
        const at = 3 * pixel + channel;
        rgb[at] = Math.round((rgb[at] as number) + share * (value - (rgb[at] as number)));
      }
    }
}
