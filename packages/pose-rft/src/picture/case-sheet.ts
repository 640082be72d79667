import type { RasterImage } from '@pose-rft/mllm';
import { syntheticBody } from '@pose-rft/smpl';
import { encodePng, renderBody } from '@pose-rft/smpl/render';
import { CROP_PIXELS } from './crop-size.js';
import { besideEachOther } from './draw-over-photograph.js';

/** One held-out picture with what two models made of it; a pose is undefined where the answer had none. */
export interface PictureCase {
  /** [3, 128, 128] bytes. */
  readonly bytes: Uint8Array;
  readonly before: Float32Array | undefined;
  readonly after: Float32Array | undefined;
  readonly truth: Float32Array;
}

/** Cases side by side in a sheet. */
const CASES_IN_A_ROW = 2;
/** The crop's side, and the bodies': twice the crop's pixels. */
const CELL = 2 * CROP_PIXELS;
const COLOURS = {
  before: [0.85, 0.62, 0.5],
  after: [0.42, 0.66, 0.88],
  truth: [0.55, 0.75, 0.5],
} as const;

/**
 * A sheet of cases as a PNG file, two in a row, each: the picture, the pose before (red) and after (blue) reinforcement,
 * and the true one (green), all bodies seen by the picture's camera.
 */
export function caseSheet(cases: readonly PictureCase[]): Uint8Array {
  const strips = cases.map(({ bytes, before, after, truth }) =>
    besideEachOther([enlarged(bytes), body(before, 'before'), body(after, 'after'), body(truth, 'truth')]),
  );
  const rows: RasterImage[] = [];
  for (let first = 0; first < strips.length; first += CASES_IN_A_ROW)
    rows.push(besideEachOther(strips.slice(first, first + CASES_IN_A_ROW)));
  const width = Math.max(1, ...rows.map((row) => row.width));
  const height = Math.max(1, rows.length * CELL);
  const rgb = new Uint8Array(3 * width * height).fill(255);
  rows.forEach((row, index) => {
    for (let y = 0; y < row.height; y++)
      rgb.set(row.data.subarray(3 * y * row.width, 3 * (y + 1) * row.width), 3 * (index * CELL + y) * width);
  });
  return encodePng(rgb, width, height);
}

/** A crop at twice its size. */
function enlarged(bytes: Uint8Array): RasterImage {
  const data = new Uint8Array(3 * CELL * CELL);
  for (let y = 0; y < CELL; y++)
    for (let x = 0; x < CELL; x++)
      for (let channel = 0; channel < 3; channel++)
        data[3 * (y * CELL + x) + channel] = bytes[
          (channel * CROP_PIXELS + (y >> 1)) * CROP_PIXELS + (x >> 1)
        ] as number;
  return { width: CELL, height: CELL, data };
}

function body(pose6d: Float32Array | undefined, kind: keyof typeof COLOURS): RasterImage {
  if (pose6d === undefined)
    return { width: CELL, height: CELL, data: new Uint8Array(3 * CELL * CELL).fill(230) };
  const { rgb } = renderBody(syntheticBody(), pose6d, {
    width: CELL,
    height: CELL,
    view: { azimuthRadians: 0, elevationRadians: 0 },
    surface: COLOURS[kind],
    ground: 'none',
  });
  return { width: CELL, height: CELL, data: rgb };
}
