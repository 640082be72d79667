import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { createHuggingFaceTokenizer } from './hugging-face-tokenizer.js';
import type { TextPiece } from './tokenizer.js';
import { trainBytePairTokenizer } from './train-byte-pair-tokenizer.js';

const TEXTS = ['the left knee is bent', 'the right knee is straight', "it's raised — über"];
const tokenizer = createHuggingFaceTokenizer({
  tokenizerJson: trainBytePairTokenizer(TEXTS, { vocabularySize: 300, specialTokens: ['</s>'] }),
  tokenizerConfig: { eos_token: '</s>' },
  addedSpecialTokens: ['<POSE>'],
});
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('<POSE>', '</s>', '\u{10FFFD}', '\u{10FFFC}', '259', 'knee', ' ', '<PO'), {
      maxLength: 8,
    })
    .map((parts) => parts.join('')),
);

describe('a byte-level tokenizer', () => {
  test.prop([text])('gives back any literal text, and no special token from it', (given) => {
    const { ids } = tokenizer.encodePieces([{ kind: 'literal', text: given }]);
    expect(tokenizer.decode(ids)).toBe(given);
    expect(ids.some(tokenizer.isSpecial)).toBe(false);
  });

  test.prop([fc.array(fc.tuple(fc.boolean(), text), { maxLength: 4 })])(
    'takes from trusted text exactly the special tokens that it spells',
    (parts) => {
      const pieces = parts.map(([isTrusted, each]): TextPiece => ({ kind: isTrusted ? 'trusted' : 'literal', text: each })); // prettier-ignore
      const { ids } = tokenizer.encodePieces(pieces);
      const spelt = parts.flatMap(([isTrusted, each]) =>
        isTrusted ? (each.match(/<POSE>|<\/s>/g) ?? []) : [],
      );
      expect(ids.filter(tokenizer.isSpecial)).toEqual(spelt.map((name) => tokenizer.idOf(name)));
    },
  );

  test.prop([fc.array(text, { maxLength: 5 }), fc.integer({ min: 256, max: 300 })])(
    'is trained the same way again, on bytes that it can spell',
    (texts, vocabularySize) => {
      const trained = trainBytePairTokenizer(texts, { vocabularySize });
      expect(trainBytePairTokenizer(texts, { vocabularySize })).toEqual(trained);
      const own = createHuggingFaceTokenizer({ tokenizerJson: trained });
      for (const each of texts) expect(own.decode(own.encode(each).ids)).toBe(each);
    },
  );
});
