import type { ChatFormat } from './chat-format.js';
import { createTextStream } from './text-stream.js';

/** A stretch of an answer: a text, or its `<POSE>` of this number, from 0. */
export type AnswerPart =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'pose'; readonly index: number };

/** An answer in its parts. */
export interface ParsedAnswer {
  /** In order; no text is empty. */
  readonly parts: readonly AnswerPart[];
  /** Whether it ends in a token that ends answers; it was cut off otherwise. */
  readonly isEnded: boolean;
}

/**
 * Takes an answer apart: texts, and the `<POSE>`s between them, however many. A pose is the token `<POSE>` and nothing
 * else: a broken one (`<POSE`, or the name spelt in ordinary tokens) is text.
 *
 * @param ids - as sampled, or as they stand in a sequence
 * @param stopTokenIds - tokens that end answers beside the format's own
 * @throws TokenizerError for an id outside the vocabulary
 * @example
 * ```ts
 * import { createChatFormat, createTokenizer, mllmConfig, parseAnswer, WORD_LEVEL_CHAT_TEMPLATE } from '@pose-rft/mllm';
 *
 * const tokenizer = createTokenizer(['first', 'then', '.']);
 * const config = mllmConfig('tiny', { vocabularySize: tokenizer.size });
 * const format = createChatFormat({ config, tokenizer, template: WORD_LEVEL_CHAT_TEMPLATE });
 * const { parts, isEnded } = parseAnswer(format, tokenizer.encode('first <POSE> then <POSE> . <eos>').ids);
 * console.assert(parts.map(({ kind }) => kind).join() === 'text,pose,text,pose,text' && isEnded);
 * ```
 */
export function parseAnswer(
  format: Pick<ChatFormat, 'config' | 'tokenizer' | 'endOfTurnId'>,
  ids: readonly number[],
  stopTokenIds: readonly number[] = [],
): ParsedAnswer {
  const { config, tokenizer, endOfTurnId } = format;
  const isStop = (id: number | undefined): boolean =>
    id !== undefined &&
    (id === endOfTurnId || id === config.tokenIds.endOfSequence || stopTokenIds.includes(id));
  const isEnded = isStop(ids.at(-1));
  const collector = createPartCollector(tokenizer);
  for (const id of isEnded ? ids.slice(0, -1) : ids)
    if (id === config.tokenIds.pose) collector.pose(id);
    else collector.token(id);
  return { parts: collector.end(), isEnded };
}

/** Collects an answer's parts while it grows; each call gives the text that it adds. */
export interface PartCollector {
  token(id: number): string;
  pose(id: number): string;
  end(): readonly AnswerPart[];
  /** What `end` would add to the text. */
  flush(): string;
}

export function createPartCollector(tokenizer: ChatFormat['tokenizer']): PartCollector {
  const stream = createTextStream(tokenizer);
  const parts: AnswerPart[] = [];
  let poseCount = 0;
  const add = (text: string): string => {
    const last = parts.at(-1);
    if (text !== '' && last?.kind === 'text')
      parts[parts.length - 1] = { kind: 'text', text: last.text + text };
    else if (text !== '') parts.push({ kind: 'text', text });
    return text;
  };
  const flush = (): string => add(stream.flush());
  return {
    token: (id) => add(stream.push(id)),
    pose(id) {
      const text = add(stream.mark(id));
      parts.push({ kind: 'pose', index: poseCount++ });
      return text;
    },
    flush,
    end() {
      flush();
      return [...parts];
    },
  };
}
