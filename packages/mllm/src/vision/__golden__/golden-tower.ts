import { readFileSync } from 'node:fs';
import type { SafetensorsFile } from '@pose-rft/tensor';
import type { PixelValues } from '../../image/pixel-values.js';
import { parseVisionConfig } from '../vision-config-json.js';
import type { VisionTransformerConfig } from '../vision-config.js';
import { formulaNumbers, formulaParameter } from './formula-tensor.js';

/** What tools/parity/vision/generate.py writes about a tower. */
export interface GoldenTower {
  readonly config: Readonly<Record<string, unknown>>;
  readonly filePrefix: string;
  readonly tensors: Readonly<Record<string, readonly number[]>>;
  readonly hiddenStates: readonly (readonly number[])[];
  readonly normalised: readonly number[] | null;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

export const GOLDEN_TOWERS = ['clip-quick-gelu', 'clip-gelu', 'siglip-tanh', 'hmr2'] as const;

export type GoldenTowerName = (typeof GOLDEN_TOWERS)[number];

export function readGoldenTower(name: GoldenTowerName): GoldenTower {
  return JSON.parse(readFileSync(new URL(`${name}.golden.json`, import.meta.url), 'utf8')) as GoldenTower;
}

/** A checkpoint with the tensors of a golden tower, as an open file. */
export function goldenFile(tensors: GoldenTower['tensors']): SafetensorsFile {
  return {
    metadata: {},
    entries: new Map(
      Object.entries(tensors).map(([name, shape]) => {
        const byteLength = 4 * shape.reduce((product, length) => product * length, 1);
        return [name, { dtype: 'F32', shape, byteLength }];
      }),
    ),
    read: (name) => {
      const shape = tensors[name] ?? [];
      return Promise.resolve({ dtype: 'F32', shape, data: formulaParameter(name, shape) });
    },
  };
}

/** The pictures that the golden towers saw, cropped to nothing and normalised by nothing. */
export function goldenPictures(config: VisionTransformerConfig, count = 2): PixelValues[] {
  const { channelCount, imageHeight: height, imageWidth: width } = config;
  return Array.from({ length: count }, (_, index) => ({
    data: Float32Array.from(formulaNumbers(`picture ${index}`, channelCount * height * width)),
    channelCount,
    height,
    width,
  }));
}

/** Configuration and file of a golden tower. */
export function openGoldenTower(name: GoldenTowerName): {
  readonly golden: GoldenTower;
  readonly config: VisionTransformerConfig;
  readonly file: SafetensorsFile;
} {
  const golden = readGoldenTower(name);
  return { golden, config: parseVisionConfig(golden.config), file: goldenFile(golden.tensors) };
}

/** The largest difference; NaN and different lengths count as infinite. */
export function largestGap(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  let largest = 0;
  for (let index = 0; index < found.length; index++) {
    const gap = Math.abs((found[index] as number) - (expected[index] as number));
    if (!(gap <= largest)) largest = Number.isNaN(gap) ? Infinity : gap;
  }
  return largest;
}
