import { tensorDataFromFloat32, writeSafetensors, type TensorData } from '@pose-rft/tensor';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Weights that follow from their names, as `tools/parity/llava/weights.py` computes them: uniform numbers in [-1, 1) of
 * 24 bits from a hash of the name and the index.
 */
export function hashedDraws(name: string, count: number): Float64Array {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  return Float64Array.from({ length: count }, (_, index) => {
    let word = (Math.imul(index, 0x9e3779b1) + seed) | 0;
    word ^= word >>> 16;
    word = Math.imul(word, 0x85ebca6b);
    word ^= word >>> 13;
    word = Math.imul(word, 0xc2b2ae35);
    word ^= word >>> 16;
    return (word >>> 8) / 2 ** 23 - 1;
  });
}

export function hashedWeight(name: string, shape: readonly number[]): Float32Array {
  const size = shape.reduce((product, length) => product * length, 1);
  const draws = hashedDraws(name, size);
  if (name.includes('norm') && name.endsWith('weight')) return Float32Array.from(draws, (u) => 1 + 0.25 * u);
  if (shape.length === 1) return Float32Array.from(draws, (u) => 0.5 * u);
  if (name.includes('embed')) return Float32Array.from(draws);
  const scale = 1.5 / Math.sqrt(shape.slice(1).reduce((product, length) => product * length, 1));
  return Float32Array.from(draws, (u) => u * scale);
}

/** Writes a Hugging Face folder: `config.json`, and `model.safetensors` with hashed weights. */
export async function writeHashedModel(
  folder: string,
  config: unknown,
  shapes: Readonly<Record<string, readonly number[]>>,
  options: {
    readonly dtype?: 'F32' | 'F16' | 'BF16';
    /** Another layout's name of a tensor; its weight remains that of the first name. */
    readonly rename?: (name: string) => string;
  } = {},
): Promise<void> {
  const { dtype = 'F32', rename = (name) => name } = options;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const tensors: Record<string, TensorData> = {};
  for (const [name, shape] of Object.entries(shapes))
    tensors[rename(name)] = tensorDataFromFloat32(dtype, shape, hashedWeight(name, shape));
  await writeSafetensors(join(folder, 'model.safetensors'), tensors);
}
