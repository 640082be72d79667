import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { PoseModel } from './pose-model.js';
import { loadPoseModel } from './pose-model-checkpoint.js';

/** The checkpoints that ship with this package: after supervised training, and after `pose-rft rft` on top of it. */
export type ShippedCheckpoint = 'sft' | 'tuned';

/** Where a shipped checkpoint lies; the same from this package's sources and from its build. */
export function shippedCheckpointFolder(name: ShippedCheckpoint): string {
  const manifest = createRequire(import.meta.url).resolve('pose-rft/package.json');
  return join(dirname(manifest), 'checkpoints', name);
}

/**
 * Loads the model in `folder`, or a shipped one if there is none named.
 *
 * @throws CheckpointError if it is missing, broken or of another shape
 */
export async function loadModelOrShipped(
  folder: string | undefined,
  shipped: ShippedCheckpoint,
): Promise<PoseModel> {
  return loadPoseModel(folder ?? shippedCheckpointFolder(shipped));
}
