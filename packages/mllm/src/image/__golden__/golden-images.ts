import { readFileSync } from 'node:fs';
import { decodeImage } from '../decode-image.js';
import type { RasterImage } from '../raster-image.js';

export type Photograph = 'astronaut' | 'chelsea';

/** What tools/parity/images/generate.py wrote. */
export function readGolden(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.golden.json`, import.meta.url), 'utf8'));
}

export function readGoldenBytes(file: string): Uint8Array {
  return Uint8Array.from(readFileSync(new URL(file, import.meta.url)));
}

export async function readPhotographs(): Promise<Readonly<Record<Photograph, RasterImage>>> {
  return {
    astronaut: await decodeImage(readGoldenBytes('astronaut.png')),
    chelsea: await decodeImage(readGoldenBytes('chelsea.png')),
  };
}

export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, 'base64'));
}

export function floatsOf(base64: string): Float32Array {
  return new Float32Array(bytesOf(base64).buffer);
}

/** The largest difference; different lengths and NaN count as infinite. */
export function largestGap(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  let largest = 0;
  for (let index = 0; index < found.length; index++) {
    const gap = Math.abs((found[index] as number) - (expected[index] as number));
    if (!(gap <= largest)) largest = Number.isNaN(gap) ? Infinity : gap;
  }
  return largest;
}
