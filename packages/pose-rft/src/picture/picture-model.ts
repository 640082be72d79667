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
import { poseModelExists } from '../model/pose-model-checkpoint.js';
import { pictureSlots, sensesOfSlots } from './picture-evidence.js';
import type { PictureSenses } from './picture-senses.js';
import { PICTURE_VOCABULARY } from './picture-question.js';
import { loadPoseEncoder, savePoseEncoder } from './pose-encoder-checkpoint.js';
import type { PoseEncoder } from './pose-encoder.js';

/** A model that takes pictures: the frozen encoder, and the language model behind it. */
export interface PictureModel {
  readonly encoder: PoseEncoder;
  readonly language: PoseModel;
  readonly senses: PictureSenses;
  /** On held-out pictures, the mean error over the mean spread that the model predicts; NaN if it was not measured. */
  readonly errorPerSpread: number;
  dispose(): void;
}

/** Whether a folder holds a language model of these senses. */
export async function hasPictureModel(folder: string, senses: PictureSenses): Promise<boolean> {
  return poseModelExists(join(folder, LANGUAGE_FOLDERS[senses]));
}

/** A fresh language model that takes an encoder's features. */
export function createPictureLanguageModel(options: {
  readonly senses: PictureSenses;
  readonly random: Random;
  readonly meanPose6d: Float32Array;
}): PoseModel {
  const { count, size } = pictureSlots(options.senses);
  const tokenizer = createTokenizer(PICTURE_VOCABULARY);
  const config = mllmConfig('tiny', {
    vocabularySize: tokenizer.size,
    imageTokenCount: count,
    imageFeatureSize: size,
  });
  const parameters = createMllmParameters({ config, random: options.random, meanPose6d: options.meanPose6d });
  return poseModelOf({ config, tokenizer, parameters });
}

/** The language models' folders beside the encoder's file. */
const LANGUAGE_FOLDERS: Readonly<Record<PictureSenses, string>> = {
  encoder: 'language',
  keypoints: 'language-keypoints',
  both: 'language-both',
};

/** Where the picture model that ships lies; the same from this package's sources and from its build. */
export function shippedPictureFolder(): string {
  const manifest = createRequire(import.meta.url).resolve('pose-rft/package.json');
  return join(dirname(manifest), 'checkpoints', 'picture');
}

/** Writes `encoder.safetensors` and the folder of a language model into a folder, in F16: half the bytes, 11 significant bits. */
export async function savePictureModel(
  folder: string,
  model: Pick<PictureModel, 'encoder' | 'language' | 'senses'>,
  training: TrainingNotes = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await savePoseEncoder(folder, model.encoder);
  await saveCheckpoint(join(folder, LANGUAGE_FOLDERS[model.senses]), model.language, {
    dtype: 'F16',
    training,
  });
}

/**
 * Reads what {@link savePictureModel} wrote; without a folder, the model that ships.
 *
 * @param options.senses - what the model sees with; the encoder unless told
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
export async function loadPictureModel(
  folder: string = shippedPictureFolder(),
  options: { readonly senses?: PictureSenses } = {},
): Promise<PictureModel> {
  const { senses = 'encoder' } = options;
  const encoder = await loadPoseEncoder(folder);
  try {
    const { language, errorPerSpread } = await loadPictureLanguageModel(
      join(folder, LANGUAGE_FOLDERS[senses]),
      senses,
    );
    return {
      encoder,
      language,
      senses,
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
  senses: PictureSenses,
): Promise<Pick<PictureModel, 'language' | 'errorPerSpread'>> {
  const checkpoint = await loadCheckpoint(folder);
  const { poseSize, imageTokenCount, imageFeatureSize } = checkpoint.config;
  const found = sensesOfSlots({ count: imageTokenCount, size: imageFeatureSize });
  const { errorPerSpread } = checkpoint.training;
  if (poseSize === 144 && found === senses)
    return {
      language: poseModelOf(checkpoint),
      errorPerSpread: typeof errorPerSpread === 'number' ? errorPerSpread : Number.NaN,
    };
  checkpoint.parameters.dispose();
  throw new CheckpointError({
    file: join(folder, 'config.json'),
    subject: 'poseSize, imageTokenCount x imageFeatureSize',
    expected: `144, ${pictureSlots(senses).count} x ${pictureSlots(senses).size}`,
    found: `${poseSize}, ${imageTokenCount} x ${imageFeatureSize}`,
    remedy: 'This is a checkpoint of another model; give a folder that `pose-rft picture` wrote.',
  });
}
