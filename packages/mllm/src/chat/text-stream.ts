import type { Tokenizer } from '../tokenizer.js';

/** Tokens in, text out, as far as it is settled. */
export interface TextStream {
  /** What a token adds to the text: nothing while a character is not whole. */
  push(id: number): string;
  /** What was held back, and then what a token adds that stands for no text of its own, such as `<POSE>`. */
  mark(id: number): string;
  /** What was held back: bytes that never became a character, as U+FFFD. */
  flush(): string;
}

/** Enough for any character's bytes, and for what a decoder does at a text's start. */
const CONTEXT_TOKENS = 6;
const BROKEN = '\uFFFD';

/**
 * Decodes token by token. All that it gives, in order and with the marks' names in between, is what `decode` makes of all
 * tokens at once; a token costs the decoding of a few, however long the text.
 */
export function createTextStream(tokenizer: Pick<Tokenizer, 'decode' | 'vocabulary'>): TextStream {
  let context: readonly number[] = [];
  let shown = '';
  let pending: readonly number[] = [];

  /** The text behind what is shown already; the tokens become the context of the next ones. */
  function settle(ids: readonly number[]): string {
    const added = tokenizer.decode([...context, ...ids]).slice(shown.length);
    // Tokens without a text (those that begin, end or pad) would make the next one look like the first.
    context = [...context, ...ids.filter((id) => tokenizer.decode([id]) !== '')].slice(-CONTEXT_TOKENS);
    shown = tokenizer.decode(context);
    pending = [];
    return added;
  }

  function flush(): string {
    return pending.length === 0 ? '' : settle(pending);
  }

  return {
    push(id) {
      pending = [...pending, id];
      return tokenizer.decode([...context, ...pending]).endsWith(BROKEN) ? '' : settle(pending);
    },
    mark(id) {
      const text = flush();
      const added = settle([id]);
      const name = tokenizer.vocabulary[id] ?? '';
      return text + (added.endsWith(name) ? added.slice(0, added.length - name.length) : added);
    },
    flush,
  };
}
