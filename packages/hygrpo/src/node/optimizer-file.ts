import {
  readSafetensors,
  tensorDataFromFloat32,
  tensorDataToFloat32,
  writeSafetensors,
  type AdamWMoments,
  type AdamWState,
  type TensorData,
} from '@pose-rft/tensor';
import { TrainingCheckpointError } from './checkpoint-folder.js';

/**
 * Writes an optimiser's state as safetensors: for each parameter its moments `m/{name}` and `v/{name}`, with the step
 * counts in the metadata.
 *
 * @example
 * ```ts
 * import { mkdtemp, rm } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { readOptimizerFile, writeOptimizerFile } from '@pose-rft/hygrpo/node';
 *
 * const folder = await mkdtemp(join(tmpdir(), 'optimizer-'));
 * const weight = { m: Float32Array.of(1), v: Float32Array.of(2), step: 3 };
 * await writeOptimizerFile(join(folder, 'optimizer.safetensors'), { step: 3, moments: { weight } });
 * const { moments } = await readOptimizerFile(join(folder, 'optimizer.safetensors'));
 * console.assert(moments['weight']?.v[0] === 2);
 * await rm(folder, { recursive: true });
 * ```
 */
export async function writeOptimizerFile(path: string, state: AdamWState): Promise<void> {
  const tensors: Record<string, TensorData> = {};
  const steps: Record<string, number> = {};
  for (const [name, { m, v, step }] of Object.entries(state.moments)) {
    tensors[`m/${name}`] = tensorDataFromFloat32('F32', [m.length], m);
    tensors[`v/${name}`] = tensorDataFromFloat32('F32', [v.length], v);
    steps[name] = step;
  }
  await writeSafetensors(path, tensors, { step: String(state.step), steps: JSON.stringify(steps) });
}

/**
 * Reads what {@link writeOptimizerFile} has written.
 *
 * @throws SafetensorsError if it is no safetensors file, or a moment is missing
 * @throws TrainingCheckpointError if it is not one of an optimiser
 */
export async function readOptimizerFile(path: string): Promise<AdamWState> {
  const file = await readSafetensors(path);
  const refuse = (expected: string, found: string): never => {
    throw new TrainingCheckpointError(path, expected, found, 'take the file that the optimiser was saved to');
  };
  const count = (text: string | undefined, field: string): number => {
    const value = text === undefined ? NaN : Number(text);
    return Number.isSafeInteger(value) && value >= 0
      ? value
      : refuse(`a number of steps as "${field}" in its metadata`, JSON.stringify(text) ?? 'none');
  };
  const step = count(file.metadata['step'], 'step');
  const moments: Record<string, AdamWMoments> = {};
  for (const [name, own] of Object.entries(parseSteps(file.metadata['steps'], refuse)))
    moments[name] = {
      m: tensorDataToFloat32(await file.read(`m/${name}`)),
      v: tensorDataToFloat32(await file.read(`v/${name}`)),
      step: count(String(own), `steps.${name}`),
    };
  return { step, moments };
}

function parseSteps(
  text: string | undefined,
  refuse: (expected: string, found: string) => never,
): Readonly<Record<string, unknown>> {
  try {
    const steps: unknown = JSON.parse(text ?? '');
    if (typeof steps === 'object' && steps !== null && !Array.isArray(steps)) return { ...steps };
  } catch {
    // Refused below.
  }
  return refuse(
    'the number of steps of each parameter as "steps" in its metadata',
    JSON.stringify(text) ?? 'none',
  );
}
