import { match } from 'ts-pattern';
import type { ChatContentItem, ChatTurn } from '../render-chat.js';
import type { ChatFormat } from './chat-format.js';
import { chatMark, textItems } from './chat-marks.js';
import type { Conversation, ConversationTurn, PosePart } from './conversation.js';
import { ConversationError } from './conversation-error.js';

/** What stands at a mark of a rendered template. */
export type Insertion = { readonly turn: number } & (
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'image' }
  /** Rows that the pose projector fills. */
  | { readonly kind: 'inputPose'; readonly pose: PosePart }
  /** Tokens of an answer, and the poses at those of them that are `<POSE>`. */
  | { readonly kind: 'written'; readonly ids: readonly number[]; readonly poses: readonly PosePart[] }
  /** The end of an answer, where the template writes none. */
  | { readonly kind: 'end' }
);

/** Turns whose parts are marks, and what the marks stand for. */
export interface WrittenTurns {
  readonly turns: readonly ChatTurn[];
  readonly insertions: readonly Insertion[];
}

/**
 * A conversation as a template takes it. A template sees neither words nor numbers of the conversation, only marks (and
 * the white space around words, for templates that trim it): it cannot mistake words for its own.
 *
 * @throws ConversationError if an answer's tokens and its poses do not fit
 */
export function writeTurns(format: ChatFormat, conversation: Conversation): WrittenTurns {
  const insertions: Insertion[] = [];
  const insert = (insertion: Insertion): string => chatMark(insertions.push(insertion) - 1);
  const turns = conversation.map((turn, index): ChatTurn => {
    const { role } = turn;
    if (role === 'assistant') {
      const content = `${answerContent(format, turn, index, insert)}${format.templateEndsTurns ? '' : insert({ kind: 'end', turn: index })}`; // prettier-ignore
      return { role, content: format.contentForm === 'text' ? content : textItems(content) };
    }
    const carried = format.config.poseInput === null ? '' : posesOf(conversation[index - 1]).map((pose) => insert({ kind: 'inputPose', pose, turn: index })).join(''); // prettier-ignore
    const items: ChatContentItem[] = [...textItems(carried)];
    for (const part of turn.parts)
      match(part)
        .with({ kind: 'text' }, ({ text }) => items.push(...textItems(literalContent(text, index, insert))))
        .with({ kind: 'pose' }, (pose) =>
          items.push(...textItems(insert({ kind: 'inputPose', pose, turn: index }))),
        ) // prettier-ignore
        .with({ kind: 'image' }, () =>
          items.push(
            format.contentForm === 'text'
              ? { type: 'text', text: insert({ kind: 'image', turn: index }) }
              : { type: 'image' },
          ),
        )
        .exhaustive();
    return { role, content: format.contentForm === 'text' ? items.map(textOf).join('') : joinTexts(items) };
  });
  return { turns, insertions };
}

type Insert = (insertion: Insertion) => string;

/** A text whose words are a mark, between the white space around them. */
function literalContent(text: string, turn: number, insert: Insert): string {
  const words = text.trim();
  if (words === '') return text;
  const start = text.indexOf(words);
  return `${text.slice(0, start)}${insert({ kind: 'literal', text: words, turn })}${text.slice(start + words.length)}`;
}

function answerContent(
  { config: { tokenIds }, endOfTurnId }: ChatFormat,
  turn: ConversationTurn,
  index: number,
  insert: Insert,
): string {
  const { parts, tokenIds: written } = turn;
  const poses = posesOf(turn);
  if (written === undefined)
    return parts
      .map((part) => {
        if (part.kind === 'text') return literalContent(part.text, index, insert);
        return part.kind === 'pose' ? insert({ kind: 'written', ids: [tokenIds.pose ?? 0], poses: [part], turn: index }) : ''; // prettier-ignore
      })
      .join('');
  const last = written.at(-1);
  const ids = last === endOfTurnId || last === tokenIds.endOfSequence ? written.slice(0, -1) : written;
  const places = ids.filter((id) => id === tokenIds.pose).length;
  if (places !== poses.length)
    throw new ConversationError(
      'pose-count',
      `the tokens of turn ${index} hold ${places} <POSE>, its parts ${poses.length} poses; expected as many`,
    );
  return insert({ kind: 'written', ids, poses, turn: index });
}

function posesOf(turn: ConversationTurn | undefined): readonly PosePart[] {
  if (turn?.role !== 'assistant') return [];
  return turn.parts.filter((part) => part.kind === 'pose');
}

function textOf(item: ChatContentItem): string {
  return item.type === 'text' ? item.text : '';
}

/** Templates part items from each other, so neighbouring texts are one. */
function joinTexts(items: readonly ChatContentItem[]): readonly ChatContentItem[] {
  const joined: ChatContentItem[] = [];
  for (const item of items) {
    const last = joined.at(-1);
    if (item.type === 'text' && last?.type === 'text')
      joined[joined.length - 1] = { type: 'text', text: last.text + item.text };
    else joined.push(item);
  }
  return joined;
}
