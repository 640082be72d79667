import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import {
  CheckpointError,
  createMllmParameters,
  createTokenizer,
  loadCheckpoint,
  mllmConfig,
  saveCheckpoint,
  type TrainingNotes,
} from '@pose-rft/mllm';
import type { Random } from '@pose-rft/random';
import { poseModelOf, type PoseModel } from '../model/pose-model.js';
import { PICTURE_SLOTS, PICTURE_SLOT_SIZE } from './picture-evidence.js';
import { PICTURE_VOCABULARY } from './picture-question.js';
import { loadPoseEncoder, savePoseEncoder } from './pose-encoder-checkpoint.js';
import type { PoseEncoder } from './pose-encoder.js';

/** A model that takes pictures: the frozen encoder, and the language model behind it. */
export interface PictureModel {
  readonly encoder: PoseEncoder;
  readonly language: PoseModel;
  /** On held-out pictures, the mean error over the mean spread that the model predicts; NaN if it was not measured. */
  readonly errorPerSpread: number;
  dispose(): void;
}

/** A fresh language model that takes an encoder's features. */
export function createPictureLanguageModel(options: {
  readonly random: Random;
  readonly meanPose6d: Float32Array;
}): PoseModel {
  const tokenizer = createTokenizer(PICTURE_VOCABULARY);
  const config = mllmConfig('tiny', {
    vocabularySize: tokenizer.size,
    imageTokenCount: PICTURE_SLOTS,
    imageFeatureSize: PICTURE_SLOT_SIZE,
  });
  const parameters = createMllmParameters({ config, random: options.random, meanPose6d: options.meanPose6d });
  return poseModelOf({ config, tokenizer, parameters });
}

/** The language model's folder beside the encoder's file. */
const LANGUAGE_FOLDER = 'language';

/** Where the picture model that ships lies; the same from this package's sources and from its build. */
export function shippedPictureFolder(): string {
  const manifest = createRequire(import.meta.url).resolve('pose-rft/package.json');
  return join(dirname(manifest), 'checkpoints', 'picture');
}

/** Writes `encoder.safetensors` and `language/` into a folder, in F16: half the bytes, 11 significant bits. */
export async function savePictureModel(
  folder: string,
  model: Pick<PictureModel, 'encoder' | 'language'>,
  training: TrainingNotes = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await savePoseEncoder(folder, model.encoder);
  await saveCheckpoint(join(folder, LANGUAGE_FOLDER), model.language, { dtype: 'F16', training });
}

/**
 * Reads what {@link savePictureModel} wrote; without a folder, the model that ships.
 *
 * @throws CheckpointError if a file is missing, broken, or of a model that takes no pictures
 * @example
 * ```ts
 * import { useBackend } from '@pose-rft/tensor';
 * import { loadPictureModel } from 'pose-rft';
 *
 * await useBackend('auto');
 * const model = await loadPictureModel();
 * console.assert(model.language.config.imageTokenCount === 13);
 * model.dispose();
 * ```
 */
export async function loadPictureModel(folder: string = shippedPictureFolder()): Promise<PictureModel> {
  const encoder = await loadPoseEncoder(folder);
  try {
    const { language, errorPerSpread } = await loadPictureLanguageModel(join(folder, LANGUAGE_FOLDER));
    return {
      encoder,
      language,
      errorPerSpread,
      dispose() {
        encoder.dispose();
        language.dispose();
      },
    };
  } catch (error) {
    encoder.dispose();
    throw error;
  }
}

async function loadPictureLanguageModel(
  folder: string,
): Promise<Pick<PictureModel, 'language' | 'errorPerSpread'>> {
  const checkpoint = await loadCheckpoint(folder);
  const { poseSize, imageTokenCount, imageFeatureSize } = checkpoint.config;
  const found = `${poseSize}, ${imageTokenCount} x ${imageFeatureSize}`;
  const expected = `144, ${PICTURE_SLOTS} x ${PICTURE_SLOT_SIZE}`;
  const { errorPerSpread } = checkpoint.training;
  if (found === expected)
    return {
      language: poseModelOf(checkpoint),
      errorPerSpread: typeof errorPerSpread === 'number' ? errorPerSpread : Number.NaN,
    };
  checkpoint.parameters.dispose();
  throw new CheckpointError({
    file: join(folder, 'config.json'),
    subject: 'poseSize, imageTokenCount x imageFeatureSize',
    expected,
    found,
    remedy: 'This is a checkpoint of another model; give a folder that `pose-rft picture` wrote.',
  });
}
