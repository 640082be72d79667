import { match } from 'ts-pattern';
import { ChatTemplateError, renderChat } from '../render-chat.js';
import type { TextPiece } from '../tokenizer.js';
import type { MllmPrompt } from '../prompt.js';
import type { ChatFormat } from './chat-format.js';
import { splitAtMarks, type MarkedPiece } from './chat-marks.js';
import type { Conversation, ConversationEnd, PosePart } from './conversation.js';
import { checkConversation } from './conversation.js';
import { ConversationError } from './conversation-error.js';
import { encodeImages } from './conversation-images.js';
import { writeTurns, type Insertion } from './chat-turns.js';

/** A conversation as the model reads it: rows of words, of pictures and of poses. */
export interface ChatSequence extends MllmPrompt {
  /** What the assistant says in it, in order. */
  readonly answers: readonly AnswerSpan[];
  /** Words that became `<unk>`, each once; a byte-level tokenizer has none. */
  readonly unknownWords: readonly string[];
}

/** Where an answer stands in a sequence. */
export interface AnswerSpan {
  /** Index of the turn. */
  readonly turn: number;
  /** Its tokens are `promptIds[begin]` to `promptIds[end - 1]`, the last of which ends the turn. */
  readonly begin: number;
  readonly end: number;
  /** Its `<POSE>`s. */
  readonly poses: readonly { readonly position: number; readonly target: PosePart }[];
}

/**
 * Renders a conversation. What the model is shown of turn k does not depend on later turns: the sequence of a longer
 * conversation starts with that of a shorter one. A pose that the assistant gave is shown again, as rows of its numbers,
 * at the start of the question after it (if the model reads poses): its `<POSE>` alone does not tell which pose was drawn.
 *
 * @throws ConversationError, ChatTemplateError
 */
export function chatSequence(
  format: ChatFormat,
  conversation: Conversation,
  end: ConversationEnd,
): ChatSequence {
  checkConversation(conversation, format.config, end);
  const images = encodeImages(format, conversation);
  const { turns, insertions } = writeTurns(format, conversation);
  const encoder = createEncoder(format, insertions);
  const text = renderChat(format.template, turns, { addGenerationPrompt: end === 'question' });
  checkMarks(text, insertions);
  const answerTurns = turns.flatMap(({ role }, turn) => (role === 'assistant' ? [turn] : []));
  const cuts = new Set<number>();
  const starts = answerTurns.map((turn) => {
    const before = renderChat(format.template, turns.slice(0, turn), { addGenerationPrompt: true });
    return answerStart(encoder, text, before, cuts);
  });
  const { ids, unknownWords } = encoder.encode(text, cuts);
  return { ...expand(format, insertions, images, ids, answerTurns, starts), unknownWords };
}

interface Encoder {
  /** Ids, with `-1 - n` for insertion n that is no text. */
  encode(
    text: string,
    cuts: ReadonlySet<number>,
  ): { readonly ids: readonly number[]; readonly unknownWords: readonly string[] };
}

function createEncoder({ tokenizer, template }: ChatFormat, insertions: readonly Insertion[]): Encoder {
  const begin = template.addsBeginOfSequence === true ? tokenizer.idOf(template.beginOfSequence) : undefined;
  return {
    encode(text, cuts) {
      const { ids, unknownWords } = tokenizer.encodePieces(
        splitAtMarks(text).flatMap((piece) => textPieces(piece, insertions, cuts)),
      );
      return { ids: begin === undefined || ids[0] === begin ? ids : [begin, ...ids], unknownWords };
    },
  };
}

/** No ids: parts the text on its two sides, as a special token would. */
const CUT: TextPiece = { kind: 'ids', ids: [] };

function textPieces(
  piece: MarkedPiece,
  insertions: readonly Insertion[],
  cuts: ReadonlySet<number>,
): readonly TextPiece[] {
  const startCut = cuts.has(piece.start) ? [CUT] : [];
  if (piece.kind === 'mark') {
    const insertion = insertions[piece.mark];
    return insertion?.kind === 'literal'
      ? [...startCut, { kind: 'literal', text: insertion.text }]
      : [...startCut, { kind: 'ids', ids: [-1 - piece.mark] }];
  }
  const inside = [...cuts]
    .map((cut) => cut - piece.start)
    .filter((cut) => cut > 0 && cut < piece.text.length)
    .sort((a, b) => a - b);
  const pieces: TextPiece[] = [...startCut];
  let from = 0;
  for (const cut of [...inside, piece.text.length]) {
    if (from > 0) pieces.push(CUT);
    pieces.push({ kind: 'trusted', text: piece.text.slice(from, cut) });
    from = cut;
  }
  return pieces;
}

/**
 * The token at which an answer starts: the prompt before it must be the start of the whole, in text and in tokens. Where
 * a token would reach over the boundary, the text is cut there: while it answers, the model cannot know what follows.
 */
function answerStart(encoder: Encoder, text: string, before: string, cuts: Set<number>): number {
  if (!text.startsWith(before))
    throw new ChatTemplateError(
      'the template shows earlier turns in another way when later ones follow, so no answer has one prompt: ' +
        `${JSON.stringify(before.slice(-80))} is not how the conversation goes on. Give another template.`,
    );
  const prompt = encoder.encode(before, cuts).ids;
  const starts = (ids: readonly number[]): boolean => prompt.every((id, index) => ids[index] === id);
  if (starts(encoder.encode(text, cuts).ids)) return prompt.length;
  cuts.add(before.length);
  if (starts(encoder.encode(text, cuts).ids)) return prompt.length;
  throw new ChatTemplateError(
    `the tokens of the prompt up to ${JSON.stringify(before.slice(-40))} change when an answer follows; ` +
      'check the tokenizer with this template.',
  );
}

function checkMarks(text: string, insertions: readonly Insertion[]): void {
  const shown = splitAtMarks(text).flatMap((piece) => (piece.kind === 'mark' ? [piece.mark] : []));
  if (shown.length === insertions.length && shown.every((mark, index) => mark === index)) return;
  const missing = insertions.findIndex((_, mark) => !shown.includes(mark));
  throw new ChatTemplateError(
    missing >= 0
      ? `the template leaves out a part of turn ${insertions[missing]?.turn}; give one that shows all roles and parts.`
      : 'the template repeats or reorders the parts of the conversation; give one that shows each once, in order.',
  );
}

/** Every insertion in its rows, and where the answers come to stand. */
function expand(
  { config, tokenizer, endOfTurnId }: ChatFormat,
  insertions: readonly Insertion[],
  images: readonly Float32Array[],
  ids: readonly number[],
  answerTurns: readonly number[],
  starts: readonly number[],
): Omit<ChatSequence, 'unknownWords'> {
  const promptIds: number[] = [];
  const inputPoses: Float32Array[] = [];
  const spans: { begin: number; end: number; poses: AnswerSpan['poses'][number][] }[] = [];
  let imageCount = 0;
  const imageId = config.tokenIds.image ?? -1;
  const putImage = (): void => {
    imageCount++;
    for (let slot = 0; slot < config.imageTokenCount; slot++) promptIds.push(imageId);
  };
  let open = -1;
  ids.forEach((id, index) => {
    if (index === starts[spans.length]) {
      open = spans.length;
      spans.push({ begin: promptIds.length, end: 0, poses: [] });
    }
    if (id < 0) {
      const insertion = insertions[-1 - id] as Insertion;
      match(insertion)
        .with({ kind: 'image' }, putImage)
        .with({ kind: 'inputPose' }, ({ pose }) => {
          inputPoses.push(pose.rotation6d);
          for (let slot = 0; slot < (config.poseInput?.tokenCount ?? 0); slot++)
            promptIds.push(config.poseInput?.tokenId ?? 0);
        })
        .with({ kind: 'written' }, ({ ids: written, poses }) => {
          let next = 0;
          for (const each of written) {
            const target = each === config.tokenIds.pose ? poses[next++] : undefined;
            if (target !== undefined) spans[open]?.poses.push({ position: promptIds.length, target });
            promptIds.push(each);
          }
        })
        .with({ kind: 'end' }, () => promptIds.push(endOfTurnId))
        // Its tokens are among the others.
        .with({ kind: 'literal' }, () => undefined)
        .exhaustive();
      if (insertion.kind !== 'end') return;
    } else if (id === config.tokenIds.image) putImage();
    else promptIds.push(id);
    const span = spans[open];
    if (span === undefined || (id >= 0 && !tokenizer.isSpecial(id))) return;
    span.end = promptIds.length;
    open = -1;
  });
  if (imageCount !== images.length)
    throw new ConversationError(
      'image-count',
      `the template has places for ${imageCount} images, the conversation has ${images.length}. Give a template that ` +
        'shows every image once',
    );
  if (spans.length !== starts.length || spans.some(({ end }) => end === 0))
    throw new ChatTemplateError(
      'the template does not end the answers; give one that puts a special token behind each.',
    );
  return {
    promptIds,
    ...(images.length === 0 ? {} : { imageFeatures: concatenate(images) }),
    ...(inputPoses.length === 0 ? {} : { inputPoses6d: concatenate(inputPoses) }),
    answers: spans.map((span, index) => ({ turn: answerTurns[index] ?? 0, ...span })),
  };
}

function concatenate(arrays: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const array of arrays) {
    joined.set(array, offset);
    offset += array.length;
  }
  return joined;
}
