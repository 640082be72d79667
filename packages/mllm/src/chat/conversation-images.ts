import { imageFeatureCount } from '../vision-input.js';
import type { ImageFeatures } from '../vision/vision-encoder.js';
import type { ChatFormat } from './chat-format.js';
import type { Conversation, ImagePart } from './conversation.js';
import { ConversationError } from './conversation-error.js';

/**
 * The features of a conversation's pictures, in order, each in one array. Those that come as pixels go through the
 * encoder, all at once.
 *
 * @throws ConversationError if there are pixels but no encoder, or features of another size
 */
export function encodeImages(
  { config, visionEncoder }: ChatFormat,
  conversation: Conversation,
): readonly Float32Array[] {
  const images = conversation.flatMap(({ parts }) =>
    parts.filter((part): part is ImagePart => part.kind === 'image'),
  );
  const pixels = images.flatMap((image) => ('pixels' in image ? [image.pixels] : []));
  if (pixels.length > 0 && visionEncoder === undefined)
    throw new ConversationError(
      'image-without-vision',
      `${pixels.length} images are given as pixels, but the format has no vision encoder. Give createChatFormat a ` +
        'visionEncoder, or the images as features',
    );
  const encoded = pixels.length === 0 ? [] : (visionEncoder?.encode(pixels) ?? []);
  let next = 0;
  const size = imageFeatureCount(config);
  return images.map((image, index) => {
    const features = 'pixels' in image ? (encoded[next++] ?? []) : image.features;
    const joined = joinFeatures(features);
    if (joined.length !== size)
      throw new ConversationError(
        'image-features',
        `image ${index} has ${joined.length} feature numbers; expected ${size}, for ${config.imageTokenCount} slots. Was ` +
          'it encoded for another model?',
      );
    return joined;
  });
}

function joinFeatures(features: Float32Array | ImageFeatures): Float32Array {
  if (features instanceof Float32Array) return features;
  const [only] = features;
  if (features.length === 1 && only !== undefined) return only;
  const joined = new Float32Array(features.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of features) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
