import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { loadCheckpoint, saveCheckpoint, type TrainingNotes } from '@pose-rft/mllm';
import { checkedPoseModel } from './checked-pose-model.js';
import type { PoseModel } from './pose-model.js';

/** Writes a model into a folder: `model.safetensors` (F32) and `config.json` with its tokenizer. */
export async function savePoseModel(
  folder: string,
  model: PoseModel,
  training: TrainingNotes = {},
): Promise<void> {
  await saveCheckpoint(folder, model, { training });
}

/**
 * Reads a model that {@link savePoseModel} wrote.
 *
 * @throws CheckpointError if the folder or a file is missing, truncated, of another format, or of another shape
 */
export async function loadPoseModel(folder: string): Promise<PoseModel> {
  return checkedPoseModel(await loadCheckpoint(folder), join(folder, 'config.json'));
}

/** Whether a folder holds a complete checkpoint: its description is what is written last. */
export async function poseModelExists(folder: string): Promise<boolean> {
  return access(join(folder, 'config.json')).then(
    () => true,
    () => false,
  );
}
