import type {
  Conversation,
  ConversationPart,
  ConversationTurn,
  ImagePart,
  PosePart,
} from './conversation.js';
import { ConversationError } from './conversation-error.js';

/** A turn as LLaVA-Instruct writes it (`from`, `value`), or as readers of data sets give it (`from`, `text`). */
export type LlavaTurn = { readonly from: string } & ({ readonly value: string } | { readonly text: string });

/** What the placeholders of a record stand for, each in the order of the text. */
export interface LlavaParts {
  /** For the `<image>`s of the questions. */
  readonly images?: readonly ImagePart[];
  /** For the `<POSE>`s of the questions, which the model reads. */
  readonly inputPoses?: readonly PosePart[];
  /** For the `<POSE>`s of the answers, which the model learns. */
  readonly answerPoses?: readonly PosePart[];
  /** Said first, as the system (default: nothing; templates may have a line of their own). */
  readonly system?: string;
}

const USERS: readonly string[] = ['human', 'user'];
const ASSISTANTS: readonly string[] = ['gpt', 'assistant'];
const POSE_PLACEHOLDER = /(<POSE>)/;

/**
 * A visual question answering record as a conversation: the format of LLaVA-Instruct-150k, in which `human` and `gpt` take
 * turns and `<image>` stands for the picture. As in LLaVA's training, the pictures of a turn come first, whatever place
 * they are named at, each on a line of its own (`llava/train/train.py`, `preprocess_multimodal`). `<POSE>` stands for a
 * pose likewise, at its place. All other text is text, whatever it spells.
 *
 * @param turns - `conversations` of a LLaVA record, or `conversation` of a record of `@pose-rft/datasets`
 * @throws ConversationError if the speakers are unknown, or placeholders and parts do not fit
 * @example
 * ```ts
 * import { conversationOfLlava } from '@pose-rft/mllm';
 *
 * const conversation = conversationOfLlava(
 *   [
 *     { from: 'human', value: 'What is she doing?\n<image>' },
 *     { from: 'gpt', value: 'She kneels: <POSE>.' },
 *   ],
 *   {
 *     images: [{ kind: 'image', features: new Float32Array(12 * 128) }],
 *     answerPoses: [{ kind: 'pose', rotation6d: new Float32Array(144) }],
 *   },
 * );
 * console.assert(conversation[0]?.parts[0]?.kind === 'image' && conversation[1]?.parts.length === 3);
 * ```
 */
export function conversationOfLlava(turns: readonly LlavaTurn[], parts: LlavaParts = {}): Conversation {
  const images = createSupply(parts.images ?? [], 'image-count', '<image> in the questions');
  const inputPoses = createSupply(parts.inputPoses ?? [], 'pose-count', '<POSE> in the questions');
  const answerPoses = createSupply(parts.answerPoses ?? [], 'pose-count', '<POSE> in the answers');
  const conversation = turns.map((turn, index): ConversationTurn => {
    const text = 'value' in turn ? turn.value : turn.text;
    if (typeof text !== 'string')
      throw new ConversationError(
        'broken-record',
        `turn ${index} has no text; expected one in "value" or "text"`,
      );
    if (USERS.includes(turn.from)) return questionOf(text, images.next, inputPoses.next);
    if (ASSISTANTS.includes(turn.from)) return answerOf(text, answerPoses.next);
    throw new ConversationError(
      'broken-record',
      `turn ${index} is from ${JSON.stringify(turn.from)}; expected one of ${[...USERS, ...ASSISTANTS].join(', ')}`,
    );
  });
  for (const supply of [images, inputPoses, answerPoses]) supply.finish();
  if (parts.system === undefined) return conversation;
  return [{ role: 'system', parts: [{ kind: 'text', text: parts.system }] }, ...conversation];
}

interface Supply<Part> {
  next(): Part;
  finish(): void;
}

function createSupply<Part>(
  parts: readonly Part[],
  problem: 'image-count' | 'pose-count',
  what: string,
): Supply<Part> {
  let asked = 0;
  return {
    next() {
      const part = parts[asked++];
      if (part === undefined)
        throw new ConversationError(
          problem,
          `${what}: ${asked} or more, but ${parts.length} given; expected as many`,
        );
      return part;
    },
    finish() {
      if (asked < parts.length)
        throw new ConversationError(
          problem,
          `${what}: ${asked}, but ${parts.length} given; expected as many`,
        );
    },
  };
}

function questionOf(text: string, nextImage: () => ImagePart, nextPose: () => PosePart): ConversationTurn {
  const pictures = text.split('<image>').slice(1).map(nextImage);
  const words = pictures.length === 0 ? text : text.replaceAll('<image>', '').trim();
  return {
    role: 'user',
    parts: [
      ...pictures.flatMap((picture): readonly ConversationPart[] => [picture, { kind: 'text', text: '\n' }]),
      ...splitPoses(words, nextPose),
    ],
  };
}

function answerOf(text: string, nextPose: () => PosePart): ConversationTurn {
  return { role: 'assistant', parts: splitPoses(text, nextPose) };
}

function splitPoses(text: string, nextPose: () => PosePart): readonly ConversationPart[] {
  return text
    .split(POSE_PLACEHOLDER)
    .filter((piece) => piece !== '')
    .map((piece) => (piece === '<POSE>' ? nextPose() : { kind: 'text', text: piece }));
}
