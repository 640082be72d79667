import { join } from 'node:path';
import { CheckpointError } from '@pose-rft/mllm';
import { JOINT_COUNT } from '@pose-rft/smpl';
import {
  createParameterStore,
  readSafetensors,
  SafetensorsError,
  tensor,
  tensorDataFromFloat32,
  tensorDataToFloat32,
  writeSafetensors,
  type LazyTensorData,
  type Tensor,
} from '@pose-rft/tensor';
import { planPoseEncoder, poseEncoderOf, type PoseEncoder } from './pose-encoder.js';

const FORMAT = 'pose-rft-pose-encoder-1';
/** The encoder's file within a folder. */
export const ENCODER_FILE = 'encoder.safetensors';
const PLAN = planPoseEncoder({
  jointsMetres: new Float32Array(3 * JOINT_COUNT),
  pose6d: new Float32Array(6 * JOINT_COUNT),
});

/** Writes `encoder.safetensors` into a folder that exists: F16, atomically. */
export async function savePoseEncoder(folder: string, encoder: PoseEncoder): Promise<void> {
  const weights: Record<string, LazyTensorData> = {};
  for (const [name, { shape }] of Object.entries(PLAN))
    weights[name] = {
      dtype: 'F16',
      shape,
      load: () => tensorDataFromFloat32('F16', shape, encoder.parameters.get(name).dataSync<'float32'>()),
    };
  await writeSafetensors(join(folder, ENCODER_FILE), weights, { format: FORMAT });
}

/**
 * Reads what {@link savePoseEncoder} wrote. The encoder is frozen, and the caller disposes it.
 *
 * @throws CheckpointError naming the file, what in it is wrong, what was expected, and the way out
 */
export async function loadPoseEncoder(folder: string): Promise<PoseEncoder> {
  const path = join(folder, ENCODER_FILE);
  const remedy = 'Give a folder that `pose-rft picture` wrote, or leave the option out for what ships.';
  const fail = (subject: string, expected: string, found: string, cause?: unknown): never => {
    throw new CheckpointError({ file: path, subject, expected, found, remedy, cause });
  };
  const tensors: Record<string, Tensor> = {};
  try {
    const file = await readSafetensors(path);
    for (const [name, { shape }] of Object.entries(PLAN)) {
      const entry = file.entries.get(name);
      if (entry?.shape.join() !== shape.join())
        fail(
          `tensor ${name}`,
          `[${shape.join(', ')}]`,
          entry === undefined ? 'no such tensor' : `[${entry.shape.join(', ')}]`,
        );
      const values = tensorDataToFloat32(await file.read(name));
      if (!values.every(Number.isFinite)) fail(`tensor ${name}`, 'finite numbers', 'others');
      tensors[name] = tensor(values, [...shape], 'float32');
    }
  } catch (cause) {
    for (const made of Object.values(tensors)) made.dispose();
    if (cause instanceof SafetensorsError) fail('weights', 'a safetensors file', cause.message, cause);
    throw cause;
  }
  return poseEncoderOf(createParameterStore(tensors, { trainable: () => false }));
}
