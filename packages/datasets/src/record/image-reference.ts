import { safeRelativePath } from '../files/safe-path.js';
import { RecordFieldError } from '../reading/dataset-problem.js';
import type { ImageReference, PixelBox } from './dataset-record.js';

/** @throws RecordFieldError if the name would lead out of the folder */
export function imageReference(
  prefix: string,
  name: string,
  parts: Omit<ImageReference, 'path'> = {},
): ImageReference {
  const path = safeRelativePath(name);
  if (path === undefined)
    throw new RecordFieldError(
      'unsafe-path',
      `the image name '${name.slice(0, 120)}' leads out of the folder, or is none`,
    );
  return { path: prefix + path, ...parts };
}

/** The square around a centre that HMR and its descendants crop. @throws RecordFieldError */
export function squareBox(centreX: number, centreY: number, side: number, field: string): PixelBox {
  if (![centreX, centreY, side].every(Number.isFinite))
    throw new RecordFieldError('not-finite', `${field} is around (${centreX}, ${centreY}), ${side} wide`);
  if (!(side > 0)) throw new RecordFieldError('broken-record', `${field} is ${side} pixels wide`);
  return { left: centreX - side / 2, top: centreY - side / 2, width: side, height: side };
}

/** The box around the points with confidence, enlarged about its centre; undefined if there are none. */
export function boxAround(
  pixels: Float32Array,
  confidence: Float32Array,
  enlargement = 1.2,
): PixelBox | undefined {
  let left = Infinity;
  let top = Infinity;
  let right = -Infinity;
  let bottom = -Infinity;
  for (let joint = 0; joint < confidence.length; joint++) {
    if (!((confidence[joint] as number) > 0)) continue;
    const x = pixels[2 * joint] as number;
    const y = pixels[2 * joint + 1] as number;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const side = enlargement * Math.max(right - left, bottom - top);
  if (!(side > 0)) return undefined;
  return { left: (left + right - side) / 2, top: (top + bottom - side) / 2, width: side, height: side };
}
