import { createRandom } from '@pose-rft/random';
import { createChatFormat, WORD_LEVEL_CHAT_TEMPLATE, type ChatFormat } from '../chat/chat-format.js';
import { CHAT_TEMPLATES } from '../chat-templates.js';
import { mllmConfig, type MllmConfig } from '../config.js';
import { createDecoder } from '../decoder.js';
import { createHuggingFaceTokenizer } from '../hugging-face-tokenizer.js';
import { createSmallModel, type SmallModel } from './small-model.js';
import { trainBytePairTokenizer } from '../train-byte-pair-tokenizer.js';
import type { ChatTemplate } from '../render-chat.js';

/** Behind the words of the small model's tokenizer: a slot of a pose in a question. */
export const POSE_SLOT = 30;

/** A small model that sees, reads poses and talks. */
export function createChatModel(
  seed: number,
  changes: Partial<MllmConfig> = {},
): SmallModel & { readonly format: ChatFormat } {
  const model = createSmallModel(seed, {
    vocabularySize: POSE_SLOT + 1,
    maxPositions: 120,
    poseInput: { tokenId: POSE_SLOT, tokenCount: 2, hiddenSize: 9 },
    ...changes,
  });
  const { config, tokenizer, parameters } = model;
  // The rows between the words and the slot are no tokens.
  const decoder = createDecoder({ config, parameters, answerVocabularySize: tokenizer.size });
  return {
    ...model,
    decoder,
    format: createChatFormat({ config, tokenizer, template: WORD_LEVEL_CHAT_TEMPLATE }),
    dispose() {
      decoder.dispose();
      model.dispose();
    },
  };
}

/** LLaVA-1.5's template on the hub, as a `processor` takes it: items, pictures first, no end behind answers. */
export const LLAVA_HUB_TEMPLATE = String.raw`{% for message in messages %}{% if message['role'] != 'system' %}{{ message['role'].upper() + ': '}}{% endif %}{# Render all images first #}{% for content in message['content'] | selectattr('type', 'equalto', 'image') %}{{ '<image>
' }}{% endfor %}{# Render all text next #}{% if message['role'] != 'assistant' %}{% for content in message['content'] | selectattr('type', 'equalto', 'text') %}{{ content['text'] + ' '}}{% endfor %}{% else %}{% for content in message['content'] | selectattr('type', 'equalto', 'text') %}{% generation %}{{ content['text'] + ' '}}{% endgeneration %}{% endfor %}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}`;

/** Every template with the tokens that it names. */
export const TEMPLATES: Readonly<Record<string, ChatTemplate>> = {
  'vicuna-v1': { source: CHAT_TEMPLATES['vicuna-v1'], beginOfSequence: '<s>', endOfSequence: '</s>' },
  chatml: { source: CHAT_TEMPLATES.chatml, beginOfSequence: '', endOfSequence: '</s>' },
  'llama-2': { source: CHAT_TEMPLATES['llama-2'], beginOfSequence: '<s>', endOfSequence: '</s>' },
  'llama-3': { source: CHAT_TEMPLATES['llama-3'], beginOfSequence: '<s>', endOfSequence: '</s>' },
  'llava-hub': { source: LLAVA_HUB_TEMPLATE, beginOfSequence: '<s>', endOfSequence: '</s>', addsBeginOfSequence: true }, // prettier-ignore
};

const SPECIALS = ['<s>', '</s>', '<image>', '<|im_start|>', '<|im_end|>', '<|eot_id|>', '<|start_header_id|>', '<|end_header_id|>']; // prettier-ignore

/** A byte-level tokenizer, and a configuration that agrees with it; 2 rows an image and 3 a pose. */
export function createByteLevelFormat(template: ChatTemplate): ChatFormat {
  const tokenizer = createHuggingFaceTokenizer({
    tokenizerJson: trainBytePairTokenizer(
      ['USER: describe the pose ASSISTANT: here is the pose of a person', 'bend the left knee — über'],
      { vocabularySize: 320, specialTokens: SPECIALS },
    ),
    tokenizerConfig: { bos_token: '<s>', eos_token: '</s>' },
    addedSpecialTokens: ['<POSE>'],
  });
  const id = (name: string): number => tokenizer.idOf(name) ?? -1;
  const config = mllmConfig('tiny', {
    vocabularySize: tokenizer.size + 1,
    imageTokenCount: 2,
    imageFeatureSize: 3,
    poseSize: 6,
    poseInput: { tokenId: tokenizer.size, tokenCount: 3, hiddenSize: 5 },
    tokenIds: {
      endOfSequence: id('</s>'),
      pose: id('<POSE>'),
      image: id('<image>'),
      unanswerable: [id('<s>'), id('<image>')],
    },
  });
  return createChatFormat({ config, tokenizer, template });
}

/** [size] different numbers for every seed. */
export function numbers(size: number, seed: number): Float32Array {
  return createRandom(seed).fillNormal(new Float32Array(size));
}
