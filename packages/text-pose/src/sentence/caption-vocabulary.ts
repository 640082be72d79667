import { FRAME_WORDS } from '../caption/sentence-frames.js';
import { FACTS } from '../fact/facts.js';
import { bareText } from '../fact/phrase.js';
import { POSTURES, SIDELESS_POSTURES } from '../fact/postures.js';

/**
 * Every token that captions and statements can emit, sorted: words, `,` and `.`. A word-level tokenizer that knows
 * these can read and write them all.
 */
export const CAPTION_VOCABULARY: readonly string[] = [
  ...new Set(
    [
      ...FRAME_WORDS,
      ...FACTS.flatMap(({ phrases }) => phrases.map(bareText)),
      ...[...POSTURES, ...SIDELESS_POSTURES.values()].flatMap(({ wordings }) => wordings),
    ].flatMap((text) => text.split(' ')),
  ),
].sort();
