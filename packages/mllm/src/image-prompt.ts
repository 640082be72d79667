import { PromptError, type MllmPrompt } from './prompt.js';
import type { MllmConfig } from './config.js';
import type { ImageFeatures } from './vision/vision-encoder.js';
import { imageFeatureCount } from './vision-input.js';

/**
 * Puts images into a prompt: each `<image>` among its tokens becomes as many slots as the model's features of one image
 * have rows, and the features follow in the order of the placeholders.
 *
 * @param ids - token ids with one `<image>` for each image
 * @param images - features of each image: of each tower (as `VisionEncoder.encode` gives them), or all in one array
 * @param config - the model's
 * @throws PromptError if there are more images than placeholders or fewer, features of another size, or if the model sees
 *   none
 * @example
 * ```ts
 * import { mllmConfig, promptWithImages } from '@pose-rft/mllm';
 *
 * const config = mllmConfig('tiny'); // 12 slots of 128 numbers
 * const { promptIds } = promptWithImages([3, 4, 9, 5], [new Float32Array(12 * 128)], config);
 * console.assert(promptIds.length === 15 && promptIds[11] === 3);
 * ```
 */
export function promptWithImages(
  ids: readonly number[],
  images: readonly (Float32Array | ImageFeatures)[],
  config: MllmConfig,
): MllmPrompt {
  const placeholder = config.tokenIds.image;
  const placeholders = placeholder === null ? 0 : ids.filter((id) => id === placeholder).length;
  if (placeholders !== images.length)
    throw new PromptError(
      `promptWithImages: the prompt has ${placeholders} <image> placeholders for ${images.length} images; expected one ` +
        `for each. ${placeholder === null ? 'This model sees none.' : `The id of <image> is ${placeholder}.`}`,
    );
  if (images.length === 0) return { promptIds: ids };
  const size = imageFeatureCount(config);
  const imageFeatures = new Float32Array(images.length * size);
  images.forEach((image, index) => {
    const parts: ImageFeatures = image instanceof Float32Array ? [image] : image;
    const found = parts.reduce((sum, { length }) => sum + length, 0);
    if (found !== size)
      throw new PromptError(
        `promptWithImages: image ${index} has ${found} feature numbers; expected ${size}, for ` +
          `${config.imageTokenCount} slots. Was it encoded for another model?`,
      );
    let offset = index * size;
    for (const part of parts) {
      imageFeatures.set(part, offset);
      offset += part.length;
    }
  });
  const slots = new Array<number>(config.imageTokenCount).fill(placeholder ?? 0);
  return { promptIds: ids.flatMap((id) => (id === placeholder ? slots : [id])), imageFeatures };
}
