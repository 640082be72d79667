import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError, loadCheckpoint, saveCheckpoint, type TrainingNotes } from '@pose-rft/mllm';
import { poseModelOf, type PoseModel } from './pose-model.js';

/** Writes a model into a folder: `model.safetensors` (F32) and `config.json` with its tokenizer. */
export async function savePoseModel(
  folder: string,
  model: PoseModel,
  training: TrainingNotes = {},
): Promise<void> {
  await saveCheckpoint(folder, model, { training });
}

/** What a checkpoint must hold for this package: poses of SMPL's 24 joints, evidence of the shape that prompts have. */
const EXPECTED = { poseSize: 144, imageTokenCount: 12, imageFeatureSize: 128 } as const;

/**
 * Reads a model that {@link savePoseModel} wrote.
 *
 * @throws CheckpointError if the folder or a file is missing, truncated, of another format, or of another shape
 */
export async function loadPoseModel(folder: string): Promise<PoseModel> {
  const checkpoint = await loadCheckpoint(folder);
  for (const [field, expected] of Object.entries(EXPECTED)) {
    const found = checkpoint.config[field as keyof typeof EXPECTED];
    if (found === expected) continue;
    checkpoint.parameters.dispose();
    throw new CheckpointError({
      file: join(folder, 'config.json'),
      subject: field,
      expected: String(expected),
      found: String(found),
      remedy: 'This is a checkpoint of another model; give a folder that pretrain or rft wrote.',
    });
  }
  return poseModelOf(checkpoint);
}

/** Whether a folder holds a complete checkpoint: its description is what is written last. */
export async function poseModelExists(folder: string): Promise<boolean> {
  return access(join(folder, 'config.json')).then(
    () => true,
    () => false,
  );
}
