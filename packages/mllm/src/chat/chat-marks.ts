import type { ChatContentItem } from '../render-chat.js';

/** Private-use characters around a number: what stands in a template's input for a part of a conversation. */
const OPEN = '\u{10FFF1}';
const CLOSE = '\u{10FFF0}';
const MARK = /\u{10FFF1}(\d+)\u{10FFF0}/gu;

/** A stretch of a rendered template: its own text, or the place of a part. */
export type MarkedPiece =
  | { readonly kind: 'template'; readonly text: string; readonly start: number }
  | { readonly kind: 'mark'; readonly mark: number; readonly start: number };

export function chatMark(mark: number): string {
  return `${OPEN}${mark}${CLOSE}`;
}

export function hasMarkCharacters(text: string): boolean {
  return text.includes(OPEN) || text.includes(CLOSE);
}

/** A rendered template in its pieces, none of them empty, with the offsets at which they start. */
export function splitAtMarks(text: string): readonly MarkedPiece[] {
  const pieces: MarkedPiece[] = [];
  let end = 0;
  for (const match of text.matchAll(MARK)) {
    if (match.index > end) pieces.push({ kind: 'template', text: text.slice(end, match.index), start: end });
    pieces.push({ kind: 'mark', mark: Number(match[1]), start: match.index });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ kind: 'template', text: text.slice(end), start: end });
  return pieces;
}

/** A text as items: none for an empty one. */
export function textItems(text: string): readonly ChatContentItem[] {
  return text === '' ? [] : [{ type: 'text', text }];
}
