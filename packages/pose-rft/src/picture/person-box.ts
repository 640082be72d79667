import type { PersonBox } from '@pose-rft/mllm';
import { PersonError } from './person-error.js';

/**
 * Reads a box that somebody typed: `x,y,width,height` in pixels from the picture's top left corner.
 *
 * @throws PersonError if it is none, or not within the picture
 * @example
 * ```ts
 * import { parsePersonBox } from 'pose-rft';
 *
 * const box = parsePersonBox('10,20,100,200', { width: 640, height: 480 });
 * console.assert(box.right === 110 && box.bottom === 220);
 * ```
 */
export function parsePersonBox(
  text: string,
  picture: { readonly width: number; readonly height: number },
): PersonBox {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [left = Number.NaN, top = Number.NaN, width = Number.NaN, height = Number.NaN] = numbers;
  const box = { left, top, right: left + width, bottom: top + height };
  const isWithin = left >= 0 && top >= 0 && box.right <= picture.width && box.bottom <= picture.height;
  if (numbers.length !== 4 || !(width >= 1) || !(height >= 1) || !isWithin)
    throw new PersonError(
      `--box must be x,y,width,height in pixels within the picture of ${picture.width} x ${picture.height}, ` +
        `for example 0,0,${picture.width},${picture.height}; got ${JSON.stringify(text)}`,
    );
  return box;
}

/** Keypoints that lie around a person: wider than they reach, because there is flesh around joints. */
const MARGIN = 0.12;
/** The crown is as far above the eyes again as it is no keypoint. */
const HEAD_SHARE = 0.08;

/**
 * The box around keypoints, widened by what the body reaches beyond its joints, cut off at the picture's edges.
 *
 * @param keypoints - those that are trusted, pixels
 */
export function boxAround(
  keypoints: readonly { readonly x: number; readonly y: number }[],
  picture: { readonly width: number; readonly height: number },
): PersonBox {
  const xs = keypoints.map(({ x }) => x);
  const ys = keypoints.map(({ y }) => y);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const margin = MARGIN * Math.max(right - left, bottom - top);
  const within = (value: number, limit: number): number => Math.min(Math.max(value, 0), limit);
  return {
    left: within(left - margin, picture.width),
    right: within(right + margin, picture.width),
    top: within(top - margin - HEAD_SHARE * (bottom - top), picture.height),
    bottom: within(bottom + margin, picture.height),
  };
}

/** A box's pixels. */
export function boxArea({ left, top, right, bottom }: PersonBox): number {
  return Math.max(0, right - left) * Math.max(0, bottom - top);
}
