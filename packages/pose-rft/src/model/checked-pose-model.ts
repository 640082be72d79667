import { CheckpointError, decodeCheckpoint, type Checkpoint } from '@pose-rft/mllm';
import { poseModelOf, type PoseModel } from './pose-model.js';

/** What a checkpoint must hold for this package: poses of SMPL's 24 joints, evidence of the shape that prompts have. */
const EXPECTED = { poseSize: 144, imageTokenCount: 12, imageFeatureSize: 128 } as const;

/**
 * The model of a checkpoint, which it takes ownership of.
 *
 * @throws CheckpointError if it is of another shape than this package's prompts and poses
 */
export function checkedPoseModel(checkpoint: Checkpoint, file: string): PoseModel {
  for (const [field, expected] of Object.entries(EXPECTED)) {
    const found = checkpoint.config[field as keyof typeof EXPECTED];
    if (found === expected) continue;
    checkpoint.parameters.dispose();
    throw new CheckpointError({
      file,
      subject: field,
      expected: String(expected),
      found: String(found),
      remedy: 'This is a checkpoint of another model; give a folder that pretrain or rft wrote.',
    });
  }
  return poseModelOf(checkpoint);
}

/**
 * A model from the contents of a checkpoint's two files, as a browser fetches them.
 *
 * @param files.config - the text of `config.json`
 * @param files.weights - the bytes of `model.safetensors`
 * @throws CheckpointError if a file is damaged, or of another shape
 */
export async function decodePoseModel(files: {
  readonly config: string;
  readonly weights: Uint8Array;
}): Promise<PoseModel> {
  return checkedPoseModel(await decodeCheckpoint(files), 'config.json');
}
